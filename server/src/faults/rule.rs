//! What a fault is: where it strikes, and what it does.

use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};

use crate::authority::Stage;
use crate::clock::Duration;
use crate::pki::TlsFault;
use crate::terms::{RequestId, Serial};

/// One fault: at an exact place, never by chance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What the journal calls it
    pub name: String,
    /// Before or after the authority has done its work
    pub at: At,
    /// Which exchanges it strikes
    pub r#match: Match,
    /// What it does to them
    pub effect: Effect,
    /// How often it strikes; 0: until it is removed
    pub times: u32,
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum At {
    /// On the way in: the authority never sees the request.
    Request,
    /// On the way out: the authority has done what was asked.
    Answer,
}

/// Which exchanges a fault strikes: those that fit every member that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    /// Path of the request, or how it begins, followed by `*`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// `GET`, `POST`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The step: the outcome that the journal records, such as `rcd.file`, or its beginning, such as `refused`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Request ID concerned
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub request_id: Option<RequestId>,
    /// Serial number of the certificate concerned
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub serial: Option<Serial>,
    /// Only answers that carry a PFX file
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pfx: bool,
    /// Strikes from the n-th exchange that fits; left out, from the first
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u32>,
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// Another answer: this status, with the plain page of a web server or with a text.
    Status {
        /// 200 to 599
        status: u16,
        /// What the page says; left out, the status in words
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Seconds in a Retry-After header
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
    },
    /// The maintenance page of the profile, status 503.
    Maintenance {},
    /// The server has forgotten the session that the request belongs to.
    SessionLost {},
    /// The answer comes late.
    Delay {
        /// Real time, such as `5s`, 10 minutes at most
        #[schema(value_type = String)]
        by: Duration,
    },
    /// The answer's body comes slowly.
    Throttle {
        /// Bytes a second
        bytes_per_second: u32,
    },
    /// The connection breaks off (TCP reset).
    Reset {
        /// After this many bytes of the body; left out, before the answer. At least one byte stays behind.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_bytes: Option<u64>,
    },
    /// The rest of the body comes only once the fault is switched off, or after 10 minutes.
    Withhold {
        /// After this many bytes of the body; left out, half of them. At least one byte stays behind.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_bytes: Option<u64>,
    },
    /// The body ends early, as if it were whole.
    Truncate {
        /// Bytes that are left; left out, half of them
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    /// One bit of the body is flipped.
    Corrupt {
        /// Which byte; left out, the one in the middle
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offset: Option<u64>,
    },
    /// The answer says that it is something else.
    ContentType {
        /// A media type
        value: String,
    },
    /// A renewal shows the same status for ever.
    RenewalStuck {
        /// Which one
        #[serde(with = "RenewalStage")]
        #[schema(value_type = RenewalStage)]
        at: Stage,
    },
    /// A renewal shows that its issue failed.
    RenewalFails {},
    /// The certificate in a PFX file has a signature that its issuer has not made.
    Forge {},
    /// The handshake shows a wrong certificate.
    Tls {
        /// What is wrong with it
        fault: TlsFault,
    },
    /// With this handshake the site moves to another TLS root, for good.
    NextRoot {},
}

/// A status on the way to 発行済み.
// Faults have a word of their own for the second one.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(remote = "Stage", rename_all = "snake_case")]
enum RenewalStage {
    /// 鍵生成中
    #[serde(alias = "鍵生成中")]
    KeyGeneration,
    /// 発行要求中
    #[serde(rename = "issue_requested", alias = "発行要求中")]
    IssueRequest,
}

impl Effect {
    /// When it strikes if nobody says.
    pub(crate) fn usual(&self) -> At {
        match self {
            Self::Status { .. }
            | Self::Maintenance {}
            | Self::SessionLost {}
            | Self::Tls { .. }
            | Self::NextRoot {} => At::Request,
            _ => At::Answer,
        }
    }

    /// Whether it can strike then.
    pub(crate) fn works(&self, at: At) -> bool {
        let either =
            matches!(self, Self::Status { .. } | Self::Maintenance {} | Self::Reset { after_bytes: None });
        either || at == self.usual()
    }

    /// Its name in JSON.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Maintenance {} => "maintenance",
            Self::SessionLost {} => "session_lost",
            Self::Delay { .. } => "delay",
            Self::Throttle { .. } => "throttle",
            Self::Reset { .. } => "reset",
            Self::Withhold { .. } => "withhold",
            Self::Truncate { .. } => "truncate",
            Self::Corrupt { .. } => "corrupt",
            Self::ContentType { .. } => "content_type",
            Self::RenewalStuck { .. } => "renewal_stuck",
            Self::RenewalFails {} => "renewal_fails",
            Self::Forge {} => "forge",
            Self::Tls { .. } => "tls",
            Self::NextRoot {} => "next_root",
        }
    }

    /// Whether it strikes a TLS handshake and not an exchange.
    pub(super) fn is_of_handshake(&self) -> bool {
        matches!(self, Self::Tls { .. } | Self::NextRoot {})
    }

    /// Whether it shows in the status of a renewal and not in an exchange.
    pub(super) fn is_status_override(&self) -> bool {
        matches!(self, Self::RenewalStuck { .. } | Self::RenewalFails {})
    }

    /// Whether it strikes an exchange, and not what is shown or handed out in it.
    pub(super) fn is_of_exchange(&self) -> bool {
        !(self.is_of_handshake() || self.is_status_override() || matches!(self, Self::Forge {}))
    }
}

impl Match {
    /// Whether it asks for what is known only when the authority has done its work.
    pub(crate) fn needs_answer(&self) -> bool {
        self.outcome.is_some() || self.request_id.is_some() || self.serial.is_some() || self.pfx
    }

    pub(super) fn fits_request(&self, method: &str, path: &str) -> bool {
        let path_fits = |wanted: &String| match wanted.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => path == wanted,
        };
        self.path.as_ref().is_none_or(path_fits)
            && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
    }
}

impl Rule {
    /// Refuses what would never strike, or not as it says.
    ///
    /// # Errors
    /// A line for the tester.
    pub fn check(&self) -> Result<(), String> {
        if self.name.is_empty() || self.name.chars().count() > 60 || self.name.chars().any(char::is_control) {
            return Err("name: 1 to 60 characters without control characters".to_owned());
        }
        let Match { path, method, nth, .. } = &self.r#match;
        if path.as_ref().is_some_and(|path| !path.starts_with('/')) {
            return Err("match.path: begins with a slash".to_owned());
        }
        if *nth == Some(0) {
            return Err("match.nth: counts from 1".to_owned());
        }
        self.effect_check()?;
        if !self.effect.is_of_exchange() {
            let Match { outcome, serial, pfx, request_id, .. } = &self.r#match;
            let tls = self.effect.is_of_handshake();
            if path.is_some() || method.is_some() || outcome.is_some() || serial.is_some() || *pfx {
                let known = if tls { "nth" } else { "request_id and nth" };
                return Err(format!("match: this effect strikes no exchange; it knows {known}"));
            }
            if tls && request_id.is_some() {
                return Err("match: a handshake has no request ID".to_owned());
            }
        }
        if !self.effect.works(self.at) {
            let at = if self.effect.usual() == At::Request { "request" } else { "answer" };
            return Err(format!("at: the effect {} strikes at the {at}", self.effect.kind()));
        }
        if self.at == At::Request && self.r#match.needs_answer() {
            return Err("match: outcome, request_id, serial and pfx are known at the answer only".to_owned());
        }
        Ok(())
    }

    fn effect_check(&self) -> Result<(), String> {
        match &self.effect {
            Effect::Status { status, .. } if !(200..600).contains(status) => {
                Err("effect.status: 200 to 599".to_owned())
            }
            Effect::Delay { by } if by.0.is_negative() || by.0.as_secs() > 600 => {
                Err("effect.by: 0 seconds to 10 minutes".to_owned())
            }
            Effect::Throttle { bytes_per_second: 0 } => Err("effect.bytes_per_second: 1 or more".to_owned()),
            Effect::ContentType { value } if HeaderValue::from_str(value).is_err() => {
                Err("effect.value: no media type".to_owned())
            }
            _ => Ok(()),
        }
    }
}
