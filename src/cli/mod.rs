//! The native edge: files, arguments, progress, exit codes. The only room that may block.
#![expect(clippy::disallowed_methods, clippy::print_stderr, reason = "native edge")]

mod args;
mod bench;
mod decoder;
mod device;
mod eval;
mod files;
mod folder;
mod inspect;
mod png;
mod record;
mod say;
mod selftest;
mod sheet;
mod source;
mod table;
mod train;
mod worlds;

use clap::Parser;
use std::process::ExitCode;

/// What every subcommand ends with: nothing, or the sentence that `main` prints.
type Outcome = Result<(), String>;

/// Runs the command line. Exit code 0: done; 1: could not be done, with a sentence on standard
/// error; 2: the command line itself is wrong.
pub fn main() -> ExitCode {
    let args::Cli { command, unfused } = args::Cli::parse();
    crate::fused::prefer(unfused);
    // On a thread of the pool: to share work out from there wakes nobody that is awake.
    let outcome = rayon::scope(|_| match command {
        args::Command::Train(args) => train::run(&args),
        args::Command::Eval(args) => eval::run(&args),
        args::Command::Inspect(args) => inspect::run(&args),
        args::Command::Selftest(args) => selftest::run(&args),
        args::Command::Sheet(args) => sheet::run(&args),
        args::Command::Decoder(args) => decoder::run(&args),
        args::Command::Bench(args) => bench::run(&args),
        args::Command::Record(args) => record::run(&args),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("seq-jepa: {sentence}");
            ExitCode::FAILURE
        }
    }
}
