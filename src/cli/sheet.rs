//! stub
use super::args::SheetArgs;
pub(super) fn run(_args: &SheetArgs) -> super::Outcome { Ok(()) }
