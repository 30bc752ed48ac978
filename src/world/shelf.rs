//! A shelf of things that are made when first asked for.

use std::sync::OnceLock;

/// A fixed number of slots, each filled on first use and then kept.
///
/// What a slot holds depends on its index alone, never on who asked first, so a shelf may be shared
/// between threads without losing determinism.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    slots: Vec<OnceLock<T>>,
}

impl<T> Shelf<T> {
    /// `n` empty slots.
    pub(crate) fn empty(n: usize) -> Self {
        Self { slots: (0..n).map(|_| OnceLock::new()).collect() }
    }

    /// Slots that hold the given things.
    pub(crate) fn full(things: impl IntoIterator<Item = T>) -> Self {
        Self { slots: things.into_iter().map(OnceLock::from).collect() }
    }

    /// Number of slots.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The thing in slot `index`, made now if nobody asked before.
    pub(crate) fn get_or_make(&self, index: usize, make: impl FnOnce() -> T) -> &T {
        self.slots[index].get_or_init(make)
    }
}
