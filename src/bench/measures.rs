//! What is measured of one network, as data: a file beside its weights, a row of the report.

use crate::probe::metrics::{Health, Interval};
use serde::{Deserialize, Serialize};

/// Version of what is measured and how. What was measured by another one is measured anew.
pub const PROTOCOL: u32 = 3;

/// A number on held-out items with its 95 % bootstrap interval over things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// The number.
    pub value: f64,
    /// Its interval.
    pub interval: Interval,
}

/// Everything about one network. All items are of held-out things; the sequences' encodings are made
/// once and read by every head.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Training steps behind the weights.
    pub steps: u64,
    /// Class by softmax regression, a head for each number of views M = 1, 2, …
    pub class: Vec<ClassAt>,
    /// Share of the most frequent class.
    pub class_chance: f64,
    /// Relative action from a pair of z.
    pub action: R2,
    /// Absolute state from one z.
    pub state: R2,
    /// Leakage: the first action from z_AGG of M views; from the mean of their z for methods without
    /// z_AGG. The class from z is `class[0].z_mean`.
    pub action_from_aggregate: R2,
    /// The same action from the first two z: a head with as many rows.
    pub first_action: R2,
    /// Path integration; empty where it was not asked.
    pub path: Vec<PathAt>,
    /// Prediction of a view; `None` for methods that predict none.
    pub prediction: Option<Prediction>,
    /// Whether z is alive.
    pub health: Health,
    /// Class by five neighbors, from z of one view.
    pub neighbors: f64,
    /// The same from z_AGG of as many views as in training; `None` for methods without one.
    pub neighbors_aggregate: Option<f64>,
    /// The heads of above on views outside the range of training; rotations only.
    pub outside: Option<Outside>,
    /// Class on other pictures, heads fitted there; where asked.
    pub transfer: Vec<ClassAt>,
    /// Share of their most frequent class.
    pub transfer_chance: Option<f64>,
    /// Prediction along recorded scanpaths, and along sampled ones on the same pictures; where
    /// asked.
    pub human: Option<Human>,
    /// Of networks that were trained along other fixations than the questions': the same along those.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_law: Option<OwnLaw>,
    /// Seconds that this took, encodings and all heads.
    pub seconds: f64,
}

/// Shares of things whose class is named rightly from their first M views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassAt {
    /// M.
    pub n_observed: usize,
    /// From z_AGG; `None` for methods without one.
    pub z_agg: Option<Value>,
    /// From the mean of the views' z: the control.
    pub z_mean: Value,
}

impl ClassAt {
    /// That of M views, if it was measured.
    pub fn of(all: &[Self], n_observed: usize) -> Option<&Self> {
        all.iter().find(|class| class.n_observed == n_observed)
    }

    /// From z_AGG where there is one, otherwise from the mean of z.
    pub fn best_known(&self) -> Value {
        self.z_agg.unwrap_or(self.z_mean)
    }
}

/// R² of a head.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct R2 {
    /// Mean over components (scikit-learn's default, the paper's); null 0.
    pub mean: Value,
    /// SIE's formula, one mean for all components.
    pub global: f64,
    /// What SIE's formula gives to the means of the components.
    pub global_null: f64,
    /// Of each component.
    pub components: Vec<f64>,
    /// Kind of head.
    pub head: String,
}

/// R² of the decoded path after M views (paper appendix B.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PathAt {
    /// M.
    pub n_observed: usize,
    /// From vision and action.
    pub whole: Value,
    /// Encodings zeroed, head fitted anew.
    pub no_vision: Value,
    /// Actions zeroed, head fitted anew.
    pub no_action: Value,
    /// From the upcoming action alone.
    pub last_action: Value,
}

/// A number of a path.
pub type PathPart = fn(&PathAt) -> Value;

impl PathAt {
    /// Its numbers with what each is read from.
    pub const PARTS: [(&'static str, PathPart); 4] = [
        ("vision and action", |path| path.whole),
        ("no vision", |path| path.no_vision),
        ("no action", |path| path.no_action),
        ("the last action alone", |path| path.last_action),
    ];

    /// That of M views, if it was measured.
    pub fn of(all: &[Self], n_observed: usize) -> Option<&Self> {
        all.iter().find(|path| path.n_observed == n_observed)
    }
}

/// Ranks of the true view among candidates of the same thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Questions.
    pub n: usize,
    /// Things that they are about.
    pub n_things: usize,
    /// Candidates of each.
    pub n_candidates: usize,
    /// Views observed before: as many as in training, 1 of baselines.
    pub n_observed: usize,
    /// Mean reciprocal rank.
    pub mrr: Value,
    /// Share ranked first.
    pub hits_at_1: f64,
    /// Share ranked among the first five.
    pub hits_at_5: f64,
    /// Median rank.
    pub rank: f64,
    /// Intervals of these three.
    pub intervals: RankIntervals,
    /// Mean distance of the best candidate from the truth, in radians or picture sides.
    pub error: f64,
    /// Prediction retrieval error: mean of 1 − ⟨q, q′⟩² of the true pose and that of the nearest view
    /// of any held-out object (SIE); rotations only.
    pub pre: Option<f64>,
    /// Reciprocal ranks of the nulls.
    pub mrr_nulls: Nulls,
    /// Their shares ranked first.
    pub hits_at_1_nulls: Nulls,
    /// Their shares ranked among the first five.
    pub hits_at_5_nulls: Nulls,
    /// Their retrieval errors; chance is a random view of any held-out object.
    pub pre_nulls: Option<Nulls>,
    /// Median ranks of the nulls.
    pub rank_nulls: Nulls,
}

/// 95 % bootstrap intervals over things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RankIntervals {
    /// Of the share ranked first.
    pub hits_at_1: Interval,
    /// Of the share ranked among the first five.
    pub hits_at_5: Interval,
    /// Of the median rank.
    pub rank: Interval,
}

/// The same question answered without the model's prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Nulls {
    /// A random order.
    pub chance: f64,
    /// The last observed view.
    pub copy_last: f64,
    /// The prediction for another question's action.
    pub shuffled: f64,
    /// One guess for all questions, the mean prediction.
    pub mean_latent: f64,
}

/// In-distribution heads on poses outside those of training (paper appendix B.3): see
/// [`super::material::Material::with_outside`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outside {
    /// Class from z of one view.
    pub class_z: Value,
    /// Class from z_AGG, or the mean of z, of as many views as in training.
    pub class_aggregate: Value,
    /// R² of the action.
    pub action: Value,
    /// R² of the state.
    pub state: Value,
}

/// Along fixations by the law that a network was trained with (paper table 3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnLaw {
    /// As [`Measures::class`].
    pub class: Vec<ClassAt>,
    /// As [`Measures::action`].
    pub action: R2,
}

/// Prediction on pictures that people looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Human {
    /// Along recorded fixations.
    pub along: Prediction,
    /// Along fixations sampled on the same pictures.
    pub sampled: Prediction,
    /// By how much the reciprocal rank is larger along recorded than along sampled ones.
    pub difference: Value,
}

/// A number as files keep it: six decimals, which every reader reads back the same.
pub fn rounded(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Json::Number(number) if number.is_f64() => {
            let value = number.as_f64().unwrap_or_default();
            ((value * 1e6).round() / 1e6).into()
        }
        Json::Array(items) => items.into_iter().map(rounded).collect(),
        Json::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, rounded(value))).collect()
        }
        other => other,
    }
}
