//! The paper's experiments at a size that one has the time for: which networks are trained, what is
//! measured of each, and what that says about the paper's claims (spec sections 4 to 8).
//!
//! | part | file |
//! |---|---|
//! | suites, budgets, variants: every run, as data | [`plan`] |
//! | what every network of a suite is asked | [`material`], [`gallery`] |
//! | asking one network | [`measure`], `subject`, `heads` |
//! | what it answered, as data | [`measures`] |
//! | all answers, and how they are summed up | [`report`], [`merge`], [`claims`], `estimates`, [`finding`] |
//! | telling them | [`markdown`], [`figures`], `setting`, `words` |
//!
//! Files, threads and progress are the command line's business.

pub mod claims;
mod estimates;
pub mod figures;
pub mod finding;
pub mod gallery;
mod heads;
#[cfg(all(test, feature = "cli"))]
mod made_up;
pub mod markdown;
pub mod material;
pub mod measure;
pub mod measures;
pub mod merge;
pub mod plan;
pub mod report;
mod setting;
mod subject;
mod words;
