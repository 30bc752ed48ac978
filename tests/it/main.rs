//! Integration tests: one binary, one module a subject.
#![expect(clippy::disallowed_methods, reason = "tests may block and read files")]

mod parity;
