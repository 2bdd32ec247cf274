//! `learn` and `replay` as programs: what they write, and how they end.

use serde_json::Value;

use crate::command::{harness, text};

/// 証明書の取得画面 as a site of another make might have it.
const PAGE: &str = "<!-- saved from url=(0042)https://cert.obn.managedpki.ne.jp/p/rcd --><html><head><meta charset=utf-8><title>x</title></head>\
    <body><h1>証明書の取得画面</h1><form method=post action=/p/rcd/download.do><input type=hidden name=_csrf value=0123456789>\
    <label for=a>リクエストＩＤ</label><input id=a name=rid><label for=b>リファレンスＩＤ</label><input id=b name=ref>\
    <label for=c>証明書パスワード</label><input id=c name=pin type=password>\
    <label for=d>証明書パスワード（確認用）</label><input id=d name=pin2 type=password>\
    <button name=action>ダウンロード</button></form></body></html>";

#[test]
fn a_saved_page_becomes_a_profile_and_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [page, profile, html, json] = ["page.html", "out.toml", "report.html", "report.json"].map(path);
    std::fs::write(&page, PAGE).unwrap();
    let output =
        harness(&["learn", &page, "--profile", &profile, "--html", &html, "--json", &json, "--lang", "ja"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("次に記録するとよいもの"), "{}", text(&output.stdout));

    let profile = std::fs::read_to_string(profile).unwrap();
    for line in [
        "paths = \"struts\"",
        "token = \"_csrf\"",
        "request_id = \"rid\"",
        "password_confirmation = \"pin2\"",
        "submit = \"action\"",
        "layout = \"stacked\"",
        "labels = \"full_width\"",
        "# evidence: observed (page.html); guessed: \"token\"",
    ] {
        assert!(profile.contains(line), "{line}: {profile}");
    }
    assert!(obn_ca::profile::Profile::from_toml(&profile).is_ok());
    let json: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(json["pages"]["証明書の取得画面"], 1);
    // The page lacks the manual's sentences.
    let contradicted = json["contradictions"].as_array().unwrap();
    assert!(contradicted.iter().any(|it| it["requirement"] == "RCD-004"), "{contradicted:?}");
    assert!(json["open"].as_array().unwrap().iter().any(|it| it["key"] == "session.ttl"));
    assert!(std::fs::read_to_string(html).unwrap().contains("html.labels = &#34;full_width&#34;"));
}

#[test]
fn what_is_no_recording_is_told_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "hello").unwrap();
    let output = harness(&["learn", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("none of the files is a recording"), "{}", text(&output.stderr));
    assert_eq!(harness(&["replay", "/nowhere.har"]).status.code(), Some(2));
}
