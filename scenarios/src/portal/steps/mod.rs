//! What a person does before a portal, what control is asked meanwhile, and what must be seen: a type each.
//!
//! A new step is written into one of these files, and into its list `STEPS`.

mod answer;
mod application;
mod asked;
mod certificate;
mod control;
mod crl;
mod file;
mod form;
mod login;
mod mail;
mod notice;
mod page;
mod root;
mod tab;
mod wait;
mod walk;

use std::sync::LazyLock;

use super::scene::Scene;
use crate::play::Format;

pub(super) use crl::FetchList;
pub(super) use file::LookInto;
pub(super) use login::LogIn;
pub(super) use root::ReplaceRoot;

/// All steps, as files write them.
pub(crate) static FORMAT: LazyLock<Format<Scene>> = LazyLock::new(|| {
    Format::of(&[
        tab::STEPS,
        form::STEPS,
        certificate::STEPS,
        wait::STEPS,
        page::STEPS,
        answer::STEPS,
        file::STEPS,
        notice::STEPS,
        crl::STEPS,
        mail::STEPS,
        application::STEPS,
        control::STEPS,
        login::STEPS,
        root::STEPS,
        walk::STEPS,
    ])
});
