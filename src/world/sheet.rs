//! Contact sheets: sequences as a picture, for looking at a world.
//!
//! One row a sequence: its views, magnified, with the action between two views as a glyph. A
//! saccade is an arrow; an action of more components is a row of bars, one a component, up for
//! positive. For saccades the whole picture with its fixations comes first.

use super::canvas::length2;
use super::color::{Rgb, hsv, to_byte};
use super::{Fixation, Picture, Sequence, View};

/// Magnification of views.
const ZOOM: usize = 3;

/// Width of a glyph and of the gaps, pixels.
const GLYPH_PX: usize = 44;
const GAP_PX: usize = 6;

const PAPER: Rgb = [0.97, 0.97, 0.96];
const INK: Rgb = [0.15, 0.17, 0.22];

/// An RGB picture of any size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Width in pixels.
    pub width_px: usize,
    /// Height in pixels.
    pub height_px: usize,
    /// `width_px * height_px * 3` bytes, row-major, RGB interleaved.
    pub rgb: Vec<u8>,
}

/// One row of a sheet.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The sequence.
    pub sequence: &'a Sequence,
    /// The whole picture that the views come from, if there is one: the states of the sequence are
    /// then places in it.
    pub picture: Option<&'a Picture>,
}

/// Draws the rows below each other.
pub fn draw(rows: &[Row<'_>]) -> Sheet {
    let widths = rows.iter().map(|row| lay_out(row).0);
    let width_px = widths.max().unwrap_or(0) + 2 * GAP_PX;
    let height_px = rows.iter().map(|row| lay_out(row).1 + GAP_PX).sum::<usize>() + GAP_PX;
    let rgb = vec![to_byte(PAPER[0]); width_px * height_px * 3];
    let mut sheet = Sheet { width_px, height_px, rgb };
    let mut top = GAP_PX;
    for row in rows {
        draw_row(&mut sheet, row, top);
        top += lay_out(row).1 + GAP_PX;
    }
    sheet
}

/// Color of the `view_idx`-th view: its frame, and its box in the picture.
pub fn view_color(view_idx: usize) -> Rgb {
    hsv(0.58 + 0.22 * view_idx as f32, 0.85, 0.95)
}

/// Width and height of a row.
fn lay_out(row: &Row<'_>) -> (usize, usize) {
    let views = &row.sequence.views;
    let view_px = views.first().map_or(0, |v| v.side_px * ZOOM);
    let picture_px = row.picture.map_or(0, |p| p.side_px);
    let between = views.len().saturating_sub(1) * GLYPH_PX;
    let width = picture_px + GAP_PX + views.len() * view_px + between;
    (width, view_px.max(picture_px))
}

fn draw_row(sheet: &mut Sheet, row: &Row<'_>, top: usize) {
    let sequence = row.sequence;
    let mut left = GAP_PX;
    if let Some(picture) = row.picture {
        sheet.paste(&picture.rgb, picture.side_px, 1, top, left);
        for (view_idx, (state, view)) in sequence.states.iter().zip(&sequence.views).enumerate() {
            let place = |v: f32| (v * picture.side_px as f32) as usize;
            let at = Fixation { row: place(state[0] + 1e-4), col: place(state[1] + 1e-4) };
            sheet.fixation_box(at, view, picture.side_px, (top, left), view_color(view_idx));
        }
        left += picture.side_px + GAP_PX;
    }
    for (view_idx, view) in sequence.views.iter().enumerate() {
        let side = view.side_px * ZOOM;
        sheet.paste(&view.rgb, view.side_px, ZOOM, top, left);
        sheet.frame(top, left, side, side, view_color(view_idx));
        left += side;
        if let Some(action) = sequence.actions.get(view_idx) {
            let middle = [top as f32 + side as f32 / 2.0, (left + GLYPH_PX / 2) as f32];
            match action[..] {
                [rows, cols] => sheet.arrow(middle, [rows, cols]),
                _ => sheet.bars(middle, action),
            }
            left += GLYPH_PX;
        }
    }
}

impl Sheet {
    fn set(&mut self, row: usize, col: usize, color: Rgb) {
        if row < self.height_px && col < self.width_px {
            let at = (row * self.width_px + col) * 3;
            self.rgb[at..at + 3].copy_from_slice(&color.map(to_byte));
        }
    }

    /// Copies a square picture, each pixel `zoom` times.
    fn paste(&mut self, rgb: &[u8], side_px: usize, zoom: usize, top: usize, left: usize) {
        for row in 0..side_px * zoom {
            for col in 0..side_px * zoom {
                let from = ((row / zoom) * side_px + col / zoom) * 3;
                let to = ((top + row) * self.width_px + left + col) * 3;
                self.rgb[to..to + 3].copy_from_slice(&rgb[from..from + 3]);
            }
        }
    }

    /// The outline of a rectangle, one pixel wide.
    fn frame(&mut self, top: usize, left: usize, height: usize, width: usize, color: Rgb) {
        for col in left..left + width {
            self.set(top, col, color);
            self.set(top + height - 1, col, color);
        }
        for row in top..top + height {
            self.set(row, left, color);
            self.set(row, left + width - 1, color);
        }
    }

    /// The part of a view's outline that lies inside the picture at `corner`.
    fn fixation_box(
        &mut self,
        at: Fixation,
        view: &View,
        picture_px: usize,
        corner: (usize, usize),
        color: Rgb,
    ) {
        let half = view.side_px / 2;
        let span = |v: usize| (v.saturating_sub(half), (v + half).min(picture_px));
        let ((top, bottom), (left, right)) = (span(at.row), span(at.col));
        self.frame(corner.0 + top, corner.1 + left, bottom - top, right - left, color);
    }

    /// A thick line.
    fn line(&mut self, from: [f32; 2], to: [f32; 2], color: Rgb) {
        let steps = 64;
        for i in 0..=steps {
            let t = i as f32 / steps as f32;
            let at = [0, 1].map(|k| (from[k] + (to[k] - from[k]) * t).max(0.0) as usize);
            for (row, col) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                self.set(at[0] + row, at[1] + col, color);
            }
        }
    }

    /// A saccade: half the glyph's width is two thirds of a picture.
    fn arrow(&mut self, middle: [f32; 2], action: [f32; 2]) {
        let reach = action.map(|a| a * GLYPH_PX as f32 * 0.7);
        let tail = [0, 1].map(|k| middle[k] - reach[k] / 2.0);
        let tip = [0, 1].map(|k| middle[k] + reach[k] / 2.0);
        self.line(tail, tip, INK);
        let length = length2(reach).max(1e-6);
        let along = reach.map(|r| r / length * 6.0);
        for turn in [-1.0, 1.0] {
            let barb = [-along[0] - turn * along[1] * 0.7, -along[1] + turn * along[0] * 0.7];
            self.line(tip, [tip[0] + barb[0], tip[1] + barb[1]], INK);
        }
    }

    /// One bar a component, within ±1, from a middle line.
    fn bars(&mut self, middle: [f32; 2], action: &[f32]) {
        let pitch = (GLYPH_PX - 8) as f32 / action.len() as f32;
        let left = middle[1] - (GLYPH_PX - 8) as f32 / 2.0;
        for (i, &component) in action.iter().enumerate() {
            let start = (left + i as f32 * pitch) as usize;
            let height = (component.clamp(-1.0, 1.0) * 24.0) as isize;
            for step in 0..height.unsigned_abs() {
                let row = middle[0] as isize - step as isize * height.signum();
                for col in start..start + (pitch as usize).saturating_sub(2).max(1) {
                    self.set(row.max(0) as usize, col, hsv(i as f32 * 0.27, 0.65, 0.80));
                }
            }
        }
        self.line([middle[0], left], [middle[0], left + (GLYPH_PX - 10) as f32], INK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::rng::stream;
    use crate::world::{RotationWorld, SaccadeConfig, SaccadeWorld, Split, World};

    #[test]
    fn a_sheet_shows_views_and_picture() {
        let config = SaccadeConfig { n_train: 1, n_val: 1, ..SaccadeConfig::default() };
        let world = SaccadeWorld::procedural(config).expect("valid");
        let sequence = world.sequence(Split::Train, 3, &mut stream(1, "sheet", 0));
        let picture = Some(world.picture(Split::Train, 0));
        let row = Row { sequence: &sequence, picture };
        let sheet = draw(&[row, row]);
        assert_eq!(sheet.height_px, 2 * (96 + GAP_PX) + GAP_PX);
        assert_eq!(sheet.rgb.len(), sheet.width_px * sheet.height_px * 3);
        // The middle of the first view, magnified.
        let at = ((GAP_PX + 49) * sheet.width_px + GAP_PX + 96 + GAP_PX + 49) * 3;
        let from = (16 * 32 + 16) * 3;
        assert_eq!(sheet.rgb[at..at + 3], sequence.views[0].rgb[from..from + 3]);
    }

    #[test]
    fn rotations_have_bars_and_nothing_gives_nothing() {
        let world = RotationWorld::procedural(Default::default()).expect("valid");
        let sequence = world.sequence(Split::Val, 4, &mut stream(1, "sheet", 0));
        let sheet = draw(&[Row { sequence: &sequence, picture: None }]);
        assert!(sheet.width_px > 4 * 96 && sheet.height_px == 96 + 2 * GAP_PX);
        assert_eq!(draw(&[]).height_px, GAP_PX);
    }
}
