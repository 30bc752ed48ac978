//! The native program.

use std::process::ExitCode;

fn main() -> ExitCode {
    seq_jepa::cli::main()
}
