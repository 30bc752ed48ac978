//! Many tensors as one vector.

use super::{FusedOps, Maybe, Parts};
use burn::backend::Dispatch;
use burn::tensor::Tensor;

/// All values one after the other, each tensor's place rounded up to a multiple of `align` values by
/// zeros.
pub fn gather(tensors: Vec<Tensor<1>>, align: usize) -> Tensor<1> {
    assert!(!tensors.is_empty(), "nothing to gather");
    #[cfg(feature = "unfused")]
    if super::unfused::serves(&tensors[0]) {
        return super::unfused::gather(tensors, align);
    }
    let device = tensors[0].device();
    let places: Vec<usize> =
        tensors.iter().map(|tensor| tensor.dims()[0].next_multiple_of(align)).collect();
    let mut out = Tensor::<1>::empty([places.iter().sum::<usize>()], &device).into_dispatch();
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
