//! Measuring one finished run, or finding that it was measured.

use super::fit::Place;
use crate::baseline::with_baseline;
use crate::bench::material::Material;
use crate::bench::measure::{Asked, along_own_law, of_baseline, of_seq_jepa};
use crate::bench::measures::{Measures, PROTOCOL, rounded};
use crate::bench::plan::{Entry, Variant};
use crate::cli::files;
use crate::engine::run::{frozen_of, untrained_of};
use crate::probe::exam::EvalSettings;
use crate::train::checkpoint;
use crate::train::config::RunConfig;
use pollster::block_on;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// A file beside the weights.
#[derive(Serialize, Deserialize)]
struct Measured {
    protocol: u32,
    /// What was trained.
    config: RunConfig,
    settings: EvalSettings,
    /// Names of the folders that stood in for the world, and of other pictures.
    data: Vec<String>,
    measures: Measures,
}

impl Place<'_> {
    /// What was measured of this run with these settings and data, if it was.
    pub(super) fn measured(
        &self,
        config: &RunConfig,
        settings: &EvalSettings,
        data: &[String],
    ) -> Option<Measures> {
        let text = std::fs::read_to_string(self.folder.join("measures.json")).ok()?;
        let found: Measured = serde_json::from_str(&text).ok()?;
        let same = found.protocol == PROTOCOL && found.config == *config;
        let same = same && found.settings == *settings && found.data == data;
        same.then_some(found.measures)
    }

    /// Measures the finished weights and keeps what was found. `own_law` is what they are asked along
    /// their own fixations, where those are others.
    ///
    /// # Errors
    /// When a file cannot be read or written, or the device fails.
    pub(super) fn measure(
        &self,
        entry: &Entry,
        material: &Material,
        own_law: Option<&Material>,
        data: &[String],
    ) -> Result<Measures, String> {
        let began = Instant::now();
        let mut measures = self.ask(entry, material, own_law)?;
        measures.steps = if entry.variant == Variant::Untrained { 0 } else { entry.config.steps };
        measures.seconds = began.elapsed().as_secs_f64();
        let measured = Measured {
            protocol: PROTOCOL,
            config: entry.config.clone(),
            settings: material.exam.settings.clone(),
            data: data.to_vec(),
            measures,
        };
        let json = serde_json::to_value(&measured).map_err(|why| why.to_string())?;
        let text = format!("{:#}\n", rounded(json));
        files::write_whole(&self.folder.join("measures.json"), text.as_bytes())?;
        let kept: Measured = serde_json::from_str(&text).map_err(|why| why.to_string())?;
        Ok(kept.measures)
    }

    fn ask(
        &self,
        entry: &Entry,
        material: &Material,
        own_law: Option<&Material>,
    ) -> Result<Measures, String> {
        let central = entry.variant.is_central();
        let n_observed = entry.config.n_observed;
        let asked = Asked { n_observed, path: central, elsewhere: central };
        if entry.variant == Variant::Untrained {
            let frozen = untrained_of(&entry.config, self.device)?;
            return block_on(of_seq_jepa(&frozen, material, asked));
        }
        let path = self.weights();
        let bytes = files::read_checkpoint(&path)?;
        let told = |why: checkpoint::CheckpointError| format!("{why}: {}", path.display());
        with_baseline!(entry.config.method,
        Network => {
            let loaded = checkpoint::load_as::<Network>(&bytes, self.device).map_err(told)?;
            block_on(of_baseline(&loaded.online, &loaded.target, self.device, material))
        },
        seq_jepa => {
            let loaded = checkpoint::load(&bytes, self.device).map_err(told)?;
            let frozen = frozen_of(&loaded, self.device);
            let mut measures = block_on(of_seq_jepa(&frozen, material, asked))?;
            if let Some(material) = own_law {
                measures.own_law = Some(block_on(along_own_law(&frozen, material))?);
            }
            Ok(measures)
        })
    }
}
