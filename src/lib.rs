//! seq-JEPA natively and in the browser.
//!
//! The map of the crate: rooms in reading order.

pub mod world;
