//! From scores to the colors of a heat map. Pure; the colors of marks and surfaces are in
//! `www/tokens.css`.

/// Ten evenly spaced colors of cividis (Nuñez, Anderton and Renslow 2018): even in lightness, and
/// the same order of colors to eyes that miss red or green.
const CIVIDIS: [[u8; 3]; 10] = [
    [0, 34, 78],
    [18, 53, 112],
    [59, 73, 108],
    [87, 93, 109],
    [112, 113, 115],
    [138, 134, 120],
    [165, 156, 116],
    [195, 179, 105],
    [225, 204, 85],
    [254, 232, 56],
];

/// The heat map of some scores, RGB, a pixel each: their percentiles in cividis.
pub fn map(scores: &[f32]) -> Vec<u8> {
    percentiles(scores).into_iter().flat_map(cividis).collect()
}

/// The cividis color of `value` in 0..=1, clamped.
pub fn cividis(value: f32) -> [u8; 3] {
    let at = if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) * 9.0 };
    let low = (at as usize).min(8);
    let share = at - low as f32;
    core::array::from_fn(|k| {
        let (a, b) = (f32::from(CIVIDIS[low][k]), f32::from(CIVIDIS[low + 1][k]));
        (a + (b - a) * share).round() as u8
    })
}

/// Share of the other values that lie below each value: the default scale of the heat map, since a
/// raw cosine looks impressive and means little.
pub fn percentiles(values: &[f32]) -> Vec<f32> {
    let others = values.len().saturating_sub(1).max(1) as f32;
    let below = |v: f32| values.iter().filter(|&&w| w < v).count() as f32;
    values.iter().map(|&v| below(v) / others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cividis_runs_from_dark_blue_to_yellow_and_gets_lighter() {
        assert_eq!(cividis(0.0), [0, 34, 78]);
        assert_eq!(cividis(1.0), [254, 232, 56]);
        let light = |v: f32| cividis(v).iter().map(|&c| u32::from(c)).sum::<u32>();
        assert!((0..10).all(|i| light(i as f32 / 10.0) < light((i + 1) as f32 / 10.0)));
    }

    #[test]
    fn colors_outside_the_scale_are_its_ends() {
        assert_eq!(cividis(-3.0), cividis(0.0));
        assert_eq!(cividis(7.0), cividis(1.0));
        assert_eq!(cividis(f32::NAN), cividis(0.0));
    }

    #[test]
    fn percentiles_span_the_scale_whatever_the_values() {
        assert_eq!(percentiles(&[0.7, 0.71, 0.69]), vec![0.5, 1.0, 0.0]);
        assert_eq!(percentiles(&[3.0]), vec![0.0]);
    }
}
