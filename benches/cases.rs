//! What is timed: the configurations that other libraries were timed at, and the page's presets.

use burn::tensor::{Device, Tensor, TensorData};
use seq_jepa::model::config::{AggregatorConfig, EncoderConfig, StageConfig};
use seq_jepa::model::{Conditioning, NormKind, SeqJepa, SeqJepaConfig, Stem};
use seq_jepa::train::batch::Batch;
use seq_jepa::train::config::RunConfig;
use seq_jepa::train::preset;
use seq_jepa::train::trainer::Trainer;
use seq_jepa::world::{WorldConfig, rng};

/// Batch, observed views, side of a view in pixels: of one model of 1.32 M parameters.
const CASES: [(&str, [usize; 3]); 3] = [("a", [8, 3, 32]), ("b", [32, 3, 32]), ("c", [16, 4, 64])];

/// A run without an end, and the side of its views in pixels.
struct Case {
    run: RunConfig,
    side_px: usize,
}

impl Case {
    /// `a`, `b`, `c`, other sizes of the same model as `8x3x32`, or a preset.
    fn of(name: &str) -> Result<Self, String> {
        let world = WorldConfig::from_word("rotation").map_err(|why| why.to_string())?;
        let steps = 1_000_000;
        let Some([batch, n_observed, side_px]) = sizes(name) else {
            let side_px = world.view_side_px();
            let run = preset::run(name, world);
            let run = run.map_err(|why| format!("a case is a, b, c, BxMxP as 8x3x32, or {why}"))?;
            return Ok(Self { run: RunConfig { steps, ..run }, side_px });
        };
        let nano = preset::run("nano", world)?;
        Ok(Self { run: RunConfig { model: model(), batch, n_observed, steps, ..nano }, side_px })
    }

    /// A batch of noise.
    fn batch(&self, device: &Device) -> Batch {
        let (b, m, p) = (self.run.batch, self.run.n_observed, self.side_px);
        Batch {
            observed: normals("observed", [b, m, p, p, 3], device),
            next: normals("next", [b, p, p, 3], device),
            actions: normals("actions", [b, m, self.run.model.action_dim], device),
        }
    }

    /// 64 views of noise.
    fn views(&self, device: &Device) -> Tensor<4> {
        normals("views", [64, self.side_px, self.side_px, 3], device)
    }
}

/// What is timed, on a device.
#[derive(Debug)]
pub struct Bench {
    /// Steps on `batch`.
    pub trainer: Trainer,
    /// Noise.
    pub batch: Batch,
    /// Encodes `views`.
    pub online: SeqJepa,
    /// 64 of them.
    pub views: Tensor<4>,
}

impl Bench {
    /// The case of that name.
    pub fn new(name: &str, device: &Device) -> Result<Self, String> {
        let case = Case::of(name)?;
        let trainer = Trainer::new(case.run.clone(), device)?;
        let (online, _) = trainer.frozen();
        Ok(Self { trainer, online, batch: case.batch(device), views: case.views(device) })
    }
}

fn sizes(name: &str) -> Option<[usize; 3]> {
    let known = CASES.iter().find(|(case, _)| *case == name).map(|(_, sizes)| *sizes);
    let numbers = || name.split('x').map(|word| word.parse().ok()).collect::<Option<Vec<usize>>>();
    known.or_else(|| numbers()?.try_into().ok())
}

fn model() -> SeqJepaConfig {
    let stage = |channels, stride| StageConfig { channels, blocks: 1, stride };
    SeqJepaConfig {
        encoder: EncoderConfig {
            stem: Stem::Cifar,
            stem_channels: 16,
            stages: vec![stage(16, 1), stage(32, 2), stage(64, 2), stage(128, 2)],
            norm: NormKind::Batch,
        },
        action_dim: 4,
        action_embed_dim: 32,
        conditioning: Conditioning::Both,
        aggregator: AggregatorConfig { n_layers: 3, n_heads: 4, ff_ratio: 4, dropout: 0.0 },
        predictor_hidden_dim: 256,
    }
}

fn normals<const R: usize>(purpose: &str, shape: [usize; R], device: &Device) -> Tensor<R> {
    let mut chance = rng::stream(1, purpose, 0);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng::normal(&mut chance)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}
