//! `obn restore`: what `obn backup` wrote, or another program.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::cli::password::password_of_file;
use crate::cli::present::{entry_json, summary};
use crate::{Identity, Origin, RequestId, read_file};

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
    let files = if arguments.from.is_dir() { pfx_files(&arguments.from)? } else { vec![arguments.from] };
    if files.is_empty() || (files.len() > 1 && arguments.request_id.is_some()) {
        return Err(Failure::usage(
            "復元するPFXファイルを1つ指定してください(フォルダーには .p12 または .pfx が必要です)",
            "name one PFX file to restore, or a folder that holds .p12 or .pfx files and no --request-id",
        ));
    }
    let password = password_of_file(arguments.password_file.as_deref()).read(context.language)?;
    // All are opened before any is stored, so that a wrong password leaves the store as it was.
    let mut opened = Vec::new();
    for file in &files {
        let pfx = read_file(file)?;
        opened.push((Identity::from_pfx(&pfx, &password)?, pfx));
    }
    let store = context.store()?;
    let locked = context.lock(&store).await?;
    let mut json: Vec<Value> = Vec::new();
    let mut lines = vec![context.say("証明書を復元しました", "restored")];
    for (identity, pfx) in &opened {
        let origin = Origin { request_id: arguments.request_id.clone(), ..Origin::default() };
        let entry = locked.add(identity, pfx, &origin, &context.clock)?;
        json.push(entry_json(context, &entry));
        lines.push(format!("  {}", summary(context, &entry)));
    }
    Ok(Report::new(json!({ "certificates": json })).lines(lines))
}

fn pfx_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error: std::io::Error| {
        let folder = folder.display();
        Failure::usage(
            format!("{folder} を読み込めません: {error}"),
            format!("could not read {folder}: {error}"),
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
