//! Sums over rows, `[R, C]` to `[C]`.
//!
//! A workgroup per vector of columns and per part of the rows: each of its threads sums every 64th
//! row of the part, then the threads sum each other's sums. Where there are several parts, a second
//! launch sums those.

use super::launch::{CubeTensor, TEAM, contiguous, empty, team, width};
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// Threads whose values one thread sums: rounds are few, for barriers are what a CPU that plays a
/// GPU is slowest at.
pub(super) const FAN: usize = 8;

/// The sum of `value` over the threads of a workgroup, a place of `sums` for each: for thread 0,
/// and in `sums[0]` for the others once they have waited. When used `again`, `sums` may still be
/// read.
#[cube]
pub(super) fn sum_over_group<N: Size>(
    sums: &mut Shared<[Vector<f32, N>]>,
    value: Vector<f32, N>,
    #[comptime] again: bool,
) -> Vector<f32, N> {
    let unit = UNIT_POS as usize;
    let units = sums.len();
    if comptime![again] {
        sync_cube();
    }
    sums[unit] = value;
    let mut total = value;
    let mut apart = 1usize;
    while apart < units {
        sync_cube();
        let first = unit * FAN * apart;
        if first < units {
            total = Vector::new(0.0f32);
            for i in 0..FAN {
                let other = first + i * apart;
                if other < units {
                    total += sums[other];
                }
            }
            sums[first] = total;
        }
        apart *= FAN;
    }
    total
}

/// `x` `[rows, columns]` to `output` `[parts, columns]`, columns counted in vectors.
#[cube(launch)]
fn column_sums_kernel<N: Size>(
    x: &[Vector<f32, N>],
    output: &mut [Vector<f32, N>],
    rows: usize,
    part: usize,
) {
    let columns = CUBE_COUNT_X as usize;
    let column = CUBE_POS_X as usize;
    let start = CUBE_POS_Y as usize * part;
    let end = (start + part).min(rows);
    let mut sum = Vector::new(0.0f32);
    for row in range_stepped(start + UNIT_POS as usize, end, TEAM) {
        sum += x[row * columns + column];
    }
    let mut sums = Shared::<[Vector<f32, N>]>::new_slice(TEAM);
    let total = sum_over_group::<N>(&mut sums, sum, false);
    if UNIT_POS == 0 {
        output[CUBE_POS_Y as usize * columns + column] = total;
    }
}

/// Rows of a part, and parts: as many as keep a GPU busy, few enough that each thread has several
/// rows.
pub(super) fn parts(rows: usize, columns: usize) -> (usize, usize) {
    let parts = (rows / 2048).clamp(1, 512usize.div_ceil(columns).clamp(1, 32));
    let part = rows.div_ceil(parts);
    (part, rows.div_ceil(part))
}

/// Sums over all dimensions but the last. One launch, two over many rows.
pub(super) fn column_sums(x: CubeTensor) -> CubeTensor {
    let x = contiguous(x);
    let c = x.shape()[x.rank() - 1];
    let rows = x.shape().num_elements() / c;
    let (part, parts) = parts(rows, c / width(c));
    if parts == 1 {
        let sums = empty(&x, [c]);
        return launch(x, sums, [rows, c], (part, parts));
    }
    let shares = empty(&x, [parts, c]);
    let sums = empty(&x, [c]);
    let shares = launch(x, shares, [rows, c], (part, parts));
    launch(shares, sums, [parts, c], (parts, 1))
}

/// Sums parts of `x` `[rows, c]` into `sums`.
fn launch(
    x: CubeTensor,
    sums: CubeTensor,
    [rows, c]: [usize; 2],
    (part, parts): (usize, usize),
) -> CubeTensor {
    let lanes = width(c);
    column_sums_kernel::launch(
        &x.client.clone(),
        CubeCount::new_2d((c / lanes) as u32, parts as u32),
        team(),
        lanes,
        x.into_buffer_arg(),
        sums.clone().into_buffer_arg(),
        rows,
        part,
    );
    sums
}
