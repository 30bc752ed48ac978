//! What an engine measures, as numbers with their nulls.

use serde::{Deserialize, Serialize};

/// One training step as numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// 1-based.
    pub step: u64,
    /// 1 − cosine, mean over the batch.
    pub loss: f32,
    /// L2 norm of all gradients before clipping.
    pub grad_norm: f32,
    /// Learning rate of this step.
    pub learning_rate: f64,
    /// EMA factor τ of this step.
    pub tau: f64,
    /// Whole step in milliseconds.
    pub step_ms: f64,
    /// Host time to submit it.
    pub submit_ms: f64,
    /// Of that, waiting for views.
    pub wait_ms: f64,
    /// Standard deviation of z, mean over dimensions: 0 is collapse.
    pub z_deviation: f32,
}

/// A measurement with its nulls beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// Step it belongs to.
    pub step: u64,
    /// R² of the relative action from a pair of z, mean over components; null 0.
    pub equivariance_r2: f32,
    /// Class from z_AGG, fraction right.
    pub accuracy_z_agg: f32,
    /// Class from one z.
    pub accuracy_z: f32,
    /// Fraction right by always naming the most frequent class.
    pub accuracy_chance: f32,
    /// Median rank of the true next view among `n_candidates`.
    pub rank_median: f32,
    /// Median rank when the last view's latent is the guess.
    pub rank_copy_last: f32,
    /// Median rank when the predictor hears another trial's action.
    pub rank_shuffled: f32,
    /// Mean reciprocal rank.
    pub mrr: f32,
    /// Candidates a trial.
    pub n_candidates: usize,
    /// Trials.
    pub n_trials: usize,
    /// Effective rank of z.
    pub effective_rank: f32,
    /// Standard deviation of z, mean over dimensions.
    pub deviation: f32,
    /// R² of the decoded path for M = 1, 2, …; M = 1 is trivially 1.
    pub path_r2: Vec<f32>,
}

/// Trials of [`super::Command::Trials`] with their nulls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialsReport {
    /// The command's number.
    pub request: u32,
    /// Trials done.
    pub n_done: usize,
    /// Trials in all.
    pub n_trials: usize,
    /// Candidates a trial.
    pub n_candidates: usize,
    /// Median rank of the truth.
    pub rank: f32,
    /// Its 95 % bootstrap interval over things, once all are done.
    pub rank_interval: Option<(f32, f32)>,
    /// Null: a random order.
    pub rank_chance: f32,
    /// Null: the last view's latent is the guess.
    pub rank_copy_last: f32,
    /// Null: the predictor hears another trial's action.
    pub rank_shuffled: f32,
    /// Mean reciprocal rank.
    pub mrr: f32,
    /// Null: a random order.
    pub mrr_chance: f32,
    /// The chance that another trial's view surprises more than the true one; null 0.5.
    pub auroc: f32,
    /// Null: the last view's latent is the guess.
    pub auroc_copy_last: f32,
    /// Null: the predictor hears another trial's action.
    pub auroc_shuffled: f32,
}

/// A survey of [`super::Command::Survey`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SurveyReport {
    /// The command's number.
    pub request: u32,
    /// Units of work done.
    pub n_done: usize,
    /// Units in all.
    pub n_total: usize,
    /// Sequences that heads were fitted on, and as many held-out ones.
    pub n_sequences: usize,
    /// Views observed in training, M: longer paths were never trained.
    pub n_observed: usize,
    /// One for each length; empty until all is done.
    pub paths: Vec<PathErrors>,
    /// Of z, then of z_AGG; empty until all is done.
    pub spaces: Vec<Space>,
}

/// How far decoded paths of one length end from the true ones, mean over held-out paths: in picture
/// sides, or in radians.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathErrors {
    /// Observed views; the path has as many actions.
    pub n_observed: usize,
    /// Held-out paths.
    pub n: usize,
    /// From z_AGG and the upcoming action.
    pub model: f32,
    /// Its 95 % bootstrap interval over things.
    pub interval: (f32, f32),
    /// Null: the same head on the untrained model.
    pub untrained: f32,
    /// Null: from actions only, encodings zeroed.
    pub no_vision: f32,
    /// Null: from views only, embedded actions zeroed and the upcoming one silent.
    pub no_action: f32,
    /// Null: every path is taken for the mean one.
    pub still: f32,
}

/// One representation of held-out items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Space {
    /// Along the two principal directions.
    pub places: Vec<[f32; 2]>,
    /// Share of the variance along each.
    pub explained: [f32; 2],
    /// State of each item's last view.
    pub states: Vec<Vec<f32>>,
    /// Class of each.
    pub labels: Vec<usize>,
    /// Class by the 5 nearest training items, share right.
    pub neighbors: f32,
    /// Null: in the untrained model's space.
    pub neighbors_untrained: f32,
    /// Null: always the most frequent class.
    pub chance: f32,
    /// R² of the state by a ridge head; null 0.
    pub state_r2: f32,
    /// Null: the untrained model's.
    pub state_r2_untrained: f32,
}

/// One part of the comparison with the CPU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SelfTestRow {
    /// `convolution`, `normalization`, `attention`, `backward` or `optimizer step`.
    pub part: String,
    /// Largest difference over the largest magnitude.
    pub relative_error: f32,
    /// Largest that passes.
    pub tolerance: f32,
}

impl SelfTestRow {
    /// Whether the device computes this part as the CPU does; what is not a number does not pass.
    pub fn passes(&self) -> bool {
        self.relative_error <= self.tolerance
    }
}
