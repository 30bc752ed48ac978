//! NT-Xent, the normalized-temperature cross entropy of SimCLR (Chen et al. 2020, equation 1).

use super::pair::unit_rows;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Tensor, TensorData};

/// What a row's likeness to itself becomes before the softmax: it is no candidate.
const NEVER: f32 = -1e9;

/// Mean over all 2 B rows of −log softmax(cosine / τ) at the partner, among the 2 B − 1 other rows.
///
/// # Shapes
/// - `a`, `b`: `[B, E]`; row i of one is the partner of row i of the other
/// - output: `[1]`
pub fn nt_xent(a: Tensor<2>, b: Tensor<2>, temperature: f64) -> Tensor<1> {
    let n = a.dims()[0];
    let device = a.device();
    let rows = unit_rows(Tensor::cat(vec![a, b], 0)); // [2B, E]
    let likeness = rows.clone().matmul(rows.transpose()).div_scalar(temperature);
    let square = |value: f32, partner: &dyn Fn(usize) -> usize| {
        let mut values = vec![0.0; 4 * n * n];
        (0..2 * n).for_each(|row| values[row * 2 * n + partner(row)] = value);
        Tensor::<2>::from_data(TensorData::new(values, [2 * n, 2 * n]), &device)
    };
    let own = square(NEVER, &|row| row);
    let partners = square(1.0, &|row| (row + n) % (2 * n));
    let log = log_softmax(likeness + own, 1);
    (log * partners).sum().div_scalar(-2.0 * n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::toy::{rows, value};

    /// Rows (1, 0), (0, 1) and partners (1, 0), (0.6, 0.8), τ = 0.5. Likenesses over τ: row 1 has its
    /// partner at 2, the others at 0 and 1.2; row 2 its partner at 1.6, the others at 0 and 0; row 3 as
    /// row 1; row 4 its partner at 1.6, the others at 1.2 and 1.2.
    #[test]
    fn four_rows_by_hand() {
        let loss = nt_xent(
            rows([[1.0, 0.0], [0.0, 1.0]]),
            rows([[3.0, 0.0], [0.6, 0.8]]), // lengths do not matter
            0.5,
        );
        let term = |partner: f64, others: [f64; 2]| {
            let all = partner.exp() + others[0].exp() + others[1].exp();
            all.ln() - partner
        };
        let expected =
            0.25 * (2.0 * term(2.0, [0.0, 1.2]) + term(1.6, [0.0, 0.0]) + term(1.6, [1.2, 1.2]));
        assert!((f64::from(value(loss)) - expected).abs() < 1e-5);
    }

    #[test]
    fn equal_rows_are_a_guess_among_the_others() {
        let same = || rows([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]);
        let loss = value(nt_xent(same(), same(), 0.1));
        assert!((loss - 5.0_f32.ln()).abs() < 1e-4, "{loss}");
    }
}
