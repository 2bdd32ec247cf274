//! Who may read a file: its access list.

use std::io;
use std::path::Path;

use windows_sys::Win32::Foundation::{GENERIC_ALL, GENERIC_READ, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, GetNamedSecurityInfoW,
    SDDL_REVISION_1, SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACE_HEADER, ACL, DACL_SECURITY_INFORMATION, EqualSid, GetAce, GetTokenInformation,
    INHERIT_ONLY_ACE, IsWellKnownSid, OWNER_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION,
    PSECURITY_DESCRIPTOR, PSID, SetFileSecurityW, TOKEN_QUERY, TOKEN_USER, TokenUser,
    UNPROTECTED_DACL_SECURITY_INFORMATION, WinBuiltinAdministratorsSid, WinCreatorOwnerRightsSid,
    WinCreatorOwnerSid, WinLocalSystemSid,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use crate::handle::{Handle, done};
use crate::text::wide;

/// What a file system that has none answers: the function, or the request, isn't there.
const NO_LISTS: [i32; 2] = [1, 50];
/// The type of an entry that allows something.
const ALLOWED: u8 = 0;
/// `FILE_READ_DATA`, and what includes it.
const READS: u32 = 1 | GENERIC_READ | GENERIC_ALL;

/// This file or folder is for its user, the system and the administrators alone, as a profile's folders are; what is made
/// in a folder from now on as well. What the folder above says counts no more. A disk that knows no lists, as USB sticks
/// do, is left as it is.
///
/// # Errors
/// What the system says.
pub fn make_private(path: &Path) -> io::Result<()> {
    let user = user()?;
    let list = format!("D:P(A;OICI;FA;;;{user})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)");
    match set(path, &list, PROTECTED_DACL_SECURITY_INFORMATION) {
        Err(error) if error.raw_os_error().is_some_and(|code| NO_LISTS.contains(&code)) => Ok(()),
        other => other,
    }
}

/// All users of this machine may read what is in this folder, unless its files say otherwise: what a Unix folder is under
/// the usual umask.
///
/// # Errors
/// What the system says.
pub fn open_to_users(folder: &Path) -> io::Result<()> {
    let user = user()?;
    let list =
        format!("D:(A;OICI;FA;;;{user})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FR;;;BU)(A;OICI;FR;;;WD)");
    set(folder, &list, UNPROTECTED_DACL_SECURITY_INFORMATION)
}

/// Whether others than the owner, this process's user, the system and the administrators may read the file.
///
/// # Errors
/// What the system says.
pub fn is_open_to_others(path: &Path) -> io::Result<bool> {
    let me = TokenOfUser::read()?;
    let name = wide(path);
    let (mut owner, mut list): (PSID, *mut ACL) = (std::ptr::null_mut(), std::ptr::null_mut());
    let mut descriptor = Descriptor(std::ptr::null_mut());
    // SAFETY: a name with its zero, and places for what is asked; both lie in the descriptor, which is freed last.
    let status = unsafe {
        GetNamedSecurityInfoW(
            name.as_ptr(),
            SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
            &mut owner,
            std::ptr::null_mut(),
            &mut list,
            std::ptr::null_mut(),
            &mut descriptor.0,
        )
    };
    told(status)?;
    if list.is_null() {
        // Without a list everybody may.
        return Ok(true);
    }
    // SAFETY: the list lies in the descriptor.
    let count = unsafe { (*list).AceCount };
    for index in 0..u32::from(count) {
        let mut entry = std::ptr::null_mut();
        // SAFETY: an index of this list.
        done(unsafe { GetAce(list, index, &mut entry) })?;
        // SAFETY: every entry begins with a head.
        let head: ACE_HEADER = unsafe { entry.cast::<ACE_HEADER>().read() };
        if head.AceType != ALLOWED || u32::from(head.AceFlags) & INHERIT_ONLY_ACE != 0 {
            continue;
        }
        let entry: *mut ACCESS_ALLOWED_ACE = entry.cast();
        // SAFETY: this is what such an entry is.
        let mask = unsafe { (*entry).Mask };
        // SAFETY: the identifier begins at this field.
        let who: PSID = unsafe { &raw mut (*entry).SidStart }.cast();
        if mask & READS != 0 && !is_trusted(who, owner, me.id()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_trusted(who: PSID, owner: PSID, me: PSID) -> bool {
    let same = |other: PSID| {
        // SAFETY: both are identifiers of structures that live here.
        !other.is_null() && unsafe { EqualSid(who, other) } != 0
    };
    let kinds =
        [WinLocalSystemSid, WinBuiltinAdministratorsSid, WinCreatorOwnerSid, WinCreatorOwnerRightsSid];
    // SAFETY: an identifier of a list that lives here.
    same(owner) || same(me) || kinds.into_iter().any(|kind| unsafe { IsWellKnownSid(who, kind) } != 0)
}

fn set(path: &Path, list: &str, protection: u32) -> io::Result<()> {
    let text = wide(list);
    let mut descriptor = Descriptor(std::ptr::null_mut());
    // SAFETY: a text with its zero, and a place for the answer.
    done(unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            text.as_ptr(),
            SDDL_REVISION_1,
            &mut descriptor.0,
            std::ptr::null_mut(),
        )
    })?;
    let name = wide(path);
    // SAFETY: a name with its zero, and a descriptor that lives until the end of this function.
    done(unsafe { SetFileSecurityW(name.as_ptr(), DACL_SECURITY_INFORMATION | protection, descriptor.0) })
}

/// The identifier of this process's user, as text.
fn user() -> io::Result<String> {
    let token = TokenOfUser::read()?;
    let mut text = std::ptr::null_mut();
    // SAFETY: an identifier of the token that lives here, and a place for the answer.
    done(unsafe { ConvertSidToStringSidW(token.id(), &mut text) })?;
    let length = (0..)
        .take_while(|index| {
            let unit = text.wrapping_add(*index);
            // SAFETY: the text ends with a zero, and no unit behind it is looked at.
            unsafe { unit.read() != 0 }
        })
        .count();
    // SAFETY: that many units are there.
    let units = unsafe { std::slice::from_raw_parts(text, length) };
    let user = String::from_utf16_lossy(units);
    // SAFETY: the system made it for us to free.
    unsafe { LocalFree(text.cast()) };
    Ok(user)
}

/// What the system tells of this process's user; the identifier lies inside.
struct TokenOfUser(Vec<u64>);

impl TokenOfUser {
    fn read() -> io::Result<Self> {
        let mut token = std::ptr::null_mut();
        // SAFETY: a name for this process that is always good.
        let process = unsafe { GetCurrentProcess() };
        // SAFETY: this process, and a place for the answer.
        done(unsafe { OpenProcessToken(process, TOKEN_QUERY, &mut token) })?;
        let token = Handle::of(token)?;
        // An identifier has 68 bytes at most. Of eight bytes each, so that the structure is aligned.
        let mut answer = vec![0u64; 32];
        let bytes = (answer.len() * size_of::<u64>()) as u32;
        let mut length = 0;
        // SAFETY: memory of this length, aligned for the structure that the class fills in.
        done(unsafe {
            GetTokenInformation(token.raw(), TokenUser, answer.as_mut_ptr().cast(), bytes, &mut length)
        })?;
        Ok(Self(answer))
    }

    fn id(&self) -> PSID {
        // SAFETY: the system has filled it in, and it begins the memory.
        let user: TOKEN_USER = unsafe { self.0.as_ptr().cast::<TOKEN_USER>().read() };
        user.User.Sid
    }
}

/// A descriptor that the system made for us to free.
struct Descriptor(PSECURITY_DESCRIPTOR);

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: it is ours, or null, which is fine as well.
        unsafe { LocalFree(self.0) };
    }
}

/// The error of a call that answers with it.
fn told(status: u32) -> io::Result<()> {
    if status == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(status.cast_signed())) }
}
