//! The words of the service, as types: what an ID, an institution code or a mail address is.
//!
//! Here is what holds of a word by itself. What the CA does with it is the [`authority`](crate::authority)'s, what
//! nobody knows of it is the [`profile`](crate::profile)'s. Nothing here reads a clock or draws at random by itself.

mod application;
mod email;
mod holder;
mod identifiers;
mod institution;
mod revocation_reason;
mod subject;
mod text;

pub use application::{ApplicationError, ApplicationNumber, ShortText, SubmissionId, Telephone};
pub use email::{EmailAddress, EmailError};
pub use holder::{Holder, InsurerNumber, NotAHolder, ReceptionNumber};
pub use identifiers::{IdentifierError, Pin, ReferenceId, RequestId, Serial};
pub use institution::{Category, InstitutionCode, NotACode, PREFECTURES, Prefecture};
pub use revocation_reason::RevocationReason;
pub(crate) use subject::escape;
pub use subject::{Attribute, Subject};
