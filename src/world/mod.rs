//! Where views and actions come from: seeded worlds in plain `f32` and `u8`.
//!
//! A world knows no tensor, no browser, no clock and no file: whoever has bytes (a folder, a
//! dropped picture) hands them in. All chance comes from [`rng`], all transcendental functions
//! from `libm`, so that one seed gives the same actions and views bit for bit on every target.
//!
//! | world | things | action | files |
//! |---|---|---|---|
//! | [`SaccadeWorld`] | pictures | row and column of the saccade | [`scene`] ([`prop`], [`canvas`]), [`picture`], [`saliency`], [`fixation`] |
//! | [`RotationWorld`] | objects | relative rotation | [`object`] ([`template`], [`solid`]), [`mesh`], [`parse`], [`quaternion`], [`raster`], [`stage`] |
//! | `AugmentWorld` (native) | pictures | change of crop, jitter and blur | `augment`, `augmentation` |
//!
//! The first two are readable by default: what actions change can be told from one view. This is a property
//! of the world, not of the model, and it is what makes minutes of training enough; photos, plain
//! surfaces and real meshes are the harder settings.
//!
//! To add a world: implement [`World`], give it a configuration in [`config`], and a line above.

#[cfg(feature = "bench")]
pub mod augment;
#[cfg(feature = "bench")]
pub mod augmentation;
pub mod batch;
pub mod canvas;
pub mod color;
pub mod config;
mod error;
pub mod fixation;
#[cfg(test)]
mod golden;
pub mod mesh;
pub mod object;
pub mod parse;
pub mod picture;
pub mod prop;
pub mod quaternion;
pub mod raster;
pub mod rng;
pub mod rotation;
pub mod saccade;
pub mod saliency;
pub mod scene;
pub mod sequence;
pub mod sheet;
mod shelf;
pub mod solid;
pub mod stage;
pub mod template;

#[cfg(feature = "bench")]
pub use augment::AugmentWorld;
pub use batch::{BatchSpec, SequenceBatch};
pub use config::{RotationConfig, SaccadeConfig, WorldConfig};
pub use error::WorldError;
pub use fixation::Fixation;
pub use mesh::Mesh;
pub use picture::Picture;
pub use quaternion::Quaternion;
pub use rotation::{LabeledMesh, RotationWorld};
pub use saccade::{LabeledPicture, SaccadeWorld};
pub use saliency::SaliencyMap;
pub use sequence::{ActionSpec, Sequence, Split, Trial, View};
pub use stage::Stage;

use rand_chacha::ChaCha8Rng;

/// A source of sequences: one thing (a picture, an object) seen several times, with the action
/// that leads from each view to the next.
///
/// Implementations are deterministic: the same configuration, split and random stream give the
/// same sequence on every target.
pub trait World: Send + Sync {
    /// What one action is: the names, units and ranges of its components.
    fn action_spec(&self) -> ActionSpec;

    /// Side of a (square) view in pixels.
    fn view_side_px(&self) -> usize;

    /// Names of the classes that [`Sequence::label`] counts.
    fn class_names(&self) -> &[String];

    /// One sequence of `n_views` views (M observed ones and the target view) of one random thing.
    fn sequence(&self, split: Split, n_views: usize, rng: &mut ChaCha8Rng) -> Sequence;

    /// One retrieval trial: `n_observed` views, an action, and candidate views among which the
    /// true next one is to be found.
    fn trial(&self, split: Split, n_observed: usize, rng: &mut ChaCha8Rng) -> Trial;

    /// The action that leads directly from one absolute state to another, as a flat vector with
    /// [`ActionSpec::dim`] components. States are those of [`Sequence::states`].
    fn action_between(&self, from: &[f32], to: &[f32]) -> Vec<f32>;
}
