//! Our client at the real simulator: however its pages look, and over thirty years.

mod disguise;
mod looks;
mod thirty_years;
