//! Batch normalization, a residual and a ReLU, over channels that come last.
//!
//! With x̂ = (x − μ) / σ over all rows of a channel, y = relu(γ x̂ + β + r). For a gradient g that has
//! passed the ReLU: ∂γ = Σ g x̂, ∂β = Σ g, ∂r = g and ∂x = γ / σ · (g − mean(g) − x̂ mean(g x̂)).

use super::{FusedOps, Maybe};
use burn::backend::Dispatch;
use burn::tensor::Tensor;

/// A normalized batch and its traces.
#[derive(Debug)]
pub struct Normalized<const R: usize> {
    /// The output, as large as the input.
    pub output: Tensor<R>,
    /// Running mean `[C]` moved towards the batch's.
    pub running_mean: Tensor<1>,
    /// Running variance `[C]` moved towards the batch's unbiased one.
    pub running_variance: Tensor<1>,
}

/// relu?(gamma? · x̂ + beta? + residual?) with the batch's own statistics.
///
/// # Shapes
/// - `x`, `residual` and output: `[…, C]`
/// - all others: `[C]`; gamma and beta come together or not at all
pub fn batch_norm<const R: usize>(
    x: Tensor<R>,
    affine: Option<(Tensor<1>, Tensor<1>)>,
    residual: Option<Tensor<R>>,
    running: (Tensor<1>, Tensor<1>),
    relu: bool,
) -> Normalized<R> {
    #[cfg(feature = "unfused")]
    if super::unfused::serves(&x) {
        return super::unfused::batch_norm(x, affine, residual, running, relu);
    }
    let (gamma, beta) = affine.unzip();
    let (output, _, _, mean, variance) = Dispatch::normalize_batch(
        x.into_dispatch(),
        Maybe::from(gamma.map(Tensor::into_dispatch)),
        Maybe::from(beta.map(Tensor::into_dispatch)),
        Maybe::from(residual.map(Tensor::into_dispatch)),
        running.0.into_dispatch(),
        running.1.into_dispatch(),
        relu,
    );
    Normalized {
        output: Tensor::from_dispatch(output),
        running_mean: Tensor::from_dispatch(mean),
        running_variance: Tensor::from_dispatch(variance),
    }
}
