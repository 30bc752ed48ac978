//! Where the eye goes: places drawn one after the other, with inhibition of return.

use rand_chacha::ChaCha8Rng;

use super::config::{Border, Gaze, Inhibition, SaccadeConfig};
use super::rng::below;
use super::saliency::SaliencyMap;

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
    assert_eq!(map.side_px, config.picture_side_px, "the map is that of the picture");
    let (low, high) = allowed_px(config);
    let width = high - low + 1;
    let radius_px = inhibition_radius_px(config);
    let place = |i: usize| Fixation { row: low + i / width, col: low + i % width };
    let mut law: Vec<u32> = (0..width * width)
        .map(place)
        .map(|at| match config.gaze {
            Gaze::Saliency => u32::from(map.weight[at.row * map.side_px + at.col]),
            Gaze::Uniform => 1,
        })
        .collect();
    let mut path = Vec::with_capacity(n);
    for _ in 0..n {
        let seen = place(draw(&law, width, rng));
        path.push(seen);
        if config.inhibition == Inhibition::Square {
            inhibit(&mut law, low, width, seen, radius_px);
        }
    }
    path
}

/// Removes the square round `seen` from the law.
fn inhibit(law: &mut [u32], low: usize, width: usize, seen: Fixation, radius_px: usize) {
    let span = |v: usize| {
        let first = v.saturating_sub(radius_px).max(low) - low;
        first..(v + radius_px + 1 - low).min(width)
    };
    for row in span(seen.row) {
        law[row * width..][span(seen.col)].fill(0);
    }
}

/// Index drawn in proportion to the weights; any index when all of them are zero. (The reference
/// code leaves 1e-16 at inhibited places, which comes to the same.)
fn draw(law: &[u32], width: usize, rng: &mut ChaCha8Rng) -> usize {
    let total: u32 = law.iter().sum();
    if total == 0 {
        return below(rng, law.len());
    }
    let mut rest = below(rng, total as usize) as u32;
    for (row, weights) in law.chunks_exact(width).enumerate() {
        let in_row: u32 = weights.iter().sum();
        if rest >= in_row {
            rest -= in_row;
            continue;
        }
        for (col, &weight) in weights.iter().enumerate() {
            if rest < weight {
                return row * width + col;
            }
            rest -= weight;
        }
    }
    unreachable!("the weights sum to more than what was drawn")
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
