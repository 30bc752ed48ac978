//! A world and a model small enough for tests: a gray level is the state, its change the action.

use super::features::Frozen;
use crate::model::config::{AggregatorConfig, EncoderConfig, StageConfig};
use crate::model::{Conditioning, NormKind, SeqJepa, SeqJepaConfig, Stem, init, weights};
use crate::world::rng::{below, stream, unit};
use crate::world::{ActionSpec, Sequence, Split, Trial, View, World};
use burn::tensor::Device;
use rand_chacha::ChaCha8Rng;

/// Side of a view in pixels.
const SIDE: usize = 8;

/// Candidates of a trial.
pub(crate) const N_CANDIDATES: usize = 20;

/// Left half: the state; right half: the class, a hue.
pub(crate) struct Toy {
    names: Vec<String>,
}

impl Toy {
    pub(crate) fn new() -> Self {
        Self { names: ["red", "green", "blue"].map(str::to_owned).to_vec() }
    }
}

fn view(state: f32, label: usize) -> View {
    let gray = (255.0 * state) as u8;
    let pixel = |i: usize| {
        let mut rgb = [gray; 3];
        if i % SIDE >= SIDE / 2 {
            rgb = [40; 3];
            rgb[label] = 220;
        }
        rgb
    };
    View { side_px: SIDE, rgb: (0..SIDE * SIDE).flat_map(pixel).collect() }
}

impl World for Toy {
    fn action_spec(&self) -> ActionSpec {
        ActionSpec { names: &["level"], unit: "gray", range: (-1.0, 1.0) }
    }

    fn view_side_px(&self) -> usize {
        SIDE
    }

    fn class_names(&self) -> &[String] {
        &self.names
    }

    fn sequence(&self, _split: Split, n_views: usize, rng: &mut ChaCha8Rng) -> Sequence {
        let label = below(rng, 3);
        let states: Vec<Vec<f32>> = (0..n_views).map(|_| vec![unit(rng)]).collect();
        Sequence {
            views: states.iter().map(|state| view(state[0], label)).collect(),
            actions: states.windows(2).map(|w| self.action_between(&w[0], &w[1])).collect(),
            // A first gray of its own tells one from another.
            thing: (states[0][0] * 1e6) as usize,
            states,
            label,
        }
    }

    fn trial(&self, split: Split, n_observed: usize, rng: &mut ChaCha8Rng) -> Trial {
        let mut all = self.sequence(split, n_observed + N_CANDIDATES, rng);
        let candidates = all.views.split_off(n_observed);
        let candidate_states = all.states.split_off(n_observed);
        let truth = below(rng, N_CANDIDATES);
        all.actions.truncate(n_observed - 1);
        all.actions
            .push(self.action_between(&all.states[n_observed - 1], &candidate_states[truth]));
        Trial {
            observed: all.views,
            observed_states: all.states,
            actions: all.actions,
            candidates,
            candidate_states,
            truth,
            label: all.label,
            thing: all.thing,
        }
    }

    fn action_between(&self, from: &[f32], to: &[f32]) -> Vec<f32> {
        vec![to[0] - from[0]]
    }
}

/// An untrained model of a few thousand parameters.
pub(crate) fn frozen(conditioning: Conditioning) -> Frozen {
    let config = SeqJepaConfig {
        encoder: EncoderConfig {
            stem: Stem::Strided,
            stem_channels: 8,
            stages: vec![StageConfig { channels: 16, blocks: 1, stride: 2 }],
            norm: NormKind::Batch,
        },
        action_dim: 1,
        action_embed_dim: 8,
        conditioning,
        aggregator: AggregatorConfig { n_layers: 1, n_heads: 2, ff_ratio: 2, dropout: 0.1 },
        predictor_hidden_dim: 16,
    };
    build(&config, SIDE)
}

/// An untrained model on the CPU.
pub(crate) fn build(config: &SeqJepaConfig, view_side_px: usize) -> Frozen {
    let device = Device::flex();
    let mut rng = stream(1, "toy weights", 0);
    let model = SeqJepa::new(config, &device);
    let model = weights::fill(model, &device, |slot| Ok(init::draw(slot, &mut || unit(&mut rng))))
        .expect("as many values as the slot has");
    let target = model.target();
    Frozen { model, target, device, view_side_px, action_dim: config.action_dim }
}
