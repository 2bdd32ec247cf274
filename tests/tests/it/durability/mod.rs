//! What was acknowledged or begun survives: `kill -9` of the simulator and of `obn`, futures that are dropped, disks that are full
//! or fail, files that go away.

mod cancelled_renewal;
mod download_once;
mod failing_disk;
mod kill_nine;
mod killed_among_renewals;
mod killed_renewal;
mod killed_simulator;
mod lost_store;
pub(crate) mod work;
