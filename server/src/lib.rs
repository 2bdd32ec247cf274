//! A simulator of the client-certificate authority of Japan's online-billing network,
//! `cert.obn.managedpki.ne.jp`, with everything under the tester's control.
//!
//! A [`Simulator`] is one process's worth of it. Tests start one each, on ports of their own:
//!
//! ```
//! # async fn example() -> Result<(), obn_ca::StartError> {
//! use obn_ca::{Options, Simulator};
//!
//! let simulator = Simulator::start(Options::for_tests().seed("docs")).await?;
//! let notice = simulator.sample_notice().await.expect("a fresh store has a sample notice");
//! assert_eq!(notice.institution_code, "0110119153");
//! assert!(simulator.portal_url().starts_with("https://localhost:"));
//! simulator.stop().await;
//! # Ok(())
//! # }
//! # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
//! ```
//!
//! The [`authority`] holds the CA's rules in the words of [`terms`], a [`world`] brings them together with clock, keys and
//! store, the [`portal`] shows the site's pages, `relying_party` those of the sites
//! that the certificate is for, [`serving`] puts them on the wire, and [`control`] steers it all. [`scenes`] are ready states
//! of a world.

pub mod authority;
#[cfg(feature = "cli")]
pub mod cli;
pub mod clock;
mod contents;
pub mod control;
pub mod entropy;
pub mod faults;
pub mod files;
#[doc(hidden)]
pub mod fuzzing;
pub mod journal;
pub mod limits;
pub mod listener;
pub mod mail;
pub mod metrics;
pub mod pki;
pub mod portal;
pub mod profile;
mod relying_party;
pub mod scenes;
pub mod serving;
pub mod session;
pub mod shutdown;
mod simulator;
pub mod smtp;
pub mod store;
pub mod terms;
mod text_file;
mod tls;
pub mod world;
pub mod worlds;

pub use limits::Limits;
pub use simulator::{Options, Simulator, StartError};
pub use world::sample_application;
