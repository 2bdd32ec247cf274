//! Real browsers, steered by a driver: what a person at a terminal sees and does. They want Chromium.

mod application;
mod dashboard;
mod download;
mod login;
mod phone;
mod renewal;
mod wishes;
