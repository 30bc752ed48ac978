//! Two parts of a computation that do not need each other.

use burn::tensor::Device;

/// Both results. On the CPU the two are made at once where there are threads; a GPU takes
/// one after the other from one thread anyway.
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
        return super::cpu::both(first, second);
    }
    (first(), second())
}
