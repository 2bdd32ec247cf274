//! Options, the environment and the profile: what is taken, and what is one line on standard error.

use obn_tests::{Program, run, run_with};

use super::{folder, the_line};

#[tokio::test]
async fn options_come_from_the_environment_as_well() {
    let folder = folder();
    let profile = folder.path().join("profile.toml");
    std::fs::write(&profile, "[session]\nttl = \"5m\"\n").unwrap();
    let mut command = Program::command(&["--control", "127.0.0.1:0"]);
    command.env("OBN_CA_PROFILE", &profile).env("OBN_CA_STORE", "sqlite:/nowhere/a.db");
    let ran = run_with(&mut command, "").await;
    assert_eq!(
        the_line(&ran),
        "obn-ca: store sqlite:/nowhere/a.db: the folder /nowhere does not exist; make it first"
    );
}

#[tokio::test]
async fn a_flag_in_the_environment_is_said_in_any_of_the_usual_words() {
    for (word, sample) in
        [("1", false), ("true", false), ("on", false), ("yes", false), ("0", true), ("no", true)]
    {
        let program = Program::start_with(&[], &[("OBN_CA_NO_SAMPLE", word)]).await;
        assert_eq!(program.ready.sample_notice.is_some(), sample, "{word}");
    }
    let mut command = Program::command(&[]);
    let line = the_line(&run_with(command.env("OBN_CA_NO_SAMPLE", "perhaps"), "").await);
    assert!(line.contains("'perhaps' for '--no-sample'"), "{line}");
}

/// Compose sets a variable to nothing where it was given none.
#[tokio::test]
async fn an_empty_variable_is_as_one_that_is_not_set() {
    let names = [
        "LISTEN",
        "CONTROL",
        "HTTP",
        "RELYING_PARTY",
        "RENEWAL_LISTEN",
        "SMTP",
        "STORE",
        "PROFILE",
        "SEED",
        "SCENE",
        "HOSTNAME",
        "NO_SAMPLE",
        "CONTROL_HOST",
        "CONTROL_TOKEN_FILE",
        "CONTROL_TOKEN",
        "KEY_POOL",
        "JOURNAL",
        "LOG",
    ];
    let names = names.map(|name| format!("OBN_CA_{name}"));
    let empty: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
    let program = Program::start_with(&[], &empty).await;
    assert!(program.ready.sample_notice.is_some() && program.ready.http.is_none());
    let path = Program::command(&[]).as_std().get_program().to_str().unwrap().to_owned();
    let mut profile = tokio::process::Command::new(path);
    run_with(profile.arg("profile").env("OBN_CA_PROFILE", ""), "").await.ok();
}

/// What is known of the real site's TLS comes along by name.
#[tokio::test]
async fn the_profile_real_tls_needs_no_file() {
    let program = Program::start(&["--profile", "real-tls"]).await;
    assert_eq!(program.browser().await.get("/p/rcd").await.status, 200);
    let told = program.control.json("/profile").await;
    assert_eq!((&told["tls"]["key"], &told["tls"]["leaf_days"]), (&"rsa-2048".into(), &200.into()));
    // A file of the name goes before it.
    let folder = folder();
    std::fs::write(folder.path().join("real-tls"), "tls.leaf_days = 7\n").unwrap();
    let mut command = tokio::process::Command::new(Program::command(&[]).as_std().get_program());
    command.args(["profile", "--profile", "real-tls"]).current_dir(folder.path());
    let printed = run_with(&mut command, "").await.ok();
    assert!(printed.contains("leaf_days = 7") && printed.contains("key = \"ecdsa-p256\""), "{printed}");
}

/// An editor or a shell on Windows has saved them.
#[tokio::test]
async fn files_may_begin_with_the_marks_of_windows() {
    let folder = folder();
    let (profile, token) = (folder.path().join("profile.toml"), folder.path().join("token"));
    let utf_16 = |text: &str| {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xff, 0xfe].into_iter().chain(units).collect::<Vec<u8>>()
    };
    let marked = |text: &str| format!("\u{feff}{text}").into_bytes();
    for encode in [&utf_16 as &dyn Fn(&str) -> Vec<u8>, &marked] {
        std::fs::write(&profile, encode("[session]\r\nttl = \"7m\"\r\n")).unwrap();
        std::fs::write(&token, encode("S3cret\r\n")).unwrap();
        let (profile, token) = (profile.to_str().unwrap(), token.to_str().unwrap());
        let program = Program::start(&["--profile", profile, "--control-token-file", token]).await;
        let control = program.control.clone().with_header("authorization", "Bearer S3cret");
        assert!(control.text("/profile").await.contains("7m"));
    }
}

#[tokio::test]
async fn a_token_that_no_call_could_carry_is_one_line_that_does_not_show_it() {
    use std::os::unix::ffi::OsStrExt;
    for token in [&b"abc\xff"[..], b" ", b"two words", "秘密".as_bytes()] {
        let mut command = Program::command(&[]);
        command.env("OBN_CA_CONTROL_TOKEN", std::ffi::OsStr::from_bytes(token));
        let line = the_line(&run_with(&mut command, "").await);
        assert_eq!(
            line,
            "obn-ca: the control token must be one word of ASCII letters, digits and signs: look at OBN_CA_CONTROL_TOKEN"
        );
    }
}

#[tokio::test]
async fn an_address_in_use_is_one_line() {
    let running = Program::start(&[]).await;
    let taken = |url: &str| format!("127.0.0.1:{}", url.rsplit(':').next().unwrap());
    let (portal, control) = (taken(&running.ready.portal), taken(&running.ready.control));
    let line = the_line(&Program::fail(&["--listen", &portal]).await);
    let step = "end the program that has it, such as another obn-ca, or take a free port with";
    let told = format!(
        "obn-ca: portal can't listen on {portal}: the address is in use; {step} --listen 127.0.0.1:0"
    );
    assert_eq!(line, told);
    let line = the_line(&Program::fail(&["--control", &control]).await);
    let told = format!(
        "obn-ca: control can't listen on {control}: the address is in use; {step} --control 127.0.0.1:0"
    );
    assert_eq!(line, told);
}

#[tokio::test]
async fn an_address_that_is_not_this_machine_s_is_one_line() {
    let line = the_line(&Program::fail(&["--listen", "192.0.2.1:0"]).await);
    let told = "portal can't listen on 192.0.2.1:0: this machine doesn't have the address; --listen 0.0.0.0:0 listens on all";
    assert_eq!(line, format!("obn-ca: {told} that it has"));
}

/// Profiles are passed on from one to the other.
#[tokio::test]
async fn what_a_bad_profile_says_is_shown_and_does_nothing_to_the_terminal() {
    let folder = folder();
    let profile = folder.path().join("profile.toml");
    std::fs::write(&profile, "\"\\u001b]52;c;eA==\\u0007\\u202e\" = 1\n").unwrap();
    let line = the_line(&Program::fail(&["--profile", &profile.display().to_string()]).await);
    assert!(!line.contains(|letter: char| letter.is_control() || letter == '\u{202e}'), "{line:?}");
    assert!(line.contains(r"\u{1b}]52;c;eA==\u{7}\u{202e}"), "{line}");
}

#[tokio::test]
async fn a_bad_profile_is_one_line_with_its_place() {
    let folder = folder();
    let path = folder.path().join("profile.toml");
    let mut told = String::new();
    for text in [
        "[session]\ntimeout = \"1m\"\n",
        "[session]\nttl = 15\n",
        "[sessions]\n",
        "[session\n",
        "[pfx]\nprofile = \"des\"\n",
        "[tls]\nversions = []\n",
        "[http]\nrefusal_status = 99\n",
        "[http]\nserver = \"a\\nb\"\n",
        "[certificate]\npolicies = [\"1.2.392\", \"anyPolicy\"]\n",
        "[certificate]\nextended_key_usage = [\"1\"]\n",
        "[dn]\ncountry = \"日本\"\nstring_type = \"utf8\"\n",
        "[dn]\nagent = \"agent@clinic\"\n",
        "[ca]\ncommon_name = \"共通認証局\"\n",
        "[ca]\nnot_before = \"1999-12-31T23:59:59Z\"\n",
        "[ca]\nnot_after = \"2200-01-01T00:00:00Z\"\n",
        "[tls]\nroot_not_before = \"-000001-01-01T00:00:00Z\"\n",
        "[tls]\nroot_not_after = \"9999-12-30T00:00:00Z\"\n",
        "[crl]\nurl = \"http://失効.example/crl.crl\"\n",
        "[pfx]\nfriendly_name = \"受付𠮷\"\n",
        "[pfx]\ncsp_name = \"🔑\"\n",
        "[maintenance]\nwindows = [\"always\"]\n",
        "session.ttl = \"1m\"\nsession.ttl = \"2m\"\n",
    ] {
        std::fs::write(&path, text).unwrap();
        let line = the_line(&Program::fail(&["--profile", path.to_str().unwrap()]).await);
        // Which keys there are grows with the pages; what is told otherwise doesn't.
        let line = line.split(", expected one of").next().unwrap();
        told += &format!("{text:?}\n  {}\n", line.replace(path.to_str().unwrap(), "[PROFILE]"));
    }
    insta::assert_snapshot!(told);
    std::fs::write(&path, b"\xff\xfe").unwrap();
    the_line(&Program::fail(&["--profile", path.to_str().unwrap()]).await);
    the_line(&Program::fail(&["--profile", "/nowhere/profile.toml"]).await);
}

#[tokio::test]
async fn a_bad_option_is_one_line() {
    let mut told = String::new();
    for arguments in [
        &["--store", "postgres:x"][..],
        &["--listen", "nowhere"],
        &["--log", "loud"],
        &["--key-pool", "-1"],
        &["--colour"],
        &["--stor", "memory:"],
        &["serv"],
        &["health", "--listen", "127.0.0.1:0"],
        &["--seed", "a", "--seed", "b"],
        &["--control-token-file", "/nowhere"],
        &["--hostname", "not a name"],
    ] {
        told += &format!("{}\n  {}\n", arguments.join(" "), the_line(&Program::fail(arguments).await));
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn help_and_version_are_no_mistakes() {
    let command = Program::command(&[]);
    let path = command.as_std().get_program().to_str().expect("a path in UTF-8");
    assert!(run(path, &["--help"]).await.ok().contains("Usage: obn-ca"));
    assert!(run(path, &["profile", "--help"]).await.ok().contains("Usage: obn-ca profile"));
    assert!(run(path, &["--version"]).await.ok().starts_with("obn-ca "));
}

#[tokio::test]
async fn the_profile_is_printed_as_toml_that_reads_back_and_as_json() {
    let path = Program::command(&[]).as_std().get_program().to_str().unwrap().to_owned();
    let toml = run(&path, &["profile"]).await;
    let folder = folder();
    let file = folder.path().join("profile.toml");
    std::fs::write(&file, &toml.stdout).unwrap();
    let again = run(&path, &["profile", "--profile", file.to_str().unwrap()]).await;
    assert_eq!((again.status, &again.stdout), (Some(0), &toml.stdout));
    let json = run(&path, &["profile", "--json"]).await;
    let keys: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(keys.as_array().unwrap().len(), obn_ca::profile::KEYS.len());
}
