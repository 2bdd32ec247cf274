//! `obn show`: what is inside a PFX file, in a person's words.

use std::path::PathBuf;

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output::Report;
use crate::cli::password::password_of_file;
use crate::cli::present::{Fact, fact, identity_facts, identity_json};
use crate::{Error, Identity, PfxAlgorithms, Protection, read_file};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The PFX file
    file: PathBuf,
    /// The file that holds its password; - is standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, arguments: Arguments) -> Result<Report, Failure> {
    let bytes = read_file(&arguments.file)?;
    let wrong = |error| Error::in_file(&arguments.file, error);
    let algorithms = PfxAlgorithms::of(&bytes).map_err(wrong)?;
    let password = password_of_file(arguments.password_file.as_deref()).read(context.language)?;
    let identity = Identity::from_pfx(&bytes, &password).map_err(wrong)?;
    let others = Identity::all_from_pfx(&bytes, &password).map_err(wrong)?.into_iter().flatten();
    let others: Vec<Identity> = others.filter(|other| *other != identity).collect();
    let mut json = identity_json(context, &identity);
    if !others.is_empty() {
        json["others"] = others.iter().map(|other| identity_json(context, other)).collect();
    }
    json["pfx"] = json!({
        "algorithms": algorithms,
        "windows_8_1_can_import": algorithms.windows_8_1_can_import(),
        "openssl_3_can_open": algorithms.openssl_3_can_open(),
    });
    let mut facts = identity_facts(context, &identity);
    for other in &others {
        facts.push(fact(context, "ほかの証明書", "another one", ""));
        facts.extend(identity_facts(context, other));
    }
    let friendly_name = Identity::friendly_name(&bytes, &password).map_err(wrong)?;
    json["friendly_name"] = json!(friendly_name);
    if let Some(name) = friendly_name {
        facts.push(fact(context, "フレンドリ名", "friendly name", name));
    }
    facts.extend(pfx_facts(context, &algorithms));
    Ok(Report::new(json).line(arguments.file.display().to_string()).table(&facts))
}

fn pfx_facts(context: &Context, algorithms: &PfxAlgorithms) -> Vec<Fact> {
    let list = |protections: &[Protection]| {
        let names: Vec<String> = protections.iter().map(Protection::to_string).collect();
        if names.is_empty() { "-".to_owned() } else { names.join(", ") }
    };
    let windows = if algorithms.windows_8_1_can_import() {
        context.say("インポートできます", "can import this file")
    } else {
        context.say(
            "インポートできません(パスワードが違うと表示されます)。obn backup で作り直せます",
            "can't import this file (it will say that the password is wrong); obn backup writes one that it can",
        )
    };
    let openssl = if algorithms.openssl_3_can_open() {
        context.say("開けます", "can open this file")
    } else {
        context.say("-legacy を付けないと開けません", "opens this file with -legacy only")
    };
    vec![
        fact(context, "暗号(鍵)", "key encryption", list(&algorithms.key)),
        fact(context, "暗号(証明書)", "certificates", list(&algorithms.certificates)),
        fact(context, "MAC", "MAC", list(algorithms.mac.as_slice())),
        fact(context, "Windows 8.1", "Windows 8.1", windows),
        fact(context, "OpenSSL 3", "OpenSSL 3", openssl),
    ]
}
