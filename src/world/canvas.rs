//! A small painter's canvas: anti-aliased shapes over a square of colors.
//!
//! Coordinates are picture sides: (0, 0) is the upper left corner, (1, 1) the lower right one, x to
//! the right and y down. Shapes are signed distances, so edges are one pixel soft at every size.

use super::color::{Rgb, mix, scale, to_byte};

/// A shape given by its signed distance (negative inside), in picture sides.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Axis-parallel ellipse: center, radii.
    Ellipse([f32; 2], [f32; 2]),
    /// Convex polygon, corners in either sense of rotation.
    Polygon(Vec<[f32; 2]>),
    /// Thick line: two ends, and the radius at each.
    Stroke([f32; 2], [f32; 2], [f32; 2]),
}

impl Shape {
    /// Smallest and largest x and y: `[x0, y0, x1, y1]`.
    fn bounds(&self) -> [f32; 4] {
        match self {
            Self::Ellipse(c, r) => [c[0] - r[0], c[1] - r[1], c[0] + r[0], c[1] + r[1]],
            Self::Polygon(corners) => {
                corners.iter().fold([f32::MAX, f32::MAX, f32::MIN, f32::MIN], |b, p| {
                    [b[0].min(p[0]), b[1].min(p[1]), b[2].max(p[0]), b[3].max(p[1])]
                })
            }
            Self::Stroke(a, b, r) => {
                let r = r[0].max(r[1]);
                [a[0].min(b[0]) - r, a[1].min(b[1]) - r, a[0].max(b[0]) + r, a[1].max(b[1]) + r]
            }
        }
    }

    fn outline(&self) -> Outline {
        match self {
            Self::Ellipse(c, r) => Outline::Ellipse(*c, *r),
            Self::Polygon(corners) => {
                let mut area = 0.0;
                let mut edges = Vec::with_capacity(corners.len());
                for (i, p) in corners.iter().enumerate() {
                    let q = corners[(i + 1) % corners.len()];
                    let way = [q[0] - p[0], q[1] - p[1]];
                    edges.push((*p, way, length2(way).max(1e-9)));
                    area += p[0] * q[1] - q[0] * p[1];
                }
                Outline::Polygon(edges, if area > 0.0 { -1.0 } else { 1.0 })
            }
            Self::Stroke(a, b, r) => Outline::Stroke(*a, *b, *r),
        }
    }
}

/// Length of a plane vector (not `hypot`, which differs between targets).
pub(crate) fn length2(v: [f32; 2]) -> f32 {
    let square = v[0] * v[0] + v[1] * v[1];
    square.sqrt()
}

/// A shape made ready to tell distances.
enum Outline {
    Ellipse([f32; 2], [f32; 2]),
    /// A corner of a convex polygon, the way to the next one, and its length; 1 or -1, the sign of the
    /// outside.
    Polygon(Vec<([f32; 2], [f32; 2], f32)>, f32),
    Stroke([f32; 2], [f32; 2], [f32; 2]),
}

impl Outline {
    /// Signed distance of a point, exact on the edge and near it.
    fn distance(&self, x: f32, y: f32) -> f32 {
        match self {
            Self::Ellipse(c, r) => {
                let (u, v) = ((x - c[0]) / r[0], (y - c[1]) / r[1]);
                // Value over gradient of the implicit ellipse: first order at the edge.
                let slope = length2([u / r[0], v / r[1]]);
                let level = length2([u, v]);
                if slope > 0.0 { level * (level - 1.0) / slope } else { -r[0].min(r[1]) }
            }
            // The largest to the lines through the edges.
            Self::Polygon(edges, outside) => {
                edges.iter().fold(f32::MIN, |most, (p, way, length)| {
                    most.max(outside * ((way[0] * (y - p[1]) - way[1] * (x - p[0])) / length))
                })
            }
            Self::Stroke(a, b, r) => {
                let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
                let along = ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy).max(1e-9);
                let t = along.clamp(0.0, 1.0);
                let (ex, ey) = (x - a[0] - t * dx, y - a[1] - t * dy);
                length2([ex, ey]) - (r[0] + (r[1] - r[0]) * t)
            }
        }
    }
}

/// How a shape is filled.
#[derive(Clone, Copy, Debug)]
pub struct Brush {
    /// Color at the middle of the shape.
    pub color: Rgb,
    /// How much lighter the upper right and how much darker the lower left is (0: flat).
    pub relief: f32,
    /// 0 (invisible) to 1 (opaque).
    pub opacity: f32,
    /// Width of the edge in picture sides; 0 means one pixel.
    pub softness: f32,
}

impl Brush {
    /// Opaque and flat.
    pub fn flat(color: Rgb) -> Self {
        Self { color, relief: 0.0, opacity: 1.0, softness: 0.0 }
    }

    /// Opaque, lit from the upper right.
    pub fn lit(color: Rgb, relief: f32) -> Self {
        Self { relief, ..Self::flat(color) }
    }
}

/// A square picture in the making.
#[derive(Clone, Debug)]
pub struct Canvas {
    side_px: usize,
    pixels: Vec<Rgb>,
}

impl Canvas {
    /// A canvas whose pixel at (x, y) is `color(x, y)`.
    pub fn new(side_px: usize, mut color: impl FnMut(f32, f32) -> Rgb) -> Self {
        let mut canvas = Self { side_px, pixels: vec![[0.0; 3]; side_px * side_px] };
        canvas.map(|x, y, _| color(x, y));
        canvas
    }

    /// Side in pixels.
    pub fn side_px(&self) -> usize {
        self.side_px
    }

    /// Replaces every pixel by a function of its place and color, row by row.
    pub fn map(&mut self, mut change: impl FnMut(f32, f32, Rgb) -> Rgb) {
        let n = self.side_px;
        for (i, pixel) in self.pixels.iter_mut().enumerate() {
            let (row, col) = (i / n, i % n);
            let (x, y) = ((col as f32 + 0.5) / n as f32, (row as f32 + 0.5) / n as f32);
            *pixel = change(x, y, *pixel);
        }
    }

    /// Fills a shape.
    pub fn fill(&mut self, shape: &Shape, brush: Brush) {
        let [x0, y0, x1, y1] = shape.bounds();
        let outline = shape.outline();
        let n = self.side_px as f32;
        let edge = brush.softness.max(1.0 / n);
        let (half_width, half_height) = ((x1 - x0).max(1e-6) / 2.0, (y1 - y0).max(1e-6) / 2.0);
        let pixel = |v: f32| (v * n).clamp(0.0, n) as usize;
        for row in pixel(y0 - edge)..pixel(y1 + edge + 1.0 / n) {
            let y = (row as f32 + 0.5) / n;
            let v = (y - y0) / half_height - 1.0;
            for col in pixel(x0 - edge)..pixel(x1 + edge + 1.0 / n) {
                let x = (col as f32 + 0.5) / n;
                let cover = (0.5 - outline.distance(x, y) / edge).clamp(0.0, 1.0);
                if cover > 0.0 {
                    let u = (x - x0) / half_width - 1.0;
                    let shade = 1.0 + brush.relief * (0.7 * u - 0.5 * v);
                    let pixel = &mut self.pixels[row * self.side_px + col];
                    *pixel = mix(*pixel, scale(brush.color, shade), cover * brush.opacity);
                }
            }
        }
    }

    /// The finished picture, row-major RGB bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.pixels.iter().flatten().map(|&c| to_byte(c)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_shape_covers_its_area() {
        let cases = [
            (Shape::Ellipse([0.5, 0.5], [0.3, 0.2]), core::f32::consts::PI * 0.06),
            (Shape::Polygon(vec![[0.1, 0.1], [0.9, 0.1], [0.9, 0.6]]), 0.2),
            (Shape::Polygon(vec![[0.9, 0.6], [0.9, 0.1], [0.1, 0.1]]), 0.2),
            (
                Shape::Stroke([0.2, 0.5], [0.8, 0.5], [0.1, 0.1]),
                0.12 + core::f32::consts::PI * 0.01,
            ),
        ];
        for (shape, area) in cases {
            let mut canvas = Canvas::new(64, |_, _| [0.0; 3]);
            canvas.fill(&shape, Brush::flat([1.0; 3]));
            let covered = canvas.pixels.iter().map(|p| p[0]).sum::<f32>() / 4096.0;
            assert!((covered - area).abs() < 0.01, "{shape:?} covers {covered}, not {area}");
        }
    }
}
