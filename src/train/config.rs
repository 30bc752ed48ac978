//! Everything that decides a run, as data: made by a preset and flags, kept in its checkpoints.

use super::method::Method;
use crate::model::SeqJepaConfig;
use crate::world::{BatchSpec, WorldConfig};
use serde::{Deserialize, Serialize};

/// A run. Two runs with equal configurations on the same backend give the same losses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunConfig {
    /// Name of the preset that it started from.
    pub preset: String,
    /// How it learns. Default seq-JEPA.
    #[serde(default, skip_serializing_if = "Method::is_default")]
    pub method: Method,
    /// The network; of a baseline's only the encoder and the widths of actions count.
    pub model: SeqJepaConfig,
    /// Where views and actions come from.
    pub world: WorldConfig,
    /// Observed views a sequence, M.
    pub n_observed: usize,
    /// Fewest observed views: every step then draws its M from here to `n_observed`, so that the model
    /// learns to predict after few views and after many. Default none: always `n_observed`, as in the
    /// paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_observed_min: Option<usize>,
    /// Sequences a step, B.
    pub batch: usize,
    /// Steps in all.
    pub steps: u64,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Steps of linear warm-up.
    pub warmup_steps: u64,
    /// Weight decay on matrices.
    pub weight_decay: f64,
    /// Largest global norm of the gradients.
    pub clip_norm: f64,
    /// EMA factor at the first step.
    pub tau_start: f64,
    /// Whether the target encoder is a moving average; otherwise it is the encoder itself, without a
    /// gradient (an ablation). Default true.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub ema: bool,
    /// Seed of weights and data.
    pub seed: u64,
    /// Name of the folder whose pictures or meshes stood in for the procedural ones: a note, not a
    /// path. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Name of the folder of ready saliency maps. Default none: maps are computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saliency: Option<String>,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

impl RunConfig {
    /// What decides the run's batches.
    pub fn batches(&self) -> BatchSpec {
        BatchSpec {
            world: self.world.clone(),
            seed: self.seed,
            n_sequences: self.batch,
            n_observed: [self.n_observed_min.unwrap_or(self.n_observed), self.n_observed],
        }
    }

    /// Refuses what cannot be trained.
    ///
    /// # Errors
    /// A sentence that names the setting, what is expected and what was found.
    pub fn validate(&self) -> Result<(), String> {
        self.model.validate()?;
        self.world.validate().map_err(|why| why.to_string())?;
        let within = |name: &str, value: f64, low: f64, high: f64| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(format!("{name}: expected {low} to {high}, found {value}"))
        };
        within("n_observed", self.n_observed as f64, 1.0, 15.0)?;
        let fewest = self.n_observed_min.unwrap_or(self.n_observed);
        within("n_observed_min", fewest as f64, 1.0, self.n_observed as f64)?;
        // One sequence has no batch statistics.
        within("batch", self.batch as f64, 2.0, 65_536.0)?;
        within("steps", self.steps as f64, 1.0, 1e9)?;
        within("learning_rate", self.learning_rate, 1e-8, 1.0)?;
        within("weight_decay", self.weight_decay, 0.0, 1.0)?;
        within("clip_norm", self.clip_norm, 1e-6, 1e9)?;
        within("tau_start", self.tau_start, 0.0, 1.0)?;
        let world_dim = self.world.action_dim();
        if self.model.action_dim == world_dim {
            return Ok(());
        }
        Err(format!(
            "model action_dim: expected {world_dim} as in the world, found {}",
            self.model.action_dim
        ))
    }
}
