//! A network before the questions: seq-JEPA with its aggregate, or a baseline, which has z alone.

use super::gallery::{Foresight, Gallery};
use crate::baseline::Baseline;
use crate::model::Mode;
use crate::probe::features::{Episode, Frozen, Lesion, rows_through, views_through};
use crate::probe::rows::Rows;
use crate::world::View;
use burn::tensor::Device;

/// What is asked of any network, beside predictions.
pub(super) trait Subject: Foresight {
    /// z of each view.
    async fn encode(&self, views: &[&View]) -> Result<Rows, String>;

    /// z_AGG of episodes over encodings; `None` for networks without one.
    async fn aggregate(
        &self,
        z: &Rows,
        episodes: &[Episode<'_>],
        n_observed: usize,
    ) -> Result<Option<Rows>, String>;

    /// The network as seq-JEPA, if it is.
    fn as_seq_jepa(&self) -> Option<&Frozen>;

    /// Where it lives.
    fn device(&self) -> &Device;
}

/// seq-JEPA that is only looked at.
#[derive(Debug)]
pub(super) struct SeqJepaSubject<'a> {
    /// Its weights.
    pub(super) frozen: &'a Frozen,
    /// Views that it was trained to observe, M.
    pub(super) n_observed: usize,
}

impl Subject for SeqJepaSubject<'_> {
    async fn encode(&self, views: &[&View]) -> Result<Rows, String> {
        self.frozen.encode(views).await
    }

    async fn aggregate(
        &self,
        z: &Rows,
        episodes: &[Episode<'_>],
        n_observed: usize,
    ) -> Result<Option<Rows>, String> {
        self.frozen.aggregate(z, episodes, n_observed, Lesion::None).await.map(Some)
    }

    fn as_seq_jepa(&self) -> Option<&Frozen> {
        Some(self.frozen)
    }

    fn device(&self) -> &Device {
        &self.frozen.device
    }
}

impl Foresight for SeqJepaSubject<'_> {
    fn n_observed(&self) -> usize {
        self.n_observed
    }

    async fn know(&self, galleries: &[Gallery]) -> Result<Rows, String> {
        let last = || galleries.iter().map(|gallery| gallery.last(self.n_observed));
        let n_observed = last().next().map_or(1, |(views, _)| views.len());
        let views: Vec<&View> = last().flat_map(|(views, _)| views).collect();
        let actions: Vec<&[Vec<f32>]> = last().map(|(_, actions)| actions).collect();
        self.frozen.observe(&views, &actions, n_observed).await
    }

    async fn foresee(&self, known: &Rows, actions: &Rows) -> Result<Option<Rows>, String> {
        let heard: Vec<&[f32]> = actions.iter().collect();
        self.frozen.predict(known, &heard).await.map(Some)
    }

    async fn embed(&self, views: &[&View]) -> Result<Rows, String> {
        self.frozen.encode_target(views).await
    }
}

/// A baseline that is only looked at.
#[derive(Debug)]
pub(super) struct FrozenBaseline<L: Baseline> {
    /// Without gradients.
    pub(super) model: L,
    /// Its follower, without gradients.
    pub(super) follower: L::Follower,
    /// The plain device of both.
    pub(super) device: Device,
    /// Side of a view in pixels.
    pub(super) view_side_px: usize,
}

impl<L: Baseline> Subject for FrozenBaseline<L> {
    async fn encode(&self, views: &[&View]) -> Result<Rows, String> {
        let forward = |x| self.model.encode(x, Mode::Eval);
        views_through(&self.device, self.view_side_px, views, forward).await
    }

    async fn aggregate(
        &self,
        _: &Rows,
        _: &[Episode<'_>],
        _: usize,
    ) -> Result<Option<Rows>, String> {
        Ok(None)
    }

    fn as_seq_jepa(&self) -> Option<&Frozen> {
        None
    }

    fn device(&self) -> &Device {
        &self.device
    }
}

impl<L: Baseline> Foresight for FrozenBaseline<L> {
    fn n_observed(&self) -> usize {
        1
    }

    /// z of the last observed view: these methods predict from one.
    async fn know(&self, galleries: &[Gallery]) -> Result<Rows, String> {
        let last: Vec<&View> =
            galleries.iter().filter_map(|gallery| gallery.observed.last()).collect();
        self.encode(&last).await
    }

    async fn foresee(&self, known: &Rows, actions: &Rows) -> Result<Option<Rows>, String> {
        if !L::FORESEES {
            return Ok(None);
        }
        let forward = |z, actions| self.model.foresee(z, actions);
        rows_through(&self.device, [known, actions], forward).await.map(Some)
    }

    async fn embed(&self, views: &[&View]) -> Result<Rows, String> {
        let forward = |x| self.model.embed(&self.follower, x);
        views_through(&self.device, self.view_side_px, views, forward).await
    }
}
