//! What the tests stand on: a simulator of one's own, someone who walks its pages, and the tools of others.
//!
//! A test owns an [`Environment`]. What was sent and answered is in its [`Transcript`], which is printed when
//! the test fails, so that a failure can be read without running it again.

mod answer;
mod browser;
mod built;
mod chromium;
mod clinic;
mod cluster;
mod control;
mod desk;
mod environment;
mod event_stream;
mod form;
pub mod fuzz;
mod kept;
mod notice;
mod page;
mod person;
mod pfx;
mod playwright;
mod program;
mod recorder;
mod replicas;
mod studio;
mod tls;
mod tools;
mod transcript;

pub use answer::Answer;
pub use browser::{Browser, causes};
pub use chromium::{Chromium, nss_database};
pub use clinic::{AT_ONCE, Clinic};
pub use cluster::{Cluster, Database};
pub use control::Control;
pub use desk::Desk;
pub use environment::{Environment, NOON, RENEWING, STORE};
pub use event_stream::EventStream;
pub use form::{Field, Form};
pub use kept::Kept;
pub use notice::Notice;
pub use page::Page;
pub use pfx::Pfx;
pub use playwright::{Playwright, Recordings, Window};
pub use program::{Program, Ready};
pub use recorder::Recorder;
pub use replicas::{Door, Replicas};
pub use studio::Studio;
pub use tls::Tls;
pub use tools::{
    Ran, at_the_real_names, python_with, require, require_all, require_file, require_mounts, run, run_with,
};
pub use transcript::Transcript;
