//! From bytes to tensors: the only place that knows how a view is normalized.

use burn::tensor::{Device, Tensor, TensorData};

/// Mean that is subtracted from a channel in [0, 1].
///
/// DIFFERS: the official code uses each data set's own mean and deviation; one constant serves
/// every world, so that a checkpoint runs on any picture.
const MEAN: f32 = 0.5;

/// What the difference is divided by: close to the deviation of natural pictures.
const DEVIATION: f32 = 0.25;

/// Views as the encoder wants them: about zero mean and unit deviation.
///
/// # Shapes
/// - `views`: N slices of `side_px * side_px * 3` bytes, row-major, RGB interleaved
/// - output: `[N, side_px, side_px, 3]`
///
/// # Panics
/// When a slice has another length.
pub fn views<'a>(
    views: impl IntoIterator<Item = &'a [u8]>,
    side_px: usize,
    device: &Device,
) -> Tensor<4> {
    let values = normalized(views, side_px);
    let n = values.len() / (3 * side_px * side_px).max(1);
    Tensor::from_data(TensorData::new(values, [n, side_px, side_px, 3]), device)
}

/// The values of [`views`].
///
/// # Panics
/// As [`views`].
pub fn normalized<'a>(views: impl IntoIterator<Item = &'a [u8]>, side_px: usize) -> Vec<f32> {
    let n_pixels = side_px * side_px;
    let table: Vec<f32> = (0..256).map(|byte| (byte as f32 / 255.0 - MEAN) / DEVIATION).collect();
    let mut values = Vec::new();
    for rgb in views {
        assert_eq!(rgb.len(), 3 * n_pixels, "a view has side² RGB pixels");
        values.extend(rgb.iter().map(|byte| table[usize::from(*byte)]));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_normalized_values() {
        let values = normalized([[0_u8, 255, 51].as_slice()], 1);
        assert_eq!(values, vec![-2.0, 2.0, (0.2 - 0.5) / 0.25]);
    }
}
