//! Named starting points of runs.
//!
//! | preset | encoder | parameters to infer | meant for |
//! |---|---|---|---|
//! | `nano` | 12 → 24-48-64, strided stem | 0.18 M | a CPU tab, minutes |
//! | `tiny` | 16 → 32-64-128, strided stem | 0.62 M | the page's default, an hour of one core |
//! | `small` | ResNet-18 at half width, CIFAR stem | 5.6 M | a GPU |
//! | `paper-rotation` | ResNet-18, standard stem, 128² | 27.26 M | a large GPU, half a day |
//! | `paper-saccade` | ResNet-18, CIFAR stem, 32² | 27.25 M | a large GPU, days |
//! | `paper-augment` | the same | 27.26 M | a large GPU, a day |
//!
//! What each reaches is in the README, with the command.

use super::config::RunConfig;
use super::method::Method;
use crate::model::config::{AggregatorConfig, EncoderConfig, StageConfig};
use crate::model::{Conditioning, NormKind, SeqJepaConfig, Stem};
use crate::world::WorldConfig;

/// All presets, smallest first.
pub const NAMES: [&str; 6] =
    ["nano", "tiny", "small", "paper-rotation", "paper-saccade", "paper-augment"];

/// The run that a preset describes in a world.
///
/// # Errors
/// When there is no such preset, or a paper preset is asked for in the other world.
pub fn run(name: &str, world: WorldConfig) -> Result<RunConfig, String> {
    match (name, world.word()) {
        ("nano", _) => Ok(nano(world)),
        ("tiny", _) => Ok(tiny(world)),
        ("small", _) => Ok(small(world)),
        ("paper-rotation", "rotation")
        | ("paper-saccade", "saccade")
        | ("paper-augment", "augment") => Ok(paper(world)),
        ("paper-rotation" | "paper-saccade" | "paper-augment", other) => {
            Err(format!("preset `{name}` is not for the {other} world"))
        }
        _ => Err(format!("preset `{name}`: expected one of {}", NAMES.join(", "))),
    }
}

/// Stages of one block each, of which all but the last halve the resolution.
fn slim(stem_channels: usize, channels: [usize; 3]) -> EncoderConfig {
    let stage = |channels, stride| StageConfig { channels, blocks: 1, stride };
    EncoderConfig {
        stem: Stem::Strided,
        stem_channels,
        stages: vec![stage(channels[0], 2), stage(channels[1], 2), stage(channels[2], 1)],
        norm: NormKind::Batch,
    }
}

fn nano(world: WorldConfig) -> RunConfig {
    RunConfig {
        preset: "nano".to_owned(),
        method: Method::SeqJepa,
        model: SeqJepaConfig {
            encoder: slim(12, [24, 48, 64]),
            action_dim: world.action_dim(),
            action_embed_dim: 16,
            conditioning: Conditioning::Both,
            aggregator: AggregatorConfig { n_layers: 1, n_heads: 4, ff_ratio: 2, dropout: 0.0 },
            predictor_hidden_dim: 128,
        },
        world,
        n_observed: 2,
        n_observed_min: None,
        batch: 48,
        steps: 2_000,
        learning_rate: 3e-3,
        warmup_steps: 50,
        weight_decay: 1e-3,
        clip_norm: 1.0,
        tau_start: 0.98,
        ema: true,
        seed: 1,
        data: None,
        saliency: None,
    }
}

/// One aggregator layer and a wide predictor: after 2,000 steps of rotations that reached an R² of
/// .40, where two layers and 192 hidden units reached .33 with more parameters, and .42 with the
/// learning rate doubled to 4e-3.
fn tiny(world: WorldConfig) -> RunConfig {
    RunConfig {
        preset: "tiny".to_owned(),
        method: Method::SeqJepa,
        model: SeqJepaConfig {
            encoder: slim(16, [32, 64, 128]),
            action_dim: world.action_dim(),
            action_embed_dim: 16,
            conditioning: Conditioning::Both,
            aggregator: AggregatorConfig { n_layers: 1, n_heads: 4, ff_ratio: 2, dropout: 0.0 },
            predictor_hidden_dim: 512,
        },
        world,
        n_observed: 3,
        n_observed_min: None,
        batch: 64,
        steps: 12_000,
        learning_rate: 4e-3,
        warmup_steps: 100,
        weight_decay: 1e-3,
        clip_norm: 1.0,
        tau_start: 0.99,
        ema: true,
        seed: 1,
        data: None,
        saliency: None,
    }
}

fn small(world: WorldConfig) -> RunConfig {
    RunConfig {
        preset: "small".to_owned(),
        method: Method::SeqJepa,
        model: SeqJepaConfig {
            encoder: EncoderConfig::resnet18(Stem::Cifar, 32),
            action_dim: world.action_dim(),
            action_embed_dim: 64,
            conditioning: Conditioning::Both,
            aggregator: AggregatorConfig { n_layers: 3, n_heads: 4, ff_ratio: 2, dropout: 0.0 },
            predictor_hidden_dim: 512,
        },
        world,
        n_observed: 3,
        n_observed_min: None,
        batch: 128,
        steps: 20_000,
        learning_rate: 1e-3,
        warmup_steps: 500,
        weight_decay: 1e-3,
        clip_norm: 1.0,
        tau_start: 0.996,
        ema: true,
        seed: 1,
        data: None,
        saliency: None,
    }
}

/// Paper section 4 and appendix A: AdamW 4e-4 with decay 1e-3, batches of 512, warm-up over 20
/// epochs; 1,000 epochs of 82 steps for rotations, 2,000 of 196 for saccades and of 98 for
/// augmentations.
fn paper(world: WorldConfig) -> RunConfig {
    let rotation = world.word() == "rotation";
    let stem = if rotation { Stem::Standard } else { Stem::Cifar };
    let (epochs, steps_per_epoch, n_observed) = match world.word() {
        "rotation" => (1_000, 82, 3),
        "augment" => (2_000, 98, 2),
        _ => (2_000, 196, 4),
    };
    RunConfig {
        preset: format!("paper-{}", world.word()),
        method: Method::SeqJepa,
        model: SeqJepaConfig::paper(EncoderConfig::resnet18(stem, 64), world.action_dim()),
        world: if rotation { world.with_view_side_px(128) } else { world },
        n_observed,
        n_observed_min: None,
        batch: 512,
        steps: epochs * steps_per_epoch,
        learning_rate: 4e-4,
        warmup_steps: 20 * steps_per_epoch,
        weight_decay: 1e-3,
        // The paper does not clip; a norm that no healthy step reaches.
        clip_norm: 1e6,
        tau_start: 0.996,
        ema: true,
        seed: 42,
        data: None,
        saliency: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SeqJepa;
    use crate::train::flat::FlatLayout;
    use burn::tensor::Device;

    #[test]
    fn every_preset_is_valid_in_its_world() {
        for name in NAMES {
            let built: Vec<RunConfig> = ["saccade", "rotation", "augment"]
                .into_iter()
                .filter_map(|word| run(name, WorldConfig::from_word(word).ok()?).ok())
                .collect();
            assert!(!built.is_empty(), "{name}");
            assert!(built.iter().all(|config| config.validate() == Ok(())), "{name}");
        }
    }

    /// 1.4 MB in half precision: what a page may begin with.
    #[test]
    fn tiny_has_at_most_700_000_parameters_to_infer_with() {
        for word in ["saccade", "rotation"] {
            let world = WorldConfig::from_word(word).expect("a world");
            let config = run("tiny", world).expect("a preset");
            let model = SeqJepa::new(&config.model, &Device::flex());
            let n = FlatLayout::of(&model).n_parameters();
            assert!((600_000..=700_000).contains(&n), "{word}: {n}");
        }
    }
}
