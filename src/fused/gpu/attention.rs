//! Self-attention over a handful of tokens, queries, keys and values side by side `[B, T, 3E]`.
//!
//! A thread per batch element, head and query: it writes its row of scores where the weights go,
//! makes them weights there, and adds the values by them. Nothing is shared, so nothing waits, and
//! the number of tokens is not limited.

use super::launch::{CubeTensor, contiguous, empty, group, threads, width};
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// q · k of two heads' vectors, `width` vectors long.
#[cube]
pub(super) fn dot<N: Size>(
    a: &[Vector<f32, N>],
    a_start: usize,
    b: &[Vector<f32, N>],
    b_start: usize,
    width: usize,
) -> f32 {
    let mut sum = Vector::new(0.0f32);
    for i in 0..width {
        sum += a[a_start + i] * b[b_start + i];
    }
    sum.dot(Vector::new(1.0f32))
}

/// `output` `[B, T, heads, head]` and `weights` `[B, heads, T, T]`, `head` counted in vectors.
#[cube(launch)]
fn attention_kernel<N: Size>(
    qkv: &[Vector<f32, N>],
    drop: ComptimeOption<Box<[f32]>>,
    output: &mut [Vector<f32, N>],
    weights: &mut [f32],
    tokens: usize,
    heads: usize,
    head: usize,
    scale: f32,
) {
    let row = ABSOLUTE_POS * tokens;
    if row >= weights.len() {
        terminate!();
    }
    let token = ABSOLUTE_POS % tokens;
    let which = ABSOLUTE_POS / tokens % heads;
    let batch = ABSOLUTE_POS / tokens / heads * tokens;
    let embedding = heads * head;
    let query = (batch + token) * 3 * embedding + which * head;
    let first_key = batch * 3 * embedding + embedding + which * head;

    let mut largest = f32::min_value();
    for other in 0..tokens {
        let key = first_key + other * 3 * embedding;
        let score = dot::<N>(qkv, query, qkv, key, head) * scale;
        weights[row + other] = score;
        largest = largest.max(score);
    }
    let mut sum = 0.0f32;
    for other in 0..tokens {
        let weight = (weights[row + other] - largest).exp();
        weights[row + other] = weight;
        sum += weight;
    }
    for other in 0..tokens {
        weights[row + other] /= sum;
    }
    for i in 0..head {
        let mut value = Vector::new(0.0f32);
        for other in 0..tokens {
            let at = first_key + (other * 3 + 1) * embedding + i;
            let weight = weights[row + other] * factor(&drop, row + other);
            value += qkv[at] * Vector::new(weight);
        }
        output[(batch + token) * embedding + which * head + i] = value;
    }
}

/// What a weight is multiplied with.
#[cube]
pub(super) fn factor(drop: &ComptimeOption<Box<[f32]>>, at: usize) -> f32 {
    #[comptime]
    match drop {
        ComptimeOption::Some(drop) => drop[at],
        ComptimeOption::None => 1.0f32,
    }
}

/// As [`crate::fused::FusedOps::attend`]. One launch.
pub(super) fn attention(
    qkv: CubeTensor,
    drop: Option<CubeTensor>,
    n_heads: usize,
) -> (CubeTensor, CubeTensor) {
    let qkv = contiguous(qkv);
    let [b, t, e3] = qkv.shape().dims();
    let head = e3 / 3 / n_heads;
    let lanes = width(head);
    let output = empty(&qkv, [b, t, e3 / 3]);
    let weights = empty(&qkv, [b, n_heads, t, t]);
    attention_kernel::launch(
        &output.client,
        threads(&output.client, b * n_heads * t),
        group(),
        lanes,
        qkv.into_buffer_arg(),
        drop.map(|drop| contiguous(drop).into_buffer_arg()).into(),
        output.clone().into_buffer_arg(),
        weights.clone().into_buffer_arg(),
        t,
        n_heads,
        head / lanes,
        1.0 / (head as f32).sqrt(),
    );
    (output, weights)
}
