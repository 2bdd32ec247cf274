//! Mutants of the Python client, played by forks of one Python.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use crate::support;

/// The command that plays a mutant of the Python client, if this machine can: one Python serves all of them, since
/// to start one and import what it needs takes longer than most plays.
pub(crate) fn command(name: &str) -> Option<Vec<String>> {
    static SERVER: LazyLock<Option<MutantsServer>> =
        LazyLock::new(|| support::python().map(|python| MutantsServer::start(&python)));
    let MutantsServer { python, socket, .. } = SERVER.as_ref()?;
    Some([python, "-I", "-S", &MutantsServer::program(), "play", socket, name].map(str::to_owned).to_vec())
}

struct MutantsServer {
    python: String,
    socket: String,
    /// Ends with its standard input, which ends with this process.
    _server: Child,
}

impl MutantsServer {
    fn program() -> String {
        support::file("tests/it/mutants_server.py")
    }

    fn start(python: &str) -> Self {
        let mut server = Command::new(python)
            .args([&Self::program(), "serve", &support::file("tests/it")])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut socket = String::new();
        BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut socket).unwrap();
        assert!(socket.ends_with('\n'), "the server of mutants ended: {:?}", server.wait());
        Self { python: python.to_owned(), socket: socket.trim_end().to_owned(), _server: server }
    }
}
