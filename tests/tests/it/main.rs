//! End-to-end tests of the simulator, each against one of its own.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod authority_model;
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
mod faults_crl;
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
mod phone;
mod profile_keys;
mod properties;
mod proxies;
mod readme;
mod refusals;
mod renewal_concurrency;
mod renewal_split;
mod ru_rx;
mod session;
mod smtp;
mod startup;
mod terminal;
mod thirty_years;
mod whole_flows;
mod worlds;
