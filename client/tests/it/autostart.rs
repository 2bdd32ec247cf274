//! `obn watch --install`: what the system is told to start.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::command::Desk;

/// A desk whose systemd writes down what it is told, and is content.
fn desk() -> Desk {
    let desk = Desk::new();
    let log = desk.path("systemctl.log").display().to_string();
    std::fs::create_dir(desk.path("bin")).unwrap();
    let systemctl = desk.path("bin/systemctl");
    std::fs::write(&systemctl, format!("#!/bin/sh\necho \"$@\" >>'{log}'\n")).unwrap();
    std::fs::set_permissions(&systemctl, PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", desk.path("bin").display());
    desk.with("PATH", &path).with("OBN_NOW", "")
}

fn read(desk: &Desk, name: &str) -> String {
    std::fs::read_to_string(desk.path(name)).unwrap()
}

const SERVICE: &str = ".config/systemd/user/obn-watch.service";
const TIMER: &str = ".config/systemd/user/obn-watch.timer";

#[tokio::test]
async fn the_watch_is_started_by_systemd_with_the_options_of_the_call() {
    let desk = desk();
    std::fs::write(desk.path("new password"), "2468\n").unwrap();
    std::fs::write(desk.path("root.pem"), "").unwrap();
    let install =
        ["--store", "証明書 $1", "--root", "root.pem", "--url", "https://localhost:1", "watch", "--install"];
    let renew = ["--renew", "--new-password-file", "new password"];
    let ended = desk.obn(&[&install[..], &renew].concat(), "").await;
    assert_eq!(ended.transcript, "exit 0\nthe certificates are watched every hour from now on\n");
    assert_eq!(read(&desk, "systemctl.log"), "--user daemon-reload\n--user enable --now obn-watch.timer\n");
    assert!(read(&desk, TIMER).contains("OnCalendar=hourly"));
    let service = read(&desk, SERVICE);
    let line = service.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    // systemd takes these words as a shell does, but for the signs that it has doubled.
    let line = line.replace("$$", "\\$").replace("%%", "%");
    for part in [
        "\"watch\" \"--once\"",
        "\"--renew\"",
        "/new password\"",
        "/root.pem\"",
        "\"--url=https://localhost:1\"",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    let ran = Command::new("sh").args(["-c", &format!("cd / && {line}")]).env_clear().output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert!(desk.path("証明書 $1/watch.json").is_file(), "it has looked into the same store");

    let ended = desk.obn(&["watch", "--uninstall"], "").await;
    assert_eq!(ended.transcript, "exit 0\nthe watch is no longer started\n");
    assert!(!desk.path(SERVICE).exists() && !desk.path(TIMER).exists());
    assert!(
        read(&desk, "systemctl.log")
            .ends_with("--user disable --now obn-watch.timer\n--user daemon-reload\n")
    );
    // Where nothing is installed nothing is to be done.
    assert_eq!(desk.obn(&["watch", "--uninstall"], "").await.status, 0);
}

#[tokio::test]
async fn what_could_not_run_later_is_refused_now() {
    let desk = desk();
    for (arguments, why) in [
        (&["watch", "--install", "--renew"][..], "--new-password-file"),
        (&["watch", "--install", "--renew", "--new-password-file", "nowhere"], "nowhere"),
        (
            &["--proxy", "http://localhost:1", "--proxy-user", "me", "watch", "--install"],
            "--proxy-password-file",
        ),
        (&["--now", "2026-11-23T12:00:00+09:00", "watch", "--install"], "--now"),
    ] {
        let ended = desk.obn(arguments, "").await;
        assert_eq!(ended.status, 2, "{}", ended.transcript);
        assert!(ended.transcript.contains(why), "{}", ended.transcript);
        assert!(!desk.path(SERVICE).exists());
    }
}
