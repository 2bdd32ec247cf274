//! PFX dialects: what the programs of others open, our client and the harness open as well, and a refusal tells the true
//! reason. Files are those of fixtures/pfx-dialects, and what the programs of others write.

mod readers;
mod writers;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use obn_client::{Identity, IdentityError, Password};

/// A PFX file of some dialect.
struct Dialect {
    name: String,
    path: PathBuf,
    password: String,
}

/// A file of the fixtures with what our readers must make of it.
struct Fixture {
    dialect: Dialect,
    ours: String,
}

impl Dialect {
    fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.path).unwrap()
    }
}

fn fixtures() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/pfx-dialects");
    let table = std::fs::read_to_string(folder.join("dialects.tsv")).unwrap();
    let rows = table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    rows.map(|row| Fixture {
        dialect: Dialect { name: row[0].to_owned(), path: folder.join(row[0]), password: row[1].to_owned() },
        ours: row[2].to_owned(),
    })
    .collect()
}

/// What our client makes of a file: `opens`, or the kind of refusal with its reason.
fn client(bytes: &[u8], password: &str) -> String {
    match Identity::from_pfx(bytes, &Password::new(password)) {
        Ok(_) => "opens".to_owned(),
        Err(IdentityError::WrongPassword) => "password".to_owned(),
        Err(IdentityError::Unsupported(what)) => format!("unsupported {what}"),
        Err(error @ IdentityError::NotPfx(_)) if error.to_string().contains("MAC does not fit") => {
            "changed".to_owned()
        }
        Err(IdentityError::NotPfx(reason)) => format!("damaged: {reason}"),
        Err(other) => other.to_string(),
    }
}

/// What the harness makes of it, in the same words.
fn harness(bytes: &[u8], password: &str) -> String {
    match obn_conformance::examine_pfx(bytes, password) {
        Ok(serials) if serials.is_empty() => "no certificate".to_owned(),
        Ok(_) => "opens".to_owned(),
        Err(reason) if reason.contains("under another password") => "password".to_owned(),
        Err(reason) if reason.contains("MAC doesn't fit") => "changed".to_owned(),
        Err(reason) if reason.contains("damaged") || reason.contains("without end") => {
            format!("damaged: {reason}")
        }
        Err(reason) => format!("unsupported {reason}"),
    }
}

/// Whether an answer is what the table of the fixtures says.
fn is_as_said(answer: &str, said: &str) -> bool {
    match said.strip_prefix("unsupported ") {
        Some(what) => {
            answer.starts_with("unsupported ") && answer.to_lowercase().contains(&what.to_lowercase())
        }
        None => answer == said || answer.starts_with(&format!("{said}: ")),
    }
}

#[test]
fn both_our_readers_make_of_every_fixture_what_its_table_says() {
    for Fixture { dialect, ours } in fixtures() {
        let (bytes, password) = (dialect.bytes(), &dialect.password);
        for (reader, answer) in [("client", client(&bytes, password)), ("harness", harness(&bytes, password))]
        {
            assert!(
                is_as_said(&answer, &ours),
                "{} in the {reader}: {answer} instead of {ours}",
                dialect.name
            );
        }
    }
}

#[test]
fn another_password_is_called_so_wherever_it_matters() {
    for Fixture { dialect, ours } in fixtures() {
        // Without MAC and encryption every password does; another takes too many rounds to do it six times.
        if ours != "opens" || ["made-plain-no-mac.p12", "two-identities.p12"].contains(&dialect.name.as_str())
        {
            continue;
        }
        let bytes = dialect.bytes();
        for password in ["0000", "", "12345"] {
            if password == dialect.password {
                continue;
            }
            let name = &dialect.name;
            assert_eq!(client(&bytes, password), "password", "{name} with {password:?} in the client");
            assert_eq!(harness(&bytes, password), "password", "{name} with {password:?} in the harness");
        }
    }
}

/// Nothing that comes of a file by damage is opened as something else, or takes long, or stops the program.
#[test]
fn damaged_files_get_an_answer() {
    for name in ["made-plain-no-mac.p12", "made-endless.p12", "33-nested-safecontents.p12"] {
        let fixture = fixtures().into_iter().find(|fixture| fixture.dialect.name == name).unwrap();
        let (bytes, password) = (fixture.dialect.bytes(), &fixture.dialect.password);
        for at in (0..bytes.len()).step_by(41).chain(0..48) {
            let mut turned = bytes.clone();
            turned[at] ^= 0x41;
            for damaged in [&turned[..], &bytes[..at]] {
                client(damaged, password);
                harness(damaged, password);
            }
            assert_ne!(client(&bytes[..at], password), "opens", "{name} cut at {at}");
            assert_ne!(harness(&bytes[..at], password), "opens", "{name} cut at {at}");
        }
    }
}

/// The table of dialects and readers. It is printed; what three of the five others open, both of ours open.
#[tokio::test]
async fn what_three_of_five_others_open_both_of_ours_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut dialects: Vec<Dialect> = Vec::new();
    // They would be at work for hours with so many rounds.
    dialects.extend(
        fixtures().into_iter().filter(|fixture| fixture.ours == "opens").map(|fixture| fixture.dialect),
    );
    dialects.extend(writers::fixtures());
    dialects.extend(writers::openssl(folder.path()).await);
    dialects.extend(writers::java(folder.path()).await);
    dialects.extend(writers::nss(folder.path()).await);
    dialects.extend(writers::gnutls(folder.path()).await);
    dialects.extend(writers::python(folder.path()).await);

    let others = readers::all(&dialects, folder.path()).await;
    let mut table = format!("{:44} client  harness", "");
    for (reader, _) in &others {
        write!(table, " {reader:8}").unwrap();
    }
    let mut faults = String::new();
    for (index, dialect) in dialects.iter().enumerate() {
        let (bytes, password) = (dialect.bytes(), &dialect.password);
        let ours = [client(&bytes, password), harness(&bytes, password)];
        write!(table, "\n{:44}", dialect.name).unwrap();
        for answer in ours.iter().chain(others.iter().map(|(_, answers)| &answers[index])) {
            write!(table, " {:7}", if answer == "opens" { "opens" } else { "-" }).unwrap();
        }
        let many = others.iter().filter(|(_, answers)| answers[index] == "opens").count();
        for answer in ours {
            if answer != "opens" {
                write!(table, " {answer}").unwrap();
                if many >= 3 {
                    writeln!(faults, "{}: {many} of the others open it, and ours: {answer}", dialect.name)
                        .unwrap();
                }
            }
        }
    }
    println!("{table}");
    assert!(faults.is_empty(), "{faults}\n{table}");
}
