//! f: a residual network from one view to z (paper section 3; torchvision's ResNet-18 without its
//! last layer).
//!
//! `[N, 3, P, P] → [N, D]`: stem, stages of basic blocks, global average pooling, nothing else.
//! With the CIFAR or standard stem and width 64 it has 11.17 M parameters.

use super::config::{EncoderConfig, NormKind, Stem};
use super::norm::{Mode, Norm};
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Initializer, PaddingConfig2d};
use burn::tensor::activation::relu;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};

/// The view encoder.
#[derive(Module, Debug)]
pub struct Encoder {
    conv1: Conv2d,
    bn1: Norm,
    layers: Vec<Vec<Block>>,
    #[module(skip)]
    stem: Stem,
}

/// A basic block: two 3×3 convolutions and a shortcut.
#[derive(Module, Debug)]
pub struct Block {
    conv1: Conv2d,
    bn1: Norm,
    conv2: Conv2d,
    bn2: Norm,
    downsample: Option<Downsample>,
}

/// The shortcut where a block changes width or resolution.
#[derive(Module, Debug)]
pub struct Downsample {
    conv: Conv2d,
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
        Self {
            conv1: conv(3, config.stem_channels, kernel, stride, device),
            bn1: Norm::new(config.norm, config.stem_channels, device),
            layers,
            stem: config.stem,
        }
    }

    /// # Shapes
    /// - `views`: `[N, 3, P, P]`
    /// - output z: `[N, D]`, non-negative
    pub fn forward(&self, views: Tensor<4>, mode: Mode) -> Tensor<2> {
        let mut x = relu(self.bn1.forward(self.conv1.forward(views), mode));
        if self.stem == Stem::Standard {
            x = max_pool2d(x, MaxPoolOptions::new([3, 3]).with_stride([2, 2]).with_padding([1, 1]));
        }
        for block in self.layers.iter().flatten() {
            x = block.forward(x, mode);
        }
        let [n, d, h, w] = x.dims();
        x.reshape([n, d, h * w]).mean_dim(2).reshape([n, d]) // [N, D]
    }
}

impl Block {
    fn new(n_in: usize, n_out: usize, stride: usize, norm: NormKind, device: &Device) -> Self {
        let downsample = (stride != 1 || n_in != n_out).then(|| Downsample {
            conv: conv(n_in, n_out, 1, stride, device),
            norm: Norm::new(norm, n_out, device),
        });
        Self {
            conv1: conv(n_in, n_out, 3, stride, device),
            bn1: Norm::new(norm, n_out, device),
            conv2: conv(n_out, n_out, 3, 1, device),
            bn2: Norm::new(norm, n_out, device),
            downsample,
        }
    }

    fn forward(&self, x: Tensor<4>, mode: Mode) -> Tensor<4> {
        let shortcut = match &self.downsample {
            Some(down) => down.norm.forward(down.conv.forward(x.clone()), mode),
            None => x.clone(),
        };
        let y = relu(self.bn1.forward(self.conv1.forward(x), mode));
        relu(self.bn2.forward(self.conv2.forward(y), mode) + shortcut)
    }
}

fn conv(n_in: usize, n_out: usize, kernel: usize, stride: usize, device: &Device) -> Conv2d {
    let pad = kernel / 2;
    Conv2dConfig::new([n_in, n_out], [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .with_bias(false)
        .with_initializer(Initializer::Zeros)
        .init(device)
}
