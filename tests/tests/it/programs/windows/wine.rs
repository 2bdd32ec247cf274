//! Our programs for Windows under Wine, in folders of their own. Needs what `.ci/run` builds beside the tests:
//! `target/windows`.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use obn_tests::{Ran, Ready, require, run, run_with};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;

/// One file with three names.
const BUILT: &str = "target/windows/x86_64-pc-windows-gnu/debug/obn-image.exe";

/// Wine before 10 lacks the library from which Rust takes random numbers.
const RANDOM: &str = "
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{ return SystemFunction036(data, (ULONG)length); }
";

/// A Windows of its own for all tests, kept for the next run: it takes 15 seconds to make.
static PREFIX: OnceCell<PathBuf> = OnceCell::const_new();

/// A folder whose name people in a clinic might choose, with the programs in it.
pub(super) struct Wine {
    folder: TempDir,
    prefix: PathBuf,
}

impl Wine {
    /// Nothing where Wine or the programs are missing, which is said.
    pub(super) async fn start() -> Option<Self> {
        let there = [require("wine"), require("x86_64-w64-mingw32-gcc"), is_built()];
        if there.contains(&false) {
            return None;
        }
        let prefix = PREFIX.get_or_init(prefix).await.clone();
        let folder = tempfile::Builder::new().prefix("受付 1号機 ").tempdir().unwrap();
        let wine = Self { folder, prefix };
        std::fs::create_dir(wine.path("bin")).unwrap();
        for name in ["obn-ca.exe", "obn.exe", "obn-conformance.exe"] {
            wine.install(name);
        }
        let library = wine.prefix.join("bcryptprimitives.dll");
        std::fs::copy(library, wine.path("bin/bcryptprimitives.dll")).unwrap();
        Some(wine)
    }

    /// The program under another name. What it does goes by its name.
    pub(super) fn install(&self, name: &str) {
        let (built, place) = (top().join(BUILT), self.path("bin").join(name));
        // Where the folder for temporary files is on another disk there is no link to it.
        if std::fs::hard_link(&built, &place).is_err() {
            std::fs::copy(&built, &place).unwrap();
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// As Windows names it.
    pub(super) fn windows_path(&self, name: &str) -> String {
        format!("Z:{}", self.path(name).display()).replace('/', "\\")
    }

    /// A program of the folder `bin`, in this folder.
    pub(super) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("wine");
        command.arg(self.path("bin").join(program)).args(arguments).current_dir(self.folder.path());
        quiet(&mut command, &self.prefix).kill_on_drop(true);
        command
    }

    pub(super) async fn run(&self, program: &str, arguments: &[&str]) -> Ran {
        run_with(&mut self.command(program, arguments), "").await
    }

    /// Starts the simulator and waits until it is ready.
    pub(super) async fn simulator(&self, arguments: &[&str]) -> Simulator {
        let usual = ["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--key-pool", "1"];
        let mut command = self.command("obn-ca.exe", &[&usual, arguments].concat());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let Some(line) = lines.next_line().await.unwrap() else {
            let output = child.wait_with_output().await.unwrap();
            panic!("not ready: {}", String::from_utf8_lossy(&output.stderr));
        };
        assert!(line.is_ascii(), "in code page 932 it would read differently: {line}");
        let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        Simulator { child, ready }
    }
}

/// `obn-ca.exe` as a process.
pub(super) struct Simulator {
    child: Child,
    pub(super) ready: Ready,
}

impl Simulator {
    /// Ctrl-C, and the exit status that it ends with.
    pub(super) async fn interrupt(mut self) -> Option<i32> {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        kill_process(pid.unwrap(), Signal::INT).unwrap();
        self.child.wait().await.unwrap().code()
    }
}

/// Waits for a build that is under way, which holds a lock.
fn is_built() -> bool {
    if let Ok(lock) = std::fs::File::open(top().join("target/windows.lock")) {
        lock.lock_shared().unwrap();
    }
    let is_there = top().join(BUILT).is_file();
    let forced = std::env::var_os("OBN_TESTS_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(
        is_there || !forced,
        "{BUILT} is missing: .ci/run builds it, and OBN_TESTS_REQUIRE_ALL=1 wants it"
    );
    if !is_there {
        eprintln!("SKIPPED: {BUILT} is missing; .ci/run builds it");
    }
    is_there
}

async fn prefix() -> PathBuf {
    let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wine");
    std::fs::create_dir_all(&prefix).unwrap();
    // Another process of these tests may be making it.
    let lock = std::fs::File::create(prefix.join("lock")).unwrap();
    lock.lock().unwrap();
    let (source, library) = (prefix.join("random.c"), prefix.join("bcryptprimitives.dll"));
    if !library.exists() {
        run_with(quiet(Command::new("wine").args(["wineboot", "--init"]), &prefix), "").await.ok();
        std::fs::write(&source, RANDOM).unwrap();
        let [source, library] = [source, library].map(|path| path.display().to_string());
        let options = ["-shared", "-O2", "-o", &library, &source, "-ladvapi32"];
        run("x86_64-w64-mingw32-gcc", &options).await.ok();
    }
    prefix
}

/// Without windows, without words about what is missing for them, and with names of files in UTF-8.
fn quiet<'a>(command: &'a mut Command, prefix: &Path) -> &'a mut Command {
    let settings = [("WINEDEBUG", "-all"), ("WINEDLLOVERRIDES", "mscoree,mshtml="), ("LC_ALL", "C.UTF-8")];
    command.env("WINEPREFIX", prefix).envs(settings).env_remove("DISPLAY")
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}
