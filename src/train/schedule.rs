//! Learning rate and EMA factor over the steps of a run.

use std::f64::consts::PI;

/// Linear warm-up, then half a cosine down (paper section 4: warm-up from 1e-5 over 20 epochs,
/// cosine back to 1e-5).
///
/// `step` counts from 0. The rate starts and ends at `peak / 40`, the paper's ratio.
pub fn learning_rate(step: u64, n_steps: u64, n_warmup: u64, peak: f64) -> f64 {
    let floor = peak / 40.0;
    let rise = peak - floor;
    if step < n_warmup {
        return floor + rise * step as f64 / n_warmup as f64;
    }
    let done = (step - n_warmup) as f64 / (n_steps.saturating_sub(n_warmup)).max(1) as f64;
    floor + rise * 0.5 * (1.0 + (PI * done.min(1.0)).cos())
}

/// τ(step) = 1 − (1 − τ₀)(cos(π step / n_steps) + 1) / 2: from τ₀ to 1.
///
/// DIFFERS: the official code changes τ once an epoch; runs without epochs change it each step, by
/// the same formula.
pub fn ema_factor(step: u64, n_steps: u64, start: f64) -> f64 {
    let done = step as f64 / n_steps.max(1) as f64;
    1.0 - (1.0 - start) * ((PI * done.min(1.0)).cos() + 1.0) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_to_its_peak_and_falls_back() {
        let rate = |step| learning_rate(step, 1000, 100, 4e-4);
        assert_eq!(rate(0), 1e-5);
        assert_eq!(rate(100), 4e-4);
        assert!((rate(1000) - 1e-5).abs() < 1e-12);
        assert!((rate(550) - (1e-5 + 3.9e-4 / 2.0)).abs() < 1e-12);
    }

    /// Values of spec.md section 1.6, given there to five digits.
    #[test]
    fn the_ema_factor_follows_the_papers_cosine() {
        for (step, tau) in [(0, 0.996), (250, 0.99659), (500, 0.998), (750, 0.99941), (900, 0.9999)]
        {
            assert!((ema_factor(step, 1000, 0.996) - tau).abs() < 5e-6, "step {step}");
        }
        assert_eq!(ema_factor(1000, 1000, 0.996), 1.0);
    }
}
