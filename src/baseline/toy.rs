//! A batch that every method must be able to learn, and small tensors for losses by hand.

use super::Baseline;
use crate::model::config::{AggregatorConfig, EncoderConfig, StageConfig};
use crate::model::{Conditioning, Mode, NormKind, SeqJepaConfig, Stem, read};
use crate::train::batch::Batch;
use crate::train::config::RunConfig;
use crate::train::preset;
use crate::train::trainer::Trainer;
use crate::world::WorldConfig;
use crate::world::rng::{normal, stream};
use burn::tensor::{Device, Tensor, TensorData};
use pollster::block_on;

/// Things in the batch.
pub(super) const B: usize = 16;

/// Side of a view in pixels.
const P: usize = 8;

/// Steps of a run.
const STEPS: u64 = 60;

pub(super) fn rows<const N: usize, const D: usize>(values: [[f32; D]; N]) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.concat(), [N, D]), &Device::flex())
}

pub(super) fn values<const R: usize>(tensor: Tensor<R>) -> Vec<f32> {
    block_on(read::flat(tensor)).expect("a CPU does not fail")
}

pub(super) fn value(tensor: Tensor<1>) -> f32 {
    values(tensor)[0]
}

fn config(n_observed: usize) -> RunConfig {
    let stage = |channels, stride| StageConfig { channels, blocks: 1, stride };
    let mut config = preset::run("nano", WorldConfig::saccade()).expect("a preset");
    config.model = SeqJepaConfig {
        encoder: EncoderConfig {
            stem: Stem::Strided,
            stem_channels: 8,
            stages: vec![stage(16, 1), stage(32, 2)],
            norm: NormKind::Batch,
        },
        action_dim: 2,
        action_embed_dim: 8,
        conditioning: Conditioning::Both,
        aggregator: AggregatorConfig { n_layers: 1, n_heads: 4, ff_ratio: 2, dropout: 0.0 },
        predictor_hidden_dim: 16,
    };
    (config.batch, config.n_observed) = (B, n_observed);
    (config.steps, config.warmup_steps, config.learning_rate) = (STEPS, 5, 3e-3);
    config
}

/// Each thing a pattern of its own, at a contrast that the action changes.
fn batch(n_observed: usize) -> Batch {
    let (m, n_values) = (n_observed, P * P * 3);
    let mut rng = stream(3, "toy batch", 0);
    let (mut observed, mut next, mut actions) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..B {
        let pattern: Vec<f32> = (0..n_values).map(|_| normal(&mut rng)).collect();
        let states: Vec<[f32; 2]> = (0..=m).map(|_| [normal(&mut rng), normal(&mut rng)]).collect();
        for (i, state) in states.iter().enumerate() {
            let bright = |(at, p): (usize, &f32)| p + state[at / 3 % P / (P / 2)];
            let view = pattern.iter().enumerate().map(bright);
            if i < m { observed.extend(view) } else { next.extend(view) }
        }
        actions.extend(states.windows(2).flat_map(|s| [s[1][0] - s[0][0], s[1][1] - s[0][1]]));
    }
    let device = Device::flex();
    let observed = TensorData::new(observed, [B, m, P, P, 3]);
    let next = TensorData::new(next, [B, P, P, 3]);
    let actions = TensorData::new(actions, [B, m, 2]);
    Batch {
        observed: Tensor::from_data(observed, &device),
        next: Tensor::from_data(next, &device),
        actions: Tensor::from_data(actions, &device),
    }
}

/// A method before training, what follows it, and the batch.
pub(super) fn fresh<L: Baseline>(n_observed: usize) -> (L, L::Follower, Batch) {
    let trainer = Trainer::<L>::new(config(n_observed), &Device::flex()).expect("a valid run");
    let (model, follower) = trainer.frozen();
    (model, follower, batch(n_observed))
}

/// The rows of all things' first (0) or second (1) views, of rows of both.
pub(super) fn view(both: &Tensor<2>, which: usize) -> Tensor<2> {
    both.clone().narrow(0, which * B, B)
}

/// Cosine of rows `a(i)` and `b(i)`, mean over i below n, on the host.
pub(super) fn mean_cosine(
    n: usize,
    a: (&Tensor<2>, fn(usize) -> usize),
    b: (&Tensor<2>, fn(usize) -> usize),
) -> f32 {
    let dim = a.0.dims()[1];
    let (rows_a, rows_b) = (values(a.0.clone()), values(b.0.clone()));
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    let cosine = |i: usize| {
        let x = &rows_a[a.1(i) * dim..][..dim];
        let y = &rows_b[b.1(i) * dim..][..dim];
        dot(x, y) / (dot(x, x) * dot(y, y)).sqrt()
    };
    (0..n).map(cosine).sum::<f32>() / n as f32
}

/// NT-Xent on the host: each row of `a` belongs to that of `b` with its index, and the other way
/// round; all other rows of both are others.
pub(super) fn contrast_by_hand(a: &Tensor<2>, b: &Tensor<2>, temperature: f32) -> f32 {
    let [n, dim] = a.dims();
    let all = [values(a.clone()), values(b.clone())].concat();
    let row = |i: usize| &all[i * dim..(i + 1) * dim];
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    let likeness = |i: usize, j: usize| {
        let norm = (dot(row(i), row(i)) * dot(row(j), row(j))).sqrt();
        (dot(row(i), row(j)) / norm / temperature).exp()
    };
    let loss = |i: usize| {
        let others: f32 = (0..2 * n).filter(|&j| j != i).map(|j| likeness(i, j)).sum();
        -(likeness(i, (i + n) % (2 * n)) / others).ln()
    };
    (0..2 * n).map(loss).sum::<f32>() / (2 * n) as f32
}

/// A method's loss on one batch falls by a fifth or more in [`STEPS`] steps, its z does not collapse,
/// and its prediction, where it makes one, comes nearer to the truth than to any other thing more
/// often than it would by chance.
pub(super) fn learns<L: Baseline>(n_observed: usize) {
    let device = Device::flex();
    let mut trainer = Trainer::<L>::new(config(n_observed), &device).expect("a valid run");
    let mut losses = Vec::new();
    let mut deviation = 0.0;
    for _ in 0..STEPS {
        let pending = trainer.submit(batch(n_observed));
        let numbers = block_on(trainer.finish(pending)).expect("a finite step");
        losses.push(numbers.loss);
        deviation = numbers.z_deviation;
    }
    let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
    let (first, last) = (mean(&losses[..3]), mean(&losses[losses.len() - 3..]));
    assert!(last < 0.8 * first, "{first} to {last}");
    assert!(deviation > 0.02, "z deviates by {deviation}");
    let (model, follower) = trainer.frozen();
    foresees(&model, &follower, n_observed);
}

fn foresees<L: Baseline>(model: &L, follower: &L::Follower, n_observed: usize) {
    let Batch { observed, next, actions } = batch(n_observed);
    let last = observed.narrow(1, n_observed - 1, 1).reshape([B, P, P, 3]);
    let action = actions.narrow(1, n_observed - 1, 1).reshape([B, 2]);
    if !L::FORESEES {
        return;
    }
    let guess = model.foresee(model.encode(last, Mode::Eval), action);
    let truth = model.embed(follower, next);
    let e = truth.dims()[1];
    assert_eq!(guess.dims(), [B, e]);
    let (guess, truth) = (values(guess), values(truth));
    let mean: Vec<f32> =
        (0..e).map(|i| truth.iter().skip(i).step_by(e).sum::<f32>() / B as f32).collect();
    let centered = |row: &[f32]| row.iter().zip(&mean).map(|(v, m)| v - m).collect::<Vec<f32>>();
    let norm = |row: &[f32]| row.iter().map(|v| v * v).sum::<f32>().sqrt();
    let cosine = |a: &[f32], b: &[f32]| {
        let (a, b) = (centered(a), centered(b));
        a.iter().zip(&b).map(|(a, b)| a * b).sum::<f32>() / (norm(&a) * norm(&b)).max(1e-9)
    };
    let first = |i: usize| {
        let score = |j: usize| cosine(&guess[i * e..(i + 1) * e], &truth[j * e..(j + 1) * e]);
        (0..B).all(|j| j == i || score(j) < score(i))
    };
    let hits = (0..B).filter(|&i| first(i)).count();
    // By chance one of 16; five is beyond the 99.7th percentile.
    assert!(hits >= 5, "{hits} of {B} found");
}
