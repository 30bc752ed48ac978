//! Multinomial logistic regression on standardized features: the class head of full evaluations.
//!
//! Adam on the host. `softmax_regression` takes all rows in every step, with a falling rate and a
//! small penalty: DIFFERS from the paper, whose head `softmax_published` is.

use super::exam::Heads;
use super::linear::{Linear, Standard};
use super::rows::Rows;
use crate::world::rng::{below, stream};

/// How weights are found.
struct Settings {
    n_steps: usize,
    /// Adam's first rate.
    rate: f32,
    /// Whether the rate falls linearly to 0.
    falls: bool,
    /// Penalty on squared weights (features have unit deviation).
    penalty: f32,
    /// Rows in one step, drawn with replacement; all of them if `None`.
    batch: Option<usize>,
}

/// Seed of the order of rows.
const SEED: u64 = 1;

/// Fits class scores `[n, n_classes]` from `x` `[n, dim]`: 300 steps of all rows.
fn softmax_regression(x: &Rows, labels: &[usize], n_classes: usize) -> Linear {
    let settings = Settings { n_steps: 300, rate: 0.05, falls: true, penalty: 1e-3, batch: None };
    fit(x, labels, n_classes, &settings)
}

/// The paper's head (spec section 4): Adam at 1e-3 on batches of 256 for 300 epochs.
fn softmax_published(x: &Rows, labels: &[usize], n_classes: usize) -> Linear {
    let n_steps = 300 * labels.len().div_ceil(256);
    let settings = Settings { n_steps, rate: 1e-3, falls: false, penalty: 0.0, batch: Some(256) };
    fit(x, labels, n_classes, &settings)
}

/// The one that is asked for.
pub fn softmax(x: &Rows, labels: &[usize], n_classes: usize, heads: Heads) -> Linear {
    match heads {
        Heads::Published => softmax_published(x, labels, n_classes),
        Heads::Ridge | Heads::Paper => softmax_regression(x, labels, n_classes),
    }
}

fn fit(x: &Rows, labels: &[usize], n_classes: usize, settings: &Settings) -> Linear {
    assert_eq!(x.n_rows(), labels.len(), "a label for each row");
    let scale = Standard::of(x);
    let width = x.dim + 1;
    let mut features = Vec::with_capacity(labels.len() * width);
    let mut row = vec![0.0; width];
    for plain in x.iter() {
        scale.write(plain, &mut row);
        features.extend(row.iter().map(|&v| v as f32));
    }
    let mut rng = stream(SEED, "softmax", 0);
    let all: Vec<usize> = (0..labels.len()).collect();
    // [width, classes], so that inner loops run over classes.
    let mut weights = vec![0.0_f32; width * n_classes];
    let mut adam = vec![[0.0_f32; 2]; weights.len()];
    for step in 1..=settings.n_steps {
        let drawn: Option<Vec<usize>> =
            settings.batch.map(|n| (0..n).map(|_| below(&mut rng, labels.len())).collect());
        let chosen = drawn.as_ref().unwrap_or(&all);
        let gradient = gradient(&features, (labels, chosen), &weights, n_classes, settings.penalty);
        let left = 1.0 - (step - 1) as f32 / settings.n_steps as f32;
        let rate = if settings.falls { settings.rate * left } else { settings.rate };
        let unbias = [0.9_f32, 0.999].map(|beta| 1.0 - beta.powi(step as i32));
        for ((w, g), [m, v]) in weights.iter_mut().zip(&gradient).zip(&mut adam) {
            *m += 0.1 * (g - *m);
            *v += 0.001 * (g * g - *v);
            *w -= rate * (*m / unbias[0]) / ((*v / unbias[1]).sqrt() + 1e-8);
        }
    }
    let by_class: Vec<f64> = (0..n_classes)
        .flat_map(|c| (0..width).map(move |d| (c, d)))
        .map(|(c, d)| f64::from(weights[d * n_classes + c]))
        .collect();
    scale.into_linear(&by_class, n_classes)
}

/// Gradient of the mean cross-entropy of the chosen rows plus penalty `[width, classes]`.
fn gradient(
    features: &[f32],
    (labels, chosen): (&[usize], &[usize]),
    weights: &[f32],
    n_classes: usize,
    penalty: f32,
) -> Vec<f32> {
    let width = weights.len() / n_classes;
    let mut gradient: Vec<f32> = weights.iter().map(|w| penalty * w).collect();
    let share = 1.0 / chosen.len() as f32;
    let mut scores = vec![0.0_f32; n_classes];
    for &at in chosen {
        let (row, label) = (&features[at * width..(at + 1) * width], labels[at]);
        scores.fill(0.0);
        for (&x, w) in row.iter().zip(weights.chunks_exact(n_classes)) {
            scores.iter_mut().zip(w).for_each(|(s, w)| *s += x * w);
        }
        let largest = scores.iter().fold(f32::NEG_INFINITY, |a, &b| a.max(b));
        scores.iter_mut().for_each(|s| *s = libm::expf(*s - largest));
        let sum: f32 = scores.iter().sum();
        scores.iter_mut().for_each(|s| *s *= share / sum);
        scores[label] -= share;
        for (&x, g) in row.iter().zip(gradient.chunks_exact_mut(n_classes)) {
            g.iter_mut().zip(&scores).for_each(|(g, s)| *g += x * s);
        }
    }
    gradient
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::metrics::argmax;
    use crate::world::rng::normal;

    #[test]
    fn separated_classes_are_told_and_noise_is_not() {
        let mut rng = stream(1, "softmax-test", 0);
        let labels: Vec<usize> = (0..300).map(|i| i % 3).collect();
        let mut told = Rows::new(4);
        let mut noise = Rows::new(4);
        for &label in &labels {
            let mut row: [f32; 4] = core::array::from_fn(|_| normal(&mut rng));
            noise.push(&[&row]);
            row[label] += 8.0;
            told.push(&[&row]);
        }
        for head in [softmax_regression, softmax_published] {
            let right = |x: &Rows| {
                let named = argmax(&head(x, &labels, 3).apply(x));
                named.iter().zip(&labels).filter(|(a, b)| a == b).count()
            };
            assert!(right(&told) > 295, "{}", right(&told));
            assert!(right(&noise) < 150, "{}", right(&noise));
        }
    }
}
