//! Elementwise work on rows, in whole vectors.
//!
//! Written with explicit vectors: the browser's engine is built for size, where a compiler leaves
//! plain loops as they are.

use super::machine;
use pulp::{Simd, WithSimd};

/// What becomes of `IN` values and their column's `P` parameters.
pub trait Map<const IN: usize, const P: usize, const OUT: usize> {
    /// One vector of each.
    fn map<S: Simd>(
        &self,
        simd: S,
        values: [S::f32s; IN],
        parameters: [S::f32s; P],
    ) -> [S::f32s; OUT];
}

/// The larger of each value and `floor`. What is not a number stays so, to be noticed.
#[inline(always)]
pub fn at_least<S: Simd>(simd: S, value: S::f32s, floor: f32) -> S::f32s {
    let floor = simd.splat_f32s(floor);
    simd.select_f32s(simd.less_than_f32s(value, floor), floor, value)
}

/// Rows of values, all of one size, and parameters of one row.
#[derive(Clone, Copy)]
pub struct Rows<'a, const IN: usize, const P: usize> {
    /// Values of a row.
    pub columns: usize,
    /// Whole rows.
    pub values: [&'a [f32]; IN],
    /// `columns` each.
    pub parameters: [&'a [f32]; P],
}

impl<'a, const IN: usize> Rows<'a, IN, 0> {
    /// Values that know no columns.
    pub fn flat(values: [&'a [f32]; IN]) -> Self {
        Self { columns: values[0].len(), values, parameters: [] }
    }
}

/// Writes what becomes of each value.
pub fn write<M, const IN: usize, const P: usize, const OUT: usize>(
    map: M,
    rows: Rows<'_, IN, P>,
    out: [&mut [f32]; OUT],
) where
    M: Map<IN, P, OUT>,
{
    machine::run(Work::<_, IN, P, OUT, false> { map, rows, out });
}

/// Adds what becomes of each value to its column's sums.
pub fn add<M, const IN: usize, const P: usize, const OUT: usize>(
    map: M,
    rows: Rows<'_, IN, P>,
    sums: [&mut [f32]; OUT],
) where
    M: Map<IN, P, OUT>,
{
    machine::run(Work::<_, IN, P, OUT, true> { map, rows, out: sums });
}

struct Work<'a, M, const IN: usize, const P: usize, const OUT: usize, const SUM: bool> {
    map: M,
    rows: Rows<'a, IN, P>,
    out: [&'a mut [f32]; OUT],
}

impl<M, const IN: usize, const P: usize, const OUT: usize, const SUM: bool> WithSimd
    for Work<'_, M, IN, P, OUT, SUM>
where
    M: Map<IN, P, OUT>,
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let Rows { columns, values, parameters } = self.rows;
        if columns.is_multiple_of(S::F32_LANES) {
            return self.whole_vectors(simd);
        }
        let n_rows = values[0].len() / columns.max(1);
        for row in 0..n_rows {
            let values = values.map(|all| &all[row * columns..(row + 1) * columns]);
            let at = if SUM { 0 } else { row * columns };
            let out = self.out.each_mut().map(|out| &mut out[at..at + columns]);
            one_row::<S, M, IN, P, OUT, SUM>(simd, &self.map, values, parameters, out);
        }
    }
}

impl<M, const IN: usize, const P: usize, const OUT: usize, const SUM: bool>
    Work<'_, M, IN, P, OUT, SUM>
where
    M: Map<IN, P, OUT>,
{
    /// Column by column of vectors: parameters and sums stay in registers.
    #[inline(always)]
    fn whole_vectors<S: Simd>(self, simd: S) {
        let vectors = self.rows.columns / S::F32_LANES;
        let values = self.rows.values.map(|all| S::as_simd_f32s(all).0);
        let mut out = self.out.map(|all| S::as_mut_simd_f32s(all).0);
        for v in 0..vectors {
            let parameters = self.rows.parameters.map(|all| S::as_simd_f32s(all).0[v]);
            let mut sums = [simd.splat_f32s(0.0); OUT];
            for at in (v..values[0].len()).step_by(vectors) {
                let found = self.map.map(simd, vectors_at(simd, &values, at), parameters);
                for (index, found) in found.into_iter().enumerate() {
                    if SUM {
                        sums[index] = simd.add_f32s(sums[index], found);
                    } else {
                        out[index][at] = found;
                    }
                }
            }
            if SUM {
                for (out, sum) in out.iter_mut().zip(sums) {
                    out[v] = simd.add_f32s(out[v], sum);
                }
            }
        }
    }
}

/// One vector of each. (`map` of an array becomes a call that moves it through memory.)
#[inline(always)]
fn vectors_at<S: Simd, const N: usize>(simd: S, all: &[&[S::f32s]; N], at: usize) -> [S::f32s; N] {
    let mut found = [simd.splat_f32s(0.0); N];
    for (found, all) in found.iter_mut().zip(all) {
        *found = all[at];
    }
    found
}

#[inline(always)]
fn one_row<S: Simd, M, const IN: usize, const P: usize, const OUT: usize, const SUM: bool>(
    simd: S,
    map: &M,
    values: [&[f32]; IN],
    parameters: [&[f32]; P],
    out: [&mut [f32]; OUT],
) where
    M: Map<IN, P, OUT>,
{
    let values = values.map(|all| S::as_simd_f32s(all));
    let parameters = parameters.map(|all| S::as_simd_f32s(all));
    let mut out = out.map(|all| S::as_mut_simd_f32s(all));
    for v in 0..values[0].0.len() {
        let found = map.map(simd, values.map(|(all, _)| all[v]), parameters.map(|(all, _)| all[v]));
        for ((out, _), found) in out.iter_mut().zip(found) {
            out[v] = if SUM { simd.add_f32s(out[v], found) } else { found };
        }
    }
    if values[0].1.is_empty() {
        return;
    }
    let found = map.map(
        simd,
        values.map(|(_, tail)| simd.partial_load_f32s(tail)),
        parameters.map(|(_, tail)| simd.partial_load_f32s(tail)),
    );
    for ((_, tail), found) in out.iter_mut().zip(found) {
        let found = if SUM { simd.add_f32s(simd.partial_load_f32s(tail), found) } else { found };
        simd.partial_store_f32s(tail, found);
    }
}
