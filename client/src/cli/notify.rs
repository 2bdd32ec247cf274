//! A notification on the desktop, where there is one.

#[cfg(not(windows))]
pub(crate) use self::freedesktop::notify;
#[cfg(windows)]
pub(crate) use self::windows::notify;

#[cfg(windows)]
mod windows {
    use tauri_winrt_notification::{Duration, Toast};

    /// Shows a notice, as the MPKI client does (manual 2.1). Windows shows those of programs that an installer has made
    /// known, which `obn` has none of: it goes under the name of PowerShell, as notices of scripts do.
    pub(crate) fn notify(title: &str, message: &str, is_urgent: bool) {
        let duration = if is_urgent { Duration::Long } else { Duration::Short };
        let toast = Toast::new(Toast::POWERSHELL_APP_ID).title(title).text1(message).duration(duration);
        // A desktop that shows nothing must not stop the watch.
        let _ = toast.show();
    }
}

#[cfg(not(windows))]
mod freedesktop {
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};

    /// Shows a notice, as the MPKI client does (manual 2.1). Without a desktop nothing happens; the log has it all.
    pub(crate) fn notify(title: &str, message: &str, is_urgent: bool) {
        let Some(program) = program().filter(|_| has_session()) else { return };
        let mut command = Command::new(program);
        command.args(["--app-name=obn", "--icon=dialog-password"]);
        command.arg(if is_urgent { "--urgency=critical" } else { "--urgency=normal" });
        command.args(["--", title, message]);
        // A desktop that shows nothing must not stop the watch.
        let _ = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }

    fn program() -> Option<PathBuf> {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .map(|folder| folder.join("notify-send"))
            .find(|program| program.is_file())
    }

    /// Whether there is a session bus, over which notifications go.
    fn has_session() -> bool {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        set("DBUS_SESSION_BUS_ADDRESS").is_some()
            || set("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).join("bus").exists())
    }
}
