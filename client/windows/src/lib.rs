//! What the programs ask of Windows and no safe library offers. All of it is safe to call; nothing of the service is
//! known here. On other systems the crate is empty.
#![cfg(windows)]
// Calls of the system are unsafe. Each stands alone, behind a safe function, with what makes it sound.
#![expect(unsafe_code, reason = "calls of Windows")]

mod acl;
mod certificates;
mod console;
mod handle;
mod job;
mod key;
mod text;

pub use acl::{is_open_to_others, make_private, open_to_users};
pub use certificates::commit;
pub use console::output_code_page;
pub use job::{Job, WAITING};
pub use key::{Hash, Padding, SigningKey};
