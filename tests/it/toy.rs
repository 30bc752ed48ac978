//! A model small enough to be differentiated by hand, and what the other modules do with it.
//!
//! Weights, running statistics and inputs are random, so that no test passes because something
//! is zero or one. No claims of its own.

use burn::tensor::{Device, Tensor, TensorData};
use seq_jepa::model::config::{AggregatorConfig, EncoderConfig, StageConfig};
use seq_jepa::model::weights::{self, Kind, Slot};
use seq_jepa::model::{
    Conditioning, Forward, Mode, NormKind, SeqJepa, SeqJepaConfig, Stem, TargetEncoder, read,
};
use seq_jepa::train::batch::Batch;
use seq_jepa::train::config::RunConfig;
use seq_jepa::train::flat::FlatLayout;
use seq_jepa::train::method::Method;
use seq_jepa::train::optim::AdamW;
use seq_jepa::train::trainer::{State, Trainer};
use seq_jepa::world::{WorldConfig, rng};

/// Sequences a step, observed views, side of a view and components of an action.
pub const B: usize = 4;
pub const M: usize = 4;
pub const P: usize = 8;
pub const A: usize = 2;

pub fn device() -> Device {
    Device::flex()
}

/// A run with two slim stages, without dropout.
pub fn config(norm: NormKind, conditioning: Conditioning) -> RunConfig {
    let stage = |channels, stride| StageConfig { channels, blocks: 1, stride };
    RunConfig {
        n_observed_min: None,
        preset: "nano".to_owned(),
        method: Method::SeqJepa,
        model: SeqJepaConfig {
            encoder: EncoderConfig {
                stem: Stem::Strided,
                stem_channels: 8,
                stages: vec![stage(8, 1), stage(16, 2)],
                norm,
            },
            action_dim: A,
            action_embed_dim: 8,
            conditioning,
            aggregator: AggregatorConfig { n_layers: 1, n_heads: 4, ff_ratio: 2, dropout: 0.0 },
            predictor_hidden_dim: 24,
        },
        world: WorldConfig::saccade().with_view_side_px(P),
        n_observed: M,
        batch: B,
        steps: 50,
        learning_rate: 1e-3,
        warmup_steps: 0,
        weight_decay: 1e-2,
        clip_norm: 1.0,
        tau_start: 0.9,
        ema: true,
        seed: 3,
        data: None,
        saliency: None,
    }
}

/// Random values of a slot: scales and variances about one, matrices by their fan-in.
pub fn filled(seed: u64, slot: &Slot) -> Vec<f32> {
    let mut chance = rng::stream(seed, &slot.name, 0);
    let mut normal = || rng::normal(&mut chance);
    let fan_in: usize = slot.shape[1..].iter().product();
    let spread = 1.0 / (fan_in as f32).sqrt();
    let scale = slot.shape.len() == 1 && slot.name.ends_with("weight");
    let variance = slot.name.ends_with("running_var");
    (0..slot.len())
        .map(|_| match slot.kind {
            Kind::Buffer if variance => (0.3 * normal()).exp(),
            Kind::Parameter if scale => 1.0 + 0.2 * normal(),
            _ if slot.shape.len() == 1 => 0.2 * normal(),
            _ => spread * normal(),
        })
        .collect()
}

/// Both encoders with random values of their own, on the autodiff device.
pub fn models(config: &RunConfig) -> (SeqJepa, TargetEncoder) {
    let autodiff = device().autodiff();
    let empty = SeqJepa::new(&config.model, &autodiff);
    let target = empty.target();
    let online = weights::fill(empty, &autodiff, |slot| Ok(filled(1, slot)));
    let target = weights::fill(target, &autodiff, |slot| Ok(filled(2, slot)));
    (online.expect("every slot has values"), target.expect("every slot has values"))
}

pub fn trainer(config: &RunConfig) -> Trainer {
    let (online, target) = models(config);
    let optimizer = AdamW::new(&FlatLayout::of(&online), &device());
    Trainer::from_state(config.clone(), State { online, target, optimizer, step: 0 }, &device())
}

pub fn normals(purpose: &str, n: usize) -> Vec<f32> {
    let mut chance = rng::stream(5, purpose, 0);
    (0..n).map(|_| rng::normal(&mut chance)).collect()
}

pub fn tensor<const R: usize>(values: Vec<f32>, shape: [usize; R]) -> Tensor<R> {
    Tensor::from_data(TensorData::new(values, shape), &device())
}

/// Inputs of one step; another `purpose`, other numbers.
pub fn batch(purpose: &str) -> Batch {
    let part = |name: &str, n| normals(&format!("{purpose} {name}"), n);
    Batch {
        observed: tensor(part("observed", B * M * 3 * P * P), [B, M, P, P, 3]),
        next: tensor(part("next", B * 3 * P * P), [B, P, P, 3]),
        actions: tensor(part("actions", B * M * A), [B, M, A]),
    }
}

pub fn forward(online: &SeqJepa, target: &TargetEncoder, batch: &Batch, mode: Mode) -> Forward {
    online.forward(
        target,
        Tensor::from_inner(batch.observed.clone()),
        Tensor::from_inner(batch.next.clone()),
        Tensor::from_inner(batch.actions.clone()),
        mode,
    )
}

/// Row-major values.
pub fn numbers<const R: usize>(tensor: Tensor<R>) -> Vec<f32> {
    pollster::block_on(read::flat(tensor.detach())).expect("flex reads")
}

/// Every tensor of a module by its official name, in burn's order.
pub fn named<T: burn::module::Module>(module: &T) -> Vec<(Slot, Vec<f32>)> {
    weights::tensors(module).into_iter().map(|(slot, tensor)| (slot, numbers(tensor))).collect()
}

/// Running statistics alone.
pub fn statistics<T: burn::module::Module>(module: &T) -> Vec<(Slot, Vec<f32>)> {
    named(module).into_iter().filter(|(slot, _)| slot.kind == Kind::Buffer).collect()
}

pub fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len(), "as many values");
    a.iter().zip(b).fold(0.0, |max, (a, b)| if (a - b).abs() <= max { max } else { (a - b).abs() })
}

/// The GPU of this machine, if it has one; a software adapter will do.
#[cfg(feature = "gpu")]
pub fn gpu() -> Option<Device> {
    use std::sync::OnceLock;
    static DEVICE: OnceLock<Option<Device>> = OnceLock::new();
    let device = DEVICE.get_or_init(|| {
        pollster::block_on(Device::wgpu_options().init_async())
            .inspect_err(|why| println!("wgpu has no adapter here: {why:?}"))
            .ok()
    });
    device.clone()
}
