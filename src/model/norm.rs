//! Batch and group normalization with an explicit mode, over channels that come last.
//!
//! Our own batch normalization, not burn-nn's: PyTorch's running variance is unbiased (n / (n − 1))
//! where burn's is biased, `affine = false` must be possible, and which statistics are used is
//! said by the caller instead of being read from the device.

use super::config::NormKind;
use crate::fused::{self, EPSILON, finish};
use burn::module::{Module, Param, RunningState};
use burn::tensor::{Device, Tensor};

/// Whether a layer behaves as in training or as in evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Batch statistics, running ones updated; dropout on.
    Train,
    /// Running statistics; dropout off.
    Eval,
}

/// Batch normalization over every dimension but the last.
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
        let (gamma, beta) = learned.then(|| scale_and_shift(n_features, device)).unzip();
        Self {
            gamma,
            beta,
            running_mean: RunningState::new(Tensor::zeros([n_features], device)),
            running_var: RunningState::new(Tensor::ones([n_features], device)),
        }
    }

    /// relu?(normalized `input` + `residual`?).
    ///
    /// # Shapes
    /// - `input`, `residual` and output: `[…, n_features]`
    pub fn forward<const R: usize>(
        &self,
        input: Tensor<R>,
        residual: Option<Tensor<R>>,
        relu_after: bool,
        mode: Mode,
    ) -> Tensor<R> {
        if mode == Mode::Eval {
            let (scale, shift) = self.scale_and_shift();
            return finish(input * scale.unsqueeze() + shift.unsqueeze(), residual, relu_after);
        }
        let affine = self.gamma.as_ref().zip(self.beta.as_ref());
        let affine = affine.map(|(gamma, beta)| (gamma.val(), beta.val()));
        let running = (self.running_mean.value(), self.running_var.value());
        let result = fused::batch_norm(input, affine, residual, running, relu_after);
        set(&self.running_mean, result.running_mean);
        set(&self.running_var, result.running_variance);
        result.output
    }

    /// What evaluation multiplies and adds `[n_features]`.
    pub fn scale_and_shift(&self) -> (Tensor<1>, Tensor<1>) {
        let variance = self.running_var.value();
        let scale = (variance + f64::from(EPSILON)).sqrt().recip();
        let scale = match &self.gamma {
            Some(gamma) => scale * gamma.val(),
            None => scale,
        };
        let shift = (self.running_mean.value() * scale.clone()).neg();
        let shift = match &self.beta {
            Some(beta) => shift + beta.val(),
            None => shift,
        };
        (scale, shift)
    }
}

/// A scale of 1 and a shift of 0, to be learned.
fn scale_and_shift(n_features: usize, device: &Device) -> (Param<Tensor<1>>, Param<Tensor<1>>) {
    let (one, zero) = (Tensor::ones([n_features], device), Tensor::zeros([n_features], device));
    (Param::from_tensor(one), Param::from_tensor(zero))
}

/// Replaces a running value at once; `update` alone leaves it pending until the next one.
fn set(state: &RunningState<Tensor<1>>, value: Tensor<1>) {
    state.update(value);
    state.value_sync();
}

/// Layer normalization.
#[derive(Module, Debug)]
pub struct LayerNorm {
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
}

impl LayerNorm {
    /// Scale 1 and shift 0 over `n_features`.
    pub fn new(n_features: usize, device: &Device) -> Self {
        let (gamma, beta) = scale_and_shift(n_features, device);
        Self { gamma, beta }
    }

    /// Normalized `x` + `residual`.
    ///
    /// # Shapes
    /// - all: `[R, n_features]`
    pub fn forward(&self, x: Tensor<2>, residual: Option<Tensor<2>>) -> Tensor<2> {
        fused::layer_norm(x, residual, self.gamma.val(), self.beta.val())
    }
}

/// Group normalization (Wu and He, 2018) of pictures: over all pixels of a group of channels.
#[derive(Module, Debug)]
pub struct GroupNorm {
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
}

/// Groups of channels.
const N_GROUPS: usize = 8;

impl GroupNorm {
    /// Scale 1 and shift 0 over `n_channels`, a multiple of 8.
    pub fn new(n_channels: usize, device: &Device) -> Self {
        let (gamma, beta) = scale_and_shift(n_channels, device);
        Self { gamma, beta }
    }

    /// # Shapes
    /// - input and output: `[N, H, W, C]`
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let [n, h, w, c] = input.dims();
        let (pixels, group) = (h * w, c / N_GROUPS);
        // A group's values side by side are a row to normalize.
        let grouped = input.reshape([n, pixels, N_GROUPS, group]).swap_dims(1, 2);
        let rows = grouped.reshape([n * N_GROUPS, pixels * group]);
        let (device, width) = (rows.device(), pixels * group);
        let (one, zero) = (Tensor::ones([width], &device), Tensor::zeros([width], &device));
        let normalized = fused::layer_norm(rows, None, one, zero);
        let back = normalized.reshape([n, N_GROUPS, pixels, group]).swap_dims(1, 2);
        back.reshape([n, h, w, c]) * self.gamma.val().unsqueeze() + self.beta.val().unsqueeze()
    }
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
            NormKind::Group => Self::Group(GroupNorm::new(n_channels, device)),
        }
    }

    /// relu?(normalized `input` + `residual`?).
    ///
    /// # Shapes
    /// - `input`, `residual` and output: `[N, H, W, C]`
    pub fn forward(
        &self,
        input: Tensor<4>,
        residual: Option<Tensor<4>>,
        relu_after: bool,
        mode: Mode,
    ) -> Tensor<4> {
        match self {
            Self::Batch(norm) => norm.forward(input, residual, relu_after, mode),
            Self::Group(norm) => finish(norm.forward(input), residual, relu_after),
        }
    }
}
