//! The operations that a training step is made of, each as few passes over memory (CPU) or as few
//! kernels (GPU) as it can be.
//!
//! burn composes a batch normalization of a dozen operations, its gradient of two dozen. On a GPU
//! each is a launch of tens of microseconds, on a CPU a pass over memory: both cost more than the
//! arithmetic of a small model. Here each is one operation with a derivation, a gradient of its own,
//! one form for the CPU ([`cpu`]) and one for GPUs (`gpu`).
//!
//! Pictures are channels-last, `[N, H, W, C]`, and convolutions `[k, k, C_in, C_out]`: the innermost
//! dimension is the one that all arithmetic runs along.
//!
//! `unfused` composes the same operations of burn's own. They are what the fused ones are tested
//! against, they run in double precision, and [`prefer`] selects them when a fused one is suspected.

mod adamw;
mod attention;
mod autodiff;
mod batch_norm;
mod both;
mod conv;
mod cosine;
#[cfg(feature = "cpu")]
pub mod cpu;
mod finish;
mod gather;
#[cfg(feature = "gpu")]
pub mod gpu;
mod layer_norm;
mod pool;
#[cfg(feature = "unfused")]
pub mod unfused;

pub use adamw::{BETA_1, BETA_2, StepSettings, Stepped, adamw};
pub use attention::{Attended, attention};
pub use batch_norm::{Normalized, batch_norm};
pub use both::both;
pub use conv::{Geometry, conv, linear};
pub use cosine::one_minus_cosine;
pub use finish::finish;
pub use gather::{ALIGN, gather, view};
pub use layer_norm::layer_norm;
pub use pool::mean_pool;
#[cfg(feature = "unfused")]
pub use unfused::prefer;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, ExtensionType, backend_extension};

/// Added to variances (PyTorch's default).
pub const EPSILON: f32 = 1e-5;

/// Weight of a new batch in running statistics (PyTorch's default).
pub const MOMENTUM: f32 = 0.1;

/// A tensor or none, on its way through burn's dispatch.
#[derive(Clone, Debug, ExtensionType)]
pub enum Maybe<B: Backend> {
    /// None.
    No,
    /// One.
    Yes(FloatTensor<B>),
}

impl<B: Backend> Maybe<B> {
    fn from(tensor: Option<FloatTensor<B>>) -> Self {
        tensor.map_or(Self::No, Self::Yes)
    }

    fn into_option(self) -> Option<FloatTensor<B>> {
        match self {
            Self::No => None,
            Self::Yes(tensor) => Some(tensor),
        }
    }
}

/// Up to six tensors: as many as a GPU kernel can read beside what it writes.
#[derive(Clone, Debug, ExtensionType)]
pub struct Parts<B: Backend> {
    a: FloatTensor<B>,
    #[extension_type]
    b: Maybe<B>,
    #[extension_type]
    c: Maybe<B>,
    #[extension_type]
    d: Maybe<B>,
    #[extension_type]
    e: Maybe<B>,
    #[extension_type]
    f: Maybe<B>,
}

impl<B: Backend> Parts<B> {
    /// Most tensors.
    const MAX: usize = 6;

    fn into_vec(self) -> Vec<FloatTensor<B>> {
        let Self { a, b, c, d, e, f } = self;
        let rest = [b, c, d, e, f].into_iter().filter_map(Maybe::into_option);
        std::iter::once(a).chain(rest).collect()
    }
}

/// What a backend has to bring. All tensors are `f32`; R is a number of rows, that is of pixels or
/// tokens of the whole batch. The functions of this room check shapes before they call it.
#[expect(clippy::type_complexity, reason = "the dispatch macro reads tuples, not their names")]
#[backend_extension(Flex: cfg(feature = "cpu"), Cube: cfg(feature = "gpu"), Autodiff)]
pub trait FusedOps: Backend {
    /// relu?(x ∗ weight + bias? + residual?): `[N, H, W, C]` and `[k, k, C, O]` to `[N, H', W', O]`.
    fn conv(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        #[extension_type] bias: Maybe<Self>,
        #[extension_type] residual: Maybe<Self>,
        geometry: Geometry,
        relu: bool,
    ) -> FloatTensor<Self>;

    /// relu?(gamma? · x̂ + beta? + residual?) with the batch's own statistics, channels last.
    ///
    /// Returns y, the batch's mean `[C]`, 1 / deviation `[C]`, and the moved running mean and
    /// variance `[C]`.
    fn normalize_batch(
        x: FloatTensor<Self>,
        #[extension_type] gamma: Maybe<Self>,
        #[extension_type] beta: Maybe<Self>,
        #[extension_type] residual: Maybe<Self>,
        running_mean: FloatTensor<Self>,
        running_variance: FloatTensor<Self>,
        relu: bool,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );

    /// gamma · normalized(x + residual?) + beta over the last dimension.
    fn normalize_rows(
        x: FloatTensor<Self>,
        #[extension_type] residual: Maybe<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// Multi-head self-attention of queries, keys and values `[B, T, 3E]`: its output `[B, T, E]` and
    /// its weights `[B, heads, T, T]` before `drop` multiplied them.
    fn attend(
        qkv: FloatTensor<Self>,
        #[extension_type] drop: Maybe<Self>,
        n_heads: usize,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// Mean over pixels: `[N, H, W, C]` to `[N, C]`.
    fn mean_pool(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Mean over rows of 1 − cosine `[1]` of `[R, D]` and `[R, D]`.
    fn one_minus_cosine(x: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self>;

    /// `n` values to be written, on `like`'s device.
    fn blank(like: FloatTensor<Self>, n: usize) -> FloatTensor<Self>;

    /// Writes tensors into `out` `[N]`, in place, from place `start` on, one after the other, each
    /// tensor's place rounded up to `align` values by zeros. Only the caller has `out`.
    fn place(
        out: FloatTensor<Self>,
        #[extension_type] parts: Parts<Self>,
        start: usize,
        align: usize,
    ) -> FloatTensor<Self>;

    /// `n` values of a flat vector from `start` on, a multiple of 64: on a GPU without a copy.
    fn view(flat: FloatTensor<Self>, start: usize, n: usize) -> FloatTensor<Self>;

    /// One step of AdamW with global-norm clipping, and of the moving average of the first values.
    ///
    /// Returns the parameters, both moments, the moving average and the gradients' norm `[1]`.
    fn adamw(
        theta: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        decay_mask: FloatTensor<Self>,
        average: FloatTensor<Self>,
        settings: StepSettings,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );
}

/// The gradients of [`FusedOps`]: `gradient` is that of the loss to the operation's output.
pub trait FusedGradients: FusedOps {
    /// Two gradients that do not need each other: at once, where there are threads for them.
    fn both<X: Send, Y: Send>(
        first: impl FnOnce() -> X + Send,
        second: impl FnOnce() -> Y + Send,
    ) -> (X, Y) {
        (first(), second())
    }

    /// The gradient of [`FusedOps::conv`] to its x `[N, height, width, C]`.
    fn conv_x_gradient(
        gradient: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        geometry: Geometry,
        height: usize,
        width: usize,
    ) -> FloatTensor<Self>;

    /// The gradient of [`FusedOps::conv`] to its weight `[k, k, C, O]`.
    fn conv_weight_gradient(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
        kernel: usize,
    ) -> FloatTensor<Self>;

    /// `gradient` where `y` is positive, else 0.
    fn relu_gradient(gradient: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Sums over all dimensions but the last `[C]`.
    fn column_sums(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The gradients of [`FusedOps::normalize_batch`] to x, gamma `[C]`, beta `[C]` and the residual. `y` is
    /// its result where it ended in a ReLU.
    fn batch_norm_gradient(
        gradient: FloatTensor<Self>,
        x: FloatTensor<Self>,
        y: Option<FloatTensor<Self>>,
        gamma: Option<FloatTensor<Self>>,
        mean: FloatTensor<Self>,
        inverse_deviation: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// The gradients of [`FusedOps::normalize_rows`] to x (and the residual), gamma and beta.
    fn layer_norm_gradient(
        gradient: FloatTensor<Self>,
        x: FloatTensor<Self>,
        residual: Option<FloatTensor<Self>>,
        gamma: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// The gradient of [`FusedOps::attend`]'s output to its input `[B, T, 3E]`.
    fn attention_gradient(
        gradient: FloatTensor<Self>,
        qkv: FloatTensor<Self>,
        weights: FloatTensor<Self>,
        drop: Option<FloatTensor<Self>>,
    ) -> FloatTensor<Self>;

    /// The gradient of [`FusedOps::mean_pool`] to its input.
    fn mean_pool_gradient(
        gradient: FloatTensor<Self>,
        height: usize,
        width: usize,
    ) -> FloatTensor<Self>;

    /// The gradient of [`FusedOps::one_minus_cosine`] to x.
    fn one_minus_cosine_gradient(
        gradient: FloatTensor<Self>,
        x: FloatTensor<Self>,
        y: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}
