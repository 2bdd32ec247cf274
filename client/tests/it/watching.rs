//! The watch over simulated years, and `obn watch` itself.

use jiff::{SignedDuration, Timestamp, ToSpan};
use obn_client::{Clock, Identity, Origin, Password, PfxProfile, Reminder, Store, Task, Validity, Watch};

use crate::authority::{Authority, INSTITUTION};
use crate::command::Desk;
use crate::keeping::conversation;
use crate::renewal_site::Site;

/// A store with one certificate that is valid for 3 years and 3 months.
struct Years {
    _folder: tempfile::TempDir,
    store: Store,
    ca: Authority,
    issued: usize,
}

impl Years {
    fn begin(now: Timestamp) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        let mut years = Self { _folder: folder, store, ca: Authority::common_ca(), issued: 0 };
        years.issue(now, None);
        years
    }

    fn issue(&mut self, now: Timestamp, renews: Option<String>) {
        self.issued += 1;
        let from = now.to_zoned_datetime(jiff::tz::TimeZone::fixed(jiff::tz::offset(9))).date();
        let until = from.checked_add(39.months()).unwrap();
        let day = |date: jiff::civil::Date| {
            (i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
        };
        let identity = self.ca.identity(INSTITUTION, day(from.yesterday().unwrap()), day(until));
        let origin = Origin {
            request_id: Some(format!("{:015}", self.issued).parse().unwrap()),
            renews,
            ..Origin::default()
        };
        let pfx = pfx(&identity);
        self.store.lock().unwrap().add(&identity, &pfx, &origin, &Clock::fixed(now)).unwrap();
    }
}

fn pfx(identity: &Identity) -> Vec<u8> {
    // The store keeps the file as it is, so it need not be a real one for every year.
    identity.certificate().der().to_vec()
}

fn start() -> Timestamp {
    "2027-01-10T09:00:00+09:00".parse().unwrap()
}

#[test]
fn in_30_years_there_is_no_gap_and_every_renewal_is_in_its_window() {
    let mut years = Years::begin(start());
    let mut watch = Watch::default();
    let mut now = start();
    let end = start() + SignedDuration::from_hours(24 * 365 * 30);
    let mut entries = years.store.entries().unwrap();
    while now < end {
        let clock = Clock::fixed(now);
        let mut renewed = None;
        assert!(
            entries.iter().any(|entry| entry.certificate().validity(&clock) == Validity::Valid),
            "a gap at {now}"
        );
        for task in watch.look(&entries, &clock) {
            if let Task::Renew(entry) = task {
                let days = entry.certificate().days_left(&clock);
                assert!((0..=90).contains(&days), "renewed with {days} days left");
                // The CA is out of order on most days.
                if days > 88 {
                    watch.renewal_failed(entry, &clock)
                } else {
                    renewed = Some(entry.name().to_owned())
                }
            }
        }
        if let Some(name) = renewed {
            years.issue(now, Some(name));
            entries = years.store.entries().unwrap();
        }
        // As it goes over a restart.
        watch = serde_json::from_slice(&serde_json::to_vec(&watch).unwrap()).unwrap();
        now += SignedDuration::from_hours(1);
    }
    // 39 months less 88 days, in 30 years.
    assert_eq!(years.issued, 10);
}

#[test]
fn reminders_come_once_a_stage_also_after_sleep_restart_and_a_clock_set_back() {
    let years = Years::begin(start());
    let entries = years.store.entries().unwrap();
    let last = entries[0].certificate().not_after();
    let mut watch = Watch::default();
    let mut told = |days_before: i64| {
        let clock = Clock::fixed(last - SignedDuration::from_hours(24 * days_before));
        let tasks = watch.look(&entries, &clock);
        let reminders = tasks.into_iter().filter_map(|task| match task {
            Task::Remind(entry, reminder) => {
                watch.told(entry, &clock);
                Some(reminder)
            }
            _ => None,
        });
        reminders.collect::<Vec<_>>()
    };
    assert_eq!(told(100), []);
    assert_eq!(told(90), [Reminder::Expires(90)]);
    assert_eq!(told(90), []);
    assert_eq!(told(89), []);
    assert_eq!(told(58), [Reminder::Expires(58)], "slept through the 60th day");
    assert_eq!(told(57), []);
    assert_eq!(told(95), [], "the clock was set back");
    assert_eq!(told(30), [Reminder::Expires(30)]);
    assert_eq!(told(7), [Reminder::Expires(7)]);
    assert_eq!(told(6), [Reminder::Expires(6)]);
    assert_eq!(told(0), [Reminder::Expires(0)]);
    assert_eq!(told(-1), [Reminder::Expired(1)]);
    assert_eq!(told(-1), []);
    assert_eq!(told(-2), [Reminder::Expired(2)]);
}

#[test]
fn a_look_under_a_clock_that_ran_ahead_silences_nothing() {
    let years = Years::begin(start());
    let entries = years.store.entries().unwrap();
    let last = entries[0].certificate().not_after();
    let mut watch = Watch::default();
    let mut told = |days_before: i64| {
        let clock = Clock::fixed(last - SignedDuration::from_hours(24 * days_before));
        let tasks = watch.look(&entries, &clock);
        let is_told = tasks.iter().any(|task| matches!(task, Task::Remind(..)));
        tasks
            .iter()
            .filter(|task| matches!(task, Task::Remind(..)))
            .for_each(|_| watch.told(&entries[0], &clock));
        is_told
    };
    // Years ahead, and within the days of notices.
    for ahead in [-5000, -1, 0, 7] {
        assert!(told(90));
        assert!(told(ahead), "{ahead}");
        // Once more what was told before, and then all that comes.
        for day in [89, 60, 30, 15, 7, 6] {
            assert!(told(day), "{ahead}: {day}");
        }
        assert!(!told(6));
        assert!(told(-10_000));
        assert!(!told(100));
    }
}

#[test]
fn a_notice_is_due_until_it_was_told() {
    let years = Years::begin(start());
    let entries = years.store.entries().unwrap();
    let last = entries[0].certificate().not_after();
    let mut watch = Watch::default();
    let mut days = Vec::new();
    for day in [30, 29, 28] {
        let clock = Clock::fixed(last - SignedDuration::from_hours(24 * day));
        days.extend(watch.look(&entries, &clock).iter().filter_map(|task| match task {
            Task::Remind(_, reminder) => Some(*reminder),
            _ => None,
        }));
    }
    assert_eq!(days, [30, 29, 28].map(Reminder::Expires));
}

/// As written before there was a time beside the stage.
#[test]
fn a_memory_of_an_older_version_is_read() {
    let years = Years::begin(start());
    let entries = years.store.entries().unwrap();
    let memory =
        format!(r#"{{"entries":{{"{}":{{"told":60,"renew_at":null,"failures":0}}}}}}"#, entries[0].name());
    let mut watch: Watch = serde_json::from_str(&memory).unwrap();
    let clock =
        |day: i64| Clock::fixed(entries[0].certificate().not_after() - SignedDuration::from_hours(24 * day));
    let reminds = |tasks: Vec<Task<'_>>| tasks.iter().any(|task| matches!(task, Task::Remind(..)));
    assert!(!reminds(watch.look(&entries, &clock(59))));
    assert!(reminds(watch.look(&entries, &clock(30))));
}

#[test]
fn a_renewal_that_fails_is_tried_less_and_less_often_but_never_given_up() {
    let years = Years::begin(start());
    let entries = years.store.entries().unwrap();
    let last = entries[0].certificate().not_after();
    let mut watch = Watch::default();
    let mut tries = Vec::new();
    for minute in (0..90 * 24 * 60).step_by(15) {
        let now = last - SignedDuration::from_mins(90 * 24 * 60 - minute);
        let clock = Clock::fixed(now);
        if watch.look(&entries, &clock).iter().any(|task| matches!(task, Task::Renew(_))) {
            tries.push(minute);
            watch.renewal_failed(&entries[0], &clock);
        }
    }
    let waits: Vec<i64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(waits[..6], [30, 60, 120, 240, 480, 960]);
    assert!(waits.iter().all(|wait| *wait <= 24 * 60), "{waits:?}");
    assert!(waits.last().is_some_and(|wait| *wait <= 120), "every two hours in the last week: {waits:?}");
    assert!(tries[0] <= 6 * 60);
}

#[tokio::test]
async fn watch_reminds_and_renews_from_a_timer() {
    let (site, portal) = Site::new().start().await;
    let desk = Desk::before(&portal).with("OBN_NEW_PASSWORD", "2468").with("OBN_PASSWORD", "1234");
    let pfx = site.old.to_pfx(&Password::new("1234"), PfxProfile::TripleDesSha1).unwrap();
    std::fs::write(desk.path("old.p12"), pfx).unwrap();
    let hook = desk.path("hook.sh");
    std::fs::write(&hook, "#!/bin/sh\ncat >> events.jsonl\necho >> events.jsonl\n").unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let watch: &[&str] = &["watch", "--once", "--renew", "--exec", "./hook.sh"];
    // Seven days before the end nothing is put off; a second look has nothing to say.
    let desk = desk.with("OBN_NOW", "2026-11-24T12:00:00+09:00");
    let commands: &[&[&str]] =
        &[&["restore", "old.p12", "--request-id", "202309010000001"], watch, watch, &["list"]];
    insta::assert_snapshot!(conversation(&desk, commands).await);
    let events = std::fs::read_to_string(desk.path("events.jsonl")).unwrap();
    let kinds: Vec<String> = events
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(kinds, ["notice", "renewed"]);
    assert_eq!(site.applications(), 1);
}

/// A hook that keeps what it is given, and ends as told.
fn hook(desk: &Desk, ends: &str) {
    let text = format!("#!/bin/sh\n{ends}\ncat >> events.jsonl\necho >> events.jsonl\n");
    std::fs::write(desk.path("hook.sh"), text).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(desk.path("hook.sh"), executable).unwrap();
}

fn kinds(desk: &Desk) -> Vec<String> {
    let events = std::fs::read_to_string(desk.path("events.jsonl")).unwrap_or_default();
    let kind = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].to_string();
    events.lines().map(kind).collect()
}

#[tokio::test]
async fn what_a_program_did_not_take_is_told_again() {
    for failing in ["exit 1", "kill -9 $$", "missing"] {
        let (site, portal) = Site::new().start().await;
        let desk = Desk::before(&portal).with("OBN_NEW_PASSWORD", "2468").with("OBN_PASSWORD", "1234");
        std::fs::write(
            desk.path("old.p12"),
            site.old.to_pfx(&Password::new("1234"), PfxProfile::TripleDesSha1).unwrap(),
        )
        .unwrap();
        let desk = desk.with("OBN_NOW", "2026-11-24T12:00:00+09:00");
        assert_eq!(desk.obn(&["restore", "old.p12"], "").await.status, 0);
        let watch: &[&str] = &["watch", "--once", "--exec", "./hook.sh"];
        let renew = &[watch, &["--renew"]].concat();
        if failing != "missing" {
            hook(&desk, failing);
        }
        for _ in 0..2 {
            let ended = desk.obn(watch, "").await;
            assert_eq!(ended.status, 2, "{failing}: {}", ended.transcript);
            assert!(ended.transcript.contains("./hook.sh"), "{failing}: {}", ended.transcript);
        }
        hook(&desk, "");
        assert_eq!(desk.obn(watch, "").await.status, 0);
        assert_eq!(desk.obn(watch, "").await.status, 0);
        assert_eq!(kinds(&desk), ["\"notice\""], "{failing}");
        hook(&desk, "exit 1");
        assert_eq!(desk.obn(renew, "").await.status, 2);
        assert_eq!(desk.obn(renew, "").await.status, 2);
        hook(&desk, "");
        assert_eq!(desk.obn(renew, "").await.status, 0);
        assert_eq!(desk.obn(renew, "").await.status, 0);
        assert_eq!(kinds(&desk), ["\"notice\"", "\"renewed\""], "{failing}");
        assert_eq!(site.applications(), 1);
    }
}

#[tokio::test]
async fn a_program_that_does_not_end_is_ended() {
    let (site, portal) = Site::new().start().await;
    let desk =
        Desk::before(&portal).with("OBN_NOW", "2026-11-24T12:00:00+09:00").with("OBN_PASSWORD", "1234");
    let pfx = site.old.to_pfx(&Password::new("1234"), PfxProfile::TripleDesSha1).unwrap();
    std::fs::write(desk.path("old.p12"), pfx).unwrap();
    assert_eq!(desk.obn(&["restore", "old.p12"], "").await.status, 0);
    // `exec`: what is ended is the program itself, not a shell around it.
    hook(&desk, "echo $$ > pid; exec sleep infinity");
    let ended = desk.obn(&["watch", "--once", "--exec", "./hook.sh", "--exec-limit", "0.3"], "").await;
    assert_eq!(ended.status, 2, "{}", ended.transcript);
    assert!(ended.transcript.contains("./hook.sh failed"), "{}", ended.transcript);
    assert!(ended.transcript.contains("ended after 0.3 seconds"), "{}", ended.transcript);
    let pid = std::fs::read_to_string(desk.path("pid")).unwrap();
    let command = std::fs::read_to_string(format!("/proc/{}/cmdline", pid.trim())).unwrap_or_default();
    assert!(!command.contains("sleep"), "it goes on: {command}");
    hook(&desk, "");
    assert_eq!(desk.obn(&["watch", "--once", "--exec", "./hook.sh"], "").await.status, 0);
    assert_eq!(kinds(&desk), ["\"notice\""], "what it did not take is told again");
}

#[tokio::test]
async fn a_renewal_that_failed_ends_a_look_with_its_status() {
    let (site, portal) = Site { refuses: Some("更新可能期間ではありません。"), ..Site::new() }.start().await;
    let desk = Desk::before(&portal).with("OBN_NEW_PASSWORD", "2468").with("OBN_PASSWORD", "1234");
    std::fs::write(
        desk.path("old.p12"),
        site.old.to_pfx(&Password::new("1234"), PfxProfile::TripleDesSha1).unwrap(),
    )
    .unwrap();
    let desk = desk.with("OBN_NOW", "2026-11-24T12:00:00+09:00").with("OBN_JSON", "1");
    assert_eq!(desk.obn(&["restore", "old.p12"], "").await.status, 0);
    let ended = desk.obn(&["watch", "--once", "--renew"], "").await;
    let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (ended.status, &told["exit_status"], &told["events"][1]["event"]),
        (1, &1.into(), &"failed".into())
    );
}

/// The system's own units are not there for a user's.
#[test]
fn the_unit_waits_for_nothing_that_a_user_s_manager_does_not_have() {
    for unit in
        [include_str!("../../systemd/obn-watch.service"), include_str!("../../systemd/obn-watch.timer")]
    {
        let orders = unit
            .lines()
            .filter(|line| ["After=", "Wants=", "Requires="].iter().any(|key| line.starts_with(key)));
        assert_eq!(orders.count(), 0, "{unit}");
    }
}

#[tokio::test]
async fn watch_shows_its_notices_on_the_desktop_where_there_is_one() {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/pfx/openssl-3des.p12");
    for (language, bus) in [("ja", "unix:path=/nowhere"), ("en", "unix:path=/nowhere"), ("en", "")] {
        let desk = Desk::new().with("OBN_LANG", language).with("OBN_PASSWORD", "1234");
        let desk = desk.with("OBN_NOW", "2029-04-12T09:00:00+09:00");
        let bin = desk.path("bin");
        std::fs::create_dir(&bin).unwrap();
        std::fs::write(bin.join("notify-send"), "#!/bin/sh\nprintf '%s\\n' \"$@\" >> shown\n").unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(bin.join("notify-send"), executable).unwrap();
        let desk = desk.with("PATH", bin.to_str().unwrap()).with("DBUS_SESSION_BUS_ADDRESS", bus);
        std::fs::copy(fixture, desk.path("a.p12")).unwrap();
        conversation(&desk, &[&["restore", "a.p12"], &["watch", "--once"], &["watch", "--once"]]).await;
        let shown = std::fs::read_to_string(desk.path("shown")).unwrap_or_default();
        let title =
            if language == "ja" { "証明書に関するお知らせ" } else { "Notice about a certificate" };
        if bus.is_empty() {
            assert_eq!(shown, "", "no session, so nobody to show it to");
        } else {
            assert_eq!(shown.lines().filter(|line| *line == title).count(), 1, "once: {shown}");
            assert!(shown.contains("0110119153") && shown.contains('7'), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_damaged_entry_is_told_and_hides_no_other() {
    let desk = Desk::new().with("OBN_PASSWORD", "1234").with("OBN_JSON", "1");
    let pfx = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/pfx/openssl-3des.p12");
    assert_eq!(desk.obn(&["restore", pfx], "").await.status, 0);
    std::fs::create_dir(desk.path(".local/share/obn/202001010000001")).unwrap();
    // The last day but one of the certificate that is sound.
    let desk = desk.with("OBN_NOW", "2029-04-18T12:00:00+09:00");
    let tell = async |arguments: &[&str]| -> serde_json::Value {
        let ended = desk.obn(arguments, "").await;
        assert_eq!(ended.status, 0, "{}", ended.transcript);
        assert!(ended.transcript.contains("obn: could not read"), "{}", ended.transcript);
        serde_json::from_str(&ended.stdout).unwrap()
    };
    let watched = tell(&["watch", "--once"]).await;
    let events: Vec<_> = watched["events"].as_array().unwrap().iter().map(|event| &event["event"]).collect();
    assert_eq!(events, ["damaged", "notice"]);
    let listed = tell(&["list"]).await;
    assert_eq!(listed["certificates"].as_array().unwrap().len(), 1);
    assert!(listed["damaged"][0].as_str().unwrap().contains("202001010000001"), "{listed}");
}
