//! Closures without a type of their own.
//!
//! leptos compiles a view anew for every type of closure in it, and every closure has its own. It
//! spares that for a `move ||` written inside `view!`; these two do it for the others.

use leptos::tachys::reactive_graph::SharedReactiveFunction;
use std::sync::{Arc, Mutex};

/// What a view shows of a value that changes.
pub fn changing<T: 'static>(
    value: impl FnMut() -> T + Send + 'static,
) -> SharedReactiveFunction<T> {
    Arc::new(Mutex::new(value))
}

/// What a view does on an event.
pub fn on<E: 'static>(act: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(act)
}
