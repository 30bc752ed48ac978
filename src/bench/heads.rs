//! Heads that are fitted once and may be asked again: of the class, of an action, a state or a path.
//!
//! Classes are read by softmax regression; quaternions and augmentations by an MLP, places by a linear
//! head (spec section 4).
//!
//! DIFFERS: the paper reads the class of an augmented picture from the plain one, and that of z in the
//! saccade world from the whole picture; here both are read from the views that networks see. MLPs are
//! those of [`MlpSettings::for_width`] with fewer steps unless [`Heads::Published`] are asked for. Linear
//! heads are ridge regressions, the end of what the paper's 50 epochs go towards, whatever is asked for;
//! all heads read standardized features.

use super::measures::{R2, Value};
use crate::probe::equivariance::Task;
use crate::probe::exam::{Heads, is_quaternion};
use crate::probe::linear::{Linear, ridge};
use crate::probe::metrics::{argmax, mean};
use crate::probe::mlp::{self, Mlp, MlpSettings};
use crate::probe::rows::Rows;
use crate::probe::score::{Score, over_things};
use crate::probe::softmax::softmax;
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
    pub(super) fn fit(x: &Rows, labels: &[usize], n_classes: usize, heads: Heads) -> Self {
        Self(softmax(x, labels, n_classes, heads))
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
    /// The first components in three, the others in one.
    Both(Mlp, Linear),
}

impl Head {
    async fn apply(&self, x: &Rows) -> Result<Rows, String> {
        match self {
            Self::Linear(head) => Ok(head.apply(x)),
            Self::Mlp(head) => head.apply(x).await,
            Self::Both(first, others) => {
                let (first, others) = (first.apply(x).await?, others.apply(x));
                let mut joined = Rows::new(first.dim + others.dim);
                first.iter().zip(others.iter()).for_each(|(a, b)| joined.push(&[a, b]));
                Ok(joined)
            }
        }
    }

    /// R² on another task, mean over components.
    pub(super) async fn r2(&self, task: &Task) -> Result<Value, String> {
        let score = Score::of(task, &self.apply(&task.x).await?, SEED);
        Ok(Value { value: score.sums.r2_mean(), interval: score.interval })
    }
}

/// The number of first components of an action that an MLP reads; a linear head reads the others.
fn n_by_mlp(spec: &ActionSpec) -> usize {
    if is_quaternion(spec) {
        return spec.dim();
    }
    // Crop and jitter, not blur.
    if spec.names == augmentation::NAMES { spec.dim() - 1 } else { 0 }
}

async fn fit(
    train: &Task,
    spec: &ActionSpec,
    heads: Heads,
    device: &Device,
) -> Result<(Head, &'static str), String> {
    let n = n_by_mlp(spec);
    let part = |from: usize, to: usize| Task {
        y: Rows::from_slices(to - from, train.y.iter().map(|row| &row[from..to])),
        ..train.clone()
    };
    if n == 0 {
        return Ok((Head::Linear(ridge(&train.x, &train.y)), "ridge"));
    }
    let mut settings = MlpSettings::of(heads, train.x.dim, train.x.n_rows());
    if settings.keeps_best {
        settings.n_steps = N_STEPS;
    }
    let first = mlp::fit(&part(0, n), &settings, SEED, device).await?;
    if n == train.y.dim {
        return Ok((Head::Mlp(first), "mlp"));
    }
    let others = ridge(&train.x, &part(n, train.y.dim).y);
    Ok((Head::Both(first, others), "mlp; ridge for blur"))
}

/// Fits a head on one task and scores it on another.
pub(super) async fn r2(
    train: &Task,
    val: &Task,
    spec: &ActionSpec,
    heads: Heads,
    device: &Device,
) -> Result<(R2, Head), String> {
    let (head, name) = fit(train, spec, heads, device).await?;
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

    const LOOKS: ActionSpec =
        ActionSpec { names: &augmentation::NAMES, unit: "deviations", range: (-1.0, 1.0) };

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
            ClassHead::fit(x, labels, 4, Heads::Paper).score(y, &val, &things).value
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
        block_on(r2(&train, val, spec, Heads::Paper, &device)).expect("a CPU does not fail").0
    }

    #[test]
    fn the_action_of_made_up_latents() {
        let kinds = [(&PLACES, "ridge"), (&TURNS, "mlp"), (&LOOKS, "mlp; ridge for blur")];
        for (spec, head) in kinds {
            let dim = spec.dim();
            let target = |x: &Rows| {
                let row =
                    |row: &[f32]| row[..dim].iter().map(|v| 0.3 * v + 0.2).collect::<Vec<_>>();
                Rows { dim, values: x.iter().flat_map(row).collect() }
            };
            let (x, y) = (noise(9, 10), noise(9, 11));
            let val = task(y.clone(), target(&y));
            let perfect = told(spec, task(x.clone(), target(&x)), &val);
            assert!(perfect.mean.value > 0.95, "{head}: {perfect:?}");
            assert_eq!((perfect.components.len(), perfect.head.as_str()), (dim, head));
            let constant = Rows { dim: 9, values: vec![1.0; 9 * N] };
            let still = told(spec, task(constant.clone(), target(&x)), &task(constant, target(&y)));
            assert!(still.mean.value.abs() < 0.03, "{head}: {still:?}");
            // One mean for all components: what it gives the components' own means is its null.
            assert!((still.global - still.global_null).abs() < 0.05, "{head}: {still:?}");
            let random = told(spec, task(noise(9, 12), target(&x)), &val);
            assert!(random.mean.value < 0.05, "{head}: {random:?}");
            let mut permuted = target(&x);
            permuted.values.rotate_left(dim * 7);
            let permuted = told(spec, task(x, permuted), &val);
            assert!(permuted.mean.value < 0.05, "{head}: {permuted:?}");
        }
    }
}
