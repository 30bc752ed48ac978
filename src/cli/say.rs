//! Lines on standard output.

use std::fmt;
use std::io::Write as _;

/// As `println!`, but a reader that has left (`seq-jepa … | head`) does not end the program.
macro_rules! say {
    ($($part:tt)*) => { $crate::cli::say::line(format_args!($($part)*)) };
}
pub(super) use say;

pub(super) fn line(text: fmt::Arguments<'_>) {
    // Nobody is left to be told when this fails.
    writeln!(std::io::stdout().lock(), "{text}").ok();
}
