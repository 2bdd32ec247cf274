//! Renewal and revocation over HTTPS, as a browser with a client certificate meets them.

mod door;
mod renewal;
mod revocation;
mod site;
