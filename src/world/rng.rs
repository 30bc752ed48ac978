//! Named random streams: the only source of chance in the project.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// The stream of random numbers for one purpose and index under one seed.
///
/// Streams of different purposes or indices are independent: a batch can be made in any order, on
/// any number of threads, and stays the same batch.
pub fn stream(seed: u64, purpose: &str, index: u64) -> ChaCha8Rng {
    let mut key = [0_u8; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&index.to_le_bytes());
    key[16..24].copy_from_slice(&fnv1a_64(purpose).to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// FNV-1a, 64 bit: turns the name of a purpose into a part of the key.
fn fnv1a_64(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Uniform in [0, 1): 24 random bits, exactly representable in `f32`.
pub fn unit(rng: &mut ChaCha8Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / 16_777_216.0
}

/// Uniform in [low, high).
pub fn range(rng: &mut ChaCha8Rng, low: f32, high: f32) -> f32 {
    low + (high - low) * unit(rng)
}

/// Uniform in 0..n.
///
/// # Panics
/// When `n` is zero or does not fit 32 bits.
pub fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    let n = u32::try_from(n).expect("a choice among at most 2^32 things");
    assert!(n > 0, "a choice among nothing");
    // Multiply-shift; the bias is below n / 2^32.
    ((u64::from(rng.next_u32()) * u64::from(n)) >> 32) as usize
}

/// Standard normal by Box and Muller's method, through `libm` so that every target agrees.
pub fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let radius = libm::sqrtf(-2.0 * libm::logf(1.0 - unit(rng)));
    radius * libm::cosf(core::f32::consts::TAU * unit(rng))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_its_seed_purpose_and_index() {
        let draw = |seed, purpose, index| stream(seed, purpose, index).next_u64();
        assert_eq!(draw(1, "a", 2), draw(1, "a", 2));
        assert_ne!(draw(1, "a", 2), draw(2, "a", 2));
        assert_ne!(draw(1, "a", 2), draw(1, "b", 2));
        assert_ne!(draw(1, "a", 2), draw(1, "a", 3));
    }

    #[test]
    fn draws_have_the_moments_of_their_law() {
        let mut rng = stream(7, "moments", 0);
        let n = 20_000;
        let normals: Vec<f32> = (0..n).map(|_| normal(&mut rng)).collect();
        let mean = normals.iter().sum::<f32>() / n as f32;
        let variance = normals.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / n as f32;
        // Five standard errors of mean (1/sqrt n) and variance (sqrt(2/n)).
        assert!(mean.abs() < 5.0 / (n as f32).sqrt());
        assert!((variance - 1.0).abs() < 5.0 * (2.0 / n as f32).sqrt());
        let mut counts = [0_usize; 5];
        (0..n).for_each(|_| counts[below(&mut rng, 5)] += 1);
        assert!(counts.iter().all(|&c| (c as f32 - 4000.0).abs() < 5.0 * 57.0));
    }
}
