//! The first two views of each sequence of a batch, as most baselines take them.

use crate::train::batch::Batch;
use burn::tensor::Tensor;

/// Two views a thing and what leads from the first to the second.
#[derive(Clone, Debug)]
pub struct Pair {
    /// `[2 B, P, P, 3]`: all first views, then all second ones.
    pub views: Tensor<4>,
    /// `[B, A]`.
    pub action: Tensor<2>,
}

impl Pair {
    /// Of a batch: its first view, and the next one that was observed or is the target.
    pub fn of(batch: Batch) -> Self {
        let Batch { observed, next, actions } = batch;
        let [b, m, h, w, c] = observed.dims();
        let view = |index: usize| observed.clone().narrow(1, index, 1).reshape([b, h, w, c]);
        let second = if m > 1 { view(1) } else { next };
        let width = actions.dims()[2];
        Self {
            views: Tensor::cat(vec![view(0), second], 0),
            action: actions.narrow(1, 0, 1).reshape([b, width]),
        }
    }
}

/// The rows of all first things and those of all second ones, from `[2 B, E]`.
pub fn halves(rows: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    let b = rows.dims()[0] / 2;
    (rows.clone().narrow(0, 0, b), rows.narrow(0, b, b))
}

/// z `[2 B, D]` as a trainer is told of it, `[B, 2, D]`.
pub fn by_thing(z: Tensor<2>) -> Tensor<3> {
    let [n, d] = z.dims();
    z.reshape([2, n / 2, d]).swap_dims(0, 1)
}

/// Rows of length 1; a row of zeros stays one.
pub fn unit_rows(rows: Tensor<2>) -> Tensor<2> {
    let norms = rows.clone().square().sum_dim(1).sqrt().clamp_min(1e-8); // [N, 1]
    rows / norms
}
