//! RSA keys, made from a seed so that they repeat.
//!
//! A crate of its own because of how it is compiled: the search for primes is nearly all the work of issuing a
//! certificate, and its arithmetic is generic, so it is compiled where it is called. Here that is for speed, in every
//! profile; the simulator around it is compiled for size, and for tests not optimised at all.

#![warn(missing_docs)]

mod prime;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rsa::{BoxedUint, PrivateKey};

/// The key of this seed with the public exponent 65537. Takes some 45 ms for 2048 bits, more for longer ones.
///
/// # Panics
/// If `bits` is a length that the `rsa` crate knows no keys of, below 1024 bits.
pub fn generate(seed: [u8; 32], bits: u32) -> PrivateKey {
    let mut random = ChaCha20Rng::from_seed(seed);
    if bits == 2048 {
        from_fixed_primes(&mut random)
    } else {
        PrivateKey::new(&mut random, bits as usize)
            .expect("the caller asks for a length that there are keys of")
    }
}

/// Twice as fast as the general way: primes of a fixed 1024 bits need no allocation.
fn from_fixed_primes(random: &mut ChaCha20Rng) -> PrivateKey {
    loop {
        let [p, q] = [(); 2].map(|()| BoxedUint::from(&prime::prime(random)));
        // Fails if 65537 divides p - 1 or q - 1, or if the primes are the same: draw again.
        if let Ok(key) = PrivateKey::from_p_q(p, q, BoxedUint::from(65_537u64)) {
            return key;
        }
    }
}
