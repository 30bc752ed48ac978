//! Batch and group normalization with an explicit mode.
//!
//! Our own batch normalization, not burn-nn's: PyTorch's running variance is unbiased (n / (n − 1))
//! where burn's is biased, `affine = false` must be possible, and which statistics are used is
//! said by the caller instead of being read from the device.

use super::config::NormKind;
use burn::module::{Module, Param, RunningState};
use burn::nn::{GroupNorm, GroupNormConfig, Initializer};
use burn::tensor::module::{batch_norm, batch_norm_train};
use burn::tensor::{Device, Tensor};

/// Added to variances (PyTorch's default).
const EPSILON: f64 = 1e-5;

/// Weight of a new batch in the running statistics (PyTorch's default).
const MOMENTUM: f64 = 0.1;

/// Whether a layer behaves as in training or as in evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics, running ones updated; dropout on.
    Train,
    /// Running statistics; dropout off.
    Eval,
}

/// Batch normalization over every dimension but the second.
#[derive(Module, Debug)]
pub struct BatchNorm {
    /// Scale and shift, unless the layer has none.
    gamma: Option<Param<Tensor<1>>>,
    beta: Option<Param<Tensor<1>>>,
    running_mean: RunningState<Tensor<1>>,
    running_var: RunningState<Tensor<1>>,
}

/// Whether a batch normalization learns a scale and a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affine {
    /// It does.
    Learned,
    /// It does not (the action embedding, `affine = false` in the official code).
    Fixed,
}

impl BatchNorm {
    /// Scale 1, shift 0, running mean 0 and variance 1 over `n_features`.
    pub fn new(n_features: usize, affine: Affine, device: &Device) -> Self {
        let learned = affine == Affine::Learned;
        Self {
            gamma: learned.then(|| Initializer::Ones.init([n_features], device)),
            beta: learned.then(|| Initializer::Zeros.init([n_features], device)),
            running_mean: RunningState::new(Tensor::zeros([n_features], device)),
            running_var: RunningState::new(Tensor::ones([n_features], device)),
        }
    }

    /// # Shapes
    /// - input and output: `[N, n_features, …]`
    pub fn forward<const R: usize>(&self, input: Tensor<R>, mode: Mode) -> Tensor<R> {
        let device = input.device();
        let n_features = input.dims()[1];
        let constant = |value: f64| Tensor::full([n_features], value, &device);
        let gamma = self.gamma.as_ref().map_or_else(|| constant(1.0), Param::val);
        let beta = self.beta.as_ref().map_or_else(|| constant(0.0), Param::val);
        match mode {
            Mode::Eval => {
                let (mean, var) = (self.running_mean.value(), self.running_var.value());
                batch_norm(input, gamma, beta, mean, var, EPSILON)
            }
            Mode::Train => {
                let n = (input.shape().num_elements() / n_features) as f64;
                let result = batch_norm_train(input, gamma, beta, EPSILON);
                self.follow(result.mean, result.variance, n);
                result.output
            }
        }
    }

    /// Moves the running statistics towards those `[F]` of a batch of `n` values a feature.
    fn follow(&self, mean: Tensor<1>, variance: Tensor<1>, n: f64) {
        let moved = |old: Tensor<1>, batch: Tensor<1>, weight: f64| {
            (old.mul_scalar(1.0 - MOMENTUM) + batch.detach().mul_scalar(weight)).detach()
        };
        let unbiased = MOMENTUM * n / (n - 1.0).max(1.0);
        set(&self.running_mean, moved(self.running_mean.value(), mean, MOMENTUM));
        set(&self.running_var, moved(self.running_var.value(), variance, unbiased));
    }
}

/// Replaces a running value at once; `update` alone leaves it pending until the next one.
fn set(state: &RunningState<Tensor<1>>, value: Tensor<1>) {
    state.update(value);
    state.value_sync();
}

/// The encoder's normalization of one layer.
#[derive(Module, Debug)]
pub enum Norm {
    /// As in the paper.
    Batch(BatchNorm),
    /// Independent of the batch.
    Group(GroupNorm),
}

impl Norm {
    /// A layer of the given kind over `n_channels`.
    pub fn new(kind: NormKind, n_channels: usize, device: &Device) -> Self {
        match kind {
            NormKind::Batch => Self::Batch(BatchNorm::new(n_channels, Affine::Learned, device)),
            NormKind::Group => Self::Group(GroupNormConfig::new(8, n_channels).init(device)),
        }
    }

    /// # Shapes
    /// - input and output: `[N, C, H, W]`
    pub fn forward(&self, input: Tensor<4>, mode: Mode) -> Tensor<4> {
        match self {
            Self::Batch(norm) => norm.forward(input, mode),
            Self::Group(norm) => norm.forward(input),
        }
    }
}
