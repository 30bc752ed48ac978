//! What an evaluation tells: every number with its nulls, its interval and how many items it rests
//! on. Plain data that becomes JSON.

use super::exam::EvalSettings;
use super::metrics::{Health, Interval};
use serde::{Deserialize, Serialize};

/// An evaluation of frozen weights. All items are of held-out instances; intervals are 95 %
/// bootstrap intervals over things, with all that shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvalReport {
    /// How the material was drawn.
    pub settings: EvalSettings,
    /// Rank of the true next view.
    pub rank: RankReport,
    /// Reciprocal rank of the true next view.
    pub mrr: MrrReport,
    /// How far the best candidate lies from the truth.
    pub error: DistanceReport,
    /// Class by nearest neighbors; empty in reports of earlier versions.
    #[serde(default)]
    pub neighbors: NeighborReport,
    /// Whether a swapped view surprises more than the true one.
    #[serde(default)]
    pub surprise: SurpriseReport,
    /// R² of the relative action from a pair of z.
    pub equivariance_r2: R2Report,
    /// R² of the absolute state from one z.
    pub state_r2: R2Report,
    /// Class.
    pub accuracy: AccuracyReport,
    /// R² of the decoded path for M = 1, 2, …; M = 1 is trivially 1.
    pub path_r2: Vec<PathReport>,
    /// Whether z is alive, over held-out views.
    pub health: Health,
}

impl EvalReport {
    /// What the model before training reached, where this report stands beside it: its nulls'
    /// values in the places of the model's own. Other fields mean nothing.
    pub fn of_untrained(&self) -> Option<Self> {
        let mut report = self.clone();
        report.rank.median = self.rank.untrained?;
        report.mrr.value = self.mrr.untrained?;
        report.equivariance_r2.value = self.equivariance_r2.untrained?;
        report.state_r2.value = self.state_r2.untrained?;
        report.accuracy.z_agg = self.accuracy.untrained?;
        report.accuracy.z = self.accuracy.z_untrained?;
        for path in &mut report.path_r2 {
            path.value = path.untrained?;
        }
        Some(report)
    }
}

/// Median ranks, 1-based. See [`super::retrieval::Retrieval`] for the nulls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RankReport {
    /// Trials.
    pub n: usize,
    /// Candidates a trial.
    pub n_candidates: usize,
    /// Views observed.
    pub n_observed: usize,
    /// Of the model's prediction.
    pub median: f64,
    /// Of [`Self::median`].
    pub interval: Interval,
    /// Share of trials with the truth first.
    pub hits_at_1: f64,
    /// Share of trials with the truth among the first five.
    pub hits_at_5: f64,
    /// Null: a random order.
    pub chance: f64,
    /// Null: the last observed view.
    pub copy_last: f64,
    /// Null: another trial's action.
    pub shuffled: f64,
    /// Null: one guess for all trials.
    pub mean_latent: f64,
    /// Null: the model before training, where the caller gave one.
    pub untrained: Option<f64>,
}

/// Mean reciprocal ranks with the nulls of [`RankReport`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MrrReport {
    /// Trials.
    pub n: usize,
    /// Of the model's prediction.
    pub value: f64,
    /// Of [`Self::value`].
    pub interval: Interval,
    /// Null: a random order.
    pub chance: f64,
    /// Null: the last observed view.
    pub copy_last: f64,
    /// Null: another trial's action.
    pub shuffled: f64,
    /// Null: one guess for all trials.
    pub mean_latent: f64,
    /// Null: the model before training.
    pub untrained: Option<f64>,
}

/// Distance of the best candidate from the truth; see [`super::exam::distance`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DistanceReport {
    /// Trials.
    pub n: usize,
    /// `rad` or the action's own unit.
    pub unit: String,
    /// Median over trials.
    pub median: f64,
    /// Of [`Self::median`].
    pub interval: Interval,
    /// Null: median over trials of the mean over candidates.
    pub chance: f64,
}

/// Class by the nearest training items, no head fitted; see [`super::space`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NeighborReport {
    /// Held-out sequences, one view of each for z.
    pub n: usize,
    /// From z.
    pub z: f64,
    /// From z_AGG.
    pub z_agg: f64,
    /// Of [`Self::z_agg`], over sequences.
    pub interval: Interval,
    /// Null: the most frequent class.
    pub chance: f64,
    /// Null: z of the model before training.
    pub z_untrained: Option<f64>,
    /// Null: its z_AGG.
    pub z_agg_untrained: Option<f64>,
}

/// Area under the ROC curve of 1 − centered cosine: the true next view against another trial's. See
/// [`super::retrieval::Surprises`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SurpriseReport {
    /// Trials: a truth and a swap each.
    pub n: usize,
    /// Of the model's prediction; null 0.5.
    pub auroc: f64,
    /// Null: the last observed view.
    pub copy_last: f64,
    /// Null: another trial's action.
    pub shuffled: f64,
}

/// R² of a head on held-out instances.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct R2Report {
    /// Held-out items (not independent within a sequence).
    pub n: usize,
    /// Mean over components (scikit-learn's default, the paper's); null 0.
    pub value: f64,
    /// Of [`Self::value`].
    pub interval: Interval,
    /// SIE's formula, one mean for all components.
    pub global: f64,
    /// What SIE's formula gives to each component's mean as a guess.
    pub global_null: f64,
    /// `ridge`, or the widths of the MLP.
    pub head: String,
    /// [`Self::value`] with a ridge head, whatever `head` is.
    pub ridge: f64,
    /// Null: [`Self::value`] of the model before training.
    pub untrained: Option<f64>,
}

/// Shares of held-out items whose class is named rightly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccuracyReport {
    /// Held-out windows behind `z_agg`; `z` rests on all their views.
    pub n: usize,
    /// Views behind `z_agg` and `z_mean`.
    pub n_observed: usize,
    /// From z_AGG.
    pub z_agg: f64,
    /// Of [`Self::z_agg`].
    pub z_agg_interval: Interval,
    /// From one z.
    pub z: f64,
    /// Of [`Self::z`].
    pub z_interval: Interval,
    /// Control: from the mean of the same views' z.
    pub z_mean: f64,
    /// Null: always the class that is most frequent among held-out items.
    pub chance: f64,
    /// Null: from z_AGG of the model before training.
    pub untrained: Option<f64>,
    /// Null: from one z of the model before training.
    pub z_untrained: Option<f64>,
    /// From z_AGG of M = 1, 2, … views; empty with ridge heads.
    pub z_agg_by_length: Vec<f64>,
    /// `ridge` or `softmax`.
    pub head: String,
}

/// Path integration over one number of views.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PathReport {
    /// M.
    pub n_observed: usize,
    /// Held-out windows.
    pub n: usize,
    /// R², mean over components, of a ridge head on (z_AGG, a_M).
    pub value: f64,
    /// Of [`Self::value`].
    pub interval: Interval,
    /// Null: a head on a_M alone.
    pub last_action: f64,
    /// Null: the model before training.
    pub untrained: Option<f64>,
    /// Lesion: encodings of views zeroed, head fitted anew; not with ridge heads.
    ///
    /// DIFFERS: the paper does not say whether heads are fitted anew. An old head on zeroed inputs
    /// extrapolates to any negative R², which tells nothing.
    pub no_vision: Option<f64>,
    /// Lesion: actions zeroed in tokens and head, head fitted anew; not with ridge heads.
    pub no_action: Option<f64>,
}

/// What the page needs of the fits; goes into checkpoints.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fitted {
    /// Mean target latent over training views `[D]`.
    pub latent_mean: Vec<f32>,
    /// One head for M = 1, 2, …: `[A, E + A + 1]` on (z_AGG, a_M, 1), as
    /// [`crate::readout::Readout::path_heads`].
    pub path_heads: Vec<Vec<f32>>,
}
