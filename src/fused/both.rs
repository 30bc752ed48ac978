//! Two parts of a computation that do not need each other.

use burn::tensor::Device;

/// Both results. On the CPU with threads the two are made at once, so that one thread works while the
/// other has work that cannot be shared out; a GPU takes one after the other from one thread anyway.
#[cfg_attr(
    not(all(feature = "threads", feature = "cpu")),
    expect(unused_variables, reason = "without threads every device is like a GPU")
)]
pub fn both<A: Send, B: Send>(
    device: &Device,
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    #[cfg(all(feature = "threads", feature = "cpu"))]
    if device.clone().inner() == Device::flex() {
        return rayon::join(first, second);
    }
    (first(), second())
}
