//! `obn restore`: what `obn backup` wrote, or another program.

use std::path::{Path, PathBuf};

use obn_speech::folder_cause;
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::{Report, shown, tell};
use crate::cli::password::password_of_file;
use crate::cli::present::{entry_json, summary};
use crate::store::files::read_found;
use crate::{Error, Identity, Language, Origin, Password, PfxProfile, RequestId, UsageError, read_file};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The PFX file, or a folder of them
    from: PathBuf,
    /// The request ID, which the file does not hold
    #[arg(long, env = "OBN_REQUEST_ID", value_name = "ID")]
    request_id: Option<RequestId>,
    /// The file that holds its password (or OBN_PASSWORD); - is standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub(crate) async fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    // A pipe is taken where a person names it, as a shell's <(…).
    let (files, read): (_, fn(&Path) -> _) = match arguments.from.is_dir() {
        true => (pfx_files(&arguments.from)?, read_found),
        false => (vec![arguments.from], read_file),
    };
    if files.is_empty() || (files.len() > 1 && arguments.request_id.is_some()) {
        return Err(Failure::usage(
            "復元する PFX ファイルを 1 つ指定してください(フォルダーには .p12 または .pfx が必要です)",
            "name one PFX file to restore, or a folder that holds .p12 or .pfx files and no --request-id",
        ));
    }
    let password = password_of_file(arguments.password_file.as_deref()).read(context.language)?;
    // All are opened before any is stored, so that a wrong password leaves the store as it was.
    let (mut opened, mut failed) = (Vec::new(), Vec::new());
    for file in &files {
        let found = match read(file).and_then(|pfx| identities(pfx, &password)) {
            Ok(found) => found,
            Err(error) => {
                failed.push(Failed { file, key: None, error });
                continue;
            }
        };
        for (number, item) in found.into_iter().enumerate() {
            match item {
                Ok(item) => opened.push((file, item)),
                Err(error) => failed.push(Failed { file, key: Some(number + 1), error }),
            }
        }
    }
    if opened.len() > 1 && arguments.request_id.is_some() {
        let (file, count) = (files[0].display(), opened.len());
        return Err(Failure::usage(
            format!("{file} には証明書が{count} 件あります。--request-id を付けずに実行してください"),
            format!("{file} holds {count} certificates; leave out --request-id, which is of one"),
        ));
    }
    if opened.is_empty() && failed.len() == 1 {
        let Failed { file, error, .. } = failed.swap_remove(0);
        return Err(match names_file(&error) {
            true => error.into(),
            false => Failure::Item { item: file.display().to_string(), error },
        });
    }
    let mut json: Vec<Value> = Vec::new();
    let mut lines = Vec::new();
    if !opened.is_empty() {
        let store = context.store()?;
        let locked = context.lock(&store).await?;
        for (file, Item { identity, pfx }) in &opened {
            let origin = Origin { request_id: arguments.request_id.clone(), ..Origin::default() };
            match locked.add(identity, pfx, &origin, &context.clock) {
                Ok(entry) => {
                    json.push(entry_json(context, &entry));
                    lines.push(format!("  {}", summary(context, &entry)));
                }
                Err(error) => failed.push(Failed { file, key: None, error }),
            }
        }
    }
    if !lines.is_empty() {
        lines.insert(0, context.say("証明書を復元しました", "restored"));
    }
    let mut json = json!({ "certificates": json });
    let Some(first) = failed.first() else { return Ok(Report::new(json).lines(lines)) };
    let status = first.error.exit_status();
    let messages: Vec<String> = failed.iter().map(|failed| failed.message(context.language)).collect();
    for message in &messages {
        tell(format_args!("obn: {message}"));
    }
    let told = failed.iter().zip(&messages);
    let told: Vec<Value> =
        told.map(|(failed, message)| json!({ "file": shown(failed.file), "message": message })).collect();
    json["failed"] = json!(told);
    Ok(Report::new(json).lines(lines).partly(status))
}

/// A certificate to be stored, with the file that it is to be kept in.
struct Item {
    identity: Identity,
    pfx: Vec<u8>,
}

/// What could not be restored: a file, or a key in it by its number.
struct Failed<'a> {
    file: &'a Path,
    key: Option<usize>,
    error: Error,
}

impl Failed<'_> {
    fn message(&self, language: Language) -> String {
        let (file, error) = (self.file.display(), self.error.explain(language));
        match (self.key, language) {
            (None, _) if names_file(&self.error) => error,
            (None, _) => format!("{file}: {error}"),
            (Some(key), Language::Japanese) => format!("{file}({key} 番目の鍵): {error}"),
            (Some(key), Language::English) => format!("{file}, key {key}: {error}"),
        }
    }
}

fn names_file(error: &Error) -> bool {
    matches!(error, Error::File { .. } | Error::InFile { .. } | Error::Usage(UsageError::NotAFile { .. }))
}

/// What is in a file, one by one.
fn identities(pfx: Vec<u8>, password: &Password) -> Result<Vec<Result<Item, Error>>, Error> {
    let found = Identity::all_from_pfx(&pfx, password)?;
    if let [Ok(identity)] = &found[..] {
        return Ok(vec![Ok(Item { identity: identity.clone(), pfx })]);
    }
    // Of a file that holds several each entry gets its own.
    let item = |identity: Identity| -> Result<Item, Error> {
        let pfx = identity.to_pfx(password, PfxProfile::default())?;
        Ok(Item { identity, pfx })
    };
    Ok(found.into_iter().map(|found| item(found?)).collect())
}

fn pfx_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error: std::io::Error| {
        let folder = folder.display();
        Failure::usage(
            format!("フォルダー {folder} を読み込めません: {}", folder_cause(&error).japanese),
            format!("could not read the folder {folder}: {}", folder_cause(&error)),
        )
    };
    let mut files = Vec::new();
    for item in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = item.map_err(unreadable)?.path();
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        if ending.is_some_and(|ending| ending == "p12" || ending == "pfx") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
