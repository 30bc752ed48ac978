//! A run with everything round it: trainer, world, measurements, files. The page's engine and the
//! native program drive this one type, so that they cannot drift apart.

use super::recipe;
use crate::probe::evaluate::{Evaluation, examine};
use crate::probe::exam::{EvalSettings, Exam};
use crate::probe::features::Frozen;
use crate::probe::report::EvalReport;
use crate::train::batch::Batch;
use crate::train::checkpoint::{self, CheckpointError, Content, Header, Loaded, ProbeTensors};
use crate::train::config::RunConfig;
use crate::train::trainer::{Pending, StepError, StepNumbers, Trainer};
use crate::world::{BatchSpec, SequenceBatch, World};
use burn::module::Module;
use burn::tensor::Device;
use std::sync::Arc;

/// Views behind the mean latent between two measurements.
const N_MEAN_VIEWS: usize = 256;

/// A training run.
pub struct Run {
    trainer: Trainer,
    batches: BatchSpec,
    world: Arc<dyn World>,
    /// Material of the online measurements, drawn once.
    exam: Option<Exam>,
    probes: ProbeTensors,
    /// The last measurement and its step.
    measured: Option<(u64, EvalReport)>,
    /// What the weights of step 0 reached: a null of every later measurement.
    untrained: Option<EvalReport>,
}

impl Run {
    /// A new run at step 0.
    ///
    /// # Errors
    /// When the configuration is not valid.
    pub fn begin(
        config: RunConfig,
        world: Arc<dyn World>,
        device: &Device,
    ) -> Result<Self, String> {
        config.validate()?;
        let batches = config.batches();
        let trainer = Trainer::new(config, device)?;
        let probes = ProbeTensors::default();
        Ok(Self { trainer, batches, world, exam: None, probes, measured: None, untrained: None })
    }

    /// A run that goes on from a file of full state.
    ///
    /// # Errors
    /// When the file holds weights only.
    pub fn resume(
        loaded: Loaded,
        world: Arc<dyn World>,
        device: &Device,
    ) -> Result<Self, CheckpointError> {
        let probes = loaded.probes.clone();
        let measured = measured(&loaded.header);
        let (header, state) = loaded.into_state()?;
        let batches = header.config.batches();
        let trainer = Trainer::from_state(header.config, state, device);
        let untrained = measured.as_ref().and_then(|(_, report)| report.of_untrained());
        Ok(Self { trainer, batches, world, exam: None, probes, measured, untrained })
    }

    /// The trainer, for its counters.
    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    /// The world.
    pub fn world(&self) -> &Arc<dyn World> {
        &self.world
    }

    /// The last measurement and its step.
    pub fn measured(&self) -> Option<&(u64, EvalReport)> {
        self.measured.as_ref()
    }

    /// What decides its batches.
    pub fn batches(&self) -> &BatchSpec {
        &self.batches
    }

    /// The batch of the step `ahead` steps from now.
    pub fn batch(&self, ahead: u64) -> SequenceBatch {
        self.batches.make(self.world.as_ref(), self.trainer.step() + ahead)
    }

    /// Hands one step to the device.
    pub fn submit(&mut self, batch: SequenceBatch) -> Pending {
        let batch = Batch::upload(batch, self.trainer.device());
        self.trainer.submit(batch)
    }

    /// Reads a submitted step.
    ///
    /// # Errors
    /// As [`Trainer::finish`].
    pub async fn finish(&mut self, pending: Pending) -> Result<StepNumbers, StepError> {
        self.trainer.finish(pending).await
    }

    /// The weights of this step, frozen.
    pub fn frozen(&self) -> Frozen {
        let (model, target) = self.trainer.frozen();
        frozen(self.trainer.config(), model, target, self.trainer.device())
    }

    /// The online measurement on held-out instances; its path heads and latent mean go into the
    /// next file.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn measure(
        &mut self,
        progress: &mut dyn FnMut(u32, u32),
    ) -> Result<&EvalReport, String> {
        let settings = EvalSettings::online(self.trainer.config().n_observed);
        self.measure_with(&settings, progress).await
    }

    /// A measurement with settings of the caller's; see [`Self::measure`].
    ///
    /// # Errors
    /// When the settings are out of range or the device fails.
    pub async fn measure_with(
        &mut self,
        settings: &EvalSettings,
        progress: &mut dyn FnMut(u32, u32),
    ) -> Result<&EvalReport, String> {
        let mut evaluation = self.examine(&self.frozen(), settings, progress).await?;
        if self.trainer.step() == 0 {
            self.untrained = Some(evaluation.report.clone());
        }
        let same_exam = |untrained: &&EvalReport| untrained.settings == *settings;
        if let Some(untrained) = self.untrained.as_ref().filter(same_exam) {
            evaluation.stand_beside(untrained);
        }
        let Evaluation { report, fitted } = evaluation;
        self.probes =
            ProbeTensors { latent_mean: fitted.latent_mean, path_heads: fitted.path_heads };
        Ok(&self.measured.insert((self.trainer.step(), report)).1)
    }

    /// Measures the weights that the run began with, unless that is known: its numbers then stand
    /// as nulls in every later measurement. A measurement at step 0 does the same.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn measure_untrained(
        &mut self,
        progress: &mut dyn FnMut(u32, u32),
    ) -> Result<(), String> {
        let config = self.trainer.config();
        let settings = EvalSettings::online(config.n_observed);
        if self.untrained.as_ref().is_some_and(|untrained| untrained.settings == settings) {
            return Ok(());
        }
        let frozen = untrained_of(config, self.trainer.device())?;
        self.untrained = Some(self.examine(&frozen, &settings, progress).await?.report);
        Ok(())
    }

    async fn examine(
        &mut self,
        frozen: &Frozen,
        settings: &EvalSettings,
        progress: &mut dyn FnMut(u32, u32),
    ) -> Result<Evaluation, String> {
        if self.exam.as_ref().is_none_or(|exam| exam.settings != *settings) {
            self.exam = Some(Exam::draw(self.world.as_ref(), settings)?);
        }
        let exam = self.exam.as_ref().expect("the exam was drawn above");
        examine(frozen, None, self.world.as_ref(), exam, progress).await
    }

    /// Measures the mean target latent again: weights move on between two measurements, and the
    /// page subtracts this mean.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn refresh_latent_mean(&mut self) -> Result<(), String> {
        let Some(exam) = &self.exam else { return Ok(()) };
        let views = exam.train.views();
        let some: Vec<_> = views.into_iter().step_by(5).take(N_MEAN_VIEWS).collect();
        self.probes.latent_mean = self.frozen().encode_target(&some).await?.mean();
        Ok(())
    }

    /// The run as a file.
    ///
    /// # Errors
    /// As [`checkpoint::save`].
    pub async fn save(&self, content: Content) -> Result<Vec<u8>, CheckpointError> {
        let config = self.trainer.config();
        let header = Header {
            schema: checkpoint::SCHEMA.to_owned(),
            config: config.clone(),
            step: self.trainer.step(),
            metrics: metrics(self.measured.as_ref()),
            recipe: recipe::line_of(config),
        };
        checkpoint::save(&header, &self.trainer.state(), &self.probes, content).await
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("step", &self.trainer.step()).finish_non_exhaustive()
    }
}

/// A file's weights, frozen.
pub fn frozen_of(loaded: &Loaded, device: &Device) -> Frozen {
    frozen(&loaded.header.config, loaded.online.valid(), loaded.target.valid(), device)
}

/// The weights that a run of this configuration begins with, frozen.
///
/// # Errors
/// When they cannot be drawn.
pub fn untrained_of(config: &RunConfig, device: &Device) -> Result<Frozen, String> {
    let (model, target) = Trainer::new(config.clone(), device)?.frozen();
    Ok(frozen(config, model, target, device))
}

fn frozen(
    config: &RunConfig,
    model: crate::model::SeqJepa,
    target: crate::model::TargetEncoder,
    device: &Device,
) -> Frozen {
    Frozen {
        model,
        target,
        device: device.clone(),
        view_side_px: config.world.view_side_px(),
        action_dim: config.model.action_dim,
    }
}

/// A measurement as a file keeps it.
fn metrics(measured: Option<&(u64, EvalReport)>) -> serde_json::Value {
    measured.map_or(
        serde_json::Value::Null,
        |(step, report)| serde_json::json!({ "step": step, "report": report }),
    )
}

/// The measurement that a file keeps, if it has one that this version understands.
pub fn measured(header: &Header) -> Option<(u64, EvalReport)> {
    let step = header.metrics.get("step")?.as_u64()?;
    let report = serde_json::from_value(header.metrics.get("report")?.clone()).ok()?;
    Some((step, report))
}
