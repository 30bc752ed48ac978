//! stub
use super::args::InspectArgs;
pub(super) fn run(_args: &InspectArgs) -> super::Outcome { Ok(()) }
