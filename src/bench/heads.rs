//! Heads that are fitted once and may be asked again: of the class, of an action, a state or a path.
//!
//! Classes are read by softmax regression; quaternions and augmentations by an MLP, places by a linear
//! head (spec section 4).
//!
//! DIFFERS: the paper reads blur by a linear head, and the class of an augmented picture from the plain
//! one; here it is read from the views that networks see. MLPs are those of [`MlpSettings::for_width`]
//! with fewer steps.

use super::measures::{R2, Value};
use crate::probe::equivariance::Task;
use crate::probe::exam::is_quaternion;
use crate::probe::linear::{Linear, ridge};
use crate::probe::metrics::{ErrorSums, argmax, mean};
use crate::probe::mlp::{self, Mlp, MlpSettings};
use crate::probe::rows::Rows;
use crate::probe::score::{Score, over_things};
use crate::probe::softmax::softmax_regression;
use crate::world::{ActionSpec, augmentation};
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

    /// The share of rows whose class it names; `things` tells which of them show the same thing.
    pub(super) fn score(&self, x: &Rows, labels: &[usize], things: &[usize]) -> Value {
        let named = argmax(&self.0.apply(x));
        let hits: Vec<f64> =
            named.iter().zip(labels).map(|(a, b)| if a == b { 1.0 } else { 0.0 }).collect();
        Value { value: mean(hits.iter().copied()), interval: over_things(things, &hits, SEED) }
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
    spec: &ActionSpec,
    device: &Device,
) -> Result<(R2, Head), String> {
    let (head, name) = if is_quaternion(spec) || spec.names == augmentation::NAMES {
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

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use crate::probe::metrics::majority_share;
    use crate::world::rng::{below, normal, stream};
    use pollster::block_on;

    const N: usize = 400;
    const PLACES: ActionSpec =
        ActionSpec { names: &["row", "col"], unit: "sides", range: (-1.0, 1.0) };
    const TURNS: ActionSpec =
        ActionSpec { names: &["x", "y", "z", "w"], unit: "unit quaternion", range: (-1.0, 1.0) };

    fn noise(dim: usize, index: u64) -> Rows {
        let mut rng = stream(5, "heads", index);
        Rows { dim, values: (0..N * dim).map(|_| normal(&mut rng)).collect() }
    }

    fn labels(index: u64) -> Vec<usize> {
        let mut rng = stream(5, "labels", index);
        (0..N).map(|_| below(&mut rng, 4)).collect()
    }

    /// Latents whose first four numbers point at the class, with noise.
    fn telling(labels: &[usize], index: u64) -> Rows {
        let mut x = noise(6, index);
        labels.iter().enumerate().for_each(|(i, &label)| x.values[6 * i + label] += 8.0);
        x
    }

    #[test]
    fn the_class_of_made_up_latents() {
        let (train, val) = (labels(0), labels(1));
        let things: Vec<usize> = (0..N).collect();
        let score = |x: &Rows, labels: &[usize], y: &Rows| {
            ClassHead::fit(x, labels, 4).score(y, &val, &things).value
        };
        assert!(score(&telling(&train, 0), &train, &telling(&val, 1)) > 0.99, "telling");
        // Five standard errors about a quarter.
        let chance = |share: f64| (share - 0.25).abs() < 5.0 * (0.1875_f64 / N as f64).sqrt();
        assert!(chance(score(&noise(6, 2), &train, &noise(6, 3))), "random");
        let permuted: Vec<usize> = train.iter().cycle().skip(7).take(N).copied().collect();
        // Each of the four clusters is given one label, which may be its own by accident.
        let shuffled = score(&telling(&train, 0), &permuted, &telling(&val, 1));
        assert!(shuffled < 0.6, "permuted: {shuffled}");
        let constant = Rows { dim: 6, values: vec![1.0; 6 * N] };
        let named = score(&constant, &train, &constant);
        assert!(named <= majority_share(&val) && named > 0.15, "constant: one class for all");
    }

    fn task(x: Rows, y: Rows) -> Task {
        Task { x, y, cluster: (0..N).collect() }
    }

    fn told(spec: &ActionSpec, train: Task, val: &Task) -> R2 {
        let device = Device::flex();
        block_on(r2(&train, val, spec, &device)).expect("a CPU does not fail").0
    }

    #[test]
    fn the_action_of_made_up_latents() {
        for (spec, head) in [(&PLACES, "ridge"), (&TURNS, "mlp")] {
            let dim = spec.dim();
            let target = |x: &Rows| {
                let row =
                    |row: &[f32]| row[..dim].iter().map(|v| 0.3 * v + 0.2).collect::<Vec<_>>();
                Rows { dim, values: x.iter().flat_map(row).collect() }
            };
            let (x, y) = (noise(6, 10), noise(6, 11));
            let val = task(y.clone(), target(&y));
            let perfect = told(spec, task(x.clone(), target(&x)), &val);
            assert!(perfect.mean.value > 0.95, "{head}: {perfect:?}");
            assert_eq!((perfect.components.len(), perfect.head.as_str()), (dim, head));
            let constant = Rows { dim: 6, values: vec![1.0; 6 * N] };
            let still = told(spec, task(constant.clone(), target(&x)), &task(constant, target(&y)));
            assert!(still.mean.value.abs() < 0.03, "{head}: {still:?}");
            // One mean for all components: what it gives the components' own means is its null.
            assert!((still.global - still.global_null).abs() < 0.05, "{head}: {still:?}");
            let random = told(spec, task(noise(6, 12), target(&x)), &val);
            assert!(random.mean.value < 0.05, "{head}: {random:?}");
        }
    }
}
