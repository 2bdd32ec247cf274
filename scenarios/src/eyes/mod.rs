//! How the harness sees a site: as a browser, page by page, file by file. It shares no code with the simulator or
//! with our client.

mod browser;
mod cookies;
mod distortion;
mod file;
mod page;
mod wording;

pub(crate) use browser::{Answer, Browser, Content, NoAnswer, declared_encoding, file_name};
pub(crate) use cookies::Jar;
pub use distortion::{Distortion, Passing};
pub use file::examine_pfx;
pub(crate) use file::{
    Algorithms, Certificate, CertificateExpectation, Flaw, Identity, Make, RevocationList, foreign_identity,
    public_roots,
};
pub(crate) use page::{Field, FieldKind, Method, NotFound, Page, Pressed, Submission};
pub(crate) use wording::{one_line, same, squeeze};
