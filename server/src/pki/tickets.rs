//! Session tickets of TLS that any process opens which has the world's secret. Their key is another one each day, and
//! tickets of the day before are still good.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rustls::server::ProducesTickets;

use crate::clock::real_now;
use crate::entropy::{Entropy, unrepeatable};

/// Bytes in front of what is sealed: the day.
const DAY: usize = 4;

/// Makes and opens the tickets of one TLS configuration.
pub struct Tickets {
    entropy: Entropy,
    /// Names the configuration: tickets of another are of no use here.
    label: String,
}

impl Tickets {
    /// Those of the configuration of this name.
    pub fn new(entropy: &Entropy, label: &str) -> Self {
        Self { entropy: entropy.clone(), label: format!("TLS tickets {label}") }
    }

    fn key(&self, day: u32) -> Option<LessSafeKey> {
        let key = self.entropy.seed(&self.label, day.into());
        UnboundKey::new(&AES_256_GCM, &key).map(LessSafeKey::new).ok()
    }

    fn seal(&self, plain: &[u8], day: u32) -> Option<Vec<u8>> {
        use rand_core::Rng;
        let mut nonce = [0; NONCE_LEN];
        unrepeatable().fill_bytes(&mut nonce);
        let mut sealed = plain.to_vec();
        let aad = Aad::from(day.to_be_bytes());
        let key = self.key(day)?;
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).ok()?;
        Some([&day.to_be_bytes()[..], &nonce, &sealed].concat())
    }

    fn open(&self, ticket: &[u8], today: u32) -> Option<Vec<u8>> {
        let (day, rest) = ticket.split_at_checked(DAY)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN)?;
        let day = u32::from_be_bytes(day.try_into().ok()?);
        if day != today && day + 1 != today {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut plain = sealed.to_vec();
        let opened =
            self.key(day)?.open_in_place(nonce, Aad::from(day.to_be_bytes()), &mut plain).ok()?.len();
        plain.truncate(opened);
        Some(plain)
    }
}

impl ProducesTickets for Tickets {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        12 * 60 * 60
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.seal(plain, today())
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        self.open(ticket, today())
    }
}

/// Nothing of its keys.
impl std::fmt::Debug for Tickets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tickets(..)")
    }
}

fn today() -> u32 {
    u32::try_from(real_now().as_second() / 86_400).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_opened_by_whoever_has_the_secret_today_and_the_day_after() {
        let one = Tickets::new(&Entropy::seeded("a"), "main");
        let other = Tickets::new(&Entropy::seeded("a"), "main");
        let ticket = one.seal(b"secret", 20_000).unwrap();
        assert_eq!(other.open(&ticket, 20_000).as_deref(), Some(&b"secret"[..]));
        assert_eq!(other.open(&ticket, 20_001).as_deref(), Some(&b"secret"[..]));
        assert_eq!(other.open(&ticket, 20_002), None);
        assert_ne!(one.seal(b"secret", 20_000).unwrap(), ticket);
    }

    #[test]
    fn a_ticket_of_another_configuration_or_world_or_a_damaged_one_is_none() {
        let one = Tickets::new(&Entropy::seeded("a"), "main");
        let ticket = one.seal(b"secret", 20_000).unwrap();
        assert_eq!(Tickets::new(&Entropy::seeded("a"), "renewal").open(&ticket, 20_000), None);
        assert_eq!(Tickets::new(&Entropy::seeded("b"), "main").open(&ticket, 20_000), None);
        for place in 0..ticket.len() {
            let mut damaged = ticket.clone();
            damaged[place] ^= 1;
            assert_eq!(one.open(&damaged, 20_000), None, "{place}");
            assert_eq!(one.open(&ticket[..place], 20_000), None, "{place}");
        }
    }
}
