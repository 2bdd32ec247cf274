//! What the CA sends is on the disk before anybody judges it, and is not asked for again while it lies there.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use obn_client::{Password, PfxProfile};

use crate::authority::{Authority, INSTITUTION};
use crate::command::Desk;
use crate::pages::{PASSWORD, REFERENCE_ID, REQUEST_ID, download_site, page};
use crate::portal::{Portal, Reply};
use crate::renewal_site::Site;

const DOWNLOAD: [&str; 5] = ["download", "--request-id", REQUEST_ID, "--reference-id", REFERENCE_ID];
const OLD: &str = "202309010000001";

/// A portal that sends this once, and says then that it has done so.
async fn once(reply: Reply) -> Portal {
    let script = download_site(move |_, nth| match nth {
        0 => reply.clone(),
        _ => Reply::html(page("エラー", "<p>この証明書はすでに取得済みです。</p>")),
    });
    Portal::start(script).await
}

fn desk(portal: &Portal) -> Desk {
    Desk::before(portal).with("OBN_PASSWORD", PASSWORD)
}

fn assert_kept(file: &Path, bytes: &[u8]) {
    assert_eq!(std::fs::read(file).unwrap(), bytes, "{}", file.display());
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn what_can_t_be_read_is_kept_and_named_and_the_next_run_says_so_without_asking() {
    let not_ours = Authority::named("Some Other CA").pfx(PASSWORD);
    let in_the_way = page("x", "").into_bytes();
    let files: [(&str, Reply, &[u8]); 6] = [
        ("no PFX", Reply::pfx(b"0\x82nonsense".to_vec()), b"0\x82nonsense"),
        ("another CA's", Reply::pfx(not_ours.clone()), &not_ours),
        ("another password", Reply::pfx(Authority::common_ca().pfx("9999")), &[]),
        ("text", Reply::file("text/plain", b"OK".to_vec()), b"OK"),
        ("packed", Reply::pfx(b"\x1f\x8b\x08".to_vec()).header("content-encoding", "gzip"), b"\x1f\x8b\x08"),
        ("under an error", Reply::pfx(not_ours.clone()).status(500), &not_ours),
    ];
    for (name, reply, bytes) in files {
        let bytes = if bytes.is_empty() { reply.body.clone() } else { bytes.to_vec() };
        for (option, place) in
            [("--out=new.p12", "new.p12.rejected"), ("", ".local/share/obn/202012100001000.rejected")]
        {
            let portal = once(reply.clone()).await;
            let desk = desk(&portal);
            let options: &[&str] = if option.starts_with("--out") { &[option] } else { &[] };
            let first = desk.obn(&[&DOWNLOAD[..], options].concat(), "").await;
            assert_eq!(first.status, 4, "{name}: {}", first.transcript);
            assert!(first.transcript.contains(place), "{name}: {}", first.transcript);
            assert_kept(&desk.path(place), &bytes);
            let asked = portal.seen().len();
            let second = desk.obn(&[&DOWNLOAD[..], options, &["--force"]].concat(), "").await;
            assert_eq!(second.status, 2, "{name}: {}", second.transcript);
            assert!(second.transcript.contains(place), "{name}: {}", second.transcript);
            assert_eq!(portal.seen().len(), asked, "{name}: the CA was asked again");
            assert_kept(&desk.path(place), &bytes);
            std::fs::rename(desk.path(place), desk.path("looked-at")).unwrap();
            assert_eq!(desk.obn(&[&DOWNLOAD[..], options].concat(), "").await.status, 1, "{name}");
        }
    }
    // A page is no file.
    let portal = once(Reply::file("text/html", in_the_way)).await;
    let desk = desk(&portal);
    desk.obn(&[&DOWNLOAD[..], &["--out=new.p12"]].concat(), "").await;
    assert!(!desk.path("new.p12.rejected").exists());
}

#[tokio::test]
async fn the_next_run_tells_a_person_and_a_program_where_the_file_is() {
    let portal = once(Reply::pfx(b"0\x82nonsense".to_vec())).await;
    let desk = desk(&portal);
    let out = [&DOWNLOAD[..], &["--out=new.p12"]].concat();
    let mut told = String::new();
    for language in ["en", "en", "ja"] {
        let language = [&["--lang", language][..], &out].concat();
        told += &desk.obn(&language, "").await.transcript;
    }
    told += &desk.obn(&[&["--json"][..], &out].concat(), "").await.transcript;
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn files_that_differ_are_all_kept() {
    let portal =
        Portal::start(download_site(|_, nth| Reply::pfx(format!("0\u{82}{nth}").into_bytes()))).await;
    let desk = desk(&portal);
    assert_eq!(desk.obn(&[&DOWNLOAD[..], &["--out=new.p12"]].concat(), "").await.status, 4);
    for (nth, place) in ["new.p12.rejected", "new.p12.rejected.2", "new.p12.rejected.3"].iter().enumerate() {
        assert_kept(&desk.path(place), format!("0\u{82}{nth}").as_bytes());
    }
}

#[tokio::test]
async fn a_part_of_a_file_is_kept_and_stops_no_later_run() {
    let pfx = Authority::common_ca().pfx(PASSWORD);
    // Long enough for a part to be sent on before the end.
    let long = [&pfx[..], &[0; 1 << 20]].concat();
    let whole = long.clone();
    let portal = Portal::start(download_site(move |_, nth| match nth {
        0..3 => Reply::pfx(long.clone()).cut_after(1_000_000),
        _ => Reply::pfx(pfx.clone()),
    }))
    .await;
    let desk = desk(&portal);
    let out = [&DOWNLOAD[..], &["--out=new.p12"]].concat();
    let cut = desk.obn(&out, "").await;
    assert_eq!(cut.status, 3, "{}", cut.transcript);
    assert!(cut.transcript.contains("new.p12.partial"), "{}", cut.transcript);
    let part = std::fs::read(desk.path("new.p12.partial")).unwrap();
    assert!(!part.is_empty() && whole.starts_with(&part));
    assert_eq!(desk.obn(&out, "").await.status, 0);
    assert!(!desk.path("new.p12.partial").exists());
}

/// As `kill -9` leaves it between the file and its place.
#[tokio::test]
async fn a_file_that_a_killed_run_had_got_is_taken_up_without_asking() {
    let portal = once(Reply::html("")).await;
    for (options, target) in [(&["--out=new.p12"][..], "new.p12"), (&[], ".local/share/obn/202012100001000")]
    {
        let desk = desk(&portal);
        std::fs::create_dir_all(desk.path(".local/share/obn")).unwrap();
        let received = desk.path(&format!("{target}.{REQUEST_ID}.received"));
        let pfx = Authority::common_ca().pfx(PASSWORD);
        std::fs::write(&received, &pfx).unwrap();
        let download = [&DOWNLOAD[..], options].concat();
        // The password may be the wrong one, so nothing is given up.
        std::fs::write(desk.path("other"), "9999").unwrap();
        let other = desk.obn(&[&download[..], &["--password-file", "other"]].concat(), "").await;
        assert_eq!(other.status, 4, "{}", other.transcript);
        assert!(other.transcript.contains(".received") && received.exists(), "{}", other.transcript);
        let ended = desk.obn(&download, "").await;
        assert_eq!(ended.status, 0, "{}", ended.transcript);
        assert!(!received.exists());
        let place = if options.is_empty() { format!("{target}/identity.p12") } else { target.to_owned() };
        assert_kept(&desk.path(&place), &pfx);
    }
    assert!(portal.seen().is_empty());
}

/// A desk with the old certificate in its store.
async fn desk_with_store(site: &Site, portal: &Portal) -> Desk {
    let desk = desk(portal).with("OBN_NEW_PASSWORD", "2468").with("OBN_PASSWORD", "1234");
    let pfx = site.old.to_pfx(&Password::new("1234"), PfxProfile::TripleDesSha1).unwrap();
    std::fs::write(desk.path("old.p12"), pfx).unwrap();
    let restored = desk.obn(&["restore", "old.p12", "--request-id", OLD], "").await;
    assert_eq!(restored.status, 0, "{}", restored.transcript);
    desk
}

#[tokio::test]
async fn a_renewed_file_that_is_not_believed_is_kept_by_every_command_that_fetches_one() {
    for (command, place) in [
        (&["renew"][..], format!(".local/share/obn/{OLD}.renewal.rejected")),
        (&["renew", "--out", "new.p12"], "new.p12.rejected".to_owned()),
        (&["watch", "--once", "--renew"], format!(".local/share/obn/{OLD}.renewal.rejected")),
    ] {
        let (site, portal) = Site { names: "0110113719", ..Site::new() }.start().await;
        // Seven days before the end nothing is put off.
        let desk = desk_with_store(&site, &portal).await.with("OBN_NOW", "2026-11-24T12:00:00+09:00");
        let first = desk.obn(command, "").await;
        assert_eq!(first.status, 4, "{command:?}: {}", first.transcript);
        assert!(first.transcript.contains(&place), "{command:?}: {}", first.transcript);
        assert!(desk.path(&place).exists(), "{command:?}");
        let asked = portal.seen().len();
        let commands: [&[&str]; 2] = match command.contains(&"--out") {
            true => [command, &["collect", "--out", "new.p12"]],
            false => [&["renew"], &["collect"]],
        };
        for command in commands {
            let again = desk.obn(command, "").await;
            assert_eq!(again.status, 2, "{command:?}: {}", again.transcript);
            assert!(again.transcript.contains(&place), "{command:?}: {}", again.transcript);
        }
        assert_eq!(portal.seen().len(), asked, "{command:?}: the CA was asked again");
    }
}

#[tokio::test]
async fn a_renewed_file_that_a_killed_run_had_got_is_taken_up_without_asking() {
    for command in [&["renew"][..], &["collect"]] {
        let (site, portal) = Site::new().start().await;
        let desk = desk_with_store(&site, &portal).await;
        let new = site.ca.identity(INSTITUTION, (2026, 11, 23), (2030, 2, 22));
        let pfx = new.to_pfx(&Password::new("2468"), PfxProfile::TripleDesSha1).unwrap();
        let store = desk.path(".local/share/obn");
        let record =
            r#"{"applied":{"request_id":"202611230000001","reference_id":"zigLUVC29Q","listed":[]}}"#;
        std::fs::write(store.join(format!("{OLD}.renewal")), record).unwrap();
        let serial = site.old.certificate().serial();
        std::fs::write(store.join(format!("{OLD}.renewal.{serial}.received")), pfx).unwrap();
        let ended = desk.obn(command, "").await;
        assert_eq!(ended.status, 0, "{}", ended.transcript);
        assert!(portal.seen().is_empty());
        let names =
            std::fs::read_dir(&store).unwrap().map(|item| item.unwrap().file_name().into_string().unwrap());
        let left: Vec<_> = names.filter(|name| !name.starts_with('.')).collect();
        assert_eq!(left.len(), 2, "the entries: {left:?}");
    }
}

#[tokio::test]
async fn a_root_that_is_none_is_kept_as_well() {
    let portal = Portal::start(|_| Reply::file("application/x-x509-ca-cert", b"no root".to_vec())).await;
    let desk = Desk::before(&portal);
    let ended = desk.obn(&["root", "--out", "root.cer"], "").await;
    assert_eq!(ended.status, 4, "{}", ended.transcript);
    assert!(ended.transcript.contains("root.cer.rejected"), "{}", ended.transcript);
    assert_kept(&desk.path("root.cer.rejected"), b"no root");
}
