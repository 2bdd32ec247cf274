//! The portal as a server: methods, versions, TLS, limits, and who hangs up.

mod hang_ups;
mod http;
mod limits;
mod tls;
