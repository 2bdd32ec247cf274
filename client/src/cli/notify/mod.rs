//! A notification on the desktop, where there is one.

#[cfg(any(windows, test))]
mod toast;

#[cfg(not(windows))]
pub(crate) use self::freedesktop::notify;
#[cfg(windows)]
pub(crate) use self::windows::notify;

/// What somebody is to be told.
pub(crate) struct Notification<'a> {
    /// Above it.
    pub(crate) title: &'a str,
    /// What it says.
    pub(crate) message: &'a str,
    /// Whether it stays longer.
    pub(crate) is_urgent: bool,
    /// The page that it leads to, with what stands on the button. Toasts alone lead anywhere.
    #[cfg_attr(not(any(windows, test)), expect(dead_code, reason = "what leads there is Windows' own"))]
    pub(crate) page: Option<(&'a str, &'a str)>,
}

#[cfg(windows)]
mod windows {
    use windows::Data::Xml::Dom::XmlDocument;
    use windows::UI::Notifications::{ToastNotification, ToastNotificationManager};
    use windows::core::{HSTRING, Result};

    use super::{Notification, toast};

    /// That of PowerShell. Windows shows toasts of programs that an installer has made known, which `obn` has none of: they
    /// go under this name, as those of scripts do.
    const PROGRAM: &str = r"{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\WindowsPowerShell\v1.0\powershell.exe";

    /// Shows a notice, as the MPKI client does (manual 2.1).
    pub(crate) fn notify(notification: &Notification<'_>) {
        // A desktop that shows nothing must not stop the watch.
        let _ = show(&toast::xml(notification));
    }

    fn show(xml: &str) -> Result<()> {
        let document = XmlDocument::new()?;
        document.LoadXml(&HSTRING::from(xml))?;
        let toast = ToastNotification::CreateToastNotification(&document)?;
        ToastNotificationManager::CreateToastNotifierWithId(&HSTRING::from(PROGRAM))?.Show(&toast)
    }
}

#[cfg(not(windows))]
mod freedesktop {
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};

    use super::Notification;

    /// Shows a notice, as the MPKI client does (manual 2.1). Without a desktop nothing happens; the log has it all.
    pub(crate) fn notify(notification: &Notification<'_>) {
        let Some(program) = program().filter(|_| has_session()) else { return };
        let mut command = Command::new(program);
        command.args(["--app-name=obn", "--icon=dialog-password"]);
        command.arg(if notification.is_urgent { "--urgency=critical" } else { "--urgency=normal" });
        command.args(["--", notification.title, notification.message]);
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
