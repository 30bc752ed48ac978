//! A decoder from target latents to small pictures, for looking at predictions. Fitted afterwards on
//! real latents of a frozen model: what it draws is not what seq-JEPA was trained for, and its own
//! error stands beside every picture.

use super::equivariance::Task;
use super::exam::{EvalSettings, Lessons};
use super::features::Frozen;
use super::metrics::ErrorSums;
use super::mlp::{MlpSettings, fit};
use super::rows::Rows;
use crate::readout::{Decoder, unit};
use crate::world::{Split, View, World};

/// Side of what is drawn: views of 32 pixels at half their size, which is more than a latent tells.
pub const SIDE_PX: usize = 16;

/// Width of both hidden layers.
const HIDDEN_DIM: usize = 192;

/// Most steps.
const N_STEPS: usize = 6000;

/// Fits a decoder on views of `settings.n_train_sequences` sequences of training things, and scores it
/// on held-out ones.
///
/// # Errors
/// When the settings cannot be measured, or the device fails.
pub async fn decoder(
    frozen: &Frozen,
    world: &dyn World,
    settings: &EvalSettings,
) -> Result<Decoder, String> {
    settings.validate()?;
    let draw = |split, n| Lessons::draw(world, split, 0..n, settings);
    let train = task(frozen, &draw(Split::Train, settings.n_train_sequences)).await?;
    let val = task(frozen, &draw(Split::Val, settings.n_val_sequences)).await?;
    let mlp = MlpSettings { hidden_dim: HIDDEN_DIM, n_steps: N_STEPS, keeps_best: true };
    let head = fit(&train, &mlp, settings.seed, &frozen.device).await?;
    let r2 = ErrorSums::of(&val.y, &head.apply(&val.x).await?).r2_pooled();
    Ok(Decoder { side_px: SIDE_PX, layers: head.layers().await?, r2: r2 as f32 })
}

/// Directions of target latents and the pictures they come from.
async fn task(frozen: &Frozen, lessons: &Lessons) -> Result<Task, String> {
    let views = lessons.views();
    let latents = frozen.encode_target(&views).await?;
    let x = Rows { dim: latents.dim, values: latents.iter().flat_map(unit).collect() };
    let y = Rows {
        dim: SIDE_PX * SIDE_PX * 3,
        values: views.iter().flat_map(|view| pixels(view)).collect(),
    };
    let n_views = lessons.n_views().max(1);
    Ok(Task { x, y, cluster: (0..views.len()).map(|i| i / n_views).collect() })
}

/// A view at [`SIDE_PX`], from 0 to 1.
fn pixels(view: &View) -> impl Iterator<Item = f32> {
    view.shrunk(SIDE_PX).rgb.into_iter().map(|value| f32::from(value) / 255.0)
}
