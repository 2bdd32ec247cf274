//! The console that a program was started from.

use windows_sys::Win32::System::Console::GetConsoleOutputCP;

/// The code page in which whoever reads a pipe of this console takes its bytes, such as 932; nothing without a console.
pub fn output_code_page() -> Option<u32> {
    // SAFETY: it takes nothing.
    let page = unsafe { GetConsoleOutputCP() };
    Some(page).filter(|page| *page != 0)
}
