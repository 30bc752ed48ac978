//! What stands behind an operation that cannot end in it, composed of burn's own.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// relu?(y + residual?).
pub fn finish<const R: usize>(
    y: Tensor<R>,
    residual: Option<Tensor<R>>,
    relu_after: bool,
) -> Tensor<R> {
    let y = match residual {
        Some(residual) => y + residual,
        None => y,
    };
    if relu_after { relu(y) } else { y }
}
