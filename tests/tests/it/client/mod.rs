//! Our client at the real simulator: however its pages look, over thirty years, and at a terminal.

mod confirming;
mod disguise;
mod looks;
mod recorded;
mod thirty_years;
