//! The session: owns device, model and world, and answers commands with events.

pub mod recipe;
pub mod run;
