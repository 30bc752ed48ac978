//! What every launch needs: tensors in rows, new ones, vector widths and workgroups.
//!
//! Kernels read buffers as vectors of [`width`] values, and take shapes as arguments at run time,
//! so that one pipeline serves all layers.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Cube, TensorMetadata};
use burn::cubecl;
use burn::cubecl::calculate_cube_count_elemwise;
use burn::cubecl::ir::{ElemType, FloatKind};
use burn::cubecl::prelude::*;
use burn::tensor::{DType, Shape};

/// A tensor of this backend.
pub(super) type CubeTensor = FloatTensor<Cube>;

/// Threads of a workgroup that share nothing: as many as every WebGPU device grants.
pub(super) const GROUP: usize = 256;

/// Threads of a workgroup that share vectors: shared memory is cleared before a kernel starts, and
/// a CPU that plays a GPU is slow to compile and to run that.
pub(super) const TEAM: usize = 64;

/// A workgroup of [`GROUP`].
pub(super) fn group() -> CubeDim {
    CubeDim::new_1d(GROUP as u32)
}

/// A workgroup of [`TEAM`].
pub(super) fn team() -> CubeDim {
    CubeDim::new_1d(TEAM as u32)
}

/// As many workgroups of [`GROUP`] as `n` threads need, over as many dimensions as they need. There
/// may be some more: kernels compare `ABSOLUTE_POS`.
pub(super) fn threads(client: &Client, n: usize) -> CubeCount {
    calculate_cube_count_elemwise(client, n, group())
}

/// As [`threads`], of [`TEAM`].
pub(super) fn teams(client: &Client, n: usize) -> CubeCount {
    calculate_cube_count_elemwise(client, n, team())
}

/// Values that a kernel reads at once along a dimension of `n`.
pub(super) fn width(n: usize) -> usize {
    if n.is_multiple_of(4) { 4 } else { 1 }
}

/// `x` with its values one after the other: a copy, when it is a view of another order.
pub(super) fn contiguous(x: CubeTensor) -> CubeTensor {
    if x.is_contiguous() {
        return x;
    }
    let (client, device, shape) = (x.client.clone(), x.device.clone(), x.shape());
    let f32 = ElemType::Float(FloatKind::F32);
    let copy = cubecl::std::tensor::into_contiguous(&client, x.binding(), f32);
    CubeTensor::new_contiguous(client, device, shape, copy.handle, DType::F32)
}

/// A tensor to be written, where `like` is.
pub(super) fn empty<const R: usize>(like: &CubeTensor, shape: [usize; R]) -> CubeTensor {
    let shape = Shape::from(shape);
    let handle = like.client.empty(shape.num_elements() * size_of::<f32>());
    CubeTensor::new_contiguous(like.client.clone(), like.device.clone(), shape, handle, DType::F32)
}

/// As [`empty`], of `x`'s shape.
pub(super) fn like(x: &CubeTensor) -> CubeTensor {
    let shape = x.shape();
    let handle = x.client.empty(shape.num_elements() * size_of::<f32>());
    CubeTensor::new_contiguous(x.client.clone(), x.device.clone(), shape, handle, DType::F32)
}

/// The places of several vectors in one buffer, so that a kernel with many results has one output:
/// WebGPU grants a kernel eight buffers, one of which are its arguments.
pub(super) struct Pack {
    /// All of them.
    pub whole: CubeTensor,
    /// Values before each.
    pub starts: Vec<usize>,
    lengths: Vec<usize>,
}

impl Pack {
    /// Every place starts where a binding may.
    pub fn new(like: &CubeTensor, lengths: &[usize]) -> Self {
        let alignment = like.client.properties().memory.alignment as usize;
        let align = (alignment / size_of::<f32>()).max(4);
        let mut end = 0;
        let mut place = |length: &usize| {
            let start = end;
            end = (start + length).next_multiple_of(align);
            start
        };
        let starts = lengths.iter().map(&mut place).collect();
        Self { whole: empty(like, [end]), starts, lengths: lengths.to_vec() }
    }

    /// The vector at a place.
    pub fn part(&self, index: usize) -> CubeTensor {
        part(&self.whole, self.starts[index], self.lengths[index])
    }
}

/// `n` values of a vector from `start` on, where a binding may start: the same memory.
pub(super) fn part(whole: &CubeTensor, start: usize, n: usize) -> CubeTensor {
    let CubeTensor { client, device, .. } = whole.clone();
    let bytes = |values: usize| (values * size_of::<f32>()) as u64;
    let rest = bytes(whole.shape()[0] - start - n);
    let handle = whole.handle.clone().offset_start(bytes(start)).offset_end(rest);
    CubeTensor::new_contiguous(client, device, Shape::from([n]), handle, DType::F32)
}

/// A tensor that a kernel may have: without it, the kernel has no binding for it either.
pub(super) type Maybe<N> = ComptimeOption<Box<[Vector<f32, N>]>>;

/// Its vector at `at`, or `otherwise`.
#[cube]
pub(super) fn read_or<N: Size>(values: &Maybe<N>, at: usize, otherwise: f32) -> Vector<f32, N> {
    #[comptime]
    match values {
        ComptimeOption::Some(values) => values[at],
        ComptimeOption::None => Vector::new(otherwise),
    }
}
