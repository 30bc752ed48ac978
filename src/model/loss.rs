//! 1 − cosine: the only term of the loss.

use burn::tensor::Tensor;

/// Keeps the quotient finite when a vector is zero (PyTorch's default).
const EPSILON: f64 = 1e-8;

/// Mean over the batch of 1 − cos(ẑ, z), in [0, 2].
///
/// # Shapes
/// - `z_hat`, `z_target`: `[B, D]`
/// - output: `[1]`
pub fn one_minus_cosine(z_hat: Tensor<2>, z_target: Tensor<2>) -> Tensor<1> {
    assert_eq!(z_hat.dims(), z_target.dims(), "one target a prediction");
    let dot = (z_hat.clone() * z_target.clone()).sum_dim(1); // [B, 1]
    let squares = z_hat.square().sum_dim(1) * z_target.square().sum_dim(1);
    let norms = squares.sqrt().clamp_min(EPSILON);
    (dot / norms).mean().neg().add_scalar(1.0)
}
