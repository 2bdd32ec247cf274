//! Running the command: what it is told, and how it may end.

use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bilingual::{Bilingual, Verbatim};
use crate::client::early::Early;
use crate::client::file_name::FileName;
use crate::client::guide::{Task, TaskFile};
use crate::client::proxy::{self, ProxyKind};
use crate::client::scene::Scene;
use crate::client::stage::duration;
use crate::client::surroundings::surroundings;
use crate::client::watch::{Ended, How, Said, UNSUPPORTED, Watch};
use crate::client::wording::{Expected, Line, Seen};
use crate::client::{command, log};
use crate::error::Error;
use crate::play::{Do, Done, Reader, Scene as _, Skip, Trouble, Written, excerpt_of_lines, steps};

pub(super) const STEPS: &[Reader<Scene>] = steps![act Run];

/// Simulated time that goes by with a look at a renewal's status, if the scenario doesn't say.
const EACH_LOOK: &str = "1s";

/// More of what a run did at the site is not told.
const JOURNAL_LINES: usize = 200;

/// The command runs.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// What it is told to do.
    #[serde(rename = "run")]
    pub(crate) operation: Operation,
    /// How it may end; otherwise it is done.
    #[serde(default = "End::usual")]
    pub(crate) ends: Vec<End>,
    /// The notice that the run is about: its IDs are told, where no others are.
    notice: Option<String>,
    /// OBN_REQUEST_ID.
    request_id: Option<String>,
    /// OBN_REFERENCE_ID.
    reference_id: Option<String>,
    /// OBN_PASSWORD.
    password: Option<String>,
    /// OBN_EMAIL.
    email: Option<String>,
    /// OBN_HOLDER: 医療機関コード, 保険者番号 or 受付番号.
    holder: Option<String>,
    /// OBN_HOLDER_NAME.
    holder_name: Option<String>,
    /// OBN_DEPARTMENT.
    department: Option<String>,
    /// OBN_TELEPHONE.
    telephone: Option<String>,
    /// OBN_TERMINAL.
    terminal: Option<String>,
    /// OBN_CERTIFICATES.
    certificates: Option<String>,
    /// OBN_IDENTITY, a file of the folder.
    identity: Option<FileName>,
    /// OBN_IDENTITY_PASSWORD.
    identity_password: Option<String>,
    /// OBN_OUTPUT, a file of the folder.
    output: Option<FileName>,
    /// OBN_INSTALLED, a file of the folder.
    installed: Option<FileName>,
    /// OBN_CONFIRM.
    confirm: Option<String>,
    /// OBN_NOW: so many days before the last day of the notice's certificate, or, below zero, after it.
    days_left: Option<String>,
    /// OBN_NOW: at this time of day in Japan, such as `00:30`; otherwise at noon.
    time: Option<String>,
    /// OBN_NOW: so long after the simulated present.
    later: Option<String>,
    /// OBN_FOLDER: the folder with the terminal's PFX files.
    #[serde(default)]
    folder: bool,
    /// OBN_WAIT, in seconds.
    wait: Option<u32>,
    /// So much simulated time goes by with each look at a renewal's status.
    each_look: Option<String>,
    /// The command is killed when the journal shows this outcome.
    killed_at: Option<String>,
    /// The site withholds the second half of the file of this outcome until the harness has looked for OBN_OUTPUT.
    withheld: Option<String>,
}

/// What a command can be told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Apply for certificates.
    Apply,
    /// Fetch the root certificate.
    Root,
    /// Download the certificate of a notice.
    Download,
    /// Renew the certificate.
    Renew,
    /// Fetch a renewed certificate that could not be fetched.
    Collect,
    /// Log in where the certificate is for.
    Login,
    /// Apply for a revocation.
    Revoke,
    /// Write what is to be said today about the certificate.
    Notices,
    /// Delete the certificates that newer ones have replaced.
    Remove,
    /// Write which certificates there are, the newest first.
    List,
    /// Fetch the installer of the MPKI client, if it is another than the one that was installed.
    Installer,
}

/// How a run may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum End {
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

impl Written for Run {
    const KEY: &str = "run";

    fn describe(&self) -> Bilingual {
        Line::Run { operation: self.operation.name() }.words()
    }

    fn mistake(&self) -> Option<&'static str> {
        None
    }
}

impl Do<Scene> for Run {
    async fn run(&self, scene: &mut Scene) -> Done {
        let environment = self.environment(scene)?;
        let watch = Watch {
            limit: scene.subject.limit + Duration::from_secs(self.wait.unwrap_or_default().into()),
            each_look: duration(self.each_look.as_deref().unwrap_or(EACH_LOOK))?,
            killed_at: self.killed_at.as_deref(),
            arguments: scene.watches_arguments,
        };
        let before = scene.stage.world.journal.after(0).last().map_or(0, |entry| entry.sequence);
        let early = match self.withheld.as_ref().zip(self.output.as_ref()) {
            Some((outcome, output)) => {
                let path = scene.folder.work().join(&**output);
                Some(Early::look(&scene.stage.world, &scene.stage.control, outcome, path).await?)
            }
            None => None,
        };
        let ended = match &scene.subject.guide {
            Some(guide) => {
                let task = self.task(&environment, scene);
                guide.run(&task, &scene.stage, &scene.folder, watch).await?
            }
            None => {
                let command = &scene.subject.command;
                command::run(command, &environment, &scene.folder, &scene.stage, watch).await?
            }
        };
        if let Some(early) = early {
            scene.early = early.seen().await;
        }
        self.tell(scene, &ended, before);
        let judged = self.judge(ended.how, scene);
        scene.subject.starts.note(ended.how, judged.is_ok(), &scene.masked(&ended.output));
        scene.runs.push(ended);
        judged
    }
}

impl Run {
    fn judge(&self, how: How, scene: &Scene) -> Done {
        let limit = scene.subject.limit;
        let operation = self.operation.name();
        let seen = match how {
            How::Status(UNSUPPORTED) => {
                let skip = match &scene.proxy {
                    None => Skip::Unsupported { operation },
                    Some(proxy) => Skip::UnsupportedWith { operation, through: proxy.kind.through() },
                };
                return Err(Trouble::Skip(skip));
            }
            How::Status(status) if self.ends.iter().any(|end| end.status() == Some(status)) => return Ok(()),
            How::Said(said) if self.ends.iter().any(|end| end.is_what(said)) => return Ok(()),
            How::Quit => return Err(Trouble::Skip(Skip::Quit)),
            How::Killed if self.ends.contains(&End::Killed) => return Ok(()),
            How::Status(status) => Seen::Status { status },
            How::Said(said) => Seen::Said { said: said.words() },
            How::Killed => Seen::Killed,
            How::Signal => Seen::Signal,
            How::Hung => Seen::Hung { seconds: limit.as_secs() },
        };
        let words = |end: &End| match how {
            // A person has seen no exit status.
            How::Said(_) => end.words(),
            _ => end.with_status(),
        };
        let expected = Expected::Ends { operation, ends: Bilingual::any_of(self.ends.iter().map(words)) };
        // After a walk that should have gone through there is nothing to look into.
        let halts = self.ends == [End::Done] || matches!(how, How::Hung);
        Err(if halts { Trouble::halt(expected, seen) } else { Trouble::check(expected, seen) })
    }

    /// The same for a person, who sees no paths of the harness's own where a file can be handed on.
    fn task(&self, environment: &[(String, String)], scene: &Scene) -> Task {
        let told = environment.iter().filter(|(name, _)| name != "OBN_ACTION" && name.starts_with("OBN_"));
        let mut files = Vec::new();
        // What is to be trusted is the scenario's to say, as it is for a command.
        if let Ok(bytes) = std::fs::read(scene.folder.tls_root()) {
            files.push(TaskFile { variable: "OBN_ROOT", name: "root.crt".to_owned(), bytes });
        }
        for (variable, name) in [("OBN_IDENTITY", &self.identity), ("OBN_INSTALLED", &self.installed)] {
            if let Some(Ok(Some(made))) = name.as_ref().map(|name| scene.folder.read(name)) {
                files.push(TaskFile { variable, name: made.name, bytes: made.bytes });
            }
        }
        Task {
            operation: self.operation,
            told: told.cloned().collect(),
            files,
            output: self.output.as_deref().map(str::to_owned),
            judges_words: scene.judges_words(),
        }
    }

    /// The contract: what a command is told, and nothing else.
    fn environment(&self, scene: &mut Scene) -> Result<Vec<(String, String)>, Error> {
        let mut environment = vec![
            ("OBN_ACTION".to_owned(), self.operation.name().to_owned()),
            ("OBN_URL".to_owned(), scene.stage.url.clone()),
            ("OBN_ROOT".to_owned(), scene.folder.tls_root().display().to_string()),
        ];
        environment.extend(surroundings(&scene.folder));
        let work = scene.folder.work();
        let file = |name: &FileName| work.join(&**name).display().to_string();
        let filled = |text: &Option<String>| text.as_ref().map(|text| scene.known.fill(text)).transpose();
        let id = |own: &Option<String>, key: &str| {
            let of_notice = || self.notice.as_ref().map(|notice| format!("{{{notice}.{key}}}"));
            filled(&own.clone().or_else(of_notice))
        };
        let reference_id = id(&self.reference_id, "reference_id")?;
        let (password, identity_password) = (filled(&self.password)?, filled(&self.identity_password)?);
        let is_login = self.operation == Operation::Login;
        let login_url = scene.stage.login_url.clone().filter(|_| is_login);
        let told = [
            ("OBN_REQUEST_ID", id(&self.request_id, "request_id")?),
            ("OBN_REFERENCE_ID", reference_id.clone()),
            ("OBN_PASSWORD", password.clone()),
            ("OBN_EMAIL", filled(&self.email)?),
            ("OBN_HOLDER", filled(&self.holder)?),
            ("OBN_HOLDER_NAME", filled(&self.holder_name)?),
            ("OBN_DEPARTMENT", filled(&self.department)?),
            ("OBN_TELEPHONE", filled(&self.telephone)?),
            ("OBN_TERMINAL", filled(&self.terminal)?),
            ("OBN_CERTIFICATES", filled(&self.certificates)?),
            ("OBN_IDENTITY", self.identity.as_ref().map(file)),
            ("OBN_IDENTITY_PASSWORD", identity_password.clone()),
            ("OBN_OUTPUT", self.output.as_ref().map(file)),
            ("OBN_INSTALLED", self.installed.as_ref().map(file)),
            ("OBN_CONFIRM", filled(&self.confirm)?),
            ("OBN_NOW", self.told_time(scene)?.map(|now| now.to_string())),
            ("OBN_RENEWAL_URL", scene.stage.renewal_url.clone()),
            ("OBN_LOGIN_URL", login_url),
            ("OBN_FOLDER", self.folder.then(|| work.display().to_string())),
            ("OBN_WAIT", self.wait.map(|seconds| seconds.to_string())),
        ];
        let told = told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        environment.extend(told);
        if let Some(proxy) = &scene.proxy {
            let mut tell = |name: &str, value: &str| environment.push((name.to_owned(), value.to_owned()));
            tell("OBN_PROXY", &proxy.url);
            if proxy.kind == ProxyKind::Bypassed {
                tell("OBN_PROXY_BYPASS", "*.obn.managedpki.ne.jp;localhost");
            } else {
                tell("OBN_PROXY_USER", proxy::USER);
                tell("OBN_PROXY_PASSWORD", proxy::PASSWORD);
            }
        }
        [password, identity_password].iter().flatten().for_each(|password| scene.keep_password(password));
        scene.secrets.extend(reference_id);
        Ok(environment)
    }

    /// What the command is to take for the present, if the scenario plays on another day.
    fn told_time(&self, scene: &Scene) -> Result<Option<Timestamp>, Error> {
        if let Some(later) = &self.later {
            return Ok(Some(scene.stage.world.clock.now() + scene.duration(later)?));
        }
        let Some((days, notice)) = self.days_left.as_ref().zip(self.notice.as_ref()) else { return Ok(None) };
        let wrong = |what: &str| Error::Scenario(format!("{what:?} says no day"));
        let days: i64 = scene.known.fill(days)?.parse().map_err(|_| wrong(days))?;
        Ok(Some(scene.at(self.time.as_deref().unwrap_or("12:00"), notice, days)?))
    }

    /// What a run said and did, for the report.
    fn tell(&self, scene: &mut Scene, ended: &Ended, before: u64) {
        let told = |name: &str, value: Option<&str>| value.map(|value| format!("{name}={value}"));
        let told = [
            told("identity", self.identity.as_deref()),
            told("output", self.output.as_deref()),
            told("installed", self.installed.as_deref()),
            told("confirm", self.confirm.as_deref()),
            told("days_left", self.days_left.as_deref()),
        ];
        let told: Vec<_> = told.into_iter().flatten().collect();
        if !told.is_empty() {
            scene.note(Verbatim(told.join(" ")));
        }
        for line in excerpt_of_lines(&scene.masked(&ended.output)) {
            scene.note(line.map(|line| format!("| {line}")));
        }
        let mut lines: Vec<(Bilingual, usize)> = Vec::new();
        for line in scene.stage.world.journal.after(before).iter().filter_map(log::line) {
            match lines.last_mut() {
                Some((last, times)) if *last == line => *times += 1,
                _ => lines.push((line, 1)),
            }
        }
        let left_out = lines.len().saturating_sub(JOURNAL_LINES);
        for (line, times) in lines.into_iter().take(JOURNAL_LINES) {
            scene.note(if times > 1 { Line::JournalTimes { line, times } } else { Line::Journal { line } });
        }
        if left_out > 0 {
            scene.note(Line::JournalMore { left_out });
        }
        let how = match ended.how {
            How::Status(status) => Seen::Status { status }.words(),
            How::Said(said) => said.words(),
            How::Signal => Seen::Signal.words(),
            How::Killed => Seen::Killed.words(),
            How::Hung => Seen::Hung { seconds: scene.subject.limit.as_secs() }.words(),
            How::Quit => Skip::Quit.words(),
        };
        scene.note(Line::Ended { how });
    }
}

impl Operation {
    /// OBN_ACTION.
    pub fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Root => "root",
            Self::Download => "download",
            Self::Renew => "renew",
            Self::Collect => "collect",
            Self::Login => "login",
            Self::Revoke => "revoke",
            Self::Notices => "notices",
            Self::Remove => "remove",
            Self::List => "list",
            Self::Installer => "installer",
        }
    }
}

impl End {
    fn usual() -> Vec<Self> {
        vec![Self::Done]
    }

    fn status(self) -> Option<i32> {
        match self {
            Self::Done => Some(0),
            Self::Refused => Some(1),
            Self::Usage => Some(2),
            Self::Network => Some(3),
            Self::Protocol => Some(4),
            Self::Killed => None,
        }
    }
}

impl End {
    /// Whether it is this in the words of a person.
    fn is_what(self, said: Said) -> bool {
        match said {
            Said::Done => self == Self::Done,
            Said::Refused => self == Self::Refused,
            Said::Failed => matches!(self, Self::Usage | Self::Network | Self::Protocol),
        }
    }

    fn words(self) -> Bilingual {
        match self {
            Self::Done => Bilingual::of("完了", "done"),
            Self::Refused => Bilingual::of("認証局が拒否", "refused by the CA"),
            Self::Usage => Bilingual::of("使い方の誤り", "usage"),
            Self::Network => Bilingual::of("ネットワークまたは TLS", "network or TLS"),
            Self::Protocol => Bilingual::of("サイトの応答がマニュアルと異なる", "protocol"),
            Self::Killed => Bilingual::of("ハーネスが強制終了", "killed by the harness"),
        }
    }

    /// The same, with the exit status that says so.
    fn with_status(&self) -> Bilingual {
        match self.status() {
            Some(status) => self.words().map(|words| format!("{status} ({words})")),
            None => self.words(),
        }
    }
}

impl Said {
    fn words(self) -> Bilingual {
        match self {
            Self::Done => Bilingual::of("できた", "done"),
            Self::Refused => Bilingual::of("断られた", "refused by the CA"),
            Self::Failed => Bilingual::of("できなかった", "could not be done"),
        }
    }
}
