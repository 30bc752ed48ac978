//! The mean over a picture's pixels.

use super::FusedOps;
use burn::backend::Dispatch;
use burn::tensor::Tensor;

/// # Shapes
/// - `x`: `[N, H, W, C]`
/// - output: `[N, C]`
pub fn mean_pool(x: Tensor<4>) -> Tensor<2> {
    #[cfg(feature = "unfused")]
    if super::unfused::serves(&x) {
        return super::unfused::mean_pool(x);
    }
    Tensor::from_dispatch(Dispatch::mean_pool(x.into_dispatch()))
}
