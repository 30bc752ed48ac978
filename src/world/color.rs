//! Colors as three `f32` in 0..=1 (display values, not linear light).

/// Red, green, blue, each in 0..=1.
pub type Rgb = [f32; 3];

/// Color of hue (in turns, any real number), saturation and value (0..=1).
pub fn hsv(hue: f32, saturation: f32, value: f32) -> Rgb {
    let h = (hue - hue.floor()) * 6.0;
    let channel = |offset: f32| {
        let k = (offset + h) % 6.0;
        value - value * saturation * k.min(4.0 - k).clamp(0.0, 1.0)
    };
    [channel(5.0), channel(3.0), channel(1.0)]
}

/// From `a` (t = 0) to `b` (t = 1).
pub fn mix(a: Rgb, b: Rgb, t: f32) -> Rgb {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]
}

/// Each channel times its factor.
pub fn filter(a: Rgb, b: Rgb) -> Rgb {
    [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
}

/// All channels times one factor.
pub fn scale(a: Rgb, factor: f32) -> Rgb {
    [a[0] * factor, a[1] * factor, a[2] * factor]
}

/// The nearest byte of a channel; values outside 0..=1 are clipped.
pub fn to_byte(channel: f32) -> u8 {
    (channel * 255.0 + 0.5).clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hues_are_where_they_belong() {
        assert_eq!(hsv(0.0, 1.0, 1.0), [1.0, 0.0, 0.0]);
        assert_eq!(hsv(1.0 / 3.0, 1.0, 1.0).map(to_byte), [0, 255, 0]);
        assert_eq!(hsv(-1.0 / 3.0, 1.0, 0.5).map(to_byte), [0, 0, 128]);
        assert_eq!(hsv(0.7, 0.0, 0.25), [0.25; 3]);
    }
}
