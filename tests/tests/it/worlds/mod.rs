//! Worlds: made, reached, kept apart, saved, opened again, replaced.

mod by_hand;
mod files;
mod hosting;
mod kept;
mod keys;
mod large;
mod replaced;
mod saved;
