//! Integration tests: one binary, one module a subject.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::large_include_file,
    reason = "tests may block, read files, print what they measured and hold large fixtures"
)]

mod bench;
mod checkpoint;
mod cli;
mod engine;
mod fused;
mod gradients;
mod laws;
mod parity;
mod readme;
mod readout;
mod samples;
mod talk;
mod tidy;
mod toy;
