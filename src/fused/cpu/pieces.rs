//! Work in pieces, on all cores where there are threads.

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
