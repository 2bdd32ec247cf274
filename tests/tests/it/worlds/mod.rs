//! Worlds: made, reached, kept apart, saved, opened again, replaced.

mod hosting;
mod kept;
mod replaced;
mod saved;
