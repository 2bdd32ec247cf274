//! The client's two messages of NTLM, as far as a proxy needs them: NTLMv2, nothing signed or sealed.

use jiff::Timestamp;
use ntlmclient::{AuthenticateMessage, Credentials, Flags, Message, NegotiateMessage, TargetInfoType};

use crate::pki::password::Password;

/// Tenths of a microsecond, in which Windows counts.
const TICKS: i64 = 10_000_000;
/// From Windows' beginning of time, 1601, to Unix's.
const SECONDS_TO_1970: i64 = 11_644_473_600;

/// The first message: what this side can do.
pub(crate) fn negotiate() -> Option<Vec<u8>> {
    let message = NegotiateMessage {
        flags: flags() | Flags::REQUEST_TARGET,
        supplied_domain: String::new(),
        supplied_workstation: String::new(),
        os_version: Default::default(),
    };
    Message::Negotiate(message).to_bytes().ok()
}

/// The third message, which answers the proxy's challenge; `None` if that is not one.
pub(crate) fn authenticate(
    challenge: &[u8],
    name: &str,
    password: &Password,
    now: Timestamp,
) -> Option<Vec<u8>> {
    let Ok(Message::Challenge(challenge)) = Message::try_from(challenge) else { return None };
    let (domain, name) = name.split_once('\\').unwrap_or(("", name));
    let credentials = Credentials {
        username: name.to_owned(),
        password: password.expose().to_owned(),
        domain: domain.to_owned(),
    };
    let target: Vec<u8> = challenge.target_information.iter().flat_map(|entry| entry.to_bytes()).collect();
    // The proxy's own time, if it tells it, so that clocks which differ do no harm.
    let told =
        challenge.target_information.iter().find(|entry| entry.entry_type == TargetInfoType::Timestamp);
    let told = told.and_then(|entry| entry.data.as_slice().try_into().ok()).map(i64::from_le_bytes);
    let time = told.unwrap_or_else(|| (now.as_second() + SECONDS_TO_1970) * TICKS);
    let response = ntlmclient::respond_challenge_ntlm_v2(challenge.challenge, &target, time, &credentials);
    let message = AuthenticateMessage {
        // Nobody who speaks NTLMv2 reads this one.
        lm_response: vec![0; 24],
        ntlm_response: response.ntlm_response,
        domain_name: credentials.domain,
        user_name: credentials.username,
        workstation_name: String::new(),
        // No key is exchanged, so none is sent.
        session_key: Vec::new(),
        flags: flags() | Flags::NEGOTIATE_TARGET_INFO,
        os_version: Default::default(),
    };
    Message::Authenticate(message).to_bytes().ok()
}

fn flags() -> Flags {
    Flags::NEGOTIATE_UNICODE | Flags::NEGOTIATE_NTLM | Flags::NEGOTIATE_NTLM2_KEY
}
