//! Bottom-up saliency: center-surround contrast in intensity and two color opponents, times a bias
//! to the middle.
//!
//! DIFFERS: the paper uses the network `DeepGaze` IIE (spec 2B.1), whose weights are not free; this is
//! the classic map of Itti, Koch and Niebur at three scales. Ready maps may replace it.

use super::{Picture, WorldError};

/// Half sides of center and surround boxes, for a picture of 96 pixels; they scale with its side.
const SCALES: [(usize, usize); 3] = [(1, 5), (2, 9), (4, 16)];

/// Standard deviation of the bias to the middle, in picture sides.
const CENTER_BIAS: f32 = 0.33;

/// How likely each place of a picture is to be fixated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaliencyMap {
    /// Side in pixels, that of the picture.
    pub side_px: usize,
    /// `side_px * side_px` weights, row-major, 1..=255: no place is impossible.
    pub weight: Vec<u8>,
}

impl SaliencyMap {
    /// The map of a picture.
    pub fn of(picture: &Picture) -> Self {
        let n = picture.side_px;
        let mut contrast = vec![0.0_f32; n * n];
        for channel in opponents(picture) {
            let sums = Integral::new(n, &channel);
            let mut one = vec![0.0_f32; n * n];
            for (center, surround) in SCALES {
                let half = |px: usize| (px * n).div_ceil(96);
                sums.add_contrast(half(center), half(surround), &mut one);
            }
            // A channel counts as much as it is rare: mean 1, then squared peaks.
            let mean = one.iter().sum::<f32>() / (n * n) as f32 + 1.0;
            contrast.iter_mut().zip(&one).for_each(|(c, o)| *c += (o / mean) * (o / mean));
        }
        let bias: Vec<f32> = (0..n)
            .map(|i| ((i as f32 + 0.5) / n as f32 - 0.5) / CENTER_BIAS)
            .map(|d| libm::expf(-0.5 * d * d))
            .collect();
        let biased = contrast.iter().enumerate().map(|(i, c)| c * bias[i / n] * bias[i % n]);
        let weights: Vec<f32> = biased.collect();
        Self::from_positive(n, &weights)
    }

    /// A ready map of `side_px * side_px` finite weights, none negative, in any unit.
    pub fn from_weights(side_px: usize, weights: &[f32]) -> Result<Self, WorldError> {
        if weights.len() != side_px * side_px {
            return Err(WorldError::Data(format!(
                "a saliency map for a picture of {side_px} pixels has {} weights; found {}",
                side_px * side_px,
                weights.len()
            )));
        }
        match weights.iter().position(|w| !w.is_finite() || *w < 0.0) {
            Some(at) => Err(WorldError::Data(format!(
                "saliency weights are finite and not negative; found {} at row {}, column {}",
                weights[at],
                at / side_px,
                at % side_px
            ))),
            None => Ok(Self::from_positive(side_px, weights)),
        }
    }

    /// Scales to bytes. A very strong single place is clipped at twelve times the mean.
    fn from_positive(side_px: usize, weights: &[f32]) -> Self {
        let mean = weights.iter().sum::<f32>() / weights.len().max(1) as f32;
        let top = weights.iter().fold(0.0_f32, |a, &b| a.max(b)).min(12.0 * mean);
        let factor = if top > 0.0 { 254.0 / top } else { 0.0 };
        let weight = weights.iter().map(|w| 1 + (w * factor).min(254.0) as u8).collect();
        Self { side_px, weight }
    }
}

/// Intensity, red against green, blue against yellow: each shifted to be non-negative.
fn opponents(picture: &Picture) -> [Vec<u32>; 3] {
    let mut channels = [(); 3].map(|()| Vec::with_capacity(picture.rgb.len() / 3));
    for pixel in picture.rgb.chunks_exact(3) {
        let [r, g, b] = [0, 1, 2].map(|i| u32::from(pixel[i]));
        channels[0].push(r + g + b);
        channels[1].push(2 * (255 + r - g));
        channels[2].push(510 + 2 * b - r - g);
    }
    channels
}

/// Sums over all upper left rectangles: any box sum in four look-ups, exactly.
struct Integral {
    n: usize,
    sums: Vec<u32>,
}

impl Integral {
    fn new(n: usize, channel: &[u32]) -> Self {
        let mut sums = vec![0_u32; (n + 1) * (n + 1)];
        for row in 0..n {
            let mut line = 0_u32;
            for col in 0..n {
                line += channel[row * n + col];
                sums[(row + 1) * (n + 1) + col + 1] = sums[row * (n + 1) + col + 1] + line;
            }
        }
        Self { n, sums }
    }

    /// Adds |mean of the center box − mean of the surround box| at every place.
    fn add_contrast(&self, center: usize, surround: usize, out: &mut [f32]) {
        let (center, surround) = (self.box_means(center), self.box_means(surround));
        for (sum, (c, s)) in out.iter_mut().zip(center.iter().zip(&surround)) {
            *sum += (c - s).abs();
        }
    }

    /// Mean of the box of half side `half` round every place, cut at the border.
    fn box_means(&self, half: usize) -> Vec<f32> {
        let n = self.n;
        let spans: Vec<(usize, usize, f32)> = (0..n)
            .map(|i| (i.saturating_sub(half), (i + half + 1).min(n)))
            .map(|(first, end)| (first, end, 1.0 / (end - first) as f32))
            .collect();
        let mut means = Vec::with_capacity(n * n);
        for &(top, bottom, per_height) in &spans {
            let upper = &self.sums[top * (n + 1)..][..n + 1];
            let lower = &self.sums[bottom * (n + 1)..][..n + 1];
            means.extend(spans.iter().map(|&(left, right, per_width)| {
                let sum = (lower[right] - lower[left]) - (upper[right] - upper[left]);
                sum as f32 * per_width * per_height
            }));
        }
        means
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture_with_spot(row: usize, col: usize) -> Picture {
        let mut rgb = vec![90_u8; 96 * 96 * 3];
        for r in row - 3..=row + 3 {
            for c in col - 3..=col + 3 {
                rgb[(r * 96 + c) * 3] = 250;
            }
        }
        Picture { side_px: 96, rgb }
    }

    #[test]
    fn a_spot_is_salient_and_no_place_is_impossible() {
        let map = SaliencyMap::of(&picture_with_spot(30, 60));
        assert!(map.weight.iter().all(|&w| w >= 1));
        let on_spot: u32 = (24..=36)
            .flat_map(|r| (54..=66).map(move |c| (r, c)))
            .map(|(r, c)| u32::from(map.weight[r * 96 + c]))
            .sum();
        let total: u32 = map.weight.iter().map(|&w| u32::from(w)).sum();
        assert!(on_spot * 4 > total, "{on_spot} of {total}");
    }

    #[test]
    fn an_even_picture_still_has_a_map() {
        let map = SaliencyMap::of(&Picture { side_px: 40, rgb: vec![128; 4800] });
        assert!(map.weight.iter().all(|&w| w >= 1));
    }

    #[test]
    fn ready_maps_are_checked() {
        assert!(SaliencyMap::from_weights(2, &[0.0; 4]).is_ok());
        let text = |w: &[f32]| SaliencyMap::from_weights(2, w).expect_err("bad").to_string();
        assert!(text(&[0.0; 3]).contains("found 3"));
        assert!(text(&[0.0, 0.0, -1.0, 0.0]).contains("row 1, column 0"));
        assert!(text(&[0.0, f32::NAN, 0.0, 0.0]).contains("row 0, column 1"));
    }
}
