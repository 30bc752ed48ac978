//! A square picture that fixations look at, and how any RGB picture becomes one.

use super::{View, WorldError};

/// A square RGB picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Side in pixels.
    pub side_px: usize,
    /// `side_px * side_px * 3` bytes, row-major, RGB interleaved (sRGB values).
    pub rgb: Vec<u8>,
}

impl Picture {
    /// The middle square of a decoded picture, brought to `side_px` by averaging areas.
    pub fn from_rgb(
        width_px: usize,
        height_px: usize,
        rgb: &[u8],
        side_px: usize,
    ) -> Result<Self, WorldError> {
        let found = rgb.len();
        if width_px == 0 || height_px == 0 || side_px == 0 {
            return Err(WorldError::Data(format!(
                "a picture needs at least one pixel; found {width_px}x{height_px}"
            )));
        }
        if width_px.checked_mul(height_px).and_then(|n| n.checked_mul(3)) != Some(found) {
            return Err(WorldError::Data(format!(
                "a {width_px}x{height_px} picture has 3 bytes a pixel (RGB, no alpha); found {found} bytes"
            )));
        }
        let crop_px = width_px.min(height_px);
        let (top, left) = ((height_px - crop_px) / 2, (width_px - crop_px) / 2);
        let spans: Vec<Span> = (0..side_px).map(|i| Span::new(i, side_px, crop_px)).collect();
        let mut out = Vec::with_capacity(side_px * side_px * 3);
        for rows in &spans {
            for cols in &spans {
                let mut sum = [0.0_f32; 3];
                for (row, row_weight) in rows.weights() {
                    for (col, col_weight) in cols.weights() {
                        let at = ((top + row) * width_px + left + col) * 3;
                        for (s, &byte) in sum.iter_mut().zip(&rgb[at..at + 3]) {
                            *s += row_weight * col_weight * f32::from(byte);
                        }
                    }
                }
                out.extend(sum.map(|s| (s + 0.5).clamp(0.0, 255.0) as u8));
            }
        }
        Ok(Self { side_px, rgb: out })
    }

    /// The square of `side_px` whose upper left pixel is (`top`, `left`); black outside the picture.
    pub fn crop(&self, top: isize, left: isize, side_px: usize) -> View {
        let mut rgb = vec![0_u8; side_px * side_px * 3];
        let inside = |v: isize| usize::try_from(v).ok().filter(|&v| v < self.side_px);
        for row in 0..side_px {
            let Some(from_row) = inside(top + row as isize) else { continue };
            for col in 0..side_px {
                let Some(from_col) = inside(left + col as isize) else { continue };
                let (to, from) =
                    ((row * side_px + col) * 3, (from_row * self.side_px + from_col) * 3);
                rgb[to..to + 3].copy_from_slice(&self.rgb[from..from + 3]);
            }
        }
        View { side_px, rgb }
    }
}

/// The source pixels that one target pixel covers along one axis.
struct Span {
    start: f32,
    end: f32,
    n_source: usize,
}

impl Span {
    fn new(target: usize, n_target: usize, n_source: usize) -> Self {
        let step = n_source as f32 / n_target as f32;
        Self { start: target as f32 * step, end: (target + 1) as f32 * step, n_source }
    }

    /// Source index and share of each covered pixel; the shares sum to one.
    fn weights(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        let last = (self.end.ceil() as usize).min(self.n_source);
        (self.start as usize..last).map(|i| {
            let overlap = self.end.min((i + 1) as f32) - self.start.max(i as f32);
            (i, overlap.max(0.0) / (self.end - self.start))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_its_middle_square_averaged() {
        // 4x2: the middle 2x2 averages to one pixel.
        let gray = [9, 10, 20, 9, 9, 30, 40, 9];
        let rgb: Vec<u8> = gray.iter().flat_map(|&g| [g, g + 1, g + 2]).collect();
        let picture = Picture::from_rgb(4, 2, &rgb, 1).expect("a good picture");
        assert_eq!(picture.rgb, [25, 26, 27]);
    }

    #[test]
    fn enlarging_and_shrinking_keep_an_even_color() {
        for side_px in [3, 7, 96, 200] {
            let picture = Picture::from_rgb(31, 40, &[77; 31 * 40 * 3], side_px).expect("good");
            assert_eq!(picture.rgb.len(), side_px * side_px * 3);
            assert!(picture.rgb.iter().all(|&b| b == 77));
        }
    }

    #[test]
    fn wrong_sizes_are_told() {
        let text = Picture::from_rgb(2, 2, &[0; 16], 8).expect_err("alpha").to_string();
        assert!(text.contains("2x2") && text.contains("16 bytes"), "{text}");
        assert!(Picture::from_rgb(0, 2, &[], 8).is_err());
    }

    #[test]
    fn a_crop_is_black_outside() {
        let picture = Picture { side_px: 2, rgb: (1..=12).collect() };
        let view = picture.crop(-1, 1, 2);
        assert_eq!(view.rgb, [0, 0, 0, 0, 0, 0, 4, 5, 6, 0, 0, 0]);
    }
}
