//! End-to-end tests of the simulator, each against one of its own.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod cancelled_renewal;
mod certificates;
mod chromium;
mod chromium_dashboard;
mod chromium_renewal;
mod clinic;
mod clock;
mod disguise;
mod docker;
mod durability;
mod embedding;
mod exports;
mod faults;
mod form;
mod http;
mod importers;
mod journal;
mod killed_renewal;
mod limits;
mod looks;
mod model;
mod newcomer;
mod notices;
mod openssl;
mod properties;
mod proxies;
mod readme;
mod refusals;
mod renewal_concurrency;
mod renewal_split;
mod session;
mod smtp;
mod startup;
mod terminal;
mod thirty_years;
mod whole_flows;
mod worlds;
