//! Three replicas on PostgreSQL are one simulator: what one has acknowledged, all have; what counts, counts once; what goes
//! away, comes back.

mod connection;
mod counted;
mod faults;
mod fresh;
mod journal;
mod killed;
mod outage;
mod outbox;
mod same_plays;
mod shared;
mod suite;
mod upgrade;
