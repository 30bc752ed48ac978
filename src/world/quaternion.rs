//! Rotations as unit quaternions (x, y, z, w), with the conventions of the paper's data (spec 1.7).

/// A rotation. Components in the order of scipy and of the paper's actions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quaternion {
    /// Sine of half the angle times the axis' x.
    pub x: f32,
    /// Sine of half the angle times the axis' y.
    pub y: f32,
    /// Sine of half the angle times the axis' z.
    pub z: f32,
    /// Cosine of half the angle.
    pub w: f32,
}

impl Quaternion {
    /// No rotation.
    pub const IDENTITY: Self = Self { x: 0.0, y: 0.0, z: 0.0, w: 1.0 };

    /// Turn by `angle_rad` about a unit axis.
    pub fn from_axis_angle(axis: [f32; 3], angle_rad: f32) -> Self {
        let s = libm::sinf(angle_rad / 2.0);
        Self { x: axis[0] * s, y: axis[1] * s, z: axis[2] * s, w: libm::cosf(angle_rad / 2.0) }
    }

    /// Euler angles "xyz", extrinsic: first about x, then y, then z of the fixed frame;
    /// R = Rz(c) Ry(b) Rx(a) (scipy `from_euler("xyz")`).
    pub fn from_euler_xyz(angles_rad: [f32; 3]) -> Self {
        let [a, b, c] = angles_rad;
        let about_x = Self::from_axis_angle([1.0, 0.0, 0.0], a);
        let about_y = Self::from_axis_angle([0.0, 1.0, 0.0], b);
        let about_z = Self::from_axis_angle([0.0, 0.0, 1.0], c);
        about_z * about_y * about_x
    }

    /// From four components in the order x, y, z, w.
    ///
    /// # Panics
    /// When there are not four.
    pub fn from_slice(xyzw: &[f32]) -> Self {
        let [x, y, z, w] = *xyzw else {
            panic!("a quaternion has 4 components, not {}", xyzw.len())
        };
        Self { x, y, z, w }
    }

    /// The components x, y, z, w.
    pub fn to_array(self) -> [f32; 4] {
        [self.x, self.y, self.z, self.w]
    }

    /// The reverse rotation.
    pub fn conj(self) -> Self {
        Self { x: -self.x, y: -self.y, z: -self.z, w: self.w }
    }

    /// The same rotation with length exactly near 1, after many products.
    pub fn normalized(self) -> Self {
        let n = (self.x * self.x + self.y * self.y + self.z * self.z + self.w * self.w).sqrt();
        Self { x: self.x / n, y: self.y / n, z: self.z / n, w: self.w / n }
    }

    /// The rotation from this pose to another, in the object's own frame: conj(self) other, not
    /// sign-canonicalized (spec 1.7).
    pub fn relative_to(self, next: Self) -> Self {
        self.conj() * next
    }

    /// Rows of the rotation matrix.
    pub fn to_matrix(self) -> [[f32; 3]; 3] {
        let Self { x, y, z, w } = self;
        [
            [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w)],
            [2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w)],
            [2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y)],
        ]
    }

    /// The turned vector.
    pub fn rotate(self, v: [f32; 3]) -> [f32; 3] {
        self.to_matrix().map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
    }

    /// Geodesic angle to another pose, 0..=π; `q` and `-q` are the same pose.
    pub fn angle_to(self, other: Self) -> f32 {
        let d = self.relative_to(other);
        let sine = (d.x * d.x + d.y * d.y + d.z * d.z).sqrt();
        2.0 * libm::atan2f(sine, d.w.abs())
    }
}

impl core::ops::Mul for Quaternion {
    type Output = Self;

    /// Hamilton product: first `other`, then `self`.
    fn mul(self, other: Self) -> Self {
        let (a, b) = (self, other);
        Self {
            x: a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
            y: a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
            z: a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w,
            w: a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::rng::{range, stream};
    use core::f32::consts::FRAC_PI_2;

    /// A few products of unit quaternions in f32.
    const TOL: f32 = 1e-5;

    fn near(a: &[f32], b: &[f32]) -> bool {
        a.iter().zip(b).all(|(x, y)| (x - y).abs() < TOL)
    }

    #[test]
    fn euler_angles_turn_about_fixed_axes_x_first() {
        // Quarter turns about x, y, z by hand: e_y -> e_z (x), -> e_x (y), -> e_y (z).
        let q = Quaternion::from_euler_xyz([FRAC_PI_2; 3]);
        assert!(near(&q.rotate([0.0, 1.0, 0.0]), &[0.0, 1.0, 0.0]));
        // scipy: from_euler("xyz", [pi/2, pi/2, pi/2]).as_quat() = [0, 0.7071068, 0, 0.7071068].
        assert!(near(&q.to_array(), &[0.0, 0.707_106_77, 0.0, 0.707_106_77]));
        // Half angles by hand for (pi/2, 0, pi/2): z then x product = (1, 1, 1, 1) / 2.
        let q = Quaternion::from_euler_xyz([FRAC_PI_2, 0.0, FRAC_PI_2]);
        assert!(near(&q.to_array(), &[0.5, 0.5, 0.5, 0.5]));
    }

    #[test]
    fn relative_rotations_compose_along_a_path() {
        let mut rng = stream(1, "path", 0);
        let mut pose = || Quaternion::from_euler_xyz([(); 3].map(|()| range(&mut rng, -1.5, 1.5)));
        let path: Vec<Quaternion> = (0..6).map(|_| pose()).collect();
        let whole = path.windows(2).fold(path[0], |q, w| q * w[0].relative_to(w[1]));
        assert!(near(&whole.to_array(), &path[5].to_array()));
        assert!(near(&whole.rotate([0.2, 0.5, -1.0]), &path[5].rotate([0.2, 0.5, -1.0])));
    }

    #[test]
    fn angles_are_geodesic() {
        let axis = [0.6, 0.0, 0.8];
        let a = Quaternion::from_axis_angle(axis, 0.3);
        let b = Quaternion::from_axis_angle(axis, 1.5);
        assert!((a.angle_to(b) - 1.2).abs() < TOL);
        let negated = Quaternion::from_slice(&b.to_array().map(|c| -c));
        assert!((a.angle_to(negated) - 1.2).abs() < TOL);
        assert_eq!(Quaternion::IDENTITY.angle_to(Quaternion::IDENTITY), 0.0);
    }

    #[test]
    fn relative_actions_have_the_statistics_of_the_paper() {
        let mut rng = stream(1, "statistics", 0);
        let mut pose =
            || Quaternion::from_euler_xyz([(); 3].map(|()| range(&mut rng, -FRAC_PI_2, FRAC_PI_2)));
        let n = 20_000;
        let (mut mean, mut flipped, mut angle) = ([0.0_f32; 4], 0, 0.0_f32);
        for _ in 0..n {
            let (a, b) = (pose(), pose());
            assert!(a.w > 0.0);
            let q = a.relative_to(b).to_array();
            mean.iter_mut().zip(q).for_each(|(m, c)| *m += c / n as f32);
            flipped += usize::from(q[3] < 0.0);
            angle += a.angle_to(b).to_degrees() / n as f32;
        }
        // Spec 1.7: mean (0, 0, 0, 0.533), w < 0 in 4.4 %, mean angle 108 degrees (the double
        // cover, not the geodesic one, whose mean is lower); five standard errors.
        assert!(mean[..3].iter().all(|m| m.abs() < 0.017), "{mean:?}");
        assert!((mean[3] - 0.533).abs() < 0.011, "{mean:?}");
        assert!((flipped as f32 / n as f32 - 0.044).abs() < 0.008, "{flipped}");
        assert!((95.0..112.0).contains(&angle), "{angle}");
    }
}
