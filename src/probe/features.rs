//! From views to frozen features on the host: z, target latents, z_AGG, predicted latents.
//!
//! Eval mode everywhere. Work goes through the device in chunks of one fixed size, the last padded
//! with zeros, so that a GPU compiles each kernel once.

use super::rows::Rows;
use crate::model::{Mode, SeqJepa, TargetEncoder, input, read};
use crate::world::View;
use burn::tensor::{Device, Tensor, TensorData};

/// Views or episodes in one forward pass.
const CHUNK: usize = 128;

/// Passes submitted before their results are read.
const CHUNKS_A_READ: usize = 4;

/// A model that is only looked at.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// The model, without gradients: pass `model.valid()`.
    pub model: SeqJepa,
    /// Its target encoder, without gradients.
    pub target: TargetEncoder,
    /// The device (not the autodiff one) that both live on.
    pub device: Device,
    /// Side of a view in pixels.
    pub view_side_px: usize,
    /// Components of one action.
    pub action_dim: usize,
}

/// Consecutive views that were encoded, and the actions between them.
#[derive(Clone, Copy, Debug)]
pub struct Episode<'a> {
    /// Row of the first view in the matrix of encodings.
    pub first_row: usize,
    /// M actions, or M − 1: the last one, which leads on, is not heard by the aggregator.
    pub actions: &'a [Vec<f32>],
}

/// What is taken away from a trained model at inference (paper appendix B.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lesion {
    /// Nothing.
    None,
    /// Encodings of views are zeroed.
    NoVision,
    /// Embedded actions are zeroed.
    NoAction,
}

impl Frozen {
    /// z of each view.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn encode(&self, views: &[&View]) -> Result<Rows, String> {
        self.views(views, |x| self.model.encode(x, Mode::Eval)).await
    }

    /// Target latent of each view.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub async fn encode_target(&self, views: &[&View]) -> Result<Rows, String> {
        self.views(views, |x| self.target.forward(x, Mode::Eval)).await
    }

    /// z_AGG `[n, E]` of n sequences of M views and their actions, nothing encoded before.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub async fn observe(
        &self,
        views: &[&View],
        actions: &[&[Vec<f32>]],
        n_observed: usize,
    ) -> Result<Rows, String> {
        assert_eq!(views.len(), actions.len() * n_observed, "M views for each list of actions");
        let z = self.encode(views).await?;
        let episodes: Vec<Episode<'_>> = actions
            .iter()
            .enumerate()
            .map(|(i, actions)| Episode { first_row: i * n_observed, actions })
            .collect();
        self.aggregate(&z, &episodes, n_observed, Lesion::None).await
    }

    /// z_AGG `[n, E]` of n episodes of M = `n_observed` views whose encodings are rows of `z`.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub async fn aggregate(
        &self,
        z: &Rows,
        episodes: &[Episode<'_>],
        n_observed: usize,
        lesion: Lesion,
    ) -> Result<Rows, String> {
        let m = n_observed;
        let action_dim = self.action_dim;
        let mut pending = Pending::default();
        for chunk in episodes.chunks(CHUNK) {
            let mut latents = vec![0.0; CHUNK * m * z.dim];
            let mut actions = vec![0.0; CHUNK * m * action_dim];
            for (i, episode) in chunk.iter().enumerate() {
                copy_latents(&mut latents, i, z, episode.first_row, m, lesion);
                let slots = actions[i * m * action_dim..].chunks_exact_mut(action_dim);
                slots.zip(episode.actions.iter().take(m)).for_each(|(s, a)| s.copy_from_slice(a));
            }
            let latents = self.upload(latents, [CHUNK, m, z.dim]);
            let e = self.model.embed(self.upload(actions, [CHUNK, m, action_dim]), Mode::Eval);
            let e = match lesion {
                Lesion::NoAction => e.map(|e| e.zeros_like()),
                Lesion::None | Lesion::NoVision => e,
            };
            let z_agg = self.model.aggregate(latents, e, Mode::Eval).z_agg;
            pending.push(z_agg, chunk.len()).await?;
        }
        pending.finish().await
    }

    /// Predicted latent `[n, D]` from each z_AGG `[n, E]` and upcoming action.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub async fn predict(&self, z_agg: &Rows, actions: &[&[f32]]) -> Result<Rows, String> {
        assert_eq!(z_agg.n_rows(), actions.len(), "an upcoming action for each z_AGG");
        let width = self.action_dim;
        let mut pending = Pending::default();
        for (chunk, inputs) in
            actions.chunks(CHUNK).zip(z_agg.values.chunks(CHUNK * z_agg.dim.max(1)))
        {
            let mut values = inputs.to_vec();
            values.resize(CHUNK * z_agg.dim, 0.0);
            let mut heard = chunk.concat();
            heard.resize(CHUNK * width, 0.0);
            let e = self.model.embed(self.upload(heard, [CHUNK, 1, width]), Mode::Eval);
            let e = e.map(|e| {
                let k = e.dims()[2];
                e.reshape([CHUNK, k]) // [CHUNK, K]
            });
            let input = self.upload(values, [CHUNK, z_agg.dim]);
            pending.push(self.model.predict(input, e, Mode::Eval), chunk.len()).await?;
        }
        pending.finish().await
    }

    async fn views(
        &self,
        views: &[&View],
        forward: impl Fn(Tensor<4>) -> Tensor<2>,
    ) -> Result<Rows, String> {
        views_through(&self.device, self.view_side_px, views, forward).await
    }

    fn upload<const R: usize>(&self, values: Vec<f32>, shape: [usize; R]) -> Tensor<R> {
        upload(&self.device, values, shape)
    }
}

fn upload<const R: usize>(device: &Device, values: Vec<f32>, shape: [usize; R]) -> Tensor<R> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// A row for each view: what `forward` makes of views `[N, side, side, 3]`.
///
/// # Errors
/// When the device fails.
pub async fn views_through(
    device: &Device,
    side_px: usize,
    views: &[&View],
    forward: impl Fn(Tensor<4>) -> Tensor<2>,
) -> Result<Rows, String> {
    let mut pending = Pending::default();
    for chunk in views.chunks(CHUNK) {
        let mut values = input::normalized(chunk.iter().map(|v| v.rgb.as_slice()), side_px);
        values.resize(CHUNK * 3 * side_px * side_px, 0.0);
        let views = upload(device, values, [CHUNK, side_px, side_px, 3]);
        pending.push(forward(views), chunk.len()).await?;
    }
    pending.finish().await
}

/// A row for each pair of rows: what `forward` makes of both `[N, dim]`.
///
/// # Errors
/// When the device fails.
pub async fn rows_through(
    device: &Device,
    rows: [&Rows; 2],
    forward: impl Fn(Tensor<2>, Tensor<2>) -> Tensor<2>,
) -> Result<Rows, String> {
    let mut pending = Pending::default();
    for first in (0..rows[0].n_rows()).step_by(CHUNK) {
        let n = CHUNK.min(rows[0].n_rows() - first);
        let [a, b] = rows.map(|rows| {
            let mut values = rows.values[first * rows.dim..(first + n) * rows.dim].to_vec();
            values.resize(CHUNK * rows.dim, 0.0);
            upload(device, values, [CHUNK, rows.dim])
        });
        pending.push(forward(a, b), n).await?;
    }
    pending.finish().await
}

fn copy_latents(
    latents: &mut [f32],
    episode_idx: usize,
    z: &Rows,
    first_row: usize,
    m: usize,
    lesion: Lesion,
) {
    if lesion == Lesion::NoVision {
        return;
    }
    let n = m * z.dim;
    let from = first_row * z.dim;
    latents[episode_idx * n..(episode_idx + 1) * n].copy_from_slice(&z.values[from..from + n]);
}

/// Results on the device that wait to be read together.
#[derive(Default)]
struct Pending {
    tensors: Vec<Tensor<1>>,
    n_values: Vec<usize>,
    rows: Rows,
}

impl Pending {
    /// Takes a result `[CHUNK, dim]` of which the first `n` rows count.
    async fn push(&mut self, result: Tensor<2>, n: usize) -> Result<(), String> {
        let [rows, dim] = result.dims();
        self.rows.dim = dim;
        self.tensors.push(result.reshape([rows * dim]));
        self.n_values.push(n * dim);
        if self.tensors.len() == CHUNKS_A_READ { self.read().await } else { Ok(()) }
    }

    async fn finish(mut self) -> Result<Rows, String> {
        self.read().await?;
        Ok(self.rows)
    }

    async fn read(&mut self) -> Result<(), String> {
        if self.tensors.is_empty() {
            return Ok(());
        }
        let read = read::flats(core::mem::take(&mut self.tensors)).await?;
        for (values, n) in read.iter().zip(self.n_values.drain(..)) {
            self.rows.values.extend_from_slice(&values[..n]);
        }
        Ok(())
    }
}
