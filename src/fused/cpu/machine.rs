//! The machine's vector instructions.

use pulp::{Simd, WithSimd};

/// Runs work with the widest vectors that there are: found at run time natively, and SIMD128 alone in
/// a browser, where a second copy of everything for machines without would be downloaded for nobody.
#[inline(always)]
pub fn run<W: WithSimd>(work: W) -> W::Output {
    #[cfg(target_feature = "simd128")]
    return match pulp::wasm::Simd128::try_new() {
        Some(simd) => Simd::vectorize(simd, work),
        None => unreachable!("the module does not load without SIMD128"),
    };
    #[cfg(not(target_feature = "simd128"))]
    pulp::Arch::new().dispatch(work)
}

/// Runs a function compiled for the machine's vector instructions: its plain loops vectorize, where
/// the build is for speed.
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
    run(Plain(arguments, work))
}

/// Values of a vector.
pub fn lanes() -> usize {
    struct Lanes;

    impl WithSimd for Lanes {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    run(Lanes)
}
