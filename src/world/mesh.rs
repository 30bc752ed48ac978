//! Triangle meshes with a color and a normal at every corner.

use super::WorldError;
use super::color::Rgb;

/// A triangle mesh. The winding of triangles means nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mesh {
    /// Corner positions; x to the right, y up, z towards the viewer in the neutral pose.
    pub positions: Vec<[f32; 3]>,
    /// Unit normal of each corner.
    pub normals: Vec<[f32; 3]>,
    /// Color of each corner.
    pub colors: Vec<Rgb>,
    /// Three corner indices each.
    pub triangles: Vec<[u32; 3]>,
    /// What the normals promise.
    pub sides: Sides,
}

/// Which sides of its triangles a mesh shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sides {
    /// Normals point in either sense; both sides are drawn. Right for any file.
    #[default]
    Both,
    /// Closed solids whose normals point outwards: what faces away is hidden anyway.
    Outer,
}

impl Mesh {
    /// A normalized mesh from separately colored flat triangles: where they meet at less than 40
    /// degrees, the shared corners get a smooth normal, whatever the winding.
    ///
    /// # Panics
    /// When a corner index is not below `positions.len()`.
    pub fn from_faces(
        positions: &[[f32; 3]],
        faces: &[([u32; 3], [Rgb; 3])],
    ) -> Result<Self, WorldError> {
        if faces.is_empty() {
            return Err(WorldError::Data("a mesh needs at least one triangle".to_owned()));
        }
        let flat: Vec<[f32; 3]> =
            faces.iter().map(|(f, _)| face_normal(f.map(|i| positions[i as usize]))).collect();
        let mut around = vec![Vec::new(); positions.len()];
        for (face_idx, (face, _)) in faces.iter().enumerate() {
            face.iter().for_each(|&i| around[i as usize].push(face_idx));
        }
        let mut mesh = Self::default();
        for (own, (face, colors)) in flat.iter().zip(faces) {
            let first = mesh.positions.len() as u32;
            for (&corner, &color) in face.iter().zip(colors) {
                let mut sum = [0.0; 3];
                for &face_idx in &around[corner as usize] {
                    let cosine = dot(flat[face_idx], *own);
                    if cosine.abs() >= CREASE_COSINE {
                        let sense = if cosine < 0.0 { -1.0 } else { 1.0 };
                        (0..3).for_each(|k| sum[k] += sense * flat[face_idx][k]);
                    }
                }
                mesh.positions.push(positions[corner as usize]);
                mesh.normals.push(unit_vector(sum));
                mesh.colors.push(color);
            }
            mesh.triangles.push([first, first + 1, first + 2]);
        }
        mesh.normalize();
        Ok(mesh)
    }

    /// Scales each axis by its own factor, which must be positive.
    pub fn stretch(&mut self, factors: [f32; 3]) {
        for p in &mut self.positions {
            *p = [0, 1, 2].map(|k| p[k] * factors[k]);
        }
        for n in &mut self.normals {
            *n = unit_vector([0, 1, 2].map(|k| n[k] / factors[k]));
        }
    }

    /// Moves the middle of the bounding box to the origin and the farthest corner to radius 1.
    pub fn normalize(&mut self) {
        let (mut low, mut high) = ([f32::MAX; 3], [f32::MIN; 3]);
        for p in &self.positions {
            (0..3).for_each(|k| (low[k], high[k]) = (low[k].min(p[k]), high[k].max(p[k])));
        }
        let middle = [0, 1, 2].map(|k| (low[k] + high[k]) / 2.0);
        let centered = |p: &[f32; 3]| [0, 1, 2].map(|k| p[k] - middle[k]);
        let radius = self.positions.iter().map(|p| length(centered(p))).fold(0.0_f32, f32::max);
        let factor = if radius > 0.0 { 1.0 / radius } else { 1.0 };
        for p in &mut self.positions {
            *p = centered(p).map(|c| c * factor);
        }
    }
}

/// Faces that meet at less than 40 degrees look smooth.
const CREASE_COSINE: f32 = 0.766;

/// Unit normal of a flat triangle; zero when it has no area.
fn face_normal([a, b, c]: [[f32; 3]; 3]) -> [f32; 3] {
    let (u, v) = ([0, 1, 2].map(|k| b[k] - a[k]), [0, 1, 2].map(|k| c[k] - a[k]));
    unit_vector([u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]])
}

/// Scalar product.
pub(crate) fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Euclidean length.
pub(crate) fn length(v: [f32; 3]) -> f32 {
    dot(v, v).sqrt()
}

/// The vector over its length; zero stays zero.
pub(crate) fn unit_vector(v: [f32; 3]) -> [f32; 3] {
    let n = length(v);
    if n > 0.0 { v.map(|c| c / n) } else { v }
}
