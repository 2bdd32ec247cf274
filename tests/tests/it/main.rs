//! End-to-end tests of the simulator, each against one of its own.

mod certificates;
mod chromium;
mod clock;
mod durability;
mod form;
mod http;
mod importers;
mod journal;
mod model;
mod notices;
mod openssl;
mod properties;
mod refusals;
mod session;
mod startup;
mod worlds;
