//! What is compared runs in turn, so that what else the machine does meets all of it alike.

mod others;
mod programs;
mod scale;

pub(crate) use others::{instructions, others};
pub(crate) use programs::compare;
pub(crate) use scale::scale;

pub(crate) fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
