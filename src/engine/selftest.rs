//! Whether a device computes what the CPU computes: a tiny network's forward pass, gradients and
//! one optimizer step against numbers that the CPU backend made (`selftest.txt`).
//!
//! A GPU may be wrong in silence (a driver, a kernel that failed to compile), so the page asks this
//! before it trains there. A native test holds the stored numbers to the CPU backend.

use crate::model::config::{AggregatorConfig, EncoderConfig, StageConfig};
use crate::model::{
    Conditioning, Mode, NormKind, SeqJepa, SeqJepaConfig, Stem, init, read, weights,
};
use crate::protocol::SelfTestRow;
use crate::train::flat::FlatLayout;
use crate::train::optim::{AdamW, UpdateSettings};
use crate::world::rng;
use burn::tensor::{Device, Tensor, TensorData};

/// Largest difference over the largest magnitude that passes: `f32` sums in another order, over
/// six layers and back.
const TOLERANCE: f32 = 1e-3;

/// Values kept of each part, evenly spread.
const N_KEPT: usize = 48;

/// The parts in the order of computation.
const PARTS: [&str; 5] =
    ["convolution", "normalization", "attention", "backward", "optimizer step"];

/// What the CPU made: one line a part, the bits of the values. (To read decimals would cost the page's
/// engine the standard library's tables for it, 12 kB.)
const EXPECTED: &str = include_str!("selftest.txt");

/// Runs the network on a device and compares.
///
/// # Errors
/// When the device fails.
pub async fn compare(device: &Device) -> Result<Vec<SelfTestRow>, String> {
    let found = compute(device).await?;
    let rows = PARTS.iter().zip(&found).zip(EXPECTED.lines());
    Ok(rows
        .map(|((part, found), line)| SelfTestRow {
            part: (*part).to_owned(),
            relative_error: relative_error(found, line),
            tolerance: TOLERANCE,
        })
        .collect())
}

/// The values of each part on a device.
///
/// # Errors
/// When the device fails.
pub async fn compute(device: &Device) -> Result<[Vec<f32>; 5], String> {
    let autodiff = device.clone().autodiff();
    let online = weights::fill(SeqJepa::new(&config(), &autodiff), &autodiff, |slot| {
        let mut chance = rng::stream(1, &slot.name, 0);
        let mut values = init::draw(slot, &mut || rng::unit(&mut chance));
        // Scales that start at zero would hide half of each block.
        values.iter_mut().filter(|v| **v == 0.0).for_each(|v| *v = 0.1);
        Ok(values)
    })?;
    let target = online.target();
    let layout = FlatLayout::of(&online);
    let observed = input("observed", [4, 2, 16, 16, 3], &autodiff);
    let next = input("next", [4, 16, 16, 3], &autodiff);
    let actions = input("actions", [4, 2, 2], &autodiff);
    let z_eval = online.encode(next.clone(), Mode::Eval).inner();
    let forward = online.forward(&target, observed, next, actions, Mode::Train);
    let gradient = layout.gradients(&online, &forward.loss.backward());
    let theta = layout.gather(&online);
    let learning_rate = 1e-3;
    let settings = UpdateSettings { learning_rate, weight_decay: 1e-2, clip_norm: 1.0, tau: 0.5 };
    // On a made-up gradient: AdamW's first step goes by its sign, and where the real one is rounding
    // noise two right devices may differ.
    let made_up = input("gradient", [layout.len()], device);
    let average = theta.clone();
    let stepped = AdamW::new(&layout, device).update(theta, average, made_up, settings);
    Ok([
        kept(z_eval).await?,
        kept(forward.z.inner()).await?,
        kept(forward.z_agg.inner()).await?,
        kept(gradient).await?,
        kept(stepped.theta).await?,
    ])
}

fn config() -> SeqJepaConfig {
    let stage = |channels, stride| StageConfig { channels, blocks: 1, stride };
    SeqJepaConfig {
        encoder: EncoderConfig {
            stem: Stem::Strided,
            stem_channels: 8,
            stages: vec![stage(8, 1), stage(16, 2)],
            norm: NormKind::Batch,
        },
        action_dim: 2,
        action_embed_dim: 8,
        conditioning: Conditioning::Both,
        aggregator: AggregatorConfig { n_layers: 1, n_heads: 4, ff_ratio: 2, dropout: 0.0 },
        predictor_hidden_dim: 32,
    }
}

fn input<const R: usize>(purpose: &str, shape: [usize; R], device: &Device) -> Tensor<R> {
    let mut chance = rng::stream(2, purpose, 0);
    let n = shape.iter().product();
    let values: Vec<f32> = (0..n).map(|_| rng::normal(&mut chance)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

async fn kept<const R: usize>(tensor: Tensor<R>) -> Result<Vec<f32>, String> {
    let all = read::flat(tensor).await?;
    let stride = (all.len() / N_KEPT).max(1);
    Ok(all.into_iter().step_by(stride).take(N_KEPT).collect())
}

/// Infinite when anything is missing or not a number.
fn relative_error(found: &[f32], line: &str) -> f32 {
    let value = |word| u32::from_str_radix(word, 16).map(f32::from_bits).ok();
    let expected: Vec<f32> = line.split(' ').filter_map(value).collect();
    if expected.len() != found.len() || found.iter().any(|value| !value.is_finite()) {
        return f32::INFINITY;
    }
    let scale = expected.iter().fold(f32::MIN_POSITIVE, |max, value| max.max(value.abs()));
    let differences = found.iter().zip(&expected).map(|(f, e)| (f - e).abs());
    differences.fold(0.0, f32::max) / scale
}

/// The stored form of [`compute`]'s values.
pub fn text_of(values: &[Vec<f32>; 5]) -> String {
    let line = |part: &Vec<f32>| {
        let words: Vec<String> = part.iter().map(|v| format!("{:08x}", v.to_bits())).collect();
        words.join(" ") + "\n"
    };
    values.iter().map(line).collect()
}
