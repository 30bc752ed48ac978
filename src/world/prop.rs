//! The eight classes of things that stand in a scene, each with its shape and its family of hues.

use rand_chacha::ChaCha8Rng;

use super::canvas::{Brush, Canvas, Shape};
use super::color::{Rgb, hsv, mix};
use super::rng::{below, range};

/// Draws one thing where the painter stands.
pub type Prop = fn(&mut Canvas, &Painter, &mut ChaCha8Rng);

/// Names and drawing functions of the classes; class `i` has hues near `i / 8` of the circle.
pub const CLASSES: [(&str, Prop); 8] = [
    ("house", house),
    ("lantern", lantern),
    ("tree", tree),
    ("fir", fir),
    ("windmill", windmill),
    ("tent", tent),
    ("flower", flower),
    ("mushroom", mushroom),
];

/// A local frame: x to the right, y up, the foot of the thing at (0, 0), its height about 1.
#[derive(Clone, Copy, Debug)]
pub struct Painter {
    /// Where the thing stands, in picture sides (x, y down).
    pub foot: [f32; 2],
    /// Picture sides per local unit.
    pub size: f32,
    /// Hue of this thing, in turns.
    pub hue: f32,
    /// Color of the air, and how much of it lies between thing and viewer (0..=1).
    pub haze: (Rgb, f32),
}

impl Painter {
    fn at(&self, p: [f32; 2]) -> [f32; 2] {
        [self.foot[0] + p[0] * self.size, self.foot[1] - p[1] * self.size]
    }

    /// Own hue, shifted, with saturation and value.
    fn own(&self, shift: f32, saturation: f32, value: f32) -> Rgb {
        hsv(self.hue + shift, saturation, value)
    }

    fn brush(&self, color: Rgb, relief: f32) -> Brush {
        Brush::lit(mix(color, self.haze.0, self.haze.1), relief)
    }

    fn polygon(&self, canvas: &mut Canvas, corners: &[[f32; 2]], color: Rgb, relief: f32) {
        let corners = corners.iter().map(|&p| self.at(p)).collect();
        canvas.fill(&Shape::Polygon(corners), self.brush(color, relief));
    }

    fn ellipse(&self, canvas: &mut Canvas, at: [f32; 2], r: [f32; 2], color: Rgb, relief: f32) {
        let shape = Shape::Ellipse(self.at(at), [r[0] * self.size, r[1] * self.size]);
        canvas.fill(&shape, self.brush(color, relief));
    }

    fn stroke(&self, canvas: &mut Canvas, ends: [[f32; 2]; 2], r: [f32; 2], color: Rgb) {
        let r = [r[0] * self.size, r[1] * self.size];
        let shape = Shape::Stroke(self.at(ends[0]), self.at(ends[1]), r);
        canvas.fill(&shape, self.brush(color, 0.1));
    }
}

/// Corners of an upright rectangle: left, right, bottom, top.
fn upright(x0: f32, x1: f32, y0: f32, y1: f32) -> [[f32; 2]; 4] {
    [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
}

const BARK: Rgb = [0.36, 0.25, 0.18];
const LAMPLIGHT: Rgb = [1.0, 0.90, 0.55];

fn house(canvas: &mut Canvas, p: &Painter, rng: &mut ChaCha8Rng) {
    let (w, h) = (range(rng, 0.34, 0.46), range(rng, 0.42, 0.56));
    let wall = p.own(0.05, 0.30, 0.95);
    p.polygon(canvas, &upright(-w, w, 0.0, h), wall, 0.22);
    p.polygon(canvas, &upright(w * 0.35, w * 0.62, h, h + 0.40), p.own(0.0, 0.5, 0.45), 0.1);
    let roof = [[-w - 0.09, h], [w + 0.09, h], [w * 0.45, h + 0.36], [-w * 0.45, h + 0.36]];
    p.polygon(canvas, &roof, p.own(0.0, 0.85, 0.80), 0.22);
    p.polygon(canvas, &upright(-0.08, 0.08, 0.0, 0.27), p.own(0.0, 0.7, 0.38), 0.0);
    for x in [-0.62 * w, 0.62 * w] {
        p.polygon(canvas, &upright(x - 0.075, x + 0.075, h - 0.27, h - 0.11), LAMPLIGHT, 0.1);
    }
}

fn lantern(canvas: &mut Canvas, p: &Painter, rng: &mut ChaCha8Rng) {
    let h = range(rng, 0.95, 1.15);
    let iron = p.own(0.0, 0.45, 0.26);
    p.polygon(canvas, &[[-0.14, 0.0], [0.14, 0.0], [0.05, 0.12], [-0.05, 0.12]], iron, 0.2);
    p.stroke(canvas, [[0.0, 0.05], [0.0, h - 0.20]], [0.045, 0.035], iron);
    let glow = Brush {
        color: p.own(-0.02, 0.60, 1.0),
        relief: 0.0,
        opacity: 0.55,
        softness: 0.20 * p.size,
    };
    canvas.fill(&Shape::Ellipse(p.at([0.0, h]), [0.30 * p.size, 0.30 * p.size]), glow);
    let glass = [[-0.11, h - 0.20], [0.11, h - 0.20], [0.19, h + 0.12], [-0.19, h + 0.12]];
    p.polygon(canvas, &glass, p.own(-0.02, 0.72, 1.0), 0.08);
    p.ellipse(canvas, [0.0, h - 0.03], [0.07, 0.10], LAMPLIGHT, 0.0);
    p.polygon(canvas, &[[-0.25, h + 0.11], [0.25, h + 0.11], [0.0, h + 0.30]], iron, 0.3);
}

fn tree(canvas: &mut Canvas, p: &Painter, rng: &mut ChaCha8Rng) {
    p.stroke(canvas, [[0.0, 0.0], [0.0, 0.5]], [0.075, 0.05], BARK);
    let (w, top) = (range(rng, 0.30, 0.38), range(rng, 0.66, 0.80));
    let crown = [
        (-0.20, -0.06, 0.72, 0.56),
        (0.20, -0.08, 0.70, 0.66),
        (0.0, 0.10, 0.95, 0.72),
        (0.10, 0.16, 0.50, 0.86),
    ];
    for (x, y, r, value) in crown {
        let color = p.own(0.015 * (value - 0.7), 0.72, value);
        p.ellipse(canvas, [x, top + y], [w * r, w * r * 0.95], color, 0.26);
    }
}

fn fir(canvas: &mut Canvas, p: &Painter, rng: &mut ChaCha8Rng) {
    p.stroke(canvas, [[0.0, 0.0], [0.0, 0.2]], [0.06, 0.05], BARK);
    let (w, h) = (range(rng, 0.28, 0.36), range(rng, 1.05, 1.3));
    for tier in 0..3 {
        let t = tier as f32 / 3.0;
        let (low, high) = (0.14 + t * h * 0.72, 0.14 + (t + 0.5) * h * 0.86);
        let half = w * (1.0 - 0.75 * t);
        let color = p.own(0.02 * t, 0.80, 0.46 + 0.26 * t);
        p.polygon(canvas, &[[-half, low], [half, low], [0.0, high + 0.06]], color, 0.42);
    }
}

fn windmill(canvas: &mut Canvas, p: &Painter, rng: &mut ChaCha8Rng) {
    let h = range(rng, 0.72, 0.86);
    let tower = [[-0.25, 0.0], [0.25, 0.0], [0.15, h], [-0.15, h]];
    p.polygon(canvas, &tower, p.own(0.0, 0.38, 0.92), 0.30);
    p.polygon(
        canvas,
        &[[-0.19, h - 0.02], [0.19, h - 0.02], [0.0, h + 0.20]],
        p.own(0.0, 0.85, 0.55),
        0.2,
    );
    p.polygon(canvas, &upright(-0.07, 0.07, 0.0, 0.22), p.own(0.0, 0.8, 0.34), 0.0);
    let first = range(rng, 0.0, core::f32::consts::FRAC_PI_2);
    for blade in 0..4 {
        let angle = first + blade as f32 * core::f32::consts::FRAC_PI_2;
        let (s, c) = (libm::sinf(angle), libm::cosf(angle));
        let place = |along: f32, across: f32| [c * along - s * across, h + s * along + c * across];
        let sail = [place(0.08, 0.0), place(0.52, 0.0), place(0.52, 0.13), place(0.08, 0.09)];
        p.polygon(canvas, &sail, p.own(-0.03, 0.55, 0.98), 0.15);
        p.stroke(
            canvas,
            [place(0.0, 0.0), place(0.54, 0.0)],
            [0.022, 0.016],
            p.own(0.0, 0.7, 0.32),
        );
    }
    p.ellipse(canvas, [0.0, h], [0.05, 0.05], p.own(0.0, 0.8, 0.30), 0.2);
}

fn tent(canvas: &mut Canvas, p: &Painter, rng: &mut ChaCha8Rng) {
    let (w, h) = (range(rng, 0.44, 0.56), range(rng, 0.66, 0.82));
    p.stroke(canvas, [[0.0, h - 0.05], [0.0, h + 0.24]], [0.018, 0.018], BARK);
    p.polygon(
        canvas,
        &[[0.0, h + 0.24], [0.0, h + 0.09], [0.24, h + 0.165]],
        p.own(0.45, 0.7, 1.0),
        0.0,
    );
    let stripes = 6;
    for i in 0..stripes {
        let x = |k: usize| w * (2.0 * k as f32 / stripes as f32 - 1.0);
        let color = if i % 2 == 0 { p.own(0.0, 0.82, 0.88) } else { p.own(0.02, 0.22, 1.0) };
        p.polygon(canvas, &[[x(i), 0.0], [x(i + 1) + 0.004, 0.0], [0.0, h]], color, 0.12);
    }
    p.polygon(canvas, &[[-0.13, 0.0], [0.13, 0.0], [0.0, h * 0.62]], p.own(0.0, 0.75, 0.24), 0.0);
}

fn flower(canvas: &mut Canvas, p: &Painter, rng: &mut ChaCha8Rng) {
    let (h, lean) = (range(rng, 0.72, 0.92), range(rng, -0.10, 0.10));
    let green = [0.28, 0.55, 0.26];
    p.stroke(canvas, [[0.0, 0.0], [lean, h]], [0.04, 0.03], green);
    p.ellipse(canvas, [-0.15, 0.20], [0.17, 0.065], green, 0.2);
    p.ellipse(canvas, [0.17, 0.30], [0.17, 0.065], green, 0.3);
    let petals = 6 + below(rng, 2);
    for k in 0..petals {
        let angle = core::f32::consts::TAU * k as f32 / petals as f32 + 0.3;
        let at = [lean + 0.20 * libm::cosf(angle), h + 0.20 * libm::sinf(angle)];
        let value = 0.84 + 0.14 * libm::sinf(angle + 0.8);
        p.ellipse(canvas, at, [0.145, 0.145], p.own(0.0, 0.62, value), 0.15);
    }
    p.ellipse(canvas, [lean, h], [0.11, 0.11], [1.0, 0.84, 0.30], 0.15);
}

fn mushroom(canvas: &mut Canvas, p: &Painter, rng: &mut ChaCha8Rng) {
    let (w, h) = (range(rng, 0.38, 0.50), range(rng, 0.46, 0.58));
    let stem = [[-0.15, 0.0], [0.15, 0.0], [0.10, h], [-0.10, h]];
    p.polygon(canvas, &stem, [0.95, 0.91, 0.84], 0.22);
    let cap: Vec<[f32; 2]> = (0..=12)
        .map(|i| core::f32::consts::PI * i as f32 / 12.0)
        .map(|a| [w * libm::cosf(a), h - 0.05 + 0.40 * libm::sinf(a)])
        .collect();
    p.polygon(canvas, &cap, p.own(0.0, 0.80, 0.88), 0.28);
    for (x, y, r) in
        [(-0.52, 0.10, 0.055), (-0.08, 0.24, 0.075), (0.42, 0.14, 0.06), (0.12, 0.05, 0.045)]
    {
        p.ellipse(canvas, [x * w, h + y], [r, r * 0.85], [0.99, 0.96, 0.90], 0.0);
    }
}
