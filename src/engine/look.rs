//! Looking with a model that stands still: latents of candidate places, z_AGG of the views so far.

use super::{Refusal, check_views, convert, readout, run, session};
use crate::model::aggregator::Aggregated;
use crate::model::{Mode, input, read};
use crate::probe::features::Frozen;
use crate::protocol::{ModelCard, ProblemKind, Views};
use crate::readout::Readout;
use crate::train::checkpoint::{self, ProbeTensors};
use crate::train::config::RunConfig;
use crate::world::{Split, View, rng};
use burn::tensor::{Device, Tensor, TensorData};

/// Training sequences over whose views an untrained model's mean latent is taken.
const N_MEAN_SEQUENCES: usize = 32;

/// An open checkpoint.
#[derive(Debug)]
pub struct Look {
    frozen: Frozen,
    probes: ProbeTensors,
    card: ModelCard,
    config: RunConfig,
}

/// What a model makes of the views so far.
#[derive(Clone, Debug)]
pub struct Sight {
    /// z_AGG `[E]`.
    pub z_agg: Vec<f32>,
    /// Target latent `[D]` of the last view.
    pub z_last: Vec<f32>,
    /// Of each layer `[1 + M]`: what the AGG token attends to, itself first; mean over heads.
    pub attention: Vec<Vec<f32>>,
}

/// The AGG token's row of attention weights `[1, heads, T, T]`, mean over heads.
fn of_agg(weights: Tensor<4>) -> Tensor<1> {
    let [_, heads, t, _] = weights.dims();
    weights.slice([0..1, 0..heads, 0..1, 0..t]).mean_dim(1).reshape([t])
}

impl Look {
    /// Opens a file's weights.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn open(bytes: &[u8], device: &Device) -> Result<Self, Refusal> {
        let loaded = checkpoint::load(bytes, device)?;
        let frozen = run::frozen_of(&loaded, device);
        let card = convert::card(&loaded);
        Ok(Self { frozen, probes: loaded.probes, card, config: loaded.header.config })
    }

    /// The weights that its run began with. Nothing is fitted to them but the mean latent.
    ///
    /// # Errors
    /// When the model's world is not one that the page has, or the device fails.
    pub async fn untrained(&self) -> Result<Self, Refusal> {
        let config = self.config.clone();
        let world = session::world_of(&config, "seq-jepa eval FILE")?;
        let mut chance = rng::stream(config.seed, "untrained latents", 0);
        let sequence = |_| world.sequence(Split::Train, config.n_observed + 1, &mut chance).views;
        let views: Vec<View> = (0..N_MEAN_SEQUENCES).flat_map(sequence).collect();
        let frozen = run::untrained_of(&config, &self.frozen.device).map_err(Refusal::Device)?;
        let latents = frozen.encode_target(&views.iter().collect::<Vec<_>>()).await;
        let latent_mean = latents.map_err(Refusal::Device)?.mean();
        let probes = ProbeTensors { latent_mean, ..ProbeTensors::default() };
        let card = ModelCard { step: 0, probe: None, resumable: false, ..self.card.clone() };
        Ok(Self { frozen, probes, card, config })
    }

    /// The run that made the weights.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// The weights.
    pub fn frozen(&self) -> &Frozen {
        &self.frozen
    }

    /// The mean target latent `[D]`: the file's, or 0 where it was never measured.
    pub fn latent_mean(&self) -> Vec<f32> {
        let mut mean = self.probes.latent_mean.clone();
        mean.resize(self.config.model.encoder.z_dim(), 0.0);
        mean
    }

    /// What the file says of itself.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// What the page needs to predict by itself.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn readout(&self) -> Result<Readout, Refusal> {
        readout::of(&self.frozen, &self.probes).await.map_err(Refusal::Device)
    }

    /// Target latents `[N, D]`, row-major.
    ///
    /// # Errors
    /// When the views do not fit the model or the device fails.
    pub async fn bank(&self, views: &Views) -> Result<Vec<f32>, Refusal> {
        check_views(views, self.frozen.view_side_px)?;
        let latents = self.frozen.target.forward(self.upload(views), Mode::Eval);
        read::flat(latents).await.map_err(Refusal::Device)
    }

    /// What M views and the M − 1 actions between them amount to.
    ///
    /// # Errors
    /// As [`Self::bank`], or when there is not one action fewer than views, each of finite numbers.
    pub async fn observe(&self, views: &Views, actions: &[Vec<f32>]) -> Result<Sight, Refusal> {
        let m = check_views(views, self.frozen.view_side_px)?;
        let a = self.frozen.action_dim;
        if actions.len() + 1 != m || actions.iter().any(|action| action.len() != a) {
            return Err(Refusal::new(
                ProblemKind::Command,
                format!("{m} views need {} actions of {a} components between them", m - 1),
            ));
        }
        if actions.iter().flatten().any(|value| !value.is_finite()) {
            return Err(Refusal::new(ProblemKind::Command, "every action must be finite"));
        }
        let x = self.upload(views);
        let [_, c, h, w] = x.dims();
        let last = x.clone().slice([m - 1..m, 0..c, 0..h, 0..w]);
        let z = self.frozen.model.encode(x, Mode::Eval); // [M, D]
        let d = z.dims()[1];
        let mut heard = actions.concat();
        heard.resize(m * a, 0.0); // The upcoming action is not heard here.
        let heard = Tensor::from_data(TensorData::new(heard, [1, m, a]), &self.frozen.device);
        let e = self.frozen.model.embed(heard, Mode::Eval);
        let Aggregated { z_agg, attention } =
            self.frozen.model.aggregate(z.reshape([1, m, d]), e, Mode::Eval);
        let z_last = self.frozen.target.forward(last, Mode::Eval);
        let e_dim = z_agg.dims()[1];
        let mut all = vec![z_agg.reshape([e_dim]), z_last.reshape([d])];
        all.extend(attention.into_iter().map(of_agg));
        let mut all = read::flats(all).await.map_err(Refusal::Device)?.into_iter();
        let mut next = || all.next().unwrap_or_default();
        Ok(Sight { z_agg: next(), z_last: next(), attention: all.collect() })
    }

    fn upload(&self, views: &Views) -> Tensor<4> {
        let each = views.rgb.chunks_exact(3 * views.side_px * views.side_px);
        input::views(each, views.side_px, &self.frozen.device)
    }
}
