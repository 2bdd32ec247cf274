//! A job object: all that a process starts belongs to it, whatever it does to get away, and ends with it.

use std::collections::BTreeSet;
use std::io;
use std::mem::size_of;
use std::time::Duration;

use windows_sys::Wdk::System::Threading::{NtQueryInformationProcess, ProcessCommandLineInformation};
use windows_sys::Win32::Foundation::UNICODE_STRING;
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION, JOBOBJECT_BASIC_PROCESS_ID_LIST,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectBasicAccountingInformation, JobObjectBasicProcessIdList,
    JobObjectExtendedLimitInformation, QueryInformationJobObject, SetInformationJobObject,
    TerminateJobObject,
};
use windows_sys::Win32::System::Threading::{
    CREATE_NEW_PROCESS_GROUP, CREATE_SUSPENDED, OpenProcess, OpenThread, PROCESS_QUERY_INFORMATION,
    PROCESS_SET_QUOTA, PROCESS_TERMINATE, PROCESS_VM_READ, ResumeThread, THREAD_SUSPEND_RESUME,
};

use crate::handle::{Handle, done};

/// Creation flags of a process that is to be put into a [`Job`]: it waits until it is in there, so that nothing that it
/// starts is outside. A Ctrl-C in the console is not for it.
pub const WAITING: u32 = CREATE_SUSPENDED | CREATE_NEW_PROCESS_GROUP;

/// What a process that was ended with its job answers.
const ENDED: u32 = 1;
/// How often it is looked whether all are gone, which the system takes a moment for.
const LOOKS: u32 = 400;
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);
/// More processes than these are not looked at.
const MOST: usize = 1024;

/// Processes that end together: when it is dropped, and also when this process ends, however it does.
#[derive(Debug)]
pub struct Job(Handle);

impl Job {
    /// An empty one.
    ///
    /// # Errors
    /// What the system says.
    pub fn new() -> io::Result<Self> {
        // SAFETY: both pointers may be null: no name, the usual rights.
        let job = Self(Handle::of(unsafe { CreateJobObjectW(std::ptr::null(), std::ptr::null()) })?);
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
        // SAFETY: the structure that the class wants, with its size.
        done(unsafe {
            SetInformationJobObject(
                job.0.raw(),
                JobObjectExtendedLimitInformation,
                (&raw const limits).cast(),
                size_of::<JOBOBJECT_EXTENDED_LIMIT_INFORMATION>() as u32,
            )
        })?;
        Ok(job)
    }

    /// Takes a process in that was started as [`WAITING`], and lets it go on. Whoever started it must still have it, so
    /// that its number is no other's by now.
    ///
    /// # Errors
    /// What the system says; then it is still waiting, and is to be ended.
    pub fn take_in(&self, pid: u32) -> io::Result<()> {
        // SAFETY: it takes plain numbers.
        let process = Handle::of(unsafe { OpenProcess(PROCESS_SET_QUOTA | PROCESS_TERMINATE, 0, pid) })?;
        // SAFETY: both handles are open.
        done(unsafe { AssignProcessToJobObject(self.0.raw(), process.raw()) })?;
        resume(pid)
    }

    /// The command lines of all that are in it, as far as the system tells them.
    pub fn command_lines(&self) -> BTreeSet<String> {
        self.processes().into_iter().filter_map(command_line).collect()
    }

    fn processes(&self) -> Vec<u32> {
        // Two numbers, then the list: eight bytes of head, as long as it is a list of pointers' size.
        let mut list = vec![0usize; 1 + MOST];
        let bytes = (list.len() * size_of::<usize>()) as u32;
        // SAFETY: memory of this length, aligned for the structure, which begins the list.
        let asked = unsafe {
            QueryInformationJobObject(
                self.0.raw(),
                JobObjectBasicProcessIdList,
                list.as_mut_ptr().cast(),
                bytes,
                std::ptr::null_mut(),
            )
        };
        if asked == 0 {
            return Vec::new();
        }
        // SAFETY: the system has filled it in, and it begins the memory.
        let head: JOBOBJECT_BASIC_PROCESS_ID_LIST =
            unsafe { list.as_ptr().cast::<JOBOBJECT_BASIC_PROCESS_ID_LIST>().read() };
        let count = (head.NumberOfProcessIdsInList as usize).min(MOST);
        let skipped =
            std::mem::offset_of!(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList) / size_of::<usize>();
        list[skipped..].iter().take(count).filter_map(|pid| u32::try_from(*pid).ok()).collect()
    }

    fn is_empty(&self) -> bool {
        let mut accounts = JOBOBJECT_BASIC_ACCOUNTING_INFORMATION::default();
        // SAFETY: the structure that the class wants, with its size.
        let asked = unsafe {
            QueryInformationJobObject(
                self.0.raw(),
                JobObjectBasicAccountingInformation,
                (&raw mut accounts).cast(),
                size_of::<JOBOBJECT_BASIC_ACCOUNTING_INFORMATION>() as u32,
                std::ptr::null_mut(),
            )
        };
        asked == 0 || accounts.ActiveProcesses == 0
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        // SAFETY: the handle is open.
        unsafe { TerminateJobObject(self.0.raw(), ENDED) };
        // Their files and ports are free only when they are gone.
        for _ in 0..LOOKS {
            if self.is_empty() {
                return;
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
    }
}

/// Lets all threads of a process go on.
fn resume(pid: u32) -> io::Result<()> {
    // SAFETY: it takes plain numbers.
    let threads = Handle::of(unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0) })?;
    let mut entry = THREADENTRY32 { dwSize: size_of::<THREADENTRY32>() as u32, ..THREADENTRY32::default() };
    let mut resumed = 0;
    // SAFETY: a snapshot of threads, and an entry that knows its size.
    let mut more = unsafe { Thread32First(threads.raw(), &mut entry) };
    while more != 0 {
        if entry.th32OwnerProcessID == pid {
            // SAFETY: it takes plain numbers.
            let thread = Handle::of(unsafe { OpenThread(THREAD_SUSPEND_RESUME, 0, entry.th32ThreadID) })?;
            // SAFETY: the handle is open and may do this.
            if unsafe { ResumeThread(thread.raw()) } == u32::MAX {
                return Err(io::Error::last_os_error());
            }
            resumed += 1;
        }
        // SAFETY: as above.
        more = unsafe { Thread32Next(threads.raw(), &mut entry) };
    }
    if resumed == 0 {
        Err(io::Error::new(io::ErrorKind::NotFound, "it has no thread to go on"))
    } else {
        Ok(())
    }
}

/// The command line that a process was started with.
fn command_line(pid: u32) -> Option<String> {
    // SAFETY: it takes plain numbers.
    let process = unsafe { OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, 0, pid) };
    let process = Handle::of(process).ok()?;
    // The structure, and behind it up to 32,767 units of text. Of eight bytes each, so that it is aligned.
    let mut answer = vec![0u64; 16 * 1024];
    let bytes = (answer.len() * size_of::<u64>()) as u32;
    let mut length = 0;
    // SAFETY: memory of this length, aligned for the structure that the class fills in.
    let status = unsafe {
        NtQueryInformationProcess(
            process.raw(),
            ProcessCommandLineInformation,
            answer.as_mut_ptr().cast(),
            bytes,
            &mut length,
        )
    };
    if status < 0 {
        return None;
    }
    // SAFETY: the system has filled it in, and it begins the memory.
    let text: UNICODE_STRING = unsafe { answer.as_ptr().cast::<UNICODE_STRING>().read() };
    let begin = (text.Buffer as usize).checked_sub(answer.as_ptr() as usize)?;
    let end = begin.checked_add(usize::from(text.Length))?;
    let units: Vec<u8> = answer.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let units = units.get(begin..end)?.chunks_exact(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]]));
    Some(String::from_utf16_lossy(&units.collect::<Vec<_>>()))
}
