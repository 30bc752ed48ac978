//! What happens to a picture on its way to a view of the augmentation world, and its law (spec 2A.2):
//! a random crop brought to size, a flip, color jitter, sometimes gray, a blur.
//!
//! The nine numbers of crop, jitter and blur are what actions tell; flip, gray and the order of the
//! jitter's parts are not told.

use super::color::{Rgb, mix};
use super::rng::{below, range, unit};
use super::{Picture, View};
use rand_chacha::ChaCha8Rng;

/// Components of the parameters, in the order of actions.
pub const NAMES: [&str; 9] =
    ["top", "left", "height", "width", "brightness", "contrast", "saturation", "hue", "blur"];

/// Areas and proportions of a crop.
const AREA: (f32, f32) = (0.2, 1.0);
const PROPORTION: (f32, f32) = (0.75, 4.0 / 3.0);

/// Tries at a crop that fits, then the whole picture.
const N_TRIES: usize = 10;

/// How far brightness, contrast and saturation leave 1, and hue leaves 0 (in turns).
const JITTER: [f32; 4] = [0.4, 0.4, 0.2, 0.1];

/// How often each happens.
const JITTER_SHARE: f32 = 0.8;
const GRAY_SHARE: f32 = 0.2;
const FLIP_SHARE: f32 = 0.5;

/// Deviation of the blur in pixels of the view.
const BLUR: (f32, f32) = (0.1, 2.0);

/// One augmentation.
#[derive(Clone, Debug, PartialEq)]
pub struct Augmentation {
    /// Top, left, height and width of the crop, in picture sides.
    pub crop: [f32; 4],
    /// Factors of brightness, contrast and saturation, and the turn of the hue: 1, 1, 1, 0 when off.
    pub jitter: [f32; 4],
    /// Deviation of the blur in pixels of the view.
    pub blur: f32,
    /// Whether left and right change places.
    pub flipped: bool,
    /// Whether no color is left.
    pub gray: bool,
    /// Order of the jitter's parts.
    order: [usize; 4],
}

impl Augmentation {
    /// A random one.
    ///
    /// DIFFERS: the official code's last view has another law (blurred once in ten, solarized once in
    /// five), so that for M = 1 the blur is hardly ever a free action (spec 7.1); here, as in its
    /// earlier Tiny ImageNet code, all views have the law of the observed ones.
    pub fn draw(rng: &mut ChaCha8Rng) -> Self {
        let crop = draw_crop(rng);
        let mut order = [0, 1, 2, 3];
        for last in (1..order.len()).rev() {
            order.swap(last, below(rng, last + 1));
        }
        let on = unit(rng) < JITTER_SHARE;
        let mut jitter = [1.0, 1.0, 1.0, 0.0];
        for (value, reach) in jitter.iter_mut().zip(JITTER) {
            let shift = range(rng, -reach, reach);
            *value += if on { shift } else { 0.0 };
        }
        Self {
            crop,
            jitter,
            blur: range(rng, BLUR.0, BLUR.1),
            flipped: unit(rng) < FLIP_SHARE,
            gray: unit(rng) < GRAY_SHARE,
            order,
        }
    }

    /// The nine numbers, in the order of [`NAMES`].
    pub fn parameters(&self) -> [f32; 9] {
        let ([a, b, c, d], [e, f, g, h]) = (self.crop, self.jitter);
        [a, b, c, d, e, f, g, h, self.blur]
    }

    /// The view of a picture.
    pub fn view(&self, picture: &Picture, side_px: usize) -> View {
        let mut pixels = resample(picture, self.crop, side_px);
        if self.flipped {
            pixels.chunks_exact_mut(side_px).for_each(<[Rgb]>::reverse);
        }
        for part in self.order {
            jitter(&mut pixels, part, self.jitter[part]);
        }
        if self.gray {
            pixels.iter_mut().for_each(|pixel| *pixel = [gray(*pixel); 3]);
        }
        let pixels = blurred(&pixels, side_px, self.blur);
        View { side_px, rgb: pixels.into_iter().flatten().map(super::color::to_byte).collect() }
    }
}

/// A crop that lies inside the picture.
fn draw_crop(rng: &mut ChaCha8Rng) -> [f32; 4] {
    for _ in 0..N_TRIES {
        let area = range(rng, AREA.0, AREA.1);
        let (low, high) = (libm::logf(PROPORTION.0), libm::logf(PROPORTION.1));
        let proportion = libm::expf(range(rng, low, high));
        let [height, width] = [libm::sqrtf(area / proportion), libm::sqrtf(area * proportion)];
        if height <= 1.0 && width <= 1.0 {
            return [range(rng, 0.0, 1.0 - height), range(rng, 0.0, 1.0 - width), height, width];
        }
    }
    [0.0, 0.0, 1.0, 1.0]
}

/// A part of a picture at another size, each target pixel a triangle over source pixels.
///
/// DIFFERS: the official code's crops are bicubic (spec section 2A.2).
fn resample(picture: &Picture, [top, left, height, width]: [f32; 4], side_px: usize) -> Vec<Rgb> {
    let side = picture.side_px as f32;
    let rows = weights(top * side, height * side, side_px, picture.side_px);
    let cols = weights(left * side, width * side, side_px, picture.side_px);
    // First along rows, for the source rows that are needed.
    let (first, last) = (rows[0].first, rows.iter().map(Taps::end).max().unwrap_or(0));
    let pixel = |row: usize, col: usize| {
        let at = 3 * (row * picture.side_px + col);
        [0, 1, 2].map(|c| f32::from(picture.rgb[at + c]) / 255.0)
    };
    let narrow: Vec<Rgb> = (first..last)
        .flat_map(|row| cols.iter().map(move |taps| (row, taps)))
        .map(|(row, taps)| taps.sum(|col| pixel(row, col)))
        .collect();
    let at = |row: usize, col: usize| narrow[(row - first) * side_px + col];
    rows.iter()
        .flat_map(|taps| (0..side_px).map(move |col| (taps, col)))
        .map(|(taps, col)| taps.sum(|row| at(row, col)))
        .collect()
}

/// Source pixels of one target pixel along one axis, from `first` on; shares sum to 1.
struct Taps {
    first: usize,
    shares: Vec<f32>,
}

impl Taps {
    fn end(&self) -> usize {
        self.first + self.shares.len()
    }

    fn sum(&self, at: impl Fn(usize) -> Rgb) -> Rgb {
        self.shares.iter().enumerate().fold([0.0; 3], |sum, (i, share)| {
            let value = at(self.first + i);
            core::array::from_fn(|c| sum[c] + share * value[c])
        })
    }
}

fn weights(start: f32, length: f32, n_target: usize, n_source: usize) -> Vec<Taps> {
    let step = length / n_target as f32;
    let reach = step.max(1.0);
    let taps = |i: usize| {
        let center = start + (i as f32 + 0.5) * step;
        let first = (center - reach).max(0.0) as usize;
        let end = ((center + reach).ceil() as usize).min(n_source);
        let share = |at: usize| (1.0 - (at as f32 + 0.5 - center).abs() / reach).max(0.0);
        let mut shares: Vec<f32> = (first..end).map(share).collect();
        let sum: f32 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= sum);
        Taps { first, shares }
    };
    (0..n_target).map(taps).collect()
}

/// Luma of ITU-R 601, as image libraries have it.
fn gray([r, g, b]: Rgb) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

fn jitter(pixels: &mut [Rgb], part: usize, by: f32) {
    let clipped = |pixel: Rgb| pixel.map(|v| v.clamp(0.0, 1.0));
    match part {
        0 => pixels.iter_mut().for_each(|p| *p = clipped(p.map(|v| v * by))),
        1 => {
            let mean = pixels.iter().map(|p| gray(*p)).sum::<f32>() / pixels.len() as f32;
            pixels.iter_mut().for_each(|p| *p = clipped(mix([mean; 3], *p, by)));
        }
        2 => pixels.iter_mut().for_each(|p| *p = clipped(mix([gray(*p); 3], *p, by))),
        _ if by == 0.0 => {}
        _ => pixels.iter_mut().for_each(|p| *p = turned(*p, by)),
    }
}

/// The same color with its hue turned.
fn turned(pixel: Rgb, turns: f32) -> Rgb {
    let high = pixel.iter().copied().fold(0.0, f32::max);
    let low = pixel.iter().copied().fold(1.0, f32::min);
    let spread = high - low;
    if spread <= 0.0 {
        return pixel;
    }
    let [r, g, b] = pixel;
    let sixth = if high == r {
        (g - b) / spread
    } else if high == g {
        2.0 + (b - r) / spread
    } else {
        4.0 + (r - g) / spread
    };
    super::color::hsv(sixth / 6.0 + turns, spread / high, high)
}

/// Size of the blur's kernel: 3 for views of 32 pixels, 7 for 64 (spec 2A.2).
fn kernel_px(side_px: usize) -> usize {
    2 * (side_px.saturating_sub(10) as f32 / 20.0).round() as usize + 1
}

fn blurred(pixels: &[Rgb], side_px: usize, deviation_px: f32) -> Vec<Rgb> {
    let half = (kernel_px(side_px) / 2) as isize;
    let weight = |d: isize| libm::expf(-0.5 * (d as f32 / deviation_px).powi(2));
    let sum: f32 = (-half..=half).map(weight).sum();
    let shares: Vec<f32> = (-half..=half).map(|d| weight(d) / sum).collect();
    let last = side_px as isize - 1;
    // Borders are mirrored, without the outermost pixel twice.
    let mirror = |i: isize| {
        let i = i.abs();
        (if i > last { 2 * last - i } else { i }).clamp(0, last) as usize
    };
    let along = |pixels: &[Rgb], at: &dyn Fn(usize, usize) -> usize| -> Vec<Rgb> {
        let pixel = |row: usize, col: usize| {
            shares.iter().enumerate().fold([0.0; 3], |sum: Rgb, (i, share)| {
                let from = pixels[at(row, mirror(col as isize + i as isize - half))];
                core::array::from_fn(|c| sum[c] + share * from[c])
            })
        };
        (0..side_px * side_px).map(|i| pixel(i / side_px, i % side_px)).collect()
    };
    // Along rows, and turned over along columns, which turns it back.
    let rows = along(pixels, &|row, col| row * side_px + col);
    let turned: Vec<Rgb> =
        (0..side_px * side_px).map(|i| rows[(i % side_px) * side_px + i / side_px]).collect();
    let both = along(&turned, &|row, col| row * side_px + col);
    (0..side_px * side_px).map(|i| both[(i % side_px) * side_px + i / side_px]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::rng::stream;

    /// Nothing but the crop.
    fn plain(crop: [f32; 4]) -> Augmentation {
        Augmentation {
            crop,
            jitter: [1.0, 1.0, 1.0, 0.0],
            blur: 1e-3,
            flipped: false,
            gray: false,
            order: [0, 1, 2, 3],
        }
    }

    /// Red rises to the right, green downward.
    fn ramp(side_px: usize) -> Picture {
        let value = |i: usize| (255 * i / (side_px - 1)) as u8;
        let pixel = |i: usize| [value(i % side_px), value(i / side_px), 60];
        Picture { side_px, rgb: (0..side_px * side_px).flat_map(pixel).collect() }
    }

    #[test]
    fn the_whole_picture_at_its_own_size_is_itself() {
        let picture = ramp(32);
        assert_eq!(plain([0.0, 0.0, 1.0, 1.0]).view(&picture, 32).rgb, picture.rgb);
    }

    #[test]
    fn a_crop_shows_its_part() {
        let view = plain([0.5, 0.0, 0.5, 0.5]).view(&ramp(96), 32);
        let mean = |channel: usize| {
            let values = view.rgb.iter().skip(channel).step_by(3);
            values.map(|&v| f32::from(v)).sum::<f32>() / 1024.0
        };
        // The left lower quarter: red about a quarter of its range, green three.
        assert!((mean(0) - 63.75).abs() < 2.0 && (mean(1) - 191.25).abs() < 2.0);
    }

    #[test]
    fn every_part_does_what_it_says() {
        let picture = Picture { side_px: 32, rgb: [200, 100, 50].repeat(1024) };
        let first = |change: &dyn Fn(&mut Augmentation)| {
            let mut augmentation = plain([0.0, 0.0, 1.0, 1.0]);
            change(&mut augmentation);
            let view = augmentation.view(&picture, 32);
            [view.rgb[0], view.rgb[1], view.rgb[2]]
        };
        assert_eq!(first(&|a| a.jitter[0] = 0.5), [100, 50, 25]);
        // An even picture has no contrast to lose.
        assert_eq!(first(&|a| a.jitter[1] = 0.5), [162, 112, 87]);
        let luma = 0.299 * 200.0 + 0.587 * 100.0 + 0.114 * 50.0;
        assert_eq!(first(&|a| a.gray = true), [(luma + 0.5) as u8; 3]);
        assert_eq!(first(&|a| a.jitter[2] = 0.0), [(luma + 0.5) as u8; 3]);
        // A third of a turn takes red to green, green to blue, blue to red.
        assert_eq!(first(&|a| a.jitter[3] = 1.0 / 3.0), [50, 200, 100]);
        assert_eq!(first(&|a| a.blur = 2.0), [200, 100, 50]);
    }

    #[test]
    fn a_blur_spreads_a_point_and_keeps_its_light() {
        let mut picture = Picture { side_px: 32, rgb: vec![0; 32 * 32 * 3] };
        picture.rgb[3 * (16 * 32 + 16)..][..3].fill(250);
        let mut augmentation = plain([0.0, 0.0, 1.0, 1.0]);
        augmentation.blur = 1.0;
        let view = augmentation.view(&picture, 32);
        let red = |row: usize, col: usize| view.rgb[3 * (row * 32 + col)];
        assert!(red(16, 16) > red(16, 17) && red(16, 17) > red(17, 17) && red(17, 17) > 0);
        assert_eq!((red(16, 18), red(16, 15)), (0, red(16, 17)));
        let sum: u32 = view.rgb.iter().step_by(3).map(|&v| u32::from(v)).sum();
        assert!(sum.abs_diff(250) <= 5, "{sum}");
    }

    #[test]
    fn a_flip_turns_left_and_right() {
        let mut augmentation = plain([0.0, 0.0, 1.0, 1.0]);
        augmentation.flipped = true;
        let view = augmentation.view(&ramp(32), 32);
        assert_eq!((view.rgb[0], view.rgb[3 * 31]), (255, 0));
    }

    #[test]
    fn draws_keep_to_their_law() {
        let mut off = 0;
        for index in 0..2000 {
            let drawn = Augmentation::draw(&mut stream(1, "augmentation-test", index));
            let [top, left, height, width] = drawn.crop;
            assert!(top >= 0.0 && left >= 0.0 && top + height <= 1.0 && left + width <= 1.0);
            assert!((0.19..=1.0).contains(&(height * width)));
            assert!((0.1..2.0).contains(&drawn.blur));
            for (value, reach) in [1.0, 1.0, 1.0, 0.0]
                .iter()
                .zip(JITTER)
                .zip(drawn.jitter)
                .map(|((center, reach), value)| (value - center, reach))
            {
                assert!(value.abs() <= reach + 1e-6);
            }
            off += u32::from(drawn.jitter == [1.0, 1.0, 1.0, 0.0]);
        }
        // A fifth, within five standard errors.
        assert!((310..=490).contains(&off), "{off}");
    }
}
