//! Procedural objects: a class' template with the variation of one instance.
//!
//! On a readable surface the hue turns with the direction of a point about the object's upright
//! axis and the value rises with its height, so that the pose can be read from a single view; a
//! quarter of the color is the part's own. On a plain surface all of it is.

use rand_chacha::ChaCha8Rng;

use super::color::{Rgb, hsv, mix};
use super::config::Surface;
use super::mesh::{Mesh, Sides};
use super::rng::{normal, range};
use super::template::TEMPLATES;

/// Share of the hue circle that one turn about the object's axis takes.
const HUE_TURN: f32 = 0.8;

/// Share of the part's own color on a readable surface.
const OWN_COLOR: f32 = 0.25;

/// One instance of class `label` (an index into [`TEMPLATES`]).
pub fn make(label: usize, surface: Surface, rng: &mut ChaCha8Rng) -> Mesh {
    let (_, parts) = TEMPLATES[label % TEMPLATES.len()];
    let stretch = [(); 3].map(|()| range(rng, 0.80, 1.25));
    let hue_shift = 0.04 * normal(rng);
    let mut mesh = Mesh { sides: Sides::Outer, ..Mesh::default() };
    for part in parts {
        let mut part = *part;
        let size = range(rng, 0.92, 1.09);
        part.at = part.at.map(|c| c + 0.015 * normal(rng));
        part.half = part.half.map(|c| c * size * range(rng, 0.94, 1.07));
        part.turn_deg = part.turn_deg.map(|t| t + 3.0 * normal(rng));
        let [hue, saturation, value] = part.hsv;
        let value = (value * range(rng, 0.88, 1.1)).min(1.0);
        part.add_to(&mut mesh, hsv(hue + hue_shift + 0.02 * normal(rng), saturation, value));
    }
    mesh.stretch(stretch);
    mesh.normalize();
    if surface == Surface::Readable {
        let class_shift = 0.03 * label as f32 + 0.5 * hue_shift;
        for (color, &p) in mesh.colors.iter_mut().zip(&mesh.positions) {
            *color = mix(compass(p, class_shift), *color, OWN_COLOR);
        }
    }
    mesh
}

/// Color that tells direction and height of a point in the object's frame.
fn compass([x, y, z]: [f32; 3], hue_shift: f32) -> Rgb {
    let turn = libm::atan2f(x, z) / core::f32::consts::TAU;
    hsv(turn * HUE_TURN + hue_shift, 0.75, (0.62 + 0.42 * y).clamp(0.2, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::mesh::length;
    use crate::world::rng::stream;

    #[test]
    fn every_class_has_a_moderate_mesh_of_radius_one() {
        for (label, (name, _)) in TEMPLATES.iter().enumerate() {
            let mesh = make(label, Surface::Plain, &mut stream(1, "object", 0));
            let n = mesh.triangles.len();
            assert!((300..=1200).contains(&n), "{name} has {n} triangles");
            let radius = mesh.positions.iter().map(|&p| length(p)).fold(0.0, f32::max);
            assert!((radius - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn instances_differ_in_shape_and_surfaces_in_color() {
        let made = |surface, index| make(0, surface, &mut stream(1, "object", index));
        assert_ne!(made(Surface::Plain, 0).positions, made(Surface::Plain, 1).positions);
        assert_eq!(made(Surface::Plain, 0).positions, made(Surface::Readable, 0).positions);
        assert_ne!(made(Surface::Plain, 0).colors, made(Surface::Readable, 0).colors);
    }
}
