//! The solids that procedural objects are put together from: balls, blocks and drums.

use super::color::Rgb;
use super::mesh::{Mesh, unit_vector};
use super::quaternion::Quaternion;

/// Form of a part, within ±1 along each axis before scaling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Solid {
    /// Sphere.
    Ball,
    /// Cube.
    Block,
    /// Upright cylinder; with `top` below one a cone's stump.
    Drum,
}

/// One part of an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Its form.
    pub solid: Solid,
    /// Where its middle is.
    pub at: [f32; 3],
    /// Half its extent along its own axes.
    pub half: [f32; 3],
    /// Width at its upper end relative to that at its lower end.
    pub top: f32,
    /// Euler angles of its own axes, degrees.
    pub turn_deg: [f32; 3],
    /// Hue (turns), saturation, value.
    pub hsv: [f32; 3],
}

impl Part {
    /// A sphere or ellipsoid.
    pub const fn ball(at: [f32; 3], half: [f32; 3], hsv: [f32; 3]) -> Self {
        Self { solid: Solid::Ball, at, half, top: 1.0, turn_deg: [0.0; 3], hsv }
    }

    /// A box.
    pub const fn block(at: [f32; 3], half: [f32; 3], hsv: [f32; 3]) -> Self {
        Self { solid: Solid::Block, at, half, top: 1.0, turn_deg: [0.0; 3], hsv }
    }

    /// A cylinder.
    pub const fn drum(at: [f32; 3], half: [f32; 3], hsv: [f32; 3]) -> Self {
        Self { solid: Solid::Drum, at, half, top: 1.0, turn_deg: [0.0; 3], hsv }
    }

    /// The same, narrower (or wider) at its upper end.
    pub const fn tapered(mut self, top: f32) -> Self {
        self.top = top;
        self
    }

    /// The same, turned about its middle.
    pub const fn turned(mut self, turn_deg: [f32; 3]) -> Self {
        self.turn_deg = turn_deg;
        self
    }

    /// Adds the part's triangles to a mesh, all of one color.
    pub fn add_to(&self, mesh: &mut Mesh, color: Rgb) {
        let turn = Quaternion::from_euler_xyz(self.turn_deg.map(|d| d * DEGREE));
        let mut patch = |cols, rows, surface: &dyn Fn(f32, f32) -> ([f32; 3], [f32; 3])| {
            add_patch(mesh, cols, rows, color, &|u, v| self.place(turn, surface(u, v)));
        };
        match self.solid {
            Solid::Ball => patch(10, 6, &|u, v| {
                let (s, c) = (libm::sinf(PI * v), libm::cosf(PI * v));
                let p = [s * libm::cosf(2.0 * PI * u), -c, s * libm::sinf(2.0 * PI * u)];
                (p, p)
            }),
            Solid::Drum => {
                let ring = |u: f32| (libm::cosf(2.0 * PI * u), libm::sinf(2.0 * PI * u));
                let slope = (1.0 - self.top) / 2.0;
                patch(12, 2, &|u, v| {
                    let (c, s) = ring(u);
                    ([c, 2.0 * v - 1.0, s], [c, slope, s])
                });
                for y in [-1.0, 1.0] {
                    patch(12, 1, &|u, v| {
                        let (c, s) = ring(u);
                        ([c * v, y, s * v], [0.0, y, 0.0])
                    });
                }
            }
            Solid::Block => {
                for axis in 0..3 {
                    for sign in [-1.0, 1.0] {
                        patch(2, 2, &|u, v| {
                            let (mut p, mut n) = ([0.0; 3], [0.0; 3]);
                            (p[axis], n[axis]) = (sign, sign);
                            p[(axis + 1) % 3] = 2.0 * u - 1.0;
                            p[(axis + 2) % 3] = 2.0 * v - 1.0;
                            (p, n)
                        });
                    }
                }
            }
        }
    }

    /// From the unit solid to the object: taper, scale, turn, move.
    fn place(&self, turn: Quaternion, (p, n): ([f32; 3], [f32; 3])) -> ([f32; 3], [f32; 3]) {
        let taper = 1.0 + (self.top - 1.0) * (p[1] + 1.0) / 2.0;
        let h = self.half;
        let scaled = [p[0] * taper * h[0], p[1] * h[1], p[2] * taper * h[2]];
        let turned = turn.rotate(scaled);
        let normal = turn.rotate(unit_vector([n[0] / h[0], n[1] / h[1], n[2] / h[2]]));
        ([0, 1, 2].map(|k| turned[k] + self.at[k]), normal)
    }
}

const PI: f32 = core::f32::consts::PI;
const DEGREE: f32 = PI / 180.0;

/// Adds a grid of `cols` x `rows` quadrilaterals over (u, v) in 0..=1.
fn add_patch(
    mesh: &mut Mesh,
    cols: u32,
    rows: u32,
    color: Rgb,
    surface: &dyn Fn(f32, f32) -> ([f32; 3], [f32; 3]),
) {
    let first = mesh.positions.len() as u32;
    for row in 0..=rows {
        for col in 0..=cols {
            let (p, n) = surface(col as f32 / cols as f32, row as f32 / rows as f32);
            mesh.positions.push(p);
            mesh.normals.push(n);
            mesh.colors.push(color);
        }
    }
    for row in 0..rows {
        for col in 0..cols {
            let a = first + row * (cols + 1) + col;
            let [b, c, d] = [a + 1, a + cols + 1, a + cols + 2];
            mesh.triangles.extend([[a, b, d], [a, d, c]]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::mesh::length;

    #[test]
    fn solids_fill_their_extent_with_unit_normals() {
        for part in [
            Part::ball([0.0; 3], [0.5, 0.2, 0.3], [0.0; 3]),
            Part::block([0.0; 3], [0.5, 0.2, 0.3], [0.0; 3]),
            Part::drum([0.0; 3], [0.5, 0.2, 0.3], [0.0; 3]),
        ] {
            let mut mesh = Mesh::default();
            part.add_to(&mut mesh, [1.0; 3]);
            assert!(mesh.normals.iter().all(|&n| (length(n) - 1.0).abs() < 1e-5));
            let top = mesh.positions.iter().fold(0.0_f32, |m, p| m.max(p[1]));
            assert!((top - 0.2).abs() < 1e-6, "{part:?}");
            assert!(mesh.positions.iter().all(|p| p[0].abs() < 0.5001));
        }
    }
}
