//! The questions of each suite, drawn when a network is first asked.

use super::fit::Place;
use super::scanpaths;
use super::shared::Worlds;
use crate::bench::material::{Material, settings};
use crate::bench::measures::Measures;
use crate::bench::plan::{Budget, Entry, Suite};
use crate::bench::report::Report;
use crate::cli::args::{BenchArgs, DataArgs};
use crate::cli::worlds::{Built, build, name, notes};
use crate::probe::exam::EvalSettings;
use crate::world::WorldConfig;
use std::path::PathBuf;
use std::sync::OnceLock;

/// About what measuring costs, in views that pass an encoder, for each sequence of the exam.
const WORK_PER_SEQUENCE: u64 = 150;

/// How many times as much the central networks take, which are asked for paths.
const CENTRAL: u64 = 6;

/// One suite's.
struct OfSuite {
    suite: Suite,
    settings: EvalSettings,
    material: OnceLock<Result<Material, String>>,
}

/// Those of all suites.
pub(super) struct Questions<'a> {
    args: &'a BenchArgs,
    worlds: &'a Worlds<'a>,
    budget: Budget,
    /// Names of the folders that stand in for the worlds.
    pub(super) data: Vec<String>,
    /// Names of the folders that the central saccade networks are asked about beside: other pictures,
    /// recorded fixations.
    elsewhere: [Option<String>; 2],
    suites: Vec<OfSuite>,
}

impl<'a> Questions<'a> {
    /// Nothing is drawn yet.
    ///
    /// # Errors
    /// When a folder of the arguments cannot be found.
    pub(super) fn new(
        args: &'a BenchArgs,
        worlds: &'a Worlds<'a>,
        budget: Budget,
    ) -> Result<Self, String> {
        let (data, saliency) = notes(&args.data)?;
        let mut suites = Vec::new();
        for suite in Suite::ALL {
            let settings = settings(budget, budget.run(suite)?.n_observed);
            suites.push(OfSuite { suite, settings, material: OnceLock::new() });
        }
        let data = data.into_iter().chain(saliency).collect();
        let named = |folder: &Option<PathBuf>| folder.as_deref().map(name).transpose();
        let elsewhere = [named(&args.transfer)?, named(&args.scanpaths)?];
        Ok(Self { args, worlds, budget, data, elsewhere, suites })
    }

    /// Names of all folders that a network's measures depend on.
    pub(super) fn folders(&self, entry: &Entry) -> Vec<String> {
        let mut all = self.data.clone();
        if entry.suite == Suite::Saccade && entry.variant.is_central() {
            all.extend(self.elsewhere.iter().flatten().cloned());
        }
        all
    }

    /// The report with the names of the folders that saccade networks were asked about beside.
    pub(super) fn named(&self, report: Report) -> Report {
        if report.suite(Suite::Saccade).is_none() {
            return report;
        }
        let [transfer, scanpaths] = self.elsewhere.clone();
        Report { transfer, scanpaths, ..report }
    }

    fn of(&self, suite: Suite) -> &OfSuite {
        let found = self.suites.iter().find(|of| of.suite == suite);
        found.expect("questions for every suite were made above")
    }

    /// How networks of a suite are asked.
    pub(super) fn settings(&self, suite: Suite) -> &EvalSettings {
        &self.of(suite).settings
    }

    /// What is already known of a run.
    pub(super) fn known(&self, place: &Place<'_>, entry: &Entry) -> Option<Measures> {
        place.measured(&entry.config, &self.of(entry.suite).settings, &self.folders(entry))
    }

    /// About what measuring one network costs.
    pub(super) fn work(&self, entry: &Entry) -> u64 {
        let times = if entry.variant.is_central() { CENTRAL } else { 1 };
        self.of(entry.suite).settings.n_train_sequences as u64 * WORK_PER_SEQUENCE * times
    }

    /// The questions themselves.
    ///
    /// # Errors
    /// When the world cannot be built.
    pub(super) fn material(&self, suite: Suite) -> Result<&Material, String> {
        let material = self.of(suite).material.get_or_init(|| self.draw(suite));
        material.as_ref().map_err(Clone::clone)
    }

    /// Sequences along the fixations that a network was trained with, where those are others.
    ///
    /// # Errors
    /// When the world cannot be built.
    pub(super) fn own_law(&self, entry: &Entry) -> Result<Option<Material>, String> {
        if !entry.variant.has_own_law() {
            return Ok(None);
        }
        let world = self.worlds.get(&entry.config.world)?.shared();
        Material::of_lessons(world, self.budget, entry.config.n_observed).map(Some)
    }

    fn draw(&self, suite: Suite) -> Result<Material, String> {
        let config = self.budget.run(suite)?;
        let m = config.n_observed;
        match self.worlds.get(&config.world)? {
            Built::Rotation(world) => {
                Ok(Material::draw(world.clone(), self.budget, m)?.with_outside(&world))
            }
            Built::Saccade(world) => {
                let mut material = Material::draw(world, self.budget, m)?;
                if let Some(folder) = &self.args.transfer {
                    let data = DataArgs { data: Some(folder.clone()), saliency: None };
                    let other = build(&config.world, &data)?.shared();
                    material = material.with_transfer(other.as_ref());
                }
                if let (Some(folder), WorldConfig::Saccade(world)) =
                    (&self.args.scanpaths, &config.world)
                {
                    material.human = Some(scanpaths::galleries(folder, world, m)?);
                }
                Ok(material)
            }
            Built::Augment(world) => Material::draw(world, self.budget, m),
        }
    }
}
