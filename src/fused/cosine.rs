//! 1 − cosine, the loss.
//!
//! With n = max(|x| |y|, ε): ∂x of −x·y / n is −(y − (x·y / |x|²) x) / n where n is not clamped.

use super::FusedOps;
use burn::backend::Dispatch;
use burn::tensor::Tensor;

/// Keeps the quotient finite when a vector is zero (PyTorch's default).
pub(super) const EPSILON: f32 = 1e-8;

/// Mean over rows of 1 − cos(x, y), in [0, 2]. No gradient passes to `y`.
///
/// # Shapes
/// - `x`, `y`: `[R, D]`
/// - output: `[1]`
pub fn one_minus_cosine(x: Tensor<2>, y: Tensor<2>) -> Tensor<1> {
    assert_eq!(x.dims(), y.dims(), "one row for another");
    #[cfg(feature = "unfused")]
    if super::unfused::serves(&x) {
        return super::unfused::one_minus_cosine(x, y);
    }
    Tensor::from_dispatch(Dispatch::one_minus_cosine(x.into_dispatch(), y.into_dispatch()))
}
