//! Linear heads: ridge regression on standardized features, by Cholesky's method in `f64`.
//!
//! The penalty is chosen on the last fifth of the training rows (rows come in order of their
//! sequences, so that fifth holds other sequences), then the head is fitted to all of them. Not
//! the paper's linear probe, which is trained by Adam for 50 epochs: this is its optimum.

use super::rows::Rows;

/// Penalties tried, over the number of rows, on features of unit deviation.
const PENALTIES: [f64; 6] = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0];

/// Rows added to the Gram matrix at once, so that it is read and written less often.
const BLOCK: usize = 8;

/// Features with less deviation than this carry nothing and get weight 0.
const DEVIATION_MIN: f64 = 1e-6;

/// A linear map with intercept.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Width of the input.
    pub dim_in: usize,
    /// `[dim_out, dim_in + 1]` row-major in the features' own units; the last column is the
    /// intercept.
    pub weights: Vec<f32>,
}

impl Linear {
    /// Width of the output.
    pub fn dim_out(&self) -> usize {
        self.weights.len() / (self.dim_in + 1)
    }

    /// # Shapes
    /// - `x`: `[n, dim_in]`
    /// - output: `[n, dim_out]`
    pub fn apply(&self, x: &Rows) -> Rows {
        assert_eq!(x.dim, self.dim_in, "a linear head reads features of its own width");
        let mut y = Rows::new(self.dim_out());
        for row in x.iter() {
            y.values.extend(self.weights.chunks_exact(self.dim_in + 1).map(|w| {
                let sum: f64 = w.iter().zip(row).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
                (sum + f64::from(w[self.dim_in])) as f32
            }));
        }
        y
    }
}

/// Fits `y` from `x` by ridge regression; the intercept is not penalized.
///
/// # Shapes
/// - `x`: `[n, dim_in]`, n ≥ 2
/// - `y`: `[n, dim_out]`
pub fn ridge(x: &Rows, y: &Rows) -> Linear {
    let n = x.n_rows();
    assert!(n >= 2 && y.n_rows() == n, "a target for each of two or more rows");
    let scale = Standard::of(x);
    let n_fit = if n >= 5 { n - n / 5 } else { n };
    let mut fit = Normal::new(x.dim + 1, y.dim);
    fit.add(x, y, 0..n_fit, &scale);
    let penalty = if n_fit < n { choose(&fit, x, y, n_fit, &scale) } else { PENALTIES[2] };
    fit.add(x, y, n_fit..n, &scale);
    let solution = fit.solve(penalty);
    scale.into_linear(&solution, y.dim)
}

/// The penalty with the least squared error on rows from `n_fit` on.
fn choose(fit: &Normal, x: &Rows, y: &Rows, n_fit: usize, scale: &Standard) -> f64 {
    let mut best = (f64::INFINITY, PENALTIES[0]);
    let mut buffer = vec![0.0; x.dim + 1];
    for penalty in PENALTIES {
        let solution = fit.solve(penalty);
        let mut error = 0.0;
        for i in n_fit..x.n_rows() {
            scale.write(x.row(i), &mut buffer);
            for (w, &t) in solution.chunks_exact(buffer.len()).zip(y.row(i)) {
                error += (dot(w, &buffer) - f64::from(t)).powi(2);
            }
        }
        if error < best.0 {
            best = (error, penalty);
        }
    }
    best.1
}

/// Mean and deviation of each feature.
#[derive(Clone, Debug, PartialEq)]
pub struct Standard {
    /// `[dim]`.
    pub mean: Vec<f64>,
    /// `[dim]`: 1 / deviation, or 0 for a feature that does not vary.
    pub inverse: Vec<f64>,
}

impl Standard {
    /// Of the columns of `x`.
    pub fn of(x: &Rows) -> Self {
        let n = x.n_rows().max(1) as f64;
        let mean: Vec<f64> = {
            let mut sum = vec![0.0; x.dim];
            for row in x.iter() {
                sum.iter_mut().zip(row).for_each(|(s, &v)| *s += f64::from(v));
            }
            sum.iter().map(|s| s / n).collect()
        };
        let mut squares = vec![0.0; x.dim];
        for row in x.iter() {
            for (s, (&v, m)) in squares.iter_mut().zip(row.iter().zip(&mean)) {
                *s += (f64::from(v) - m).powi(2);
            }
        }
        let inverse = |s: &f64| {
            let deviation = (s / n).sqrt();
            if deviation > DEVIATION_MIN { 1.0 / deviation } else { 0.0 }
        };
        Self { mean, inverse: squares.iter().map(inverse).collect() }
    }

    /// Writes a standardized row and a one `[dim + 1]`.
    pub fn write(&self, row: &[f32], out: &mut [f64]) {
        for (o, (&v, (m, s))) in
            out.iter_mut().zip(row.iter().zip(self.mean.iter().zip(&self.inverse)))
        {
            *o = (f64::from(v) - m) * s;
        }
        out[row.len()] = 1.0;
    }

    /// Weights on standardized features `[dim_out, dim + 1]` become weights on plain ones.
    pub fn into_linear(self, solution: &[f64], dim_out: usize) -> Linear {
        let dim_in = self.mean.len();
        let mut weights = Vec::with_capacity(dim_out * (dim_in + 1));
        for w in solution.chunks_exact(dim_in + 1) {
            let plain: Vec<f64> = w.iter().zip(&self.inverse).map(|(w, s)| w * s).collect();
            let shift = dot(&plain, &self.mean);
            weights.extend(plain.iter().map(|&w| w as f32));
            weights.push((w[dim_in] - shift) as f32);
        }
        Linear { dim_in, weights }
    }
}

/// The normal equations of a least squares problem.
struct Normal {
    dim: usize,
    n: usize,
    /// `[dim, dim]`, upper triangle.
    gram: Vec<f64>,
    /// `[dim_out, dim]`.
    moments: Vec<f64>,
}

impl Normal {
    fn new(dim: usize, dim_out: usize) -> Self {
        Self { dim, n: 0, gram: vec![0.0; dim * dim], moments: vec![0.0; dim_out * dim] }
    }

    fn add(&mut self, x: &Rows, y: &Rows, rows: core::ops::Range<usize>, scale: &Standard) {
        let dim = self.dim;
        self.n += rows.len();
        let mut block = vec![0.0; BLOCK * dim];
        let indices: Vec<usize> = rows.collect();
        for chunk in indices.chunks(BLOCK) {
            block.fill(0.0);
            for (slot, &i) in block.chunks_exact_mut(dim).zip(chunk) {
                scale.write(x.row(i), slot);
                for (moment, &t) in self.moments.chunks_exact_mut(dim).zip(y.row(i)) {
                    moment.iter_mut().zip(&*slot).for_each(|(m, v)| *m += v * f64::from(t));
                }
            }
            self.add_block(&block);
        }
    }

    fn add_block(&mut self, block: &[f64]) {
        let dim = self.dim;
        for i in 0..dim {
            let row = &mut self.gram[i * dim + i..(i + 1) * dim];
            let x: [&[f64]; BLOCK] = core::array::from_fn(|k| &block[k * dim + i..(k + 1) * dim]);
            let f: [f64; BLOCK] = core::array::from_fn(|k| x[k][0]);
            for (j, g) in row.iter_mut().enumerate() {
                *g += f[0] * x[0][j]
                    + f[1] * x[1][j]
                    + f[2] * x[2][j]
                    + f[3] * x[3][j]
                    + (f[4] * x[4][j] + f[5] * x[5][j] + f[6] * x[6][j] + f[7] * x[7][j]);
            }
        }
    }

    /// Solves for `[dim_out, dim]`; the last feature, the constant, is not penalized.
    fn solve(&self, penalty: f64) -> Vec<f64> {
        let dim = self.dim;
        let mut lower = vec![0.0; dim * dim];
        for i in 0..dim {
            for j in 0..i {
                let sum = dot(&lower[i * dim..i * dim + j], &lower[j * dim..j * dim + j]);
                lower[i * dim + j] = (self.gram[j * dim + i] - sum) / lower[j * dim + j];
            }
            let row = &lower[i * dim..i * dim + i];
            let ridge = if i + 1 < dim { penalty * self.n as f64 } else { 0.0 };
            let pivot = self.gram[i * dim + i] + ridge - dot(row, row);
            lower[i * dim + i] = pivot.max(1e-12).sqrt();
        }
        let mut solution = self.moments.clone();
        for b in solution.chunks_exact_mut(dim) {
            for i in 0..dim {
                b[i] = (b[i] - dot(&lower[i * dim..i * dim + i], &b[..i])) / lower[i * dim + i];
            }
            for i in (0..dim).rev() {
                b[i] /= lower[i * dim + i];
                let (head, tail) = b.split_at_mut(i);
                let row = &lower[i * dim..i * dim + i];
                head.iter_mut().zip(row).for_each(|(b, l)| *b -= l * tail[0]);
            }
        }
        solution
    }
}

/// Inner product in eight lanes, which compilers turn into SIMD.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0_f64; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a8.zip(b8) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::metrics::ErrorSums;
    use crate::world::rng::{normal, stream};

    fn noise(n: usize, dim: usize, index: u64) -> Rows {
        let mut rng = stream(3, "linear-test", index);
        Rows { dim, values: (0..n * dim).map(|_| normal(&mut rng)).collect() }
    }

    #[test]
    fn ridge_recovers_a_known_linear_map() {
        let mut x = noise(400, 5, 0);
        // Units and offsets must not matter.
        x.values.iter_mut().enumerate().for_each(|(i, v)| *v = *v * (1 + i % 5) as f32 + 7.0);
        let truth = Linear {
            dim_in: 5,
            weights: vec![1.0, -2.0, 0.0, 0.5, 3.0, 4.0, 0.0, 0.0, 1.0, 0.0, 0.0, -1.0],
        };
        let found = ridge(&x, &truth.apply(&x));
        for (found, truth) in found.weights.iter().zip(&truth.weights) {
            assert!((found - truth).abs() < 2e-3, "{found} is not {truth}");
        }
    }

    #[test]
    fn noise_is_not_predicted_on_held_out_rows() {
        let (x, y) = (noise(300, 60, 1), noise(300, 2, 2));
        let head = ridge(&x, &y);
        let (x, y) = (noise(300, 60, 3), noise(300, 2, 4));
        let r2 = ErrorSums::of(&y, &head.apply(&x)).r2_mean();
        // The largest penalty leaves about dim / n / (1 + penalty)² of overfitting.
        assert!((-0.15..0.05).contains(&r2), "{r2}");
    }

    #[test]
    fn a_constant_feature_gets_no_weight_and_a_constant_target_its_value() {
        let mut x = noise(50, 2, 5);
        x.values.chunks_exact_mut(2).for_each(|row| row[1] = 3.0);
        let y = Rows { dim: 1, values: vec![2.5; 50] };
        let head = ridge(&x, &y);
        assert_eq!(head.weights[1], 0.0);
        assert!(head.apply(&x).values.iter().all(|v| (v - 2.5).abs() < 1e-5));
    }
}
