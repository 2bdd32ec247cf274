//! What the authority decides, over random histories, against models that a person can read at a glance.

mod clerk;
mod naive;
