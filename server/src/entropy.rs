//! Every random choice of the simulator. With a seed everything repeats; without one a seed is
//! drawn from the system, and the rest works the same.
//!
//! Choices are named: the same seed and the same name give the same stream, whatever else the
//! process did before. That is what makes keys, IDs and certificates of a seeded world repeat byte
//! for byte even when requests arrive in another order. This file is the only place that may ask
//! the system for randomness.

use std::fmt;

use aws_lc_rs::digest;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

/// A source of named random streams.
#[derive(Clone, PartialEq, Eq)]
pub struct Entropy {
    master: [u8; 32],
}

impl Entropy {
    /// Fresh randomness of the operating system.
    pub fn system() -> Self {
        Self { master: system_bytes() }
    }

    /// The same streams for the same text, always.
    pub fn seeded(text: &str) -> Self {
        Self { master: hash(&[b"obn-ca seed", text.as_bytes()]) }
    }

    /// A source that has nothing in common with this one but repeats with it, say for a world.
    pub fn child(&self, name: &str) -> Self {
        Self { master: hash(&[&self.master, b"child", name.as_bytes()]) }
    }

    /// Takes up a stored source.
    pub fn from_master(master: [u8; 32]) -> Self {
        Self { master }
    }

    /// What to store in order to go on later. As secret as every key derived from it.
    pub fn master(&self) -> &[u8; 32] {
        &self.master
    }

    /// The seed of the stream with this name and number.
    pub fn seed(&self, name: &str, number: u64) -> [u8; 32] {
        hash(&[&self.master, b"stream", name.as_bytes(), &number.to_be_bytes()])
    }

    /// The stream with this name and number.
    pub fn stream(&self, name: &str, number: u64) -> ChaCha20Rng {
        ChaCha20Rng::from_seed(self.seed(name, number))
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(..)")
    }
}

/// A stream that never repeats, seeded or not: for session identifiers, which must not come back
/// when a stored world is opened again.
pub fn unrepeatable() -> ChaCha20Rng {
    ChaCha20Rng::from_seed(system_bytes())
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system for randomness")]
fn system_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system has a random number generator");
    bytes
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        // Lengths keep ("ab", "c") apart from ("a", "bc").
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use rand_core::Rng;

    use super::*;

    #[test]
    fn the_same_seed_and_name_repeat() {
        let draw = |seed: &str, name: &str, number| Entropy::seeded(seed).stream(name, number).next_u64();
        assert_eq!(draw("a", "key", 1), draw("a", "key", 1));
        assert_ne!(draw("a", "key", 1), draw("a", "key", 2));
        assert_ne!(draw("a", "key", 1), draw("b", "key", 1));
        assert_ne!(draw("a", "key", 1), draw("a", "serial", 1));
    }

    #[test]
    fn without_a_seed_nothing_repeats() {
        assert_ne!(Entropy::system(), Entropy::system());
        assert_ne!(unrepeatable().next_u64(), unrepeatable().next_u64());
    }
}
