//! Heads that are fitted once and may be asked again: of the class, of an action, a state or a path.
//!
//! Classes are read by softmax regression; quaternions by an MLP, everything else by a linear head
//! (spec section 4).

use super::measure::share;
use super::measures::{R2, Value};
use crate::probe::equivariance::Task;
use crate::probe::exam::{Exam, is_quaternion};
use crate::probe::linear::{Linear, ridge};
use crate::probe::metrics::{ErrorSums, argmax};
use crate::probe::mlp::{self, Mlp, MlpSettings};
use crate::probe::rows::Rows;
use crate::probe::score::Score;
use crate::probe::softmax::softmax_regression;
use burn::tensor::Device;

/// Most steps of an MLP: a third of the evaluation's, for there are some thirty of them a network.
const N_STEPS: usize = 2_000;

/// Seed of an MLP's start and of intervals.
const SEED: u64 = 1;

/// Names a class.
#[derive(Clone, Debug)]
pub(super) struct ClassHead(Linear);

impl ClassHead {
    pub(super) fn fit(x: &Rows, labels: &[usize], n_classes: usize) -> Self {
        Self(softmax_regression(x, labels, n_classes))
    }

    /// The share of rows whose class it names.
    pub(super) fn score(&self, x: &Rows, labels: &[usize]) -> Value {
        let named = argmax(&self.0.apply(x));
        let hits: Vec<f64> =
            named.iter().zip(labels).map(|(a, b)| if a == b { 1.0 } else { 0.0 }).collect();
        share(&hits, SEED)
    }
}

/// Tells numbers.
pub(super) enum Head {
    /// In one map.
    Linear(Linear),
    /// In three.
    Mlp(Mlp),
}

impl Head {
    async fn apply(&self, x: &Rows) -> Result<Rows, String> {
        match self {
            Self::Linear(head) => Ok(head.apply(x)),
            Self::Mlp(head) => head.apply(x).await,
        }
    }

    /// R² on another task, mean over components.
    pub(super) async fn r2(&self, task: &Task) -> Result<f64, String> {
        Ok(ErrorSums::of(&task.y, &self.apply(&task.x).await?).r2_mean())
    }
}

/// Fits a head on one task and scores it on another.
pub(super) async fn r2(
    train: &Task,
    val: &Task,
    exam: &Exam,
    device: &Device,
) -> Result<(R2, Head), String> {
    let (head, name) = if is_quaternion(&exam.action_spec) {
        let settings = MlpSettings { n_steps: N_STEPS, ..MlpSettings::for_width(train.x.dim) };
        (Head::Mlp(mlp::fit(train, &settings, SEED, device).await?), "mlp")
    } else {
        (Head::Linear(ridge(&train.x, &train.y)), "ridge")
    };
    let score = Score::of(val, &head.apply(&val.x).await?, SEED);
    let told = R2 {
        mean: Value { value: score.sums.r2_mean(), interval: score.interval },
        global: score.sums.r2_global(),
        global_null: score.sums.r2_global_null(),
        components: score.sums.r2_components(),
        head: name.to_owned(),
    };
    Ok((told, head))
}
