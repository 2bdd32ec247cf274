//! A client scenario: the scene, what the command is told to do, and what must come of it.

use std::fmt;

use serde::Deserialize;

use crate::control::Issue;
use crate::play::Head;

/// What a client must do, or must not do, in one situation.
#[derive(Clone, Debug)]
pub struct ClientScenario {
    /// What it is called, shows and is played with.
    pub head: Head,
    /// Whether a sweep plays it again. What is about real time alone takes long and tells nothing new.
    pub sweep: bool,
    /// The scene before the first step.
    pub given: ClientGiven,
    /// What happens, and what must come of it.
    pub steps: Vec<ClientStep>,
}

/// The scene before the first step.
#[derive(Clone, Debug, Default)]
pub struct ClientGiven {
    /// The simulated clock starts so long before the present, such as `1130d`. What a scenario lets go
    /// by then brings it to the present, so that a client that looks at its own clock sees the same days.
    pub starts: Option<String>,
    /// Keys of the profile that the scenario stands on. A sweep doesn't change them.
    pub profile: toml::Table,
}

/// One step.
#[derive(Clone, Debug)]
pub struct ClientStep {
    /// Its line in the file.
    pub line: usize,
    /// What is done or must be.
    pub action: ClientAction,
    /// The requirements that are broken if this fails; otherwise all of the scenario's.
    pub shows: Vec<String>,
}

/// What is done or must be. Texts may have blanks such as `{clinic.request_id}`.
#[derive(Clone, Debug)]
pub enum ClientAction {
    /// The registration authority issues a certificate and its notice.
    Issue(Issue),
    /// Time goes by.
    Advance(String),
    /// A fault of the catalogue, or one of the scenario's own, is switched on.
    Fault(serde_json::Value),
    /// The certificate of this notice is revoked.
    Revoke(String),
    /// The site is gone: nothing answers at its address any more.
    StopSite,
    /// A proxy stands before the site.
    Proxy(ProxyKind),
    /// A PFX file lies in the folder.
    Give(Give),
    /// A text file lies in the folder.
    Write {
        /// Its name.
        file: String,
        /// Its content.
        text: String,
    },
    /// The command runs.
    Run(Box<Run>),
    /// A file of the folder is like this.
    File(Box<FileExpectation>),
    /// No such file is in the folder, or it is empty.
    NoFile(String),
    /// The file is as it was given.
    Unchanged(String),
    /// The command left no certificate and no key behind, whole or in parts.
    NothingLeft,
    /// What the last run printed has one of these.
    Says(Vec<String>),
    /// The journal has this outcome or request so often.
    Happened {
        /// The beginning of an outcome such as `ru.accepted`, or a request such as `POST /p/rcd`.
        what: String,
        /// At least.
        least: usize,
        /// At most.
        most: usize,
    },
    /// Between two of these outcomes lies at least so much real time.
    Pace {
        /// The outcome.
        what: String,
        /// Real time.
        least: std::time::Duration,
    },
    /// No run has shown a password, reference ID or key: in arguments, in output, in files that others can read.
    KeepsSecrets,
    /// The IDs of the renewal are told or kept.
    KeepsIds,
    /// The proxy was used, or was not.
    ProxyUsed(bool),
    /// The proxy was asked for a way so often at most.
    ProxyAsked(usize),
}

/// What stands before the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProxyKind {
    /// It wants Basic authentication.
    Basic,
    /// It wants NTLM authentication.
    Ntlm,
    /// It wants Basic authentication, and takes no password for right.
    Refusing,
    /// It is configured, and the site is on the list of hosts to reach without it.
    Bypassed,
}

/// A PFX file for the command.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Give {
    /// Its name in the folder.
    pub file: String,
    /// The notice whose certificate it holds.
    pub of: String,
    /// The password that opens it.
    pub password: String,
    /// The same institution's certificate, but issued by a CA of another name.
    #[serde(default)]
    pub of_another_ca: bool,
    /// A PFX file that has been given, whose certificate and key lie before this one's in the file.
    pub behind: Option<String>,
}

/// What a command can be told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Fetch the root certificate.
    Root,
    /// Download the certificate of a notice.
    Download,
    /// Renew the certificate.
    Renew,
    /// Fetch a renewed certificate that could not be fetched.
    Collect,
    /// Apply for a revocation.
    Revoke,
    /// Write what is to be said today about the certificate.
    Notices,
    /// Delete the certificates that newer ones have replaced.
    Remove,
}

/// How a run may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// 0
    Done,
    /// 1: by the CA
    Refused,
    /// 2
    Usage,
    /// 3: or TLS
    Network,
    /// 4: broken by the site
    Protocol,
    /// The harness ended it.
    Killed,
}

/// A run of the command.
#[derive(Clone, Debug)]
pub struct Run {
    /// What it is told to do.
    pub operation: Operation,
    /// How it may end.
    pub ends: Vec<End>,
    /// OBN_REQUEST_ID.
    pub request_id: Option<String>,
    /// OBN_REFERENCE_ID.
    pub reference_id: Option<String>,
    /// OBN_PASSWORD.
    pub password: Option<String>,
    /// OBN_EMAIL.
    pub email: Option<String>,
    /// OBN_IDENTITY, a file of the folder.
    pub identity: Option<String>,
    /// OBN_IDENTITY_PASSWORD.
    pub identity_password: Option<String>,
    /// OBN_OUTPUT, a file of the folder.
    pub output: Option<String>,
    /// OBN_CONFIRM.
    pub confirm: Option<String>,
    /// OBN_NOW: so many days before the last day of the notice's certificate, or, below zero, after it.
    pub days_left: Option<String>,
    /// OBN_NOW: so long after the simulated present.
    pub later: Option<String>,
    /// OBN_FOLDER: the folder with the terminal's PFX files.
    pub folder: bool,
    /// The notice that the run is about.
    pub notice: Option<String>,
    /// OBN_WAIT, in seconds.
    pub wait: Option<u32>,
    /// So much simulated time goes by with each look at a renewal's status.
    pub each_look: Option<String>,
    /// The command is killed when the journal shows this outcome.
    pub killed_at: Option<String>,
}

/// What a file must be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileExpectation {
    /// Its name in the folder.
    pub file: String,
    /// The password that opens it as PFX.
    pub password: Option<String>,
    /// It holds the certificate of this notice.
    pub certificate_of: Option<String>,
    /// It holds the certificate of a renewal.
    #[serde(default)]
    pub renewed: bool,
    /// There is one private key, and it fits the certificate.
    #[serde(default)]
    pub private_key: bool,
    /// The issuing root is inside.
    #[serde(default)]
    pub root: bool,
    /// It is the TLS root that the site hands out, as PEM or DER.
    #[serde(default)]
    pub tls_root: bool,
    /// Only the owner reads it.
    #[serde(default)]
    pub private: bool,
}

impl ClientScenario {
    /// What it is that the command must support.
    pub fn operations(&self) -> impl Iterator<Item = Operation> {
        self.steps.iter().filter_map(|step| match &step.action {
            ClientAction::Run(run) => Some(run.operation),
            _ => None,
        })
    }
}

impl Operation {
    /// OBN_ACTION.
    pub fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Download => "download",
            Self::Renew => "renew",
            Self::Collect => "collect",
            Self::Revoke => "revoke",
            Self::Notices => "notices",
            Self::Remove => "remove",
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "0 (done)",
            Self::Refused => "1 (refused by the CA)",
            Self::Usage => "2 (usage)",
            Self::Network => "3 (network or TLS)",
            Self::Protocol => "4 (protocol)",
            Self::Killed => "killed by the harness",
        })
    }
}

impl fmt::Display for ClientAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issue(issue) => write!(f, "the authority issues the notice {:?}", issue.notice),
            Self::Advance(duration) => write!(f, "{duration} go by"),
            Self::Fault(rule) => write!(f, "the fault {rule} is set"),
            Self::Revoke(notice) => write!(f, "the certificate of {notice:?} is revoked"),
            Self::StopSite => f.write_str("the site is gone"),
            Self::Proxy(kind) => write!(f, "a proxy stands before the site: {kind:?}"),
            Self::Give(give) => {
                write!(f, "{:?} lies in the folder, the certificate of {:?}", give.file, give.of)
            }
            Self::Write { file, .. } => write!(f, "{file:?} lies in the folder"),
            Self::Run(run) => write!(f, "run {}", run.operation.name()),
            Self::File(expected) => write!(f, "look into {:?}", expected.file),
            Self::NoFile(file) => write!(f, "there is no {file:?}"),
            Self::Unchanged(file) => write!(f, "{file:?} is as it was"),
            Self::NothingLeft => f.write_str("nothing is left behind"),
            Self::Says(words) => write!(f, "it says {}", words.join(" or ")),
            Self::Happened { what, .. } => write!(f, "count {what} in the journal"),
            Self::Pace { what, .. } => write!(f, "time {what} in the journal"),
            Self::KeepsSecrets => f.write_str("no secret was shown"),
            Self::KeepsIds => f.write_str("the IDs of the renewal are told or kept"),
            Self::ProxyAsked(most) => write!(f, "the proxy was asked {most} times at most"),
            Self::ProxyUsed(used) => write!(f, "the proxy was {}used", if *used { "" } else { "not " }),
        }
    }
}
