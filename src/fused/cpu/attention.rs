//! Attention over a handful of tokens: one sequence at a time, everything in near memory.

use super::layer_norm::dot;
use super::machine::vectorized;
use super::pieces::each;

/// Sizes of an attention call.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub tokens: usize,
    /// Width E of a token, all heads together.
    pub width: usize,
    pub heads: usize,
}

impl Sizes {
    fn head(self) -> usize {
        self.width / self.heads
    }

    /// 1 / √d.
    fn scale(self) -> f32 {
        1.0 / (self.head() as f32).sqrt()
    }

    /// Weights of a sequence.
    fn weights(self) -> usize {
        self.heads * self.tokens * self.tokens
    }

    /// A head's part of a token: 0 queries, 1 keys, 2 values.
    fn part(self, qkv: &[f32], which: usize, token: usize, head: usize) -> &[f32] {
        let at = (3 * token + which) * self.width + head * self.head();
        &qkv[at..at + self.head()]
    }

    fn part_mut(self, qkv: &mut [f32], which: usize, token: usize, head: usize) -> &mut [f32] {
        let at = (3 * token + which) * self.width + head * self.head();
        &mut qkv[at..at + self.head()]
    }
}

/// One sequence: queries, keys and values, and its weights with what they are multiplied with.
#[derive(Clone, Copy)]
struct Sequence<'a> {
    sizes: Sizes,
    qkv: &'a [f32],
    weights: &'a [f32],
    drop: Option<&'a [f32]>,
}

impl<'a> Sequence<'a> {
    fn new(
        sizes: Sizes,
        index: usize,
        qkv: &'a [f32],
        weights: &'a [f32],
        drop: Option<&'a [f32]>,
    ) -> Self {
        let (n, n_weights) = (3 * sizes.tokens * sizes.width, sizes.weights());
        let qkv = &qkv[index * n..][..n];
        let part = |all: &'a [f32]| &all[index * n_weights..][..n_weights];
        Self { sizes, qkv, weights: part(weights), drop: drop.map(part) }
    }

    #[inline(always)]
    fn dropped(&self, at: usize) -> f32 {
        self.drop.map_or(1.0, |drop| drop[at])
    }
}

/// Output `[B, T, E]` and weights `[B, heads, T, T]`.
pub fn forward(qkv: &[f32], drop: Option<&[f32]>, sizes: Sizes) -> (Vec<f32>, Vec<f32>) {
    let Sizes { tokens, width, .. } = sizes;
    let sequence = 3 * tokens * width;
    let n = qkv.len() / sequence;
    let mut weights = vec![0.0; n * sizes.weights()];
    each(&mut weights, sizes.weights(), |index, out| {
        vectorized((out, &qkv[index * sequence..][..sequence], sizes), weigh);
    });
    let mut output = vec![0.0; n * tokens * width];
    each(&mut output, tokens * width, |index, out| {
        vectorized((out, Sequence::new(sizes, index, qkv, &weights, drop)), mix);
    });
    (output, weights)
}

/// softmax(Q Kᵀ / √d) of one sequence.
#[inline(always)]
fn weigh((weights, qkv, sizes): (&mut [f32], &[f32], Sizes)) {
    for (index, row) in weights.chunks_exact_mut(sizes.tokens).enumerate() {
        let (head, i) = (index / sizes.tokens, index % sizes.tokens);
        let query = sizes.part(qkv, 0, i, head);
        for (j, weight) in row.iter_mut().enumerate() {
            *weight = dot(query, sizes.part(qkv, 1, j, head)) * sizes.scale();
        }
        softmax(row);
    }
}

/// (W ∘ drop) V of one sequence.
#[inline(always)]
fn mix((output, sequence): (&mut [f32], Sequence<'_>)) {
    let Sizes { tokens, heads, .. } = sequence.sizes;
    for (index, out) in output.chunks_exact_mut(sequence.sizes.head()).enumerate() {
        let (i, head) = (index / heads, index % heads);
        for j in 0..tokens {
            let at = (head * tokens + i) * tokens + j;
            let weight = sequence.weights[at] * sequence.dropped(at);
            add_scaled(out, sequence.sizes.part(sequence.qkv, 2, j, head), weight);
        }
    }
}

/// The gradient `[B, T, 3E]` of the output to queries, keys and values.
pub fn gradient(
    gradient: &[f32],
    qkv: &[f32],
    weights: &[f32],
    drop: Option<&[f32]>,
    sizes: Sizes,
) -> Vec<f32> {
    let n = sizes.tokens * sizes.width;
    let mut out = vec![0.0; qkv.len()];
    each(&mut out, 3 * n, |index, out| {
        let sequence = Sequence::new(sizes, index, qkv, weights, drop);
        vectorized((out, &gradient[index * n..][..n], sequence), unmix);
    });
    out
}

#[inline(always)]
fn unmix((out, gradient, sequence): (&mut [f32], &[f32], Sequence<'_>)) {
    let Sequence { sizes, qkv, weights, .. } = sequence;
    let tokens = sizes.tokens;
    let mut scores = vec![0.0; tokens];
    for row in 0..sizes.heads * tokens {
        let (head, i) = (row / tokens, row % tokens);
        let g = &gradient[i * sizes.width + head * sizes.head()..][..sizes.head()];
        let at = row * tokens;
        for j in 0..tokens {
            let drop = sequence.dropped(at + j);
            scores[j] = dot(g, sizes.part(qkv, 2, j, head)) * drop;
            add_scaled(sizes.part_mut(out, 2, j, head), g, weights[at + j] * drop);
        }
        let mean = dot(&weights[at..at + tokens], &scores);
        for j in 0..tokens {
            let score = weights[at + j] * (scores[j] - mean) * sizes.scale();
            add_scaled(sizes.part_mut(out, 0, i, head), sizes.part(qkv, 1, j, head), score);
            add_scaled(sizes.part_mut(out, 1, j, head), sizes.part(qkv, 0, i, head), score);
        }
    }
}

#[inline(always)]
fn add_scaled(out: &mut [f32], values: &[f32], scale: f32) {
    for (out, value) in out.iter_mut().zip(values) {
        *out += value * scale;
    }
}

#[inline(always)]
fn softmax(row: &mut [f32]) {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|value| *value = (*value - largest).exp());
    let share = 1.0 / row.iter().sum::<f32>();
    row.iter_mut().for_each(|value| *value *= share);
}
