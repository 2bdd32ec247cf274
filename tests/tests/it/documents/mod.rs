//! The documents say what is so: every shell block of theirs is run.

mod newcomer;
mod readme;
