//! What was acknowledged or begun survives: `kill -9` of the simulator and of `obn`, futures that are dropped, full disks.

mod cancelled_renewal;
mod download_once;
mod kill_nine;
mod killed_among_renewals;
mod killed_renewal;
mod killed_simulator;
