//! Canvas: pictures, heat maps and marks. Colors come from `www/tokens.css`.

use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::browser;
use super::geometry::{ImagePoint, screen_from_image};
use crate::scenery::heat;

/// How much of the picture shows where the model has not looked.
const DIMMED: f64 = 0.34;

/// How much of the heat map covers the picture.
const HEAT: f64 = 0.72;

/// Smallest radius of a mark on the screen, in CSS pixels.
const MARK_MIN_PX: f64 = 9.5;

/// A canvas with a pen of the page's colors.
pub struct Painter {
    canvas: HtmlCanvasElement,
    pen: CanvasRenderingContext2d,
    scratch: HtmlCanvasElement,
    scratch_pen: CanvasRenderingContext2d,
}

/// Which mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A place seen, with its number.
    Seen(usize),
    /// The place aimed at.
    Aim,
    /// The best match to the prediction.
    Peak,
    /// Where the decoded path leads.
    Decoded,
}

impl Painter {
    /// Paints on a canvas.
    pub fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let pen = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let (scratch, scratch_pen) = browser::canvas(1, 1)?;
        Some(Self { canvas, pen, scratch, scratch_pen })
    }

    /// Side of the canvas in its own pixels.
    pub fn side(&self) -> f64 {
        f64::from(self.canvas.width())
    }

    /// Nothing.
    pub fn clear(&self) {
        self.pen.clear_rect(0.0, 0.0, self.side(), self.side());
    }

    /// A square RGB picture over the whole canvas.
    pub fn picture(&self, rgb: &[u8], side_px: usize) {
        self.pen.set_image_smoothing_enabled(side_px > 64);
        self.load(rgb, side_px);
        let side = self.side();
        self.stamp(1.0, [0.0, 0.0, side, side]);
    }

    /// A picture dimmed but for the squares of `view` (a share of its side) round the places seen.
    pub fn glimpses(&self, rgb: &[u8], side_px: usize, seen: &[ImagePoint], view: f32) {
        self.pen.set_image_smoothing_enabled(true);
        self.load(rgb, side_px);
        let side = self.side();
        self.pen.set_fill_style_str("#000");
        self.pen.fill_rect(0.0, 0.0, side, side);
        self.stamp(DIMMED, [0.0, 0.0, side, side]);
        self.pen.set_global_composite_operation("saturation").ok();
        self.pen.set_fill_style_str("#808080");
        self.pen.fill_rect(0.0, 0.0, side, side);
        self.pen.set_global_composite_operation("source-over").ok();
        let size = f64::from(view);
        for at in seen {
            let (left, top) = (f64::from(at.col) - size / 2.0, f64::from(at.row) - size / 2.0);
            self.pen.save();
            self.pen.begin_path();
            self.pen.rect(left * side, top * side, size * side, size * side);
            self.pen.clip();
            self.stamp(1.0, [0.0, 0.0, side, side]);
            self.pen.restore();
        }
    }

    /// Scores of a square grid of places between two corners, as cividis percentiles.
    pub fn heat(&self, scores: &[f32], first: ImagePoint, last: ImagePoint) {
        let n = (scores.len() as f32).sqrt().round() as usize;
        if n < 2 || n * n != scores.len() {
            return;
        }
        let rgb = heat::map(scores);
        self.pen.set_image_smoothing_enabled(true);
        self.load(&rgb, n);
        // The first and last places are the middles of the outer cells.
        let cell = (last.col - first.col) / (n as f32 - 1.0);
        let side = self.side();
        let at = |v: f32| f64::from(v - cell / 2.0) * side;
        let size = f64::from(cell) * n as f64 * side;
        self.stamp(HEAT, [at(first.col), at(first.row), size, size]);
    }

    /// The square that a view takes, as an outline.
    pub fn frame(&self, at: ImagePoint, view: f32, ink: &str) {
        self.thick_frame(at, view, ink, 0.0);
    }

    /// The same, thicker for a larger share in 0..=1.
    pub fn thick_frame(&self, at: ImagePoint, view: f32, ink: &str, share: f32) {
        let (side, size) = (self.side(), f64::from(view));
        let (left, top) = (f64::from(at.col) - size / 2.0, f64::from(at.row) - size / 2.0);
        self.pen.set_line_width(side / 320.0 + f64::from(share) * side / 20.0);
        self.pen.set_stroke_style_str(&self.token(ink));
        self.pen.stroke_rect(left * side, top * side, size * side, size * side);
    }

    /// The way through the places seen.
    pub fn way(&self, places: &[ImagePoint]) {
        let side = self.side();
        for (ink, width) in [("--mark-halo", 110.0), ("--true", 220.0)] {
            self.pen.begin_path();
            for (i, &at) in places.iter().enumerate() {
                let p = screen_from_image(at, side as f32);
                if i == 0 {
                    self.pen.move_to(p.x.into(), p.y.into());
                } else {
                    self.pen.line_to(p.x.into(), p.y.into());
                }
            }
            self.pen.set_line_width(side / width);
            self.pen.set_stroke_style_str(&self.token(ink));
            self.pen.stroke();
        }
    }

    /// A dashed line from the best match to the aim: the error.
    pub fn error(&self, peak: ImagePoint, aim: ImagePoint) {
        let side = self.side() as f32;
        let (a, b) = (screen_from_image(peak, side), screen_from_image(aim, side));
        let dashes = js_sys::Array::of2(&(side / 90.0).into(), &(side / 120.0).into());
        self.pen.set_line_dash(&dashes).ok();
        self.pen.begin_path();
        self.pen.move_to(a.x.into(), a.y.into());
        self.pen.line_to(b.x.into(), b.y.into());
        self.pen.set_line_width(f64::from(side) / 280.0);
        self.pen.set_stroke_style_str(&self.token("--mark-halo"));
        self.pen.stroke();
        self.pen.set_line_dash(&js_sys::Array::new()).ok();
    }

    /// One mark.
    pub fn mark(&self, mark: Mark, at: ImagePoint) {
        let side = self.side();
        let p = screen_from_image(at, side as f32);
        let (x, y, r) = (f64::from(p.x), f64::from(p.y), self.radius());
        match mark {
            Mark::Seen(number) => self.numbered(x, y, r, number),
            Mark::Aim => self.crosshair(x, y, r * 1.1),
            Mark::Peak => {
                self.polygon(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)], "--decoded");
            }
            Mark::Decoded => {
                let (w, h) = (r * 0.9, r * 0.8);
                self.polygon(&[(x, y - r), (x + w, y + h), (x - w, y + h)], "--decoded");
            }
        }
    }

    /// Of a mark: legible on a small screen, not clumsy on a large one.
    fn radius(&self) -> f64 {
        let shown = f64::from(self.canvas.client_width()).max(1.0);
        (self.side() / 42.0).max(MARK_MIN_PX * self.side() / shown)
    }

    fn numbered(&self, x: f64, y: f64, r: f64, number: usize) {
        self.pen.begin_path();
        self.pen.arc(x, y, r, 0.0, core::f64::consts::TAU).ok();
        self.pen.set_fill_style_str(&self.token("--true"));
        self.pen.fill();
        self.pen.set_line_width(r / 5.0);
        self.pen.set_stroke_style_str(&self.token("--mark-halo"));
        self.pen.stroke();
        self.pen.set_fill_style_str(&self.token("--mark-halo"));
        let size = ((r * 1.25) as u32).to_string();
        self.pen.set_font(&["600 ", &size, "px system-ui, sans-serif"].concat());
        self.pen.set_text_align("center");
        self.pen.set_text_baseline("middle");
        self.pen.fill_text(&number.to_string(), x, y + r * 0.06).ok();
    }

    fn crosshair(&self, x: f64, y: f64, r: f64) {
        for (ink, width) in [("--mark-shade", r / 2.6), ("--mark-halo", r / 5.5)] {
            self.pen.begin_path();
            self.pen.arc(x, y, r, 0.0, core::f64::consts::TAU).ok();
            for (dx, dy) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
                self.pen.move_to(x + dx * r * 0.45, y + dy * r * 0.45);
                self.pen.line_to(x + dx * r * 1.6, y + dy * r * 1.6);
            }
            self.pen.set_line_width(width);
            self.pen.set_stroke_style_str(&self.token(ink));
            self.pen.stroke();
        }
    }

    fn polygon(&self, corners: &[(f64, f64)], ink: &str) {
        self.pen.begin_path();
        for (i, &(x, y)) in corners.iter().enumerate() {
            if i == 0 {
                self.pen.move_to(x, y);
            } else {
                self.pen.line_to(x, y);
            }
        }
        self.pen.close_path();
        self.pen.set_fill_style_str(&self.token(ink));
        self.pen.fill();
        self.pen.set_line_width(self.side() / 280.0);
        self.pen.set_stroke_style_str(&self.token("--mark-halo"));
        self.pen.stroke();
    }

    /// Puts an RGB square on the scratch canvas.
    fn load(&self, rgb: &[u8], side_px: usize) {
        let rgba: Vec<u8> = rgb.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect();
        let side = side_px as u32;
        if rgba.len() != side_px * side_px * 4 || side == 0 {
            return;
        }
        self.scratch.set_width(side);
        self.scratch.set_height(side);
        let clamped = wasm_bindgen::Clamped(rgba.as_slice());
        if let Ok(image) = ImageData::new_with_u8_clamped_array_and_sh(clamped, side, side) {
            self.scratch_pen.put_image_data(&image, 0.0, 0.0).ok();
        }
    }

    /// Draws the scratch canvas into a rectangle (left, top, width, height).
    fn stamp(&self, opacity: f64, [left, top, width, height]: [f64; 4]) {
        self.pen.set_global_alpha(opacity);
        self.pen
            .draw_image_with_html_canvas_element_and_dw_and_dh(
                &self.scratch,
                left,
                top,
                width,
                height,
            )
            .ok();
        self.pen.set_global_alpha(1.0);
    }

    /// The value of a custom property of the page's style.
    fn token(&self, name: &str) -> String {
        browser::token(&self.canvas, name)
    }
}
