//! Where the eye goes: places drawn one after the other, with inhibition of return.

use rand_chacha::ChaCha8Rng;

use super::config::{Border, Gaze, Inhibition, SaccadeConfig};
use super::rng::{below, unit};
use super::saliency::SaliencyMap;

/// Weight left at an inhibited place, so that a law always remains (spec 2B.3).
const RESIDUE: f64 = 1e-16;

/// A place in a picture: the middle of the view there, in pixels. The view has the rows
/// `row - side / 2 .. row + side / 2`, and the columns likewise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixation {
    /// Row of the middle, counted from the top.
    pub row: usize,
    /// Column of the middle, counted from the left.
    pub col: usize,
}

impl Fixation {
    /// Whether `other` lies in the square that a glance here inhibits (half side `radius_px`).
    pub fn inhibits(self, other: Self, radius_px: usize) -> bool {
        self.row.abs_diff(other.row) <= radius_px && self.col.abs_diff(other.col) <= radius_px
    }

    /// Row and column over the picture's side: the absolute state of a view (spec 2B.5).
    pub fn state(self, picture_side_px: usize) -> Vec<f32> {
        [self.row, self.col].map(|v| v as f32 / picture_side_px as f32).to_vec()
    }
}

/// The half side of the inhibited square: half a view (spec 2B.3).
///
/// DIFFERS: the paper's text says a disc of this radius, its code a square; we follow the code.
pub fn inhibition_radius_px(config: &SaccadeConfig) -> usize {
    config.view_side_px / 2
}

/// Smallest and largest row (and column) that may be fixated.
pub fn allowed_px(config: &SaccadeConfig) -> (usize, usize) {
    match config.border {
        Border::Inside => {
            let half = config.view_side_px / 2;
            (half, config.picture_side_px - half)
        }
        Border::ZeroPadded => (0, config.picture_side_px - 1),
    }
}

/// Draws `n` fixations, one by one from the law that is left (spec 2B.3).
///
/// DIFFERS: in the reference code inhibition has no effect on uniform gaze; here the two settings
/// are independent. Under [`Border::Inside`] the law is restricted to places whose view lies inside.
pub fn scanpath(
    config: &SaccadeConfig,
    map: &SaliencyMap,
    n: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<Fixation> {
    let (low, high) = allowed_px(config);
    let width = high - low + 1;
    let radius_px = inhibition_radius_px(config);
    let place = |i: usize| Fixation { row: low + i / width, col: low + i % width };
    // A place on the border of the restriction (row 80 of 96) is still inside the map.
    let mut law: Vec<f64> = (0..width * width)
        .map(place)
        .map(|at| match config.gaze {
            Gaze::Saliency => f64::from(map.weight[at.row * map.side_px + at.col]),
            Gaze::Uniform => 1.0,
        })
        .collect();
    normalize(&mut law);
    let mut path = Vec::with_capacity(n);
    for _ in 0..n {
        let seen = place(draw(&law, rng));
        path.push(seen);
        if config.inhibition == Inhibition::Square && path.len() < n {
            inhibit(&mut law, low, width, seen, radius_px);
            normalize(&mut law);
        }
    }
    path
}

/// Removes the square round `seen` from the law.
fn inhibit(law: &mut [f64], low: usize, width: usize, seen: Fixation, radius_px: usize) {
    let span = |v: usize| {
        let first = v.saturating_sub(radius_px).max(low) - low;
        first..(v + radius_px + 1 - low).min(width)
    };
    for row in span(seen.row) {
        law[row * width..][span(seen.col)].fill(0.0);
    }
    law.iter_mut().for_each(|p| *p += RESIDUE);
}

fn normalize(law: &mut [f64]) {
    let sum: f64 = law.iter().sum();
    law.iter_mut().for_each(|p| *p /= sum);
}

/// Index drawn with the given probabilities.
fn draw(law: &[f64], rng: &mut ChaCha8Rng) -> usize {
    // 24 bits choose among at most 2^20 places; rounding may leave a rest after the last one.
    let mut rest = f64::from(unit(rng));
    for (i, p) in law.iter().enumerate() {
        rest -= p;
        if rest < 0.0 {
            return i;
        }
    }
    below(rng, law.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::rng::stream;

    fn even_map() -> SaliencyMap {
        SaliencyMap { side_px: 96, weight: vec![1; 96 * 96] }
    }

    #[test]
    fn inhibition_of_return_never_refixates() {
        let mut map = even_map();
        map.weight[40 * 96 + 40] = 255;
        for gaze in [Gaze::Saliency, Gaze::Uniform] {
            let config = SaccadeConfig { gaze, ..SaccadeConfig::default() };
            for index in 0..500 {
                let path = scanpath(&config, &map, 4, &mut stream(1, "path", index));
                for (i, a) in path.iter().enumerate() {
                    assert!(path[..i].iter().all(|b| !b.inhibits(*a, 16)), "{path:?}");
                }
            }
        }
    }

    #[test]
    fn a_path_ends_even_when_everything_is_inhibited() {
        let config = SaccadeConfig { view_side_px: 64, ..SaccadeConfig::default() };
        let path = scanpath(&config, &even_map(), 10, &mut stream(1, "path", 0));
        assert_eq!(path.len(), 10);
        assert!(path.iter().all(|f| (32..=64).contains(&f.row) && (32..=64).contains(&f.col)));
    }

    #[test]
    fn fixations_follow_the_map() {
        let mut map = even_map();
        (0..96 * 96).filter(|i| i % 96 < 48).for_each(|i| map.weight[i] = 9);
        let config = SaccadeConfig { inhibition: Inhibition::Off, ..SaccadeConfig::default() };
        let n = 4000;
        let left = |path: Vec<Fixation>| path.iter().filter(|f| f.col < 48).count() as f32;
        let share = left(scanpath(&config, &map, n, &mut stream(1, "path", 0))) / n as f32;
        // 32 columns of weight 9 against 33 of weight 1; five standard errors.
        let expected = 288.0 / 321.0;
        assert!((share - expected).abs() < 5.0 * (expected * (1.0 - expected) / n as f32).sqrt());
    }

    #[test]
    fn zero_padding_allows_the_border() {
        let config = SaccadeConfig { border: Border::ZeroPadded, ..SaccadeConfig::default() };
        let path = scanpath(&config, &even_map(), 400, &mut stream(1, "path", 0));
        assert!(path.iter().any(|f| f.row < 8 || f.col > 88));
    }
}
