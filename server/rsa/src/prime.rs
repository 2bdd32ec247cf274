//! The primes of RSA keys: from a random number upwards, the first one.

use std::num::NonZero;
use std::sync::LazyLock;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{
    CheckedAdd, Limb, MontyForm, MontyMultiplier, NonZero as NonZeroLimb, Odd, Reciprocal, U1024, Word,
};
use crypto_primes::hazmat::{AStarBase, LucasCheck, Primality, SetBits, lucas_test, random_odd_integer};
use rand_core::CryptoRng;

/// How many odd numbers are sieved at once. Every 355th of them is a prime: beyond 4,096 goes one search in 100,000.
const WINDOW: usize = 4096;

/// A prime of 1024 bits, the two highest set, so that the product of two has exactly 2048 bits.
pub(super) fn prime(random: &mut impl CryptoRng) -> U1024 {
    const BITS: NonZero<u32> = NonZero::new(U1024::BITS).expect("1024 isn't zero");
    loop {
        let start = random_odd_integer(random, BITS, SetBits::TwoMsb).expect("the type has 1024 bits");
        if let Some(prime) = next_prime(start, WINDOW) {
            return prime;
        }
    }
}

/// The first prime from this number on, looked for a window at a time. `None` if there is none of 1024 bits.
fn next_prime(mut start: Odd<U1024>, window: usize) -> Option<U1024> {
    loop {
        let mut candidate = start;
        for has_factor in sieve(&start, window) {
            if !has_factor && is_prime(candidate) {
                return Some(candidate.get());
            }
            candidate = candidate.checked_add(&U1024::from(2u8)).into_option()?.to_odd().into_option()?;
        }
        start = candidate;
    }
}

/// Which of the odd numbers from this one on have a factor below 65,536: all but one in ten.
fn sieve(start: &U1024, window: usize) -> Vec<bool> {
    /// The product of so many factors fits a word, and dividing by that costs as much as dividing by one of them.
    const AT_ONCE: usize = (Word::BITS / u16::BITS) as usize;
    let mut has_factor = vec![false; window];
    for factors in FACTORS.chunks(AT_ONCE) {
        let product = factors.iter().map(|&factor| Word::from(factor)).product();
        let product =
            NonZeroLimb::new(Limb(product)).expect("no factor is zero, and their product fits a word");
        let remainder = start.rem_limb_with_reciprocal(&Reciprocal::new(product)).0;
        for &factor in factors {
            let factor = Word::from(factor);
            // The nearest multiple is `missing` ahead, and the nearest odd one half as many odd numbers.
            let missing = (factor - remainder % factor) % factor;
            let first = if missing.is_multiple_of(2) { missing } else { missing + factor } / 2;
            for number in has_factor.iter_mut().skip(first as usize).step_by(factor as usize) {
                *number = true;
            }
        }
    }
    has_factor
}

/// The odd primes below 65,536. With more of them the sieve takes longer than it saves.
static FACTORS: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut composite = vec![false; 1 << u16::BITS];
    (3..=u16::MAX)
        .step_by(2)
        .filter(|&number| {
            let number = usize::from(number);
            let prime = !composite[number];
            if prime {
                composite
                    .iter_mut()
                    .skip(number * number)
                    .step_by(number)
                    .for_each(|multiple| *multiple = true);
            }
            prime
        })
        .collect()
});

/// The test of Baillie, Pomerance, Selfridge and Wagstaff, that no composite number is known to pass.
fn is_prime(candidate: Odd<U1024>) -> bool {
    passes_base_two(candidate) && lucas_test(candidate, AStarBase, LucasCheck::Bpsw21) != Primality::Composite
}

type Multiplier<'a> = <FixedMontyForm<{ U1024::LIMBS }> as MontyForm>::Multiplier<'a>;

/// The test of Miller and Rabin to the base 2, which every prime passes and hardly anything else. Our own since it is
/// quicker than one for any base, as it multiplies by adding: it is nearly all of the work, of seventy numbers that it
/// is asked about two are primes.
fn passes_base_two(candidate: Odd<U1024>) -> bool {
    let params = FixedMontyParams::new_vartime(candidate);
    // In place: a square by value takes a copy of the modulus along.
    let mut multiplier = Multiplier::from(&params);
    let one = FixedMontyForm::one(&params);
    let minus_one = -one;
    let even = candidate.wrapping_sub(&U1024::ONE);
    let twos = even.trailing_zeros_vartime();
    // 2 to the power of the odd part, from its highest bit down.
    let odd = even.shr_vartime(twos);
    let mut power = one;
    for bit in (0..odd.bit_width_vartime()).rev() {
        multiplier.square_assign(&mut power);
        if odd.bit_vartime(bit) {
            power = power.double();
        }
    }
    power == one
        || (0..twos).any(|_| {
            let root = power;
            multiplier.square_assign(&mut power);
            root == minus_one
        })
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn it_is_the_prime_that_another_sieve_finds() {
        use crypto_primes::Flavor;
        use crypto_primes::hazmat::SmallFactorsSieveFactory;
        for seed in 0..4 {
            let random = || ChaCha20Rng::from_seed([seed; 32]);
            let other = SmallFactorsSieveFactory::new(Flavor::Any, 1024, SetBits::TwoMsb).unwrap();
            let other = crypto_primes::sieve_and_find(&mut random(), other, |_, candidate| {
                crypto_primes::is_prime(Flavor::Any, candidate)
            });
            assert_eq!(Some(prime(&mut random())), other.unwrap(), "seed {seed}");
        }
    }

    #[test]
    fn the_search_goes_on_where_a_window_ends() {
        let start = random_odd_integer(
            &mut ChaCha20Rng::from_seed([9; 32]),
            NonZero::new(1024).unwrap(),
            SetBits::TwoMsb,
        );
        let start = start.unwrap();
        assert_eq!(next_prime(start, 7), next_prime(start, WINDOW));
    }

    #[test]
    fn there_is_no_prime_beyond_the_last() {
        // 2^1024 - 105 is the last of 1024 bits.
        let last = U1024::MAX.wrapping_sub(&U1024::from(104u8));
        assert_eq!(next_prime(last.to_odd().unwrap(), WINDOW), Some(last));
        let beyond = last.wrapping_add(&U1024::from(2u8));
        assert_eq!(next_prime(beyond.to_odd().unwrap(), WINDOW), None);
    }

    #[test]
    fn base_two_tells_primes_from_all_but_the_known_few() {
        let odd = |number: u32| U1024::from(number).to_odd().unwrap();
        let passes = (3..5_000).step_by(2).filter(|&number| passes_base_two(odd(number)));
        let primes = (3..5_000)
            .step_by(2)
            .filter(|&number| crypto_primes::is_prime(crypto_primes::Flavor::Any, &U1024::from(number)));
        // The strong pseudoprimes to the base 2 (OEIS A001262).
        let mut expected: Vec<u32> = primes.chain([2_047, 3_277, 4_033, 4_681]).collect();
        expected.sort_unstable();
        assert_eq!(passes.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_sieve_names_what_has_a_small_factor_and_nothing_else() {
        let start = U1024::ONE.shl(1000).wrapping_add(&U1024::ONE);
        for (number, has_factor) in (0u32..).step_by(2).zip(sieve(&start, 200)) {
            let number = start.wrapping_add(&U1024::from(number));
            let divided = (3..1 << 16).step_by(2).any(|factor: u64| {
                number.rem_limb(NonZeroLimb::new(Limb::from(factor)).unwrap()) == Limb::ZERO
            });
            assert_eq!(has_factor, divided, "{number}");
        }
    }
}
