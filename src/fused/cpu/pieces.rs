//! Work in pieces, on all cores where there are threads.

/// Values below which elementwise work is done sooner than other threads are woken.
const FEW: usize = 8_192;

/// Hands each piece of `size` values of `out`, with its index, to `work`, which does little more than
/// write them.
pub fn each(out: &mut [f32], size: usize, work: impl Fn(usize, &mut [f32]) + Sync) {
    let n = out.len();
    some(n, out.chunks_mut(size), work);
}

/// Writes values and zeros behind them to each place.
pub fn copy(places: Vec<(&mut [f32], &[f32])>) {
    let n = places.iter().map(|(_, values)| values.len()).sum();
    some(n, places.into_iter(), |_, (place, values)| {
        let (to, gap) = place.split_at_mut(values.len());
        to.copy_from_slice(values);
        gap.fill(0.0);
    });
}

/// Hands each item, with its index, to `work`, which does little more than write its share of `n`
/// values.
pub fn some<T: Send>(n: usize, items: impl Iterator<Item = T>, work: impl Fn(usize, T) + Sync) {
    // Without threads there is one way, and one copy of the work.
    if cfg!(feature = "threads") && n >= FEW {
        all(items, work);
    } else {
        items.enumerate().for_each(|(index, item)| work(index, item));
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

/// Both results, at once where there are threads: one thread works while the other has work that
/// cannot be shared out.
pub fn both<A: Send, B: Send>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    #[cfg(feature = "threads")]
    return rayon::join(first, second);
    #[cfg(not(feature = "threads"))]
    (first(), second())
}

/// Zeros to be written over. Large vectors are zeroed by all threads: writing so much memory takes
/// longer than much of what is done with it.
pub fn zeros(n: usize) -> Vec<f32> {
    #[cfg(feature = "threads")]
    if n >= 16 * FEW && rayon::current_num_threads() > 1 {
        use rayon::prelude::*;
        const LINE: usize = 16;
        let lines = (0..n.div_ceil(LINE)).into_par_iter().with_min_len(FEW / LINE);
        let lines: Vec<[f32; LINE]> = lines.map(|_| [0.0; LINE]).collect();
        let mut values = lines.into_flattened();
        values.truncate(n);
        return values;
    }
    vec![0.0; n]
}
