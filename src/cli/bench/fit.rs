//! One run of a benchmark: begun, gone on with, or found done.

use crate::cli::files;
use crate::cli::source::Source;
use crate::train::batch::Batch;
use crate::train::checkpoint::{self, Content, Header, ProbeTensors};
use crate::train::config::RunConfig;
use crate::train::learner::Learner;
use crate::train::trainer::Trainer;
use crate::world::World;
use burn::tensor::Device;
use pollster::block_on;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Between two saves of the full state.
const SAVE_EVERY: Duration = Duration::from_secs(60);

/// Where one run lives.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) folder: PathBuf,
    pub(super) device: &'a Device,
    pub(super) stop: &'a AtomicBool,
}

/// How a fit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fitted {
    /// All steps are done, the weights are saved.
    Done,
    /// Stopped; the state is saved.
    Stopped,
}

impl Place<'_> {
    /// The file of the finished weights.
    pub(super) fn weights(&self) -> PathBuf {
        self.folder.join("weights.safetensors")
    }

    fn state(&self) -> PathBuf {
        self.folder.join("last.safetensors")
    }

    /// Whether the finished weights of this run are there.
    ///
    /// # Errors
    /// When those of another run are.
    pub(super) fn is_done(&self, config: &RunConfig) -> Result<bool, String> {
        Ok(self.n_done(config)? == config.steps)
    }

    /// Steps that are done.
    ///
    /// # Errors
    /// When files of another run are there.
    pub(super) fn n_done(&self, config: &RunConfig) -> Result<u64, String> {
        for path in [self.weights(), self.state()] {
            if let Some(header) = header(&path, config)? {
                return Ok(header.step);
            }
        }
        Ok(0)
    }

    /// Trains until the last step or until told to stop. `tell` hears of every step.
    ///
    /// # Errors
    /// When the state of another run lies there, a step fails or a file cannot be written.
    pub(super) fn fit<L: Learner>(
        &self,
        config: &RunConfig,
        world: Arc<dyn World>,
        tell: &dyn Fn(),
    ) -> Result<Fitted, String> {
        let mut trainer = self.open::<L>(config)?;
        let mut source = Source::start(world, config, trainer.step());
        let mut saved = Instant::now();
        while !trainer.is_finished() {
            if self.stop.load(Ordering::Relaxed) {
                self.save(&trainer, Content::FullState)?;
                return Ok(Fitted::Stopped);
            }
            let batch = Batch::upload(source.next()?, self.device);
            let pending = trainer.submit(batch);
            let folder = self.folder.display();
            block_on(trainer.finish(pending)).map_err(|why| format!("{why}: {folder}"))?;
            tell();
            if saved.elapsed() >= SAVE_EVERY {
                self.save(&trainer, Content::FullState)?;
                saved = Instant::now();
            }
        }
        self.save(&trainer, Content::Weights)?;
        // What it would go on from is of no use any more, and large.
        std::fs::remove_file(self.state()).ok();
        Ok(Fitted::Done)
    }

    fn open<L: Learner>(&self, config: &RunConfig) -> Result<Trainer<L>, String> {
        let path = self.state();
        if header(&path, config)?.is_none() {
            return Trainer::new(config.clone(), self.device);
        }
        let located = |why: checkpoint::CheckpointError| format!("{why}: {}", path.display());
        let bytes = files::read_checkpoint(&path)?;
        let loaded = checkpoint::load_as::<L>(&bytes, self.device).map_err(located)?;
        let (header, state) = loaded.into_state().map_err(located)?;
        Ok(Trainer::from_state(header.config, state, self.device))
    }

    fn save<L: Learner>(&self, trainer: &Trainer<L>, content: Content) -> Result<(), String> {
        let config = trainer.config();
        let header = Header {
            schema: checkpoint::SCHEMA.to_owned(),
            config: config.clone(),
            step: trainer.step(),
            metrics: serde_json::Value::Null,
            recipe: format!("seq-jepa bench --suite {}", config.world.word()),
        };
        let state = trainer.state();
        let bytes = block_on(checkpoint::save(&header, &state, &ProbeTensors::default(), content))
            .map_err(|why| why.to_string())?;
        let path = match content {
            Content::FullState => self.state(),
            Content::Weights => self.weights(),
        };
        files::write_whole(&path, &bytes)
    }
}

/// What the file of a run says of itself; `None` when there is no file.
///
/// # Errors
/// When it is of another run.
fn header(path: &Path, config: &RunConfig) -> Result<Option<Header>, String> {
    if !path.exists() {
        return Ok(None);
    }
    let bytes = files::read_checkpoint(path)?;
    let found = checkpoint::peek(&bytes).map_err(|why| format!("{why}: {}", path.display()))?;
    if found.config == *config {
        return Ok(Some(found));
    }
    Err(format!(
        "a run with other settings lies there: remove its folder, or name another with `--out`: {}",
        path.display()
    ))
}
