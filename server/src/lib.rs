//! A simulator of the client-certificate authority of Japan's online-billing network.
pub mod authority;
pub mod clock;
pub mod entropy;
pub mod profile;
