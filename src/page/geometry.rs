//! Between screen and picture, and from a drag to a pose. Pure: no signal, no DOM.
//!
//! Pictures are (row, col) as in the paper, screens (x, y); they meet here and nowhere else.

use crate::world::Quaternion;

/// Largest intended turn about each axis: what the models are trained on.
pub const TURN_MAX_RAD: f32 = core::f32::consts::FRAC_PI_2;

/// A point of the screen, relative to the upper left corner of the stage, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScreenPoint {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// A point of a picture in units of its side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImagePoint {
    /// Downwards, 0..=1.
    pub row: f32,
    /// To the right, 0..=1.
    pub col: f32,
}

/// The point of the picture under a point of a square stage of `stage_px`.
pub fn image_from_screen(at: ScreenPoint, stage_px: f32) -> ImagePoint {
    let unit = |v: f32| if stage_px > 0.0 { (v / stage_px).clamp(0.0, 1.0) } else { 0.5 };
    ImagePoint { row: unit(at.y), col: unit(at.x) }
}

/// The point of a square stage of `stage_px` above a point of the picture.
pub fn screen_from_image(at: ImagePoint, stage_px: f32) -> ScreenPoint {
    ScreenPoint { x: at.col * stage_px, y: at.row * stage_px }
}

/// An intended turn as the visitor sees it: about the upright, the horizontal and the line of sight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Turn {
    /// Right, radians.
    pub yaw_rad: f32,
    /// Towards the visitor, radians.
    pub pitch_rad: f32,
    /// Clockwise, radians.
    pub roll_rad: f32,
}

impl Turn {
    /// Each angle brought within ±90°.
    pub fn clamped(self) -> Self {
        let clamp = |v: f32| v.clamp(-TURN_MAX_RAD, TURN_MAX_RAD);
        Self {
            yaw_rad: clamp(self.yaw_rad),
            pitch_rad: clamp(self.pitch_rad),
            roll_rad: clamp(self.roll_rad),
        }
    }

    /// This turn and a bit more.
    pub fn plus(self, yaw_rad: f32, pitch_rad: f32, roll_rad: f32) -> Self {
        Self {
            yaw_rad: self.yaw_rad + yaw_rad,
            pitch_rad: self.pitch_rad + pitch_rad,
            roll_rad: self.roll_rad + roll_rad,
        }
        .clamped()
    }
}

/// The turn that a drag over a stage of `stage_px` means: half the stage is 90°.
pub fn turn_from_drag(start: Turn, drag: ScreenPoint, stage_px: f32) -> Turn {
    let scale = if stage_px > 0.0 { 2.0 * TURN_MAX_RAD / stage_px } else { 0.0 };
    start.plus(drag.x * scale, drag.y * scale, 0.0)
}

/// The pose after a turn that is seen in the visitor's frame.
pub fn pose_after(pose: Quaternion, turn: Turn) -> Quaternion {
    let yaw = Quaternion::from_axis_angle([0.0, 1.0, 0.0], turn.yaw_rad);
    let pitch = Quaternion::from_axis_angle([1.0, 0.0, 0.0], turn.pitch_rad);
    let roll = Quaternion::from_axis_angle([0.0, 0.0, 1.0], -turn.roll_rad);
    (roll * pitch * yaw * pose).normalized()
}

/// The turn that leads from one pose to another: the inverse of [`pose_after`]. Beyond ±90° where the
/// poses are.
pub fn turn_between(from: Quaternion, to: Quaternion) -> Turn {
    let turn = to * from.conj();
    let [x, y, z] =
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|axis| turn.rotate(axis));
    Turn {
        yaw_rad: (-x[2]).atan2(z[2]),
        pitch_rad: y[2].clamp(-1.0, 1.0).asin(),
        roll_rad: y[0].atan2(y[1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screen_and_image_are_inverse() {
        for (x, y) in [(0.0, 0.0), (12.5, 300.0), (640.0, 640.0)] {
            let at = ScreenPoint { x, y };
            let back = screen_from_image(image_from_screen(at, 640.0), 640.0);
            assert!((back.x - x).abs() < 1e-3 && (back.y - y).abs() < 1e-3);
        }
    }

    #[test]
    fn x_is_the_column_and_y_the_row() {
        let at = image_from_screen(ScreenPoint { x: 10.0, y: 20.0 }, 40.0);
        assert_eq!(at, ImagePoint { row: 0.5, col: 0.25 });
    }

    #[test]
    fn a_stage_without_size_points_to_the_middle() {
        assert_eq!(image_from_screen(ScreenPoint { x: 3.0, y: 4.0 }, 0.0).row, 0.5);
    }

    #[test]
    fn a_drag_over_half_the_stage_is_a_quarter_turn_and_no_more() {
        let half = turn_from_drag(Turn::default(), ScreenPoint { x: 50.0, y: 0.0 }, 100.0);
        assert!((half.yaw_rad - TURN_MAX_RAD).abs() < 1e-6 && half.pitch_rad == 0.0);
        let more = turn_from_drag(half, ScreenPoint { x: 50.0, y: 0.0 }, 100.0);
        assert_eq!(more.yaw_rad, TURN_MAX_RAD);
    }

    #[test]
    fn a_turn_leads_to_where_it_was_read_from() {
        let from =
            pose_after(Quaternion::IDENTITY, Turn { yaw_rad: 0.4, pitch_rad: -1.0, roll_rad: 0.2 });
        for (yaw_rad, pitch_rad, roll_rad) in [(0.0, 0.0, 0.0), (1.2, -0.7, 0.3), (-2.9, 1.1, -2.0)]
        {
            let turn = Turn { yaw_rad, pitch_rad, roll_rad };
            let back = turn_between(from, pose_after(from, turn));
            let error =
                [back.yaw_rad - yaw_rad, back.pitch_rad - pitch_rad, back.roll_rad - roll_rad];
            assert!(error.iter().all(|e| e.abs() < 1e-4), "{turn:?} {back:?}");
        }
    }

    #[test]
    fn a_yaw_moves_the_front_to_the_right() {
        let turn = Turn { yaw_rad: TURN_MAX_RAD, ..Turn::default() };
        let front = pose_after(Quaternion::IDENTITY, turn).rotate([0.0, 0.0, 1.0]);
        assert!((front[0] - 1.0).abs() < 1e-5, "{front:?}");
    }
}
