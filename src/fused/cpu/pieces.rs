//! Work in pieces, on all cores where there are threads.

/// Values below which elementwise work is done sooner than other threads are woken.
const FEW: usize = 8_192;

/// Hands each piece of `size` values of `out`, with its index, to `work`, which does little more than
/// write them.
pub fn each(out: &mut [f32], size: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    if out.len() < FEW {
        out.chunks_mut(size).enumerate().for_each(|(index, piece)| work(index, piece));
    } else {
        all(out.chunks_mut(size), work);
    }
}

/// Hands each item, with its index, to `work`, which has enough to do.
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
