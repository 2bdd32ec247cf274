//! Programs that others wrote, at the simulator and with what our programs make. Each test asks for what it wants.

mod dialects;
mod docker;
mod embedding;
mod exports;
mod image;
mod importers;
mod manifests;
mod openssl;
mod other_kind;
mod packages;
mod proxies;
pub(crate) mod smtp;
mod strict;
mod whole_flows;
mod windows;
