//! What surrounds an object: camera, floor and light (spec 2A.1), and how far they vary.

use rand_chacha::ChaCha8Rng;

use super::color::{Rgb, hsv, mix, scale};
use super::mesh::unit_vector;
use super::rng::{range, unit};

/// Distance of the camera from the object's middle; the object has radius 1.
pub const CAMERA_DISTANCE: f32 = 3.0;

/// Tangent of half the field of view: a ball of radius 0.98 just fits.
pub const CAMERA_TANGENT: f32 = 0.345;

/// Sine and cosine of the camera's 45 degrees above the horizon.
const ELEVATION: (f32, f32) = (0.707_106_77, 0.707_106_77);

/// Height of the floor.
const FLOOR: f32 = -1.05;

/// Direction to the lamp when nothing varies: upper right, in front.
const LAMP: [f32; 3] = [0.46, 0.70, 0.55];

/// Unit vectors of the camera: right, up, and back (from the object to the camera).
pub fn camera_axes() -> [[f32; 3]; 3] {
    let (s, c) = ELEVATION;
    [[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]]
}

/// Floor and light of one view. The four quantities are those of 3DIEBench; `strength` scales what
/// they do, from nothing to as much as there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// Hue of the floor, in turns, U(0, 1).
    pub floor_hue: f32,
    /// Angle of the lamp from the zenith, U(0, π/4).
    pub light_theta_rad: f32,
    /// Azimuth of the lamp, U(0, 2π).
    pub light_phi_rad: f32,
    /// Hue of the lamp, in turns, U(0, 1).
    pub light_hue: f32,
    /// 0..=1.
    pub strength: f32,
}

impl Stage {
    /// Gray floor, white lamp at the upper right.
    pub const NEUTRAL: Self = Self {
        floor_hue: 0.58,
        light_theta_rad: 0.0,
        light_phi_rad: 0.0,
        light_hue: 0.0,
        strength: 0.0,
    };

    /// A random stage.
    pub fn sample(strength: f32, rng: &mut ChaCha8Rng) -> Self {
        Self {
            floor_hue: unit(rng),
            light_theta_rad: range(rng, 0.0, core::f32::consts::FRAC_PI_4),
            light_phi_rad: range(rng, 0.0, core::f32::consts::TAU),
            light_hue: unit(rng),
            strength,
        }
    }

    /// Unit vector towards the lamp.
    pub fn light_direction(&self) -> [f32; 3] {
        let (sine, cosine) = (libm::sinf(self.light_theta_rad), libm::cosf(self.light_theta_rad));
        let (x, z) = (libm::cosf(self.light_phi_rad), libm::sinf(self.light_phi_rad));
        unit_vector(mix(unit_vector(LAMP), [sine * x, cosine, sine * z], self.strength))
    }

    /// Color of the lamp.
    pub fn light_color(&self) -> Rgb {
        mix([1.0, 0.99, 0.96], hsv(self.light_hue, 1.0, 0.9), 0.6 * self.strength)
    }

    /// What lies behind the object.
    pub fn background(&self) -> Background {
        let floor = hsv(self.floor_hue, 0.07 + 0.5 * self.strength, 0.64);
        Background { floor, backdrop: mix(floor, [0.93, 0.94, 0.96], 0.62) }
    }
}

/// A floor with the object's soft shadow, fading into a backdrop.
#[derive(Clone, Copy, Debug)]
pub struct Background {
    floor: Rgb,
    backdrop: Rgb,
}

impl Background {
    /// Color on the ray through (`u`, `v`), each -1..=1, to the right and up.
    pub fn color(&self, u: f32, v: f32) -> Rgb {
        let (s, c) = ELEVATION;
        let (x, y) = (u * CAMERA_TANGENT, v * CAMERA_TANGENT);
        // The ray x right + y up - back, of which the camera axes above are the frame.
        let (ray_y, ray_z) = (y * c - s, -y * s - c);
        if ray_y >= -1e-3 {
            return scale(self.backdrop, 1.0 - 0.06 * v);
        }
        let reach = (FLOOR - s * CAMERA_DISTANCE) / ray_y;
        let (x, z) = (reach * x, c * CAMERA_DISTANCE + reach * ray_z);
        let fade = ((1.2 - z) / 4.5).clamp(0.0, 1.0);
        let r2 = x * x + z * z;
        let shadow = 0.42 / (1.0 + 2.6 * r2 * r2);
        scale(mix(self.floor, self.backdrop, fade * (2.0 - fade)), 1.0 - shadow)
    }
}
