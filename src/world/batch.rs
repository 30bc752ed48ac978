//! The sequences of one training step as bytes: all that a step needs of a world, made anywhere.

use serde::{Deserialize, Serialize};

use super::{Split, World, WorldConfig, rng};

/// What decides every batch of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchSpec {
    /// Where views and actions come from.
    pub world: WorldConfig,
    /// Seed of the run.
    pub seed: u64,
    /// Sequences a step, B.
    pub n_sequences: usize,
    /// Fewest and most observed views a sequence: each step draws its M from them.
    pub n_observed: [usize; 2],
}

/// The sequences of one training step.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceBatch {
    /// Sequences, B.
    pub n_sequences: usize,
    /// Observed views a sequence, M.
    pub n_observed: usize,
    /// Side of a view in pixels, P.
    pub side_px: usize,
    /// `[B, M + 1, P, P, 3]` bytes, the target view last.
    pub rgb: Vec<u8>,
    /// `[B, M, A]`, the last of which leads to the target view.
    pub actions: Vec<f32>,
}

impl BatchSpec {
    /// The batch of step `step` (from 0) in `world`, which is that of the configuration or, for a
    /// folder of pictures or meshes, stands in for it.
    pub fn make(&self, world: &dyn World, step: u64) -> SequenceBatch {
        let side_px = world.view_side_px();
        let n_observed = self.observed_at(step);
        let n_views = self.n_sequences * (n_observed + 1);
        let mut batch = SequenceBatch {
            n_sequences: self.n_sequences,
            n_observed,
            side_px,
            rgb: Vec::with_capacity(n_views * side_px * side_px * 3),
            actions: Vec::new(),
        };
        for place in 0..self.n_sequences as u64 {
            let index = step * self.n_sequences as u64 + place;
            let mut chance = rng::stream(self.seed, "training sequence", index);
            let sequence = world.sequence(Split::Train, n_observed + 1, &mut chance);
            sequence.views.iter().for_each(|view| batch.rgb.extend_from_slice(&view.rgb));
            batch.actions.extend(sequence.actions.iter().flatten());
        }
        batch
    }

    /// M of a step.
    fn observed_at(&self, step: u64) -> usize {
        let [fewest, most] = self.n_observed;
        let mut chance = rng::stream(self.seed, "observed views", step);
        fewest + rng::below(&mut chance, most - fewest + 1)
    }

    /// The batch of [`SequenceBatch::to_bytes`]; how many bytes there are tells M.
    ///
    /// `None` when the number of bytes is not that of such a batch.
    pub fn read(&self, bytes: &[u8]) -> Option<SequenceBatch> {
        let side_px = self.world.view_side_px();
        let n_actions = |m: usize| self.n_sequences * m * self.world.action_dim();
        let n_rgb = |m: usize| self.n_sequences * (m + 1) * side_px * side_px * 3;
        let [fewest, most] = self.n_observed;
        let n_observed = (fewest..=most).find(|&m| bytes.len() == 4 * n_actions(m) + n_rgb(m))?;
        let (actions, rgb) = bytes.split_at(4 * n_actions(n_observed));
        let actions = actions.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        Some(SequenceBatch {
            n_sequences: self.n_sequences,
            n_observed,
            side_px,
            rgb: rgb.to_vec(),
            actions: actions.collect(),
        })
    }
}

impl SequenceBatch {
    /// Actions, little-endian, then views: what [`BatchSpec::read`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 * self.actions.len() + self.rgb.len());
        self.actions.iter().for_each(|action| bytes.extend(action.to_le_bytes()));
        bytes.extend_from_slice(&self.rgb);
        bytes
    }

    /// Values of one action, A.
    pub fn action_dim(&self) -> usize {
        self.actions.len() / (self.n_sequences * self.n_observed).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(world: WorldConfig) -> BatchSpec {
        BatchSpec { world, seed: 1, n_sequences: 3, n_observed: [2, 2] }
    }

    #[test]
    fn a_batch_survives_the_way_between_two_workers() {
        for config in [WorldConfig::saccade(), WorldConfig::rotation()] {
            let world = config.build().expect("defaults are valid");
            let spec = spec(config);
            let batch = spec.make(world.as_ref(), 5);
            assert_eq!(batch.action_dim(), spec.world.action_dim());
            assert_eq!(spec.read(&batch.to_bytes()), Some(batch));
        }
    }

    #[test]
    fn steps_draw_their_views_from_a_range() {
        let config = WorldConfig::rotation();
        let world = config.build().expect("defaults are valid");
        let spec = BatchSpec { n_observed: [1, 3], ..spec(config) };
        let batches: Vec<SequenceBatch> = (0..12).map(|k| spec.make(world.as_ref(), k)).collect();
        for m in 1..=3 {
            assert!(batches.iter().any(|batch| batch.n_observed == m), "M = {m}");
        }
        for batch in batches {
            assert_eq!(spec.read(&batch.to_bytes()), Some(batch));
        }
    }

    #[test]
    fn bytes_of_another_batch_are_refused() {
        assert_eq!(spec(WorldConfig::saccade()).read(&[0; 7]), None);
    }

    #[test]
    fn steps_share_no_sequence() {
        let config = WorldConfig::rotation();
        let world = config.build().expect("defaults are valid");
        let spec = spec(config);
        let [first, second] = [0, 1].map(|step| spec.make(world.as_ref(), step));
        assert_ne!(first.actions[..8], first.actions[8..16]);
        assert_ne!(first.actions, second.actions);
        assert_eq!(first, spec.make(world.as_ref(), 0));
    }
}
