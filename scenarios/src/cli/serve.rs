//! `obn-conformance serve`: the same as pages in a browser.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use clap::Args;
use obn_speech::cli::address::on_loopback;
use obn_speech::{Language, cause};

use super::course::Signals;
use super::{HARNESS, USAGE, fail, print, tell};
use crate::studio::{Studio, StudioOptions};
use crate::{Catalogue, Subject};

const USAGE_LINES: &str = "obn-conformance serve [OPTIONS] [--command <CMD>...] [-- <ARGUMENTS>...]";

#[derive(Debug, Args)]
#[command(override_usage = USAGE_LINES)]
pub(super) struct Serve {
    /// Where the pages are reached. Whoever reaches them can have the commands run: keep to loopback
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8445", value_parser = on_loopback)]
    listen: SocketAddr,
    /// Open the first page in the browser
    #[arg(long)]
    open: bool,
    /// Folder that keeps all runs and what was chosen last; commands.toml and expected.toml in it are read
    #[arg(long, value_name = "DIR", default_value = "obn-conformance")]
    dir: PathBuf,
    /// A host name by which the pages may be called, beside loopback
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// A command that can be judged: a program with its arguments. No page can say another one
    #[arg(long, value_name = "CMD", num_args = 1..)]
    command: Vec<String>,
    /// More arguments of the command, such as those that begin with a hyphen
    #[arg(last = true, value_name = "ARGUMENTS", requires = "command")]
    arguments: Vec<String>,
}

impl Serve {
    pub(super) fn run(self, catalogue: Catalogue, language: Language) -> ExitCode {
        let command = [self.command.as_slice(), &self.arguments].concat();
        if !command.is_empty()
            && let Err(why) = Subject::new(&command).check()
        {
            return fail(USAGE, why.words().about(format!("--command {}", command.join(" "))), language);
        }
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return fail(HARNESS, error, language),
        };
        runtime.block_on(async {
            let mut signals = match Signals::listen() {
                Ok(signals) => signals,
                Err(error) => return fail(HARNESS, error, language),
            };
            let options =
                StudioOptions { catalogue, folder: self.dir, command, listen: self.listen, hosts: self.host };
            let studio = match Studio::bind(options).await {
                Ok(studio) => studio,
                Err(error) => return fail(USAGE, error, language),
            };
            let url = studio.url();
            // As `obn-ca` says that it is ready: a line for programs, or a sentence for a person.
            print(&if std::io::stdout().is_terminal() {
                language.pick(
                    format!("obn-conformance: {url}  (Ctrl-C で終了します)\n"),
                    format!("obn-conformance: {url}  (Ctrl-C ends it)\n"),
                )
            } else {
                serde_json::json!({ "url": url }).to_string() + "\n"
            });
            if self.open {
                open(&url, language);
            }
            let end = async move {
                signals.next().await;
                // A second one doesn't wait for what is under way.
                tokio::spawn(async move {
                    std::process::exit(signals.next().await.into());
                });
            };
            studio.serve(end).await;
            ExitCode::SUCCESS
        })
    }
}

/// Has the desktop open a page; where there is none, the line above has said where it is.
fn open(url: &str, language: Language) {
    let (program, arguments): (&str, &[&str]) = match () {
        () if cfg!(windows) => ("rundll32", &["url.dll,FileProtocolHandler", url]),
        () if cfg!(target_os = "macos") => ("open", &[url]),
        () => ("xdg-open", &[url]),
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Err(error) = command.spawn() {
        let (japanese, english) = (cause(&error).japanese, cause(&error).english);
        tell(&language.pick(
            format!("obn-conformance: ブラウザーを開けません({program}: {japanese})。{url} を開いてください"),
            format!("obn-conformance: no browser can be opened ({program}: {english}); open {url}"),
        ));
    }
}
