//! Frozen evaluation: reads the model, never writes it.
//!
//! Every probe keeps to one protocol: eval mode, weights frozen, heads fitted on training
//! instances and scored on held-out ones, and beside every number its null. The material
//! ([`exam::Exam`]) is drawn once from a seed of its own; all maths is on the host in `f64` but
//! for the MLP head.
//!
//! | question | file | nulls |
//! |---|---|---|
//! | which view comes next? | [`retrieval`] | chance, copy-last, another trial's action, one guess for all, untrained |
//! | does z know the action? | [`equivariance`] | component means (0), untrained |
//! | does z_AGG know the class? | [`invariance`] | most frequent class, mean of z, untrained |
//! | does z_AGG know the way? | [`path`] | the last action alone, lesions, untrained |
//! | what do neighbors tell? | [`space`] | most frequent class, mean state (0), untrained |
//! | what would it look like? | [`decoder`] | the mean picture (0) |
//! | is z alive? | [`metrics::Health`] | 0 is collapse |
//!
//! Source: the paper's section 4 and appendices B.4 and B.9; spec section 4. Where the protocol
//! departs from the paper's, the file says so.

#[cfg(feature = "paper-heads")]
pub mod decoder;
mod eigen;
pub mod equivariance;
pub mod evaluate;
pub mod exam;
pub mod features;
pub mod invariance;
pub mod linear;
pub mod metrics;
#[cfg(feature = "paper-heads")]
pub mod mlp;
pub mod orders;
pub mod path;
pub mod report;
pub mod retrieval;
pub mod rows;
pub mod score;
#[cfg(feature = "paper-heads")]
pub mod softmax;
pub mod space;
pub mod survey;

pub use evaluate::{Evaluation, evaluate, examine};
pub use exam::{EvalSettings, Exam, Heads};
pub use features::{Frozen, Lesion};
pub use report::{EvalReport, Fitted};
pub use rows::Rows;
#[cfg(all(test, feature = "cli"))]
mod toy;
