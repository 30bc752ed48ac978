//! Work in pieces, on all cores where there are threads.

use pulp::{Arch, Simd, WithSimd};

/// Hands each piece of `size` values of `out`, with its index, to `work`.
pub fn each(out: &mut [f32], size: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    all(out.chunks_mut(size), work);
}

/// Hands each item, with its index, to `work`.
pub fn all<T: Send>(items: impl Iterator<Item = T>, work: impl Fn(usize, T) + Sync) {
    #[cfg(feature = "threads")]
    if rayon::current_num_threads() > 1 {
        use rayon::prelude::*;
        let items: Vec<T> = items.collect();
        if items.len() > 1 {
            items.into_par_iter().enumerate().for_each(|(index, item)| work(index, item));
        } else {
            items.into_iter().for_each(|item| work(0, item));
        }
        return;
    }
    items.enumerate().for_each(|(index, item)| work(index, item));
}

/// Runs a function compiled for the machine's vector instructions: its plain loops vectorize.
///
/// `work` has to be a function marked `#[inline(always)]`; a closure would be compiled once, for the
/// oldest machine.
#[inline(always)]
pub fn vectorized<A, R>(arguments: A, work: impl FnOnce(A) -> R) -> R {
    struct Plain<A, F>(A, F);

    impl<A, R, F: FnOnce(A) -> R> WithSimd for Plain<A, F> {
        type Output = R;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> R {
            (self.1)(self.0)
        }
    }
    Arch::new().dispatch(Plain(arguments, work))
}
