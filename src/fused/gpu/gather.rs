//! Many tensors as one vector, six of them per launch: WebGPU grants a kernel eight buffers, one is
//! the output and one are the arguments.
//!
//! A thread per vector of the output, gaps included: it looks for the tensor whose place it is in.

use super::launch::{CubeTensor, contiguous, group, threads};
use burn::backend::TensorMetadata;
use burn::cubecl;
use burn::cubecl::prelude::*;

/// Writes `count` vectors of `output` from `start` on; tensor i's place begins at `starts[i]`.
#[cube(launch)]
fn gather_kernel<N: Size>(
    tensors: Sequence<Box<[Vector<f32, N>]>>,
    starts: Sequence<usize>,
    output: &mut [Vector<f32, N>],
    start: usize,
    count: usize,
) {
    if ABSOLUTE_POS >= count {
        terminate!();
    }
    let at = start + ABSOLUTE_POS;
    let mut value = Vector::new(0.0f32);
    #[unroll]
    for i in 0..tensors.len() {
        let tensor = tensors.index(i);
        let first = starts[i];
        if at >= first && at - first < tensor.len() {
            value = tensor[at - first];
        }
    }
    output[at] = value;
}

/// As [`crate::fused::FusedOps::place`], for no more than six tensors. One launch.
///
/// `out` is written in place: only the caller has it.
pub(super) fn place(
    out: CubeTensor,
    tensors: Vec<CubeTensor>,
    start: usize,
    align: usize,
) -> CubeTensor {
    let out = contiguous(out);
    let lengths = tensors.iter().map(|tensor| tensor.shape().num_elements());
    let mut sizes = lengths.chain([align, start, out.shape().num_elements()]);
    let lanes = if sizes.all(|size| size.is_multiple_of(4)) { 4 } else { 1 };
    let mut args = SequenceArg::new();
    let mut starts = SequenceArg::new();
    let mut end = start;
    for tensor in tensors {
        starts.push(end / lanes);
        end += tensor.shape().num_elements().next_multiple_of(align);
        args.push(contiguous(tensor).into_buffer_arg());
    }
    let count = (end - start) / lanes;
    gather_kernel::launch(
        &out.client,
        threads(&out.client, count),
        group(),
        lanes,
        args,
        starts,
        out.clone().into_buffer_arg(),
        start / lanes,
        count,
    );
    out
}
