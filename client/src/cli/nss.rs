//! Into the NSS database of a browser, by NSS's own tools.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::failure::Failure;
use super::password::password_in;
use crate::{Identity, Password, PfxProfile, write_private};

/// The file has it for the moment between two programs of one user, in a folder that only this user can open.
const TRANSFER: &str = "transfer";

/// Puts key, certificate and root into the database in this folder, which is begun if the folder is empty.
pub(crate) fn import(
    identity: &Identity,
    folder: &Path,
    database_password: Option<&Path>,
) -> Result<(), Failure> {
    let cannot_write = |error: io::Error| cannot_import(folder, &error.to_string());
    if !folder.join("cert9.db").exists() {
        // Chromium's may not be there yet. Firefox's lies among other files, so its absence there is a mistake.
        let is_empty = std::fs::read_dir(folder).map_or(true, |mut items| items.next().is_none());
        if !is_empty {
            let folder = folder.display();
            return Err(Failure::usage(
                format!(
                    "{folder} にはほかのファイルがありますが、NSS データベース(cert9.db)がありません。空のフォルダー、または Firefox のプロファイルのフォルダーを --into に指定してください"
                ),
                format!(
                    "{folder} holds other files, but no NSS database (cert9.db); name an empty folder or a profile of Firefox with --into"
                ),
            ));
        }
        std::fs::create_dir_all(folder).map_err(cannot_write)?;
        run(tool("certutil", folder).args(["-N", "--empty-password"]), folder)?;
    }
    let private = tempfile::tempdir().map_err(cannot_write)?;
    let file = |name: &str| private.path().join(name);
    let pfx = identity.to_pfx(&Password::new(TRANSFER), PfxProfile::TripleDesSha1)?;
    write_private(&file("identity.p12"), &pfx)?;
    write_private(&file("password"), TRANSFER.as_bytes())?;
    let mut import = tool("pk12util", folder);
    import.arg("-i").arg(file("identity.p12")).arg("-w").arg(file("password"));
    if let Some(password) = database_password {
        write_private(&file("database"), password_in(password)?.expose().as_bytes())?;
        import.arg("-k").arg(file("database"));
    }
    run(&mut import, folder)
}

fn tool(name: &str, folder: &Path) -> Command {
    let mut database = OsString::from("sql:");
    database.push(folder);
    let mut command = Command::new(name);
    command.arg("-d").arg(database).stdin(Stdio::null());
    command
}

fn run(command: &mut Command, folder: &Path) -> Result<(), Failure> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let told = [output.stdout, output.stderr].concat();
            Err(cannot_import(folder, String::from_utf8_lossy(&told).trim()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = command.get_program().to_string_lossy();
            Err(Failure::usage(
                format!(
                    "{name} がありません。NSS のツール(libnss3-tools または nss-tools)をインストールしてください"
                ),
                format!("there is no {name}; install NSS's tools (libnss3-tools or nss-tools)"),
            ))
        }
        Err(error) => Err(cannot_import(folder, &error.to_string())),
    }
}

fn cannot_import(folder: &Path, reason: &str) -> Failure {
    let folder = folder.display();
    Failure::usage(
        format!(
            "NSS データベース {folder} にインポートできません(ブラウザーを終了し、データベースのパスワードがあれば --database-password-file で指定してください): {reason}"
        ),
        format!(
            "could not import into the NSS database {folder} (close the browser; if the database has a password, --database-password-file): {reason}"
        ),
    )
}
