//! Eigenvalues of a symmetric matrix in `f64`: Householder's tridiagonal form, then bisection on
//! Sturm's counts (Golub and Van Loan, Matrix Computations, 8.3.1 and 8.4.1). No eigenvectors.

use super::linear::dot;

/// Halvings of the interval that holds an eigenvalue: to 2⁻⁶⁰ of the spectrum's bound.
const N_HALVINGS: usize = 60;

/// The eigenvalues of a symmetric matrix `[n, n]`, ascending.
///
/// # Panics
/// When `matrix` has another number of values than n².
pub(crate) fn eigenvalues(matrix: Vec<f64>, n: usize) -> Vec<f64> {
    assert_eq!(matrix.len(), n * n, "a square matrix");
    let (diagonal, off) = tridiagonal(matrix, n);
    // Gershgorin: no eigenvalue is further from 0 than the largest row sum of magnitudes.
    let bound = (0..n)
        .map(|i| {
            let left = if i > 0 { off[i - 1].abs() } else { 0.0 };
            diagonal[i].abs() + left + off.get(i).map_or(0.0, |o| o.abs())
        })
        .fold(0.0, f64::max);
    (0..n)
        .map(|k| {
            let (mut low, mut high) = (-bound, bound);
            for _ in 0..N_HALVINGS {
                let middle = 0.5 * (low + high);
                if count_below(&diagonal, &off, middle) > k { high = middle } else { low = middle }
            }
            0.5 * (low + high)
        })
        .collect()
}

/// Diagonal `[n]` and off-diagonal `[n - 1]` of a similar tridiagonal matrix.
fn tridiagonal(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut off = Vec::new();
    for k in 0..n.saturating_sub(1) {
        let first = k + 1;
        // Column below the diagonal equals the row right of it.
        let mut v = a[k * n + first..(k + 1) * n].to_vec();
        let norm = dot(&v, &v).sqrt();
        let alpha = if v[0] > 0.0 { -norm } else { norm };
        off.push(alpha);
        v[0] -= alpha;
        let length = dot(&v, &v).sqrt();
        if length == 0.0 {
            continue;
        }
        v.iter_mut().for_each(|x| *x /= length);
        let p: Vec<f64> = (first..n).map(|i| dot(&a[i * n + first..(i + 1) * n], &v)).collect();
        let k_factor = dot(&v, &p);
        let w: Vec<f64> = p.iter().zip(&v).map(|(p, v)| p - k_factor * v).collect();
        for i in first..n {
            let (vi, wi) = (2.0 * v[i - first], 2.0 * w[i - first]);
            let row = &mut a[i * n + first..(i + 1) * n];
            row.iter_mut().zip(v.iter().zip(&w)).for_each(|(x, (v, w))| *x -= vi * w + wi * v);
        }
    }
    ((0..n).map(|i| a[i * n + i]).collect(), off)
}

/// How many eigenvalues of a tridiagonal matrix are below `x`.
fn count_below(diagonal: &[f64], off: &[f64], x: f64) -> usize {
    let mut pivot = 1.0_f64;
    let mut count = 0;
    for (i, d) in diagonal.iter().enumerate() {
        let coupling = if i > 0 { off[i - 1] * off[i - 1] / pivot } else { 0.0 };
        pivot = d - x - coupling;
        if pivot == 0.0 {
            pivot = f64::MIN_POSITIVE.sqrt();
        }
        count += usize::from(pivot < 0.0);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(matrix: &[f64], expected: &[f64]) {
        let found = eigenvalues(matrix.to_vec(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        }
    }

    #[test]
    fn eigenvalues_are_those_worked_by_hand() {
        check(&[3.0], &[3.0]);
        check(&[2.0, 1.0, 1.0, 2.0], &[1.0, 3.0]);
        check(&[0.0, 0.0, 0.0, 0.0], &[0.0, 0.0]);
        // All ones: rank one, eigenvalue n.
        check(&[1.0; 16], &[0.0, 0.0, 0.0, 4.0]);
        // The path's Laplacian: 2 − 2 cos(kπ / 3).
        check(&[1.0, -1.0, 0.0, -1.0, 2.0, -1.0, 0.0, -1.0, 1.0], &[0.0, 1.0, 3.0]);
    }

    #[test]
    fn trace_and_square_sum_are_kept() {
        let n = 12;
        let mut a = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                a[i * n + j] = ((i * j + i + j) % 7) as f64 - 2.0;
            }
        }
        let trace: f64 = (0..n).map(|i| a[i * n + i]).sum();
        let squares: f64 = a.iter().map(|x| x * x).sum();
        let values = eigenvalues(a, n);
        assert!((values.iter().sum::<f64>() - trace).abs() < 1e-9);
        assert!((values.iter().map(|x| x * x).sum::<f64>() - squares).abs() < 1e-8);
    }
}
