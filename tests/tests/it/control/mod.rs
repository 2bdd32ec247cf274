//! The control API and its dashboard, a file for what stands at a path of it.

mod certificates;
mod clock;
mod dashboard;
mod due;
mod journal;
mod notices;
