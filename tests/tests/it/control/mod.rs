//! The control API and its dashboard, a file for what stands at a path of it.

mod access;
mod certificates;
mod clock;
mod contents;
mod dashboard;
mod description;
mod health;
mod journal;
mod language;
mod notices;
mod pages;
mod profile;
