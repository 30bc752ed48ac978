//! Many tensors as one vector, and back.

use super::{FusedOps, Maybe, Parts};
use burn::backend::Dispatch;
use burn::tensor::Tensor;

/// Values from one place where a view may begin to the next: WebGPU binds buffers at multiples of 256
/// bytes.
pub const ALIGN: usize = 64;

/// `n` values of a flat vector from `start` on, a multiple of [`ALIGN`].
pub fn view(flat: Tensor<1>, start: usize, n: usize) -> Tensor<1> {
    assert!(start.is_multiple_of(ALIGN), "a view begins at a multiple of {ALIGN}, not at {start}");
    #[cfg(feature = "unfused")]
    if super::unfused::serves(&flat) {
        return flat.slice(start..start + n);
    }
    Tensor::from_dispatch(Dispatch::view(flat.into_dispatch(), start, n))
}

/// All values one after the other, each tensor's place rounded up to a multiple of `align` values by
/// zeros.
pub fn gather(tensors: Vec<Tensor<1>>, align: usize) -> Tensor<1> {
    assert!(!tensors.is_empty(), "nothing to gather");
    #[cfg(feature = "unfused")]
    if super::unfused::serves(&tensors[0]) {
        return super::unfused::gather(tensors, align);
    }
    let places: Vec<usize> =
        tensors.iter().map(|tensor| tensor.dims()[0].next_multiple_of(align)).collect();
    let like = tensors[0].clone().into_dispatch();
    let mut out = Dispatch::blank(like, places.iter().sum());
    let (mut start, mut rest) = (0, tensors.into_iter());
    for places in places.chunks(Parts::<Dispatch>::MAX) {
        let Some(a) = rest.next() else { break };
        let mut next = || Maybe::from(rest.by_ref().next().map(Tensor::into_dispatch));
        let (b, c, d, e, f) = (next(), next(), next(), next(), next());
        let parts = Parts { a: a.into_dispatch(), b, c, d, e, f };
        out = Dispatch::place(out, parts, start, align);
        start += places.iter().sum::<usize>();
    }
    Tensor::from_dispatch(out)
}
