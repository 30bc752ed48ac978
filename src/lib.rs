//! seq-JEPA natively and in the browser.
//!
//! The map of the crate: rooms in reading order.

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "core")]
pub mod engine;
#[cfg(feature = "core")]
pub mod model;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "core")]
pub mod probe;
pub mod protocol;
pub mod readout;
#[cfg(feature = "core")]
pub mod train;
#[cfg(all(feature = "worker", target_family = "wasm"))]
pub mod worker;
pub mod world;
