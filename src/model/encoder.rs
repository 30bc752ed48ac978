//! f: a residual network from one view to z (paper section 3; torchvision's ResNet-18 without its
//! last layer).
//!
//! `[N, P, P, 3] → [N, D]`: stem, stages of basic blocks, global average pooling, nothing else.
//! With the CIFAR or standard stem and width 64 it has 11.17 M parameters.

use super::config::{EncoderConfig, NormKind, Stem};
use super::conv::Conv;
use super::norm::{Mode, Norm};
use crate::fused::mean_pool;
use burn::module::Module;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};

/// The view encoder.
#[derive(Module, Debug)]
pub struct Encoder {
    conv1: Conv,
    bn1: Norm,
    layers: Vec<Vec<Block>>,
    #[module(skip)]
    stem: Stem,
}

/// A basic block: two 3×3 convolutions and a shortcut.
#[derive(Module, Debug)]
pub struct Block {
    conv1: Conv,
    bn1: Norm,
    conv2: Conv,
    bn2: Norm,
    downsample: Option<Downsample>,
}

/// The shortcut where a block changes width or resolution.
#[derive(Module, Debug)]
pub struct Downsample {
    conv: Conv,
    norm: Norm,
}

impl Encoder {
    /// An encoder with weights to be filled by [`super::weights`].
    pub fn new(config: &EncoderConfig, device: &Device) -> Self {
        let (kernel, stride) = match config.stem {
            Stem::Standard => (7, 2),
            Stem::Cifar => (3, 1),
            Stem::Strided => (3, 2),
        };
        let mut n_in = config.stem_channels;
        let mut layers = Vec::new();
        for stage in &config.stages {
            let mut blocks = Vec::new();
            for index in 0..stage.blocks {
                let stride = if index == 0 { stage.stride } else { 1 };
                blocks.push(Block::new(n_in, stage.channels, stride, config.norm, device));
                n_in = stage.channels;
            }
            layers.push(blocks);
        }
        let channels = (3, config.stem_channels);
        let (conv1, bn1) = Conv::with_norm(config.norm, channels, (kernel, stride), device);
        Self { conv1, bn1, layers, stem: config.stem }
    }

    /// # Shapes
    /// - `views`: `[N, P, P, 3]`
    /// - output z: `[N, D]`, non-negative
    pub fn forward(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        let mut x = self.conv1.normalized(&self.bn1, views, None, true, mode);
        if self.stem == Stem::Standard {
            let options = MaxPoolOptions::new([3, 3]).with_stride([2, 2]).with_padding([1, 1]);
            x = max_pool2d(x.permute([0, 3, 1, 2]), options).permute([0, 2, 3, 1]);
        }
        for block in self.layers.iter().flatten() {
            x = block.forward(x, mode);
        }
        mean_pool(x) // [N, D]
    }
}

impl Block {
    fn new(n_in: usize, n_out: usize, stride: usize, kind: NormKind, device: &Device) -> Self {
        let downsample = (stride != 1 || n_in != n_out).then(|| {
            let (conv, norm) = Conv::with_norm(kind, (n_in, n_out), (1, stride), device);
            Downsample { conv, norm }
        });
        let (conv1, bn1) = Conv::with_norm(kind, (n_in, n_out), (3, stride), device);
        let (conv2, bn2) = Conv::with_norm(kind, (n_out, n_out), (3, 1), device);
        Self { conv1, bn1, conv2, bn2, downsample }
    }

    fn forward(&self, x: Tensor<4>, mode: Mode) -> Tensor<4> {
        let shortcut = match &self.downsample {
            Some(down) => down.conv.normalized(&down.norm, x.clone(), None, false, mode),
            None => x.clone(),
        };
        let y = self.conv1.normalized(&self.bn1, x, None, true, mode);
        self.conv2.normalized(&self.bn2, y, Some(shortcut), true, mode)
    }
}
