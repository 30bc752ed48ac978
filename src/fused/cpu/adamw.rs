//! One pass over all parameters, their moments and their moving average.

use super::lanes::{self, Map, Rows};
use super::layer_norm::dot;
use super::machine::vectorized;
use super::pieces::{all, each, some, zeros};
use super::rows::{PIECE, part};
use crate::fused::StepSettings;
use crate::fused::adamw::{BETA_1, BETA_2, EPSILON, NORM_EPSILON};
use pulp::Simd;

/// Parameters, moments and gradients `[N]`, moving average `[n ≤ N]`.
#[derive(Clone, Copy)]
pub struct Before<'a> {
    pub theta: &'a [f32],
    pub gradient: &'a [f32],
    pub first: &'a [f32],
    pub second: &'a [f32],
    pub decay_mask: &'a [f32],
    pub average: &'a [f32],
}

/// Parameters, moments and moving average after a step, and the gradients' norm before clipping.
pub struct After {
    pub theta: Vec<f32>,
    pub first: Vec<f32>,
    pub second: Vec<f32>,
    pub average: Vec<f32>,
    pub norm: f32,
}

/// One step.
pub fn step(before: Before<'_>, settings: StepSettings) -> After {
    let n = before.theta.len();
    let pieces = before.gradient.chunks(PIECE);
    let mut squares = vec![0.0; pieces.len()];
    some(n, squares.iter_mut().zip(pieces), |_, (sum, piece)| *sum = vectorized(piece, square));
    let norm = squares.into_iter().map(f64::from).sum::<f64>().sqrt() as f32;
    let update = Update { scale: (settings.clip_norm / (norm + NORM_EPSILON)).min(1.0), settings };
    let (mut theta, mut first, mut second) = (zeros(n), zeros(n), zeros(n));
    let moments = first.chunks_mut(PIECE).zip(second.chunks_mut(PIECE));
    all(theta.chunks_mut(PIECE).zip(moments), |index, (theta, (first, second))| {
        let Before { theta: t, gradient, first: m, second: v, decay_mask, .. } = before;
        let values = [t, gradient, m, v, decay_mask].map(|x| part(x, index * PIECE, theta.len()));
        lanes::write(update, Rows::flat(values), [theta, first, second]);
    });
    let mut average = zeros(before.average.len());
    each(&mut average, PIECE, |index, average| {
        let values = [before.average, &theta[..]].map(|x| part(x, index * PIECE, average.len()));
        lanes::write(Follow(settings.tau), Rows::flat(values), [average]);
    });
    After { theta, first, second, average, norm }
}

#[inline(always)]
fn square(values: &[f32]) -> f32 {
    dot(values, values)
}

/// One parameter with its gradient, moments and decay: the new parameter and moments.
#[derive(Clone, Copy)]
struct Update {
    /// What clipping multiplies gradients with.
    scale: f32,
    settings: StepSettings,
}

impl Map<5, 0, 3> for Update {
    #[inline(always)]
    fn map<S: Simd>(
        &self,
        simd: S,
        [theta, g, m, v, mask]: [S::f32s; 5],
        _: [S::f32s; 0],
    ) -> [S::f32s; 3] {
        let times = |x, factor: f64| simd.mul_f32s(x, simd.splat_f32s(factor as f32));
        let StepSettings { rate, root, decay, .. } = self.settings;
        let g = simd.mul_f32s(g, simd.splat_f32s(self.scale));
        let m = simd.add_f32s(times(m, BETA_1), times(g, 1.0 - BETA_1));
        let v = simd.add_f32s(times(v, BETA_2), times(simd.mul_f32s(g, g), 1.0 - BETA_2));
        let deviation = simd.div_f32s(simd.sqrt_f32s(v), simd.splat_f32s(root));
        let deviation = simd.add_f32s(deviation, simd.splat_f32s(EPSILON));
        let step = simd.div_f32s(simd.mul_f32s(simd.splat_f32s(rate), m), deviation);
        let decay = simd.mul_f32s(theta, simd.mul_f32s(simd.splat_f32s(decay), mask));
        [simd.sub_f32s(simd.sub_f32s(theta, decay), step), m, v]
    }
}

/// τ average + (1 − τ) parameter.
struct Follow(f32);

impl Map<2, 0, 1> for Follow {
    #[inline(always)]
    fn map<S: Simd>(&self, simd: S, [old, theta]: [S::f32s; 2], _: [S::f32s; 0]) -> [S::f32s; 1] {
        let new = simd.mul_f32s(simd.splat_f32s(1.0 - self.0), theta);
        [simd.add_f32s(simd.mul_f32s(simd.splat_f32s(self.0), old), new)]
    }
}
