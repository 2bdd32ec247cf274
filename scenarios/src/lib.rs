//! The conformance harness: what the manual and the known facts demand of the portal
//! `cert.obn.managedpki.ne.jp`, played as scenarios.
//!
//! - [`Requirements`]: every checkable statement, in our own words, with its section and confidence.
//! - [`Scenario`]: a walk in a person's words, as data; each names the requirements that it shows.
//! - [`Manual`]: what the manual says, statement by statement, with the requirements that say it.
//! - [`Catalogue`]: all of it, checked against each other. The program carries it.
//! - [`Target`]: what is played against: a simulator for each play, or a portal that runs somewhere.
//! - [`run`]: plays them, side by side where each has its own simulator.
//! - [`ClientScenario`], [`Subject`], [`run_client`]: the same for a vendor's command, which is run in a
//!   scene that the harness sets.
//! - [`Run`] with [`to_text`], [`to_html`], [`to_json`], [`to_junit`], [`to_badge`]: the reports.
//! - [`sweep`]: plays a client again under each [`Reading`], to tell which guesses about the real site it
//!   depends on; [`Sweep`] with [`sweep_to_text`] and the others: its reports.
//! - [`learn`]: works out from a recording of the real site under which profile the simulator answers the same;
//!   [`replay`] compares the two; [`Settled`] leaves a sweep what is still open.
//! - [`examine_pfx`]: what the harness makes of a PFX file.
//! - [`studio`]: the same as pages on this machine.
//! - [`ExpectedFailures`]: what is known to fail, why, and until when.
//!
//! ```
//! use obn_conformance::{Catalogue, Target, run};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let catalogue = Catalogue::embedded().unwrap();
//! let scenarios = catalogue.scenarios.iter().filter(|scenario| scenario.head.id == "portal/rcd/page");
//! let scenarios: Vec<_> = scenarios.cloned().collect();
//! let own = Target::own("docs");
//! let plays = run(&scenarios, &own, 1, |_| {}).await;
//! assert!(matches!(plays[0].outcome, obn_conformance::Outcome::Passed { .. }));
//! # });
//! ```
//!
//! The harness has its own eyes: how it reads pages ([`Scenario`] steps find fields by their labels),
//! certificates and PFX files shares no code with the simulator or with our client.

mod bilingual;
mod catalogue;
mod choice;
#[cfg(feature = "cli")]
pub mod cli;
mod client;
mod control;
pub mod coverage;
mod difference;
mod error;
mod eyes;
mod fidelity;
#[doc(hidden)]
pub mod fuzzing;
mod job;
mod learn;
mod manual;
mod mistake;
mod play;
mod portal;
mod report;
mod requirement;
mod schema;
mod simulator;
mod starter;
pub mod studio;
mod sweep;
mod text_file;

pub use bilingual::{Bilingual, Language};
pub use catalogue::Catalogue;
pub use client::{ClientGiven, ClientScenario, Guide, Operation, Starts, Subject, run_client};
pub use error::Error;
pub use eyes::{Distortion, Passing, examine_pfx};
pub use fidelity::fidelity;
pub use learn::{
    Conflict, Contradiction, Difference, Known, Learned, Open, Replayed, Settled, SourceError, Sources,
    learn, learned_to_html, learned_to_json, learned_to_profile, learned_to_text, replay, replayed_to_text,
    unread, why_not_shown,
};
pub use manual::{EDITION, Kind, Manual, Reason, Section, Statement};
pub use mistake::Mistake;
pub use play::{
    Along, Case, Counts, Excuse, ExpectedFailures, Failure, Head, Level, Outcome, Pace, Played, Step, Stop,
};
pub use portal::{Broken, Given, Remote, Scenario, Target, run};
pub use report::{Run, SCHEMA, Verdict, to_badge, to_html, to_json, to_junit, to_text};
pub use requirement::{Binds, Confidence, Requirement, Requirements, chapter_title};
pub use schema::{ScenarioKind, scenario_schema};
pub use simulator::USUAL_SEED;
pub use starter::Starter;
pub use sweep::{
    Change, Reading, Survival, Sweep, SweepNews, SweepRow, chosen_combinations, readings, section_name,
    sweep, sweep_to_badge, sweep_to_html, sweep_to_json, sweep_to_junit, sweep_to_text,
};
