//! What a command sees of the machine, beside what the contract tells it: enough to start programs, and folders of the
//! play's own in the place of the user's.

use super::folder::Folder;

/// Variables of the machine that programs there don't run without, such as sockets of Windows without SystemRoot.
#[cfg(unix)]
const KEPT: &[&str] = &["PATH"];
#[cfg(windows)]
const KEPT: &[&str] = &[
    "PATH",
    "PATHEXT",
    "SystemDrive",
    "SystemRoot",
    "windir",
    "ComSpec",
    "ProgramData",
    "ProgramFiles",
    "ProgramFiles(x86)",
    "ProgramW6432",
    "PSModulePath",
    "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE",
    "OS",
];

pub(super) fn surroundings(folder: &Folder) -> Vec<(String, String)> {
    let kept = KEPT.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
    kept.chain(own(folder)).collect()
}

#[cfg(unix)]
fn own(folder: &Folder) -> Vec<(String, String)> {
    let (home, temp) = (folder.home(), folder.temp());
    let folders = [
        ("HOME", home.clone()),
        ("XDG_CONFIG_HOME", home.join(".config")),
        ("XDG_DATA_HOME", home.join(".local/share")),
        ("XDG_STATE_HOME", home.join(".local/state")),
        ("XDG_CACHE_HOME", home.join(".cache")),
        ("TMPDIR", temp.clone()),
        ("TEMP", temp.clone()),
        ("TMP", temp),
    ];
    folders.into_iter().map(|(name, folder)| (name.to_owned(), folder.display().to_string())).collect()
}

#[cfg(windows)]
fn own(folder: &Folder) -> Vec<(String, String)> {
    let (home, temp) = (folder.home(), folder.temp());
    let folders = [
        ("HOME", home.clone()),
        ("USERPROFILE", home.clone()),
        ("APPDATA", home.join(r"AppData\Roaming")),
        ("LOCALAPPDATA", home.join(r"AppData\Local")),
        ("TEMP", temp.clone()),
        ("TMP", temp.clone()),
        // PowerShell's memory of its modules is no trace of a key.
        ("PSModuleAnalysisCachePath", temp.join("ModuleAnalysisCache")),
    ];
    folders.into_iter().map(|(name, folder)| (name.to_owned(), folder.display().to_string())).collect()
}
