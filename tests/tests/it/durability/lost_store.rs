//! A store whose files go away under the running process: it is noticed, said once, and nothing is acknowledged any more.

use std::fs;
use std::path::Path;

use obn_tests::Program;
use serde_json::{Value, json};

struct Case {
    name: &'static str,
    /// What somebody does to the database at this path.
    deed: fn(&Path),
    /// What is told of it.
    told: &'static str,
    /// Whether everything is there after the next start.
    kept: bool,
}

fn beside(path: &Path, suffix: &str) -> std::path::PathBuf {
    format!("{}{suffix}", path.display()).into()
}

const CASES: [Case; 6] = [
    Case {
        name: "deleted",
        deed: |path| fs::remove_file(path).unwrap(),
        told: "its file was deleted or replaced",
        kept: false,
    },
    Case {
        name: "moved away",
        deed: |path| fs::rename(path, beside(path, ".old")).unwrap(),
        told: "its file was deleted or replaced",
        kept: false,
    },
    Case {
        name: "replaced by a copy of itself",
        deed: |path| {
            fs::copy(path, beside(path, ".copy")).unwrap();
            fs::rename(beside(path, ".copy"), path).unwrap();
        },
        told: "its file was deleted or replaced",
        kept: false,
    },
    Case {
        name: "its folder moved away",
        deed: |path| fs::rename(path.parent().unwrap(), beside(path.parent().unwrap(), ".old")).unwrap(),
        told: "its file was deleted or replaced",
        kept: false,
    },
    Case {
        name: "its log deleted",
        deed: |path| fs::remove_file(beside(path, "-wal")).unwrap(),
        told: "its log, the file that ends in -wal, was deleted or replaced",
        kept: true,
    },
    Case {
        name: "its log replaced",
        deed: |path| {
            fs::copy(beside(path, "-wal"), beside(path, ".copy")).unwrap();
            fs::rename(beside(path, ".copy"), beside(path, "-wal")).unwrap();
        },
        told: "its log, the file that ends in -wal, was deleted or replaced",
        kept: true,
    },
];

#[tokio::test]
async fn a_store_that_was_deleted_or_replaced_takes_nothing_more() {
    for Case { name, deed, told, kept } in CASES {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("folder").join("a.db");
        fs::create_dir(path.parent().unwrap()).unwrap();
        let store = format!("sqlite:{}", path.display());
        let arguments = ["--store", &store, "--no-sample", "--key-pool", "0"];
        let program = Program::start(&arguments).await;
        let control = &program.control;
        let notice = control.issue().await;
        control.certificate(&notice.serial).await;
        let browser = program.browser().await;
        let form = browser.open("/p/rcd").await.form().notice(&notice).password("1234");
        assert_eq!(control.get("//readyz").await.status, 200, "{name}");

        deed(&path);
        let issue = json!({"institution_code": "0110119153", "terminal_name": "x"});
        let revoke = format!("/certificates/{}/revoke", notice.serial);
        for answer in [
            control.post("/notices", &issue).await,
            control.post(&revoke, &json!({})).await,
            control.put("/clock", &json!({"mode": "frozen"})).await,
            control.post("/worlds", &json!({"name": "one"})).await,
            control.order("/reset").await,
            control.get("//readyz").await,
        ] {
            let detail = answer.json::<Value>()["detail"].as_str().unwrap().to_owned();
            assert_eq!(answer.status, 503, "{name}: {}", answer.summary());
            assert!(detail.contains(told) && detail.contains("start it again"), "{name}: {detail}");
        }
        let page = browser.press(&form, "ダウンロード").await;
        assert_eq!((page.status.as_u16(), page.page().heading().as_str()), (503, "システムエラー"), "{name}");
        assert_eq!(control.get("//healthz").await.status, 200, "{name}: it lives");
        let journal = control.outcomes().await;
        assert_eq!(
            journal.iter().filter(|outcome| !outcome.starts_with("rcd.")).collect::<Vec<_>>(),
            ["issued", "failed"],
            "{name}"
        );

        program.terminate();
        let (status, said) = program.ended().await;
        assert_eq!(status, Some(0), "{name}: {said}");
        assert_eq!(said.lines().filter(|line| line.contains(told)).count(), 1, "{name}: said once:\n{said}");
        if kept {
            let program = Program::start(&arguments).await;
            assert_eq!(program.control.json("/notices").await[0]["request_id"], notice.request_id, "{name}");
        }
    }
}

#[tokio::test]
async fn a_process_that_ends_leaves_the_files_alone_that_took_the_place_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a.db");
    let program = Program::start(&["--store", &format!("sqlite:{}", path.display())]).await;
    fs::rename(&path, beside(&path, ".old")).unwrap();
    fs::remove_file(beside(&path, "-wal")).unwrap();
    for suffix in ["", "-wal"] {
        fs::write(beside(&path, suffix), "somebody else's").unwrap();
    }
    program.terminate();
    assert_eq!(program.ended().await.0, Some(0));
    for suffix in ["", "-wal"] {
        assert_eq!(fs::read_to_string(beside(&path, suffix)).unwrap(), "somebody else's", "{suffix}");
    }
}
