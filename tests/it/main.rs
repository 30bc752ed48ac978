//! Integration tests: one binary, one module a subject.
#![expect(clippy::disallowed_methods, reason = "tests may block and read files")]

mod checkpoint;
mod cli;
mod engine;
mod gradients;
mod laws;
mod parity;
mod readout;
mod tidy;
mod toy;
