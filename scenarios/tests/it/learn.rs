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
    assert!(profile.contains("\n# shows RCD-001 (page.html)\n"), "{profile}");
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

/// A learnt profile in which the manual's password field has another name, and two requirements were seen.
const LEARNT: &str =
    "[wire]\ntoken = \"_csrf\"\n\n# shows RCD-001 (walk.har #3)\n# shows RCD-014 (walk.har #9)\n";

#[test]
fn what_a_recording_shows_is_evidence_in_every_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [learnt, json, junit, html] = ["learnt.toml", "report.json", "report.xml", "report.html"].map(path);
    std::fs::write(&learnt, LEARNT).unwrap();
    let played = |language: &str| {
        let reports = ["--json", &json, "--junit", &junit, "--html", &html, "--lang", language];
        let output =
            harness(&[["portal", "--filter", "RCD-001", "--learned", &learnt].as_slice(), &reports].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
        text(&output.stdout)
    };
    let told = played("en");
    assert!(
        told.contains("2 of the requirements were seen on the real site; of these this run shows 1"),
        "{told}"
    );
    let told = played("ja");
    assert!(
        told.contains("実際のサイトの記録に現れた要件は 2。そのうちこの実行で確認できたもの: 1"),
        "{told}"
    );

    let json: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    let of = |id: &str| {
        let all = json["requirements"].as_array().unwrap();
        all.iter().find(|it| it["requirement"]["id"] == id).unwrap().clone()
    };
    assert_eq!(
        (&of("RCD-001")["observed"], &of("RCD-001")["state"]),
        (&"walk.har #3".into(), &"shown".into())
    );
    assert_eq!(of("RCD-014")["observed"], "walk.har #9");
    assert!(of("RCD-002").get("observed").is_none());
    let junit = std::fs::read_to_string(junit).unwrap();
    assert!(junit.contains("<property name=\"observed\" value=\"RCD-001\"/>"), "{junit}");
    let html = std::fs::read_to_string(html).unwrap();
    let row = html.split("<tr id=\"RCD-001\">").nth(1).unwrap().split("</tr>").next().unwrap();
    for words in ["実際のサイトの記録", "observed", "walk.har #3"] {
        assert!(row.contains(words), "{words}: {row}");
    }
}

#[test]
fn a_sweep_leaves_out_what_a_recording_settles() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [learnt, json, junit, html] = ["learnt.toml", "sweep.json", "sweep.xml", "sweep.html"].map(path);
    std::fs::write(&learnt, LEARNT).unwrap();
    // A client that can do nothing has nothing left to be played again: only the readings count here.
    let sweep = |key: &str| {
        let what = ["client", "--sweep", key, "--filter", "client/download/walk", "--learned", &learnt];
        let reports = ["--json", &json, "--junit", &junit, "--html", &html, "--command", "false"];
        harness(&[what.as_slice(), &reports].concat())
    };
    let none = sweep("wire.token");
    assert_eq!(none.status.code(), Some(2), "{}", text(&none.stdout));
    assert!(text(&none.stderr).contains("--learned settles all of these readings"), "{}", text(&none.stderr));

    let told = text(&sweep("wire.").stdout);
    assert!(
        told.contains("Seen on the real site, and no longer a guess:\n  wire.token = \"_csrf\""),
        "{told}"
    );
    let json: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(json["known"], serde_json::json!(["wire.token = \"_csrf\""]));
    let readings = json["readings"].as_array().unwrap();
    let keys: Vec<_> =
        readings.iter().map(|it| it["reading"]["changes"][0]["key"].as_str().unwrap()).collect();
    assert!(keys.contains(&"wire.cookie") && !keys.contains(&"wire.token"), "{keys:?}");
    assert!(std::fs::read_to_string(junit).unwrap().contains("<property name=\"known\""));
    assert!(std::fs::read_to_string(html).unwrap().contains("実際のサイトの記録で決着したもの"));
}
