//! What the simulator does wrong when it is told to, and what our client makes of it.

mod client;
mod exchanges;
mod tls;
