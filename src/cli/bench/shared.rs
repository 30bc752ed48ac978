//! The worlds of a benchmark, each built when it is first needed and then shared by training and
//! questions.

use crate::cli::args::DataArgs;
use crate::cli::worlds::{self, Built};
use crate::world::WorldConfig;
use std::sync::{Mutex, PoisonError};

/// Worlds by their configuration.
pub(super) struct Worlds<'a> {
    data: &'a DataArgs,
    built: Mutex<Vec<(WorldConfig, Built)>>,
}

impl<'a> Worlds<'a> {
    /// None yet; folders of `data` stand in for procedural things.
    pub(super) fn new(data: &'a DataArgs) -> Self {
        Self { data, built: Mutex::default() }
    }

    /// The world of a configuration. Whoever asks while it is being built waits for it.
    ///
    /// # Errors
    /// As [`worlds::build`].
    pub(super) fn get(&self, config: &WorldConfig) -> Result<Built, String> {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, world)) = built.iter().find(|(known, _)| known == config) {
            return Ok(world.clone());
        }
        let world = worlds::build(config, self.data)?;
        built.push((config.clone(), world.clone()));
        Ok(world)
    }
}
