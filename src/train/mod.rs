//! World × model → a better model.
//!
//! One step: sequences become a [`batch`]; the model predicts the last view's latent from the
//! views and actions before it; the target encoder says what it is; the gradient of 1 − cosine is
//! clipped by its global norm and handed to [`optim`]; the target encoder follows the encoder. The
//! loss is read before the step is kept: when it is not finite the step never happened.
//!
//! What is trained is a [`learner::Learner`]: seq-JEPA, or a baseline. [`trainer::Trainer`] makes one step at a time and never loops by itself, so that a page and a
//! terminal drive the same code.

pub mod batch;
pub mod checkpoint;
pub mod config;
pub mod flat;
pub mod learner;
pub mod method;
pub mod optim;
pub mod preset;
pub mod schedule;
pub mod trainer;
