//! The client's two messages of NTLM, as far as a proxy needs them: NTLMv2, nothing signed or sealed.

use jiff::Timestamp;
use ntlmclient::{AuthenticateMessage, Credentials, Flags, Message, NegotiateMessage};

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
    let Challenge { nonce, target } = Challenge::read(challenge)?;
    // Windows has neither sign in a name.
    let (domain, name) = name.split_once(['\\', '/']).unwrap_or(("", name));
    let credentials = Credentials {
        username: name.to_owned(),
        password: password.expose().to_owned(),
        domain: domain.to_owned(),
    };
    // The proxy's own time, if it tells it, so that clocks which differ do no harm.
    let time = timestamp(target).unwrap_or_else(|| (now.as_second() + SECONDS_TO_1970) * TICKS);
    let response = ntlmclient::respond_challenge_ntlm_v2(nonce, target, time, &credentials);
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

/// What matters of the proxy's message (MS-NLMP, section 2.2.1.2). Only its beginning is in that of every proxy.
struct Challenge<'a> {
    nonce: [u8; 8],
    /// What it tells about itself, as pairs.
    target: &'a [u8],
}

impl<'a> Challenge<'a> {
    fn read(message: &'a [u8]) -> Option<Self> {
        let number = |at: usize| message.get(at..)?.first_chunk().copied().map(u32::from_le_bytes);
        if !message.starts_with(b"NTLMSSP\0") || number(8)? != 2 {
            return None;
        }
        let nonce = *message.get(24..)?.first_chunk()?;
        let target = if Flags::from_bits_retain(number(20)?).contains(Flags::NEGOTIATE_TARGET_INFO) {
            let length = u16::from_le_bytes(*message.get(40..)?.first_chunk()?);
            let begin = usize::try_from(number(44)?).ok()?;
            message.get(begin..)?.get(..usize::from(length))?
        } else {
            &[]
        };
        Some(Self { nonce, target })
    }
}

/// The time in a proxy's pairs (MS-NLMP, section 2.2.2.1), in Windows' count.
fn timestamp(mut pairs: &[u8]) -> Option<i64> {
    const TIMESTAMP: u16 = 7;
    while let [a, b, c, d, rest @ ..] = pairs {
        let (kind, length) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
        let (value, behind) = rest.split_at_checked(usize::from(length))?;
        if kind == TIMESTAMP {
            return value.try_into().ok().map(i64::from_le_bytes);
        }
        pairs = behind;
    }
    None
}

fn flags() -> Flags {
    Flags::NEGOTIATE_UNICODE | Flags::NEGOTIATE_NTLM | Flags::NEGOTIATE_NTLM2_KEY
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A challenge with these flags, and these bytes behind the nonce.
    fn message(flags: Flags, behind: &[u8]) -> Vec<u8> {
        let begin = b"NTLMSSP\0\x02\0\0\0\0\0\0\0\0\0\0\0";
        [&begin[..], &flags.bits().to_le_bytes(), b"\x01\x02\x03\x04\x05\x06\x07\x08", behind].concat()
    }

    fn is_answered(challenge: &[u8]) -> bool {
        authenticate(challenge, "CLINIC\\reception", &Password::new("Secret"), Timestamp::UNIX_EPOCH)
            .is_some()
    }

    #[test]
    fn challenges_are_read_as_old_and_new_proxies_write_them() {
        let (old, new) = (Flags::NEGOTIATE_OEM, Flags::NEGOTIATE_UNICODE | Flags::NEGOTIATE_TARGET_INFO);
        // It ends with the nonce; a name of its own follows in other letters than UTF-8.
        assert!(is_answered(&message(old, b"")));
        assert!(is_answered(&message(old, b"\0\0\0\0\0\0\0\0\x88\xe3\x89\x40")));
        // The pairs follow at once, or behind a version.
        let pairs = b"\x02\0\x02\0A\0\x07\0\x08\0\x01\0\0\0\0\0\0\x01\0\0\0\0";
        let field = |begin: u8| [&[0; 8][..], &[22, 0, 22, 0, begin, 0, 0, 0]].concat();
        let whole = message(new, &[&field(48)[..], pairs].concat());
        assert!(is_answered(&whole));
        assert!(is_answered(&message(new, &[&field(56)[..], &[0; 8], pairs].concat())));
        assert_eq!(timestamp(Challenge::read(&whole).unwrap().target), Some(0x0100_0000_0000_0001));
        // What is cut off, or no challenge.
        for length in 0..whole.len() {
            assert!(!is_answered(&whole[..length]), "{length} bytes");
        }
        assert!(!is_answered(&[&b"NTLMSSP\0\x03"[..], &whole[9..]].concat()));
    }
}
