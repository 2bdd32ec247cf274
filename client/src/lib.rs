//! A client of the online billing network's common CA (オンライン請求ネットワーク関連システム 共通認証局), from which a
//! Japanese medical institution gets the client certificate for claims and eligibility checks.
//!
//! The site was made for people with browsers, so the client walks it as a person does: it opens a page, finds the form
//! by its labels and buttons, fills it in, sends all that the form carries, and reads what comes back. Renamed fields,
//! new hidden tokens and another layout make no difference to it.
//!
//! Everything starts at a [`Client`], which trusts one root certificate and nothing else:
//!
//! ```no_run
//! use obn_client::{Client, Error, Notice};
//!
//! # async fn tour() -> Result<(), Error> {
//! let root = std::fs::read("SCRoot2ca.pem").unwrap();
//! let client = Client::builder("https://cert.obn.managedpki.ne.jp").root_pem(root)?.build()?;
//!
//! // The IDs are on the 発行通知書; the password, four digits, is the applicant's choice.
//! let notice = Notice::new("202012100001000".parse()?, "FPwNiG5g4r".parse()?);
//! let download = client.download(&notice, &"1234".parse()?).await?;
//!
//! // On the disk with mode 0600, complete and synced, before anything else happens.
//! obn_client::write_private("institution.p12".as_ref(), &download.pfx)?;
//! # Ok(())
//! # }
//! ```
//!
//! What came is an [`Identity`]: a key, its [`Certificate`] and the chain above.
//!
//! ```
//! use obn_client::{Clock, Identity, Password, Validity};
//!
//! let pfx = include_bytes!("../../fixtures/pfx/openssl-3des.p12");
//! let identity = Identity::from_pfx(pfx, &Password::new("1234"))?;
//! assert!(identity.verify().is_ok());
//!
//! let certificate = identity.certificate();
//! assert_eq!(certificate.subject().institution_code(), Some("0110119153"));
//! assert_eq!(certificate.subject().prefecture().map(|place| place.japanese()), Some("北海道"));
//!
//! // Time comes from a clock that the caller can set.
//! let clock = Clock::fixed("2029-04-01T09:00:00+09:00".parse().unwrap());
//! assert_eq!(certificate.validity(&clock), Validity::Valid);
//! assert_eq!(certificate.days_left(&clock), 18);
//! # Ok::<(), obn_client::IdentityError>(())
//! ```
//!
//! A [`Store`] keeps identities in a folder, and knows the current one. [`Client::renew`] renews it: 90 days before its
//! end at the earliest, without ever applying twice, if the caller keeps a small [`RenewalRecord`] meanwhile. [`Watch`]
//! plans reminders and renewals for a service that runs for years.
//!
//! ```no_run
//! use obn_client::{Client, Clock, Error, Origin, RenewalKeeper, RenewalRecord, Store};
//!
//! /// Keeps the record in a file; a real one also shows the progress.
//! struct Keeper;
//!
//! impl RenewalKeeper for Keeper {
//!     fn keep(&mut self, record: Option<&RenewalRecord>) -> Result<(), Error> {
//!         match record {
//!             Some(record) => {
//!                 let json = serde_json::to_vec(record).unwrap();
//!                 obn_client::write_private("renewal.json".as_ref(), &json)
//!             }
//!             None => obn_client::remove_file("renewal.json".as_ref()),
//!         }
//!     }
//! }
//!
//! # async fn tour(root: Vec<u8>) -> Result<(), Error> {
//! let clock = Clock::system();
//! let store = Store::at("/var/lib/obn");
//! let locked = store.lock()?;
//! let old = store.current(&clock)?;
//!
//! let client = Client::builder("https://cert.obn.managedpki.ne.jp").root_pem(root)?.identity(old.identity()?).build()?;
//! let unfinished = std::fs::read("renewal.json").ok().and_then(|json| serde_json::from_slice(&json).ok());
//! let renewed = client.renew(&"2468".parse()?, unfinished, &mut Keeper).await?;
//!
//! let origin = Origin {
//!     request_id: renewed.request_id,
//!     reference_id: renewed.reference_id,
//!     renews: Some(old.name().to_owned()),
//! };
//! locked.add(&renewed.download.identity, &renewed.download.pfx, &origin, &clock)?;
//! Keeper.keep(None)?;
//! # Ok(())
//! # }
//! ```
//!
//! What goes wrong is an [`Error`] that tells who has to act: [`Error::Refused`] holds the words of the CA's page,
//! [`Error::Transport`] is about the network and trust, [`Error::Protocol`] about a site that is not as the manual says.
//! A refusal is never tried again; a lost session, a broken download and a broken connection are, as often as the
//! client's [`Patience`] allows.
//!
//! The feature `cli`, on by default, is the command line of `obn`. To embed the library alone, leave it out with
//! `default-features = false`.

#![warn(missing_docs)]

/// What the README shows in Rust is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod apply;
mod check;
#[cfg(feature = "cli")]
pub mod cli;
mod client;
mod collect;
mod download;
mod error;
#[doc(hidden)]
pub mod fuzzing;
mod installer;
mod network;
mod pki;
pub mod recording;
mod renew;
mod renewal;
mod revoke;
mod root;
mod site;
mod store;
mod terms;
mod tries;

pub use apply::{Applicant, Application, ApplicationForm, Holder};
pub use check::Login;
pub use client::{Client, ClientBuilder};
pub use collect::RenewedCertificate;
pub use download::Download;
pub use error::{Error, FileAction};
pub use network::proxy::{Proxy, ProxyFailure};
pub use network::transport::{TlsFailure, TransportError};
pub use pki::certificate::{Certificate, Validity};
pub use pki::identity::{Identity, IdentityError, PfxProfile};
pub use pki::name::Name;
pub use pki::password::Password;
pub use pki::pfx::{PfxAlgorithms, Protection};
pub use pki::prefecture::Prefecture;
pub use renew::{RenewalKeeper, RenewalRecord};
pub use renewal::{Renewal, RenewalStatus};
pub use revoke::Revocation;
pub use store::entry::{Entry, Origin};
pub use store::files::{check_room, read_file, remove_file, write_private, write_private_new};
pub use store::reminder::Reminder;
pub use store::watch::{Task, Watch};
pub use store::{Claim, LockedStore, Store};
pub use terms::breach::{Breach, Excess};
pub use terms::clock::Clock;
pub use terms::identifiers::{ReferenceId, RequestId};
pub use terms::inbox::Inbox;
pub use terms::language::Language;
pub use terms::mail_address::MailAddress;
pub use terms::notice::Notice;
pub use terms::patience::Patience;
pub use terms::pin::Pin;
pub use terms::refusal::Refusal;
pub use terms::usage::{FileKind, UsageError};
