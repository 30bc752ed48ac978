//! Procedural landscapes whose places are readable from one small view.
//!
//! Height in the picture is told by the gradients of sky and ground, the horizon, and the size of
//! things; the horizontal place by light which comes from the right, across the whole picture. A
//! world that can be read like this is learned in minutes (see the module documentation of
//! [`super::saccade`]); whose places all look alike, in days.

use rand_chacha::ChaCha8Rng;

use super::canvas::{Brush, Canvas, Shape};
use super::color::{Rgb, filter, hsv, mix, scale};
use super::prop::{CLASSES, Painter, Prop};
use super::rng::{below, range, unit};

/// Weakest and strongest light, at the left and at the right border: cool shade to warm sun. The
/// difference is what tells the horizontal place.
const LIGHT_LEFT: Rgb = [0.42, 0.50, 0.72];
const LIGHT_RIGHT: Rgb = [1.16, 1.05, 0.88];

/// Largest grain; its law is a triangle.
const GRAIN: f32 = 0.022;

/// Everything about a landscape that its parts share.
struct Landscape {
    /// Height of the horizon, from the top, in picture sides.
    horizon: f32,
    zenith: Rgb,
    haze: Rgb,
    near_ground: Rgb,
    far_ground: Rgb,
    sun: [f32; 2],
    sun_color: Rgb,
    night: bool,
}

impl Landscape {
    fn sample(rng: &mut ChaCha8Rng) -> Self {
        // Times of day: hue and saturation of zenith, of haze, and how dark the zenith is.
        const SKIES: [[f32; 5]; 6] = [
            [0.58, 0.62, 0.12, 0.22, 0.80], // noon
            [0.55, 0.50, 0.09, 0.38, 0.82], // morning
            [0.66, 0.48, 0.02, 0.48, 0.66], // evening
            [0.74, 0.50, 0.94, 0.38, 0.56], // dusk
            [0.49, 0.46, 0.15, 0.32, 0.76], // thunder light
            [0.63, 0.68, 0.56, 0.42, 0.36], // night
        ];
        const GROUNDS: [[f32; 2]; 6] =
            [[0.26, 0.52], [0.32, 0.45], [0.13, 0.48], [0.08, 0.42], [0.45, 0.34], [0.80, 0.22]];
        let time = below(rng, SKIES.len());
        let [zenith_hue, zenith_sat, haze_hue, haze_sat, zenith_value] = SKIES[time];
        let [ground_hue, ground_sat] = GROUNDS[below(rng, GROUNDS.len())];
        let night = time == SKIES.len() - 1;
        let shift = range(rng, -0.025, 0.025);
        let haze = hsv(haze_hue + shift, haze_sat, if night { 0.72 } else { 1.0 });
        let ground = hsv(ground_hue + shift, ground_sat, if night { 0.62 } else { 0.82 });
        Self {
            horizon: range(rng, 0.38, 0.58),
            zenith: hsv(zenith_hue + shift, zenith_sat, zenith_value),
            haze,
            far_ground: mix(ground, haze, 0.35),
            near_ground: scale(hsv(ground_hue + shift - 0.03, ground_sat + 0.25, 0.40), 0.9),
            sun: [range(rng, 0.70, 0.90), range(rng, 0.08, 0.24)],
            sun_color: if night { [0.96, 0.96, 0.88] } else { hsv(0.13, 0.30, 1.0) },
            night,
        }
    }

    /// Sky and the glow round sun or moon.
    fn sky(&self, x: f32, y: f32) -> Rgb {
        let t = (y / self.horizon).min(1.0);
        let (dx, dy) = (x - self.sun[0], y - self.sun[1]);
        let glow = 0.55 / (1.0 + (dx * dx + dy * dy) * 45.0);
        mix(mix(self.zenith, self.haze, t * t * (1.6 - 0.6 * t)), self.sun_color, glow)
    }

    /// Nearness of a ground point: 0 at the horizon, 1 at the lower border.
    fn nearness(&self, y: f32) -> f32 {
        ((y - self.horizon) / (1.0 - self.horizon)).clamp(0.0, 1.0)
    }
}

/// Paints a landscape with four to six things of one class (`label`, an index into [`CLASSES`]).
pub fn paint(side_px: usize, label: usize, rng: &mut ChaCha8Rng) -> Canvas {
    let land = Landscape::sample(rng);
    let mut canvas = Canvas::new(side_px, |x, y| land.sky(x, y));
    if land.night {
        paint_stars(&mut canvas, &land, rng);
    }
    paint_sun(&mut canvas, &land);
    paint_clouds(&mut canvas, &land, rng);
    paint_hills(&mut canvas, &land, rng);
    paint_ground(&mut canvas, &land, rng);
    paint_props(&mut canvas, &land, CLASSES[label % CLASSES.len()].1, label, rng);
    let mut grain = move || GRAIN * (unit(rng) + unit(rng) - 1.0);
    canvas.map(|x, _, color| {
        let g = grain();
        filter(color, mix(LIGHT_LEFT, LIGHT_RIGHT, x)).map(|c| c + g)
    });
    canvas
}

fn paint_stars(canvas: &mut Canvas, land: &Landscape, rng: &mut ChaCha8Rng) {
    for _ in 0..24 {
        let at = [unit(rng), range(rng, 0.0, land.horizon - 0.08)];
        let brush = Brush { opacity: range(rng, 0.3, 0.9), ..Brush::flat([1.0, 1.0, 0.92]) };
        canvas.fill(&Shape::Ellipse(at, [0.005, 0.005]), brush);
    }
}

fn paint_sun(canvas: &mut Canvas, land: &Landscape) {
    canvas.fill(&Shape::Ellipse(land.sun, [0.072, 0.072]), Brush::flat(land.sun_color));
    if land.night {
        let crater = Brush { opacity: 0.35, ..Brush::flat([0.66, 0.68, 0.72]) };
        for (dx, dy, r) in [(-0.02, -0.015, 0.018), (0.025, 0.02, 0.014), (0.012, -0.034, 0.010)] {
            let at = [land.sun[0] + dx, land.sun[1] + dy];
            canvas.fill(&Shape::Ellipse(at, [r, r]), crater);
        }
    }
}

fn paint_clouds(canvas: &mut Canvas, land: &Landscape, rng: &mut ChaCha8Rng) {
    let bright = if land.night { scale(land.haze, 0.75) } else { mix(land.haze, [1.0; 3], 0.75) };
    for _ in 0..2 + below(rng, 3) {
        let y = range(rng, 0.06, land.horizon * 0.75);
        let (x, size) = (unit(rng), range(rng, 0.05, 0.085) * (1.25 - y / land.horizon * 0.7));
        for puff in 0..5 {
            let offset = puff as f32 - 2.0;
            let r = size * (1.0 - 0.16 * offset * offset) * range(rng, 0.75, 1.1);
            let at = [x + offset * size * 0.95, y - 0.3 * r];
            let brush = Brush { color: bright, relief: 0.10, opacity: 0.7, softness: 0.035 };
            canvas.fill(&Shape::Ellipse(at, [r * 1.5, r * 0.62]), brush);
        }
    }
}

/// Three ridges, the farther the paler.
fn paint_hills(canvas: &mut Canvas, land: &Landscape, rng: &mut ChaCha8Rng) {
    let n = canvas.side_px();
    for layer in 0..3 {
        let depth = layer as f32 / 2.0;
        let tone = mix(land.zenith, land.far_ground, depth);
        let color = mix(land.haze, scale(tone, 0.72), 0.34 + 0.36 * depth);
        let base = land.horizon - 0.055 + 0.035 * depth;
        let waves: [[f32; 3]; 3] = core::array::from_fn(|i| {
            let frequency = [3.5, 8.0, 17.0][i] * range(rng, 0.8, 1.25);
            let height = [0.055, 0.024, 0.009][i] * (1.0 - 0.45 * depth);
            [frequency, 6.3 * unit(rng), height]
        });
        let ridge: Vec<f32> = (0..n)
            .map(|col| {
                let x = (col as f32 + 0.5) / n as f32;
                waves.iter().fold(base, |y, [f, phase, h]| y - h * libm::sinf(f * x + phase))
            })
            .collect();
        canvas.map(|x, y, under| {
            let top = ridge[(x * n as f32) as usize];
            let cover = ((y - top) * n as f32 + 0.5).clamp(0.0, 1.0);
            if cover == 0.0 {
                return under;
            }
            let lower = (1.0 - (y - top) * 3.0).max(0.4);
            mix(under, mix(land.haze, color, lower), cover)
        });
    }
}

/// Ground with furrows that run to a vanishing point and bands that widen towards the viewer.
fn paint_ground(canvas: &mut Canvas, land: &Landscape, rng: &mut ChaCha8Rng) {
    let n = canvas.side_px() as f32;
    let vanishing = range(rng, 0.2, 0.8);
    let furrows = range(rng, 0.02, 0.11);
    let bands = range(rng, 0.03, 0.10);
    let wave = |v: f32| 4.0 * (v - v.floor() - 0.5).abs() - 1.0;
    canvas.map(|x, y, under| {
        let cover = ((y - land.horizon) * n + 0.5).clamp(0.0, 1.0);
        if cover == 0.0 {
            return under;
        }
        let near = land.nearness(y);
        let color = mix(land.far_ground, land.near_ground, (near * (1.5 - 0.5 * near)).min(1.0));
        let across = (x - vanishing) / (near + 0.12);
        let furrow = furrows * near.min(0.5) * 2.0 * wave(across * 2.6);
        let band = bands * wave(2.4 / (near + 0.25) + 0.05 * wave(across));
        mix(under, scale(color, 1.0 + furrow + band * (0.3 + 0.7 * near)), cover)
    });
}

/// Things of one class, far ones first, small and hazy; near ones large and clear.
fn paint_props(
    canvas: &mut Canvas,
    land: &Landscape,
    prop: Prop,
    label: usize,
    rng: &mut ChaCha8Rng,
) {
    let n = 4 + below(rng, 3);
    let mut stands: Vec<[f32; 2]> = (0..n)
        .map(|i| {
            let slot = (i as f32 + range(rng, 0.15, 0.85)) / n as f32;
            [0.04 + 0.92 * slot, unit(rng)]
        })
        .collect();
    stands.sort_unstable_by(|a, b| a[1].total_cmp(&b[1]));
    for [x, draw] in stands {
        let near = 0.06 + 0.72 * draw;
        let foot = land.horizon + near * (1.0 - land.horizon);
        let size = (0.16 + 0.25 * near) * range(rng, 0.85, 1.15);
        let hue = label as f32 / CLASSES.len() as f32 + range(rng, -0.03, 0.03);
        let shade = Brush {
            color: scale(land.near_ground, 0.35),
            relief: 0.0,
            opacity: 0.45,
            softness: 0.10 * size,
        };
        let shadow = [x - 0.22 * size, foot + 0.008];
        canvas.fill(&Shape::Ellipse(shadow, [0.46 * size, 0.075 * size + 0.006]), shade);
        let haze = (0.42 * (1.0 - near * 1.5)).max(0.0);
        let painter = Painter { foot: [x, foot], size, hue, haze: (land.haze, haze) };
        prop(canvas, &painter, rng);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::rng::stream;

    #[test]
    fn one_stream_one_scene() {
        let bytes = |index| paint(48, 2, &mut stream(3, "scene", index)).to_bytes();
        assert_eq!(bytes(0), bytes(0));
        assert_ne!(bytes(0), bytes(1));
    }

    #[test]
    fn the_right_side_is_lighter_than_the_left() {
        let mut brighter = 0;
        for index in 0..20 {
            let bytes = paint(48, index as usize, &mut stream(3, "scene", index)).to_bytes();
            let half = |right: bool| -> u64 {
                let pixels = bytes.chunks_exact(3).enumerate();
                pixels.filter(|(i, _)| (i % 48 >= 24) == right).map(|(_, p)| u64::from(p[1])).sum()
            };
            brighter += usize::from(half(true) as f32 > 1.15 * half(false) as f32);
        }
        assert!(brighter >= 18, "{brighter} of 20");
    }
}
