//! What befalls a client, what control is asked meanwhile, and what must come of it: a type each.
//!
//! A new step is written into one of these files, and into its list `STEPS`.

mod control;
mod file;
mod journal;
mod leftovers;
mod proxy;
mod run;
mod said;
mod setting;

use std::sync::LazyLock;

use super::scene::Scene;
use crate::play::Format;

pub use run::Operation;
pub(crate) use run::{End, Run};
pub(super) use said::{KeepsIds, KeepsProxyPassword, KeepsSecrets, Says};

/// All steps, as files write them.
pub(crate) static FORMAT: LazyLock<Format<Scene>> = LazyLock::new(|| {
    Format::of(&[
        control::STEPS,
        setting::STEPS,
        run::STEPS,
        file::STEPS,
        leftovers::STEPS,
        said::STEPS,
        journal::STEPS,
        proxy::STEPS,
    ])
});
