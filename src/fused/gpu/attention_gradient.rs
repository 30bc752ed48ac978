//! The gradient of self-attention to its queries, keys and values `[B, T, 3E]`.
//!
//! A workgroup per batch element and head. Its threads take a pair of tokens each and write P = (G
//! Vᵀ) ∘ drop, wait for each other, then take a token and a vector of the head each and write that
//! vector of ∂Q, ∂K and ∂V. Each thread of the second round needs the sums of W ∘ P over rows,
//! which one thread per row makes in between. P and the sums are `[T, T + 1]` of a buffer of their
//! own: memory that a workgroup shares would limit the number of tokens.

use super::attention::{dot, factor};
use super::launch::{CubeTensor, TEAM, contiguous, empty, like, team, teams, width};
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// What a thread has to know of its batch element and head.
#[derive(CubeType, Clone, Copy)]
struct Head {
    /// Vectors of an embedding.
    embedding: usize,
    /// Where its first query and its first gradient are, in vectors.
    query: usize,
    gradient: usize,
    /// Where its weights are, and its part of the scratch.
    weights: usize,
    scratch: usize,
}

#[cube]
fn head(tokens: usize, heads: usize, head: usize) -> Head {
    let which = CUBE_POS % heads;
    let batch = CUBE_POS / heads * tokens;
    let embedding = heads * head;
    Head {
        embedding,
        query: batch * 3 * embedding + which * head,
        gradient: batch * embedding + which * head,
        weights: CUBE_POS * tokens * tokens,
        scratch: CUBE_POS * tokens * (tokens + 1),
    }
}

/// `dqkv` as `qkv` `[B, T, 3, heads, head]`; `gradient` `[B, T, heads, head]`; `weights`
/// `[B, heads, T, T]`; `scratch` `[B, heads, T (T + 1)]`.
#[cube(launch)]
fn attention_gradient_kernel<N: Size>(
    gradient: &[Vector<f32, N>],
    qkv: &[Vector<f32, N>],
    weights: &[f32],
    drop: ComptimeOption<Box<[f32]>>,
    dqkv: &mut [Vector<f32, N>],
    scratch: &mut [f32],
    tokens: usize,
    heads: usize,
    head_width: usize,
    scale: f32,
) {
    let this = head(tokens, heads, head_width);
    let unit = UNIT_POS as usize;
    let exists = this.scratch < scratch.len();
    let pairs = select(exists, tokens * tokens, 0);
    let rows = select(exists, tokens, 0);
    let places = select(exists, tokens * head_width, 0);

    for pair in range_stepped(unit, pairs, TEAM) {
        let g = this.gradient + pair / tokens * this.embedding;
        let value = this.query + (pair % tokens * 3 + 2) * this.embedding;
        let product = dot::<N>(gradient, g, qkv, value, head_width);
        scratch[this.scratch + pair] = product * factor(&drop, this.weights + pair);
    }
    sync_storage();
    for row in range_stepped(unit, rows, TEAM) {
        let mut sum = 0.0f32;
        for other in 0..tokens {
            let pair = row * tokens + other;
            sum += weights[this.weights + pair] * scratch[this.scratch + pair];
        }
        scratch[this.scratch + pairs + row] = sum;
    }
    sync_storage();
    for place in range_stepped(unit, places, TEAM) {
        let token = place / head_width;
        let i = place % head_width;
        let mut dq = Vector::new(0.0f32);
        let mut dk = Vector::new(0.0f32);
        let mut dv = Vector::new(0.0f32);
        for other in 0..tokens {
            let (ours, theirs) = (token * tokens + other, other * tokens + token);
            let query = this.query + other * 3 * this.embedding + i;
            let row = this.scratch + pairs;
            let apart = scratch[this.scratch + ours] - scratch[row + token];
            dq += qkv[query + this.embedding] * Vector::new(weights[this.weights + ours] * apart);
            let weight = weights[this.weights + theirs];
            let apart = scratch[this.scratch + theirs] - scratch[row + other];
            dk += qkv[query] * Vector::new(weight * apart);
            let weight = weight * factor(&drop, this.weights + theirs);
            dv += gradient[this.gradient + other * this.embedding + i] * Vector::new(weight);
        }
        let at = this.query + token * 3 * this.embedding + i;
        dqkv[at] = dq * Vector::new(scale);
        dqkv[at + this.embedding] = dk * Vector::new(scale);
        dqkv[at + 2 * this.embedding] = dv;
    }
}

/// As [`crate::fused::FusedGradients::attention_gradient`]. One launch.
pub(super) fn attention_gradient(
    gradient: CubeTensor,
    qkv: CubeTensor,
    weights: CubeTensor,
    drop: Option<CubeTensor>,
) -> CubeTensor {
    let (gradient, qkv, weights) = (contiguous(gradient), contiguous(qkv), contiguous(weights));
    let [b, n_heads, t, _] = weights.shape().dims();
    let head = qkv.shape()[2] / 3 / n_heads;
    let lanes = width(head);
    let dqkv = like(&qkv);
    let scratch = empty(&qkv, [b * n_heads, t * (t + 1)]);
    attention_gradient_kernel::launch(
        &dqkv.client,
        teams(&dqkv.client, b * n_heads * TEAM),
        team(),
        lanes,
        gradient.into_buffer_arg(),
        qkv.into_buffer_arg(),
        weights.into_buffer_arg(),
        drop.map(|drop| contiguous(drop).into_buffer_arg()).into(),
        dqkv.clone().into_buffer_arg(),
        scratch.into_buffer_arg(),
        t,
        n_heads,
        head / lanes,
        1.0 / (head as f32).sqrt(),
    );
    dqkv
}
