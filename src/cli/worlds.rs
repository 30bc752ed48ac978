//! Worlds from configurations, and from folders on disk.

use crate::world::{World, WorldConfig};
use std::path::Path;
use std::sync::Arc;

/// The procedural world, or the same protocol over the pictures or meshes of a folder.
///
/// # Errors
/// When the configuration or the folder cannot be used.
pub(super) fn build(config: &WorldConfig, data: Option<&Path>) -> Result<Arc<dyn World>, String> {
    match data {
        None => Ok(Arc::from(config.build().map_err(|why| why.to_string())?)),
        Some(folder) => Err(format!("folders are not read yet: {}", folder.display())),
    }
}
