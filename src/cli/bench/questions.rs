//! The questions of each suite, drawn when a network is first asked.

use super::fit::Place;
use crate::bench::material::{Material, settings};
use crate::bench::measures::Measures;
use crate::bench::plan::{Budget, Suite};
use crate::cli::args::BenchArgs;
use crate::cli::worlds::{self, Built};
use crate::probe::exam::EvalSettings;
use std::sync::{Arc, OnceLock};

/// About what measuring costs, in views that pass an encoder, for each sequence of the exam.
const WORK_PER_SEQUENCE: u64 = 150;

/// One suite's.
struct OfSuite {
    suite: Suite,
    settings: EvalSettings,
    material: OnceLock<Result<Material, String>>,
}

/// Those of all suites.
pub(super) struct Questions<'a> {
    args: &'a BenchArgs,
    budget: Budget,
    /// Names of the folders that they depend on.
    pub(super) data: Vec<String>,
    suites: Vec<OfSuite>,
}

impl<'a> Questions<'a> {
    /// Nothing is drawn yet.
    ///
    /// # Errors
    /// When a folder of the arguments cannot be found.
    pub(super) fn new(args: &'a BenchArgs, budget: Budget) -> Result<Self, String> {
        let (data, saliency) = worlds::notes(&args.data)?;
        let mut suites = Vec::new();
        for suite in Suite::ALL {
            let settings = settings(budget, budget.run(suite)?.n_observed);
            suites.push(OfSuite { suite, settings, material: OnceLock::new() });
        }
        let data = data.into_iter().chain(saliency).collect();
        Ok(Self { args, budget, data, suites })
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
    pub(super) fn known(&self, place: &Place<'_>, suite: Suite) -> Option<Measures> {
        place.measured(&self.of(suite).settings, &self.data)
    }

    /// About what measuring one network costs.
    pub(super) fn work(&self, suite: Suite) -> u64 {
        self.of(suite).settings.n_train_sequences as u64 * WORK_PER_SEQUENCE
    }

    /// The questions themselves.
    ///
    /// # Errors
    /// When the world cannot be built.
    pub(super) fn material(&self, suite: Suite) -> Result<&Material, String> {
        let material = self.of(suite).material.get_or_init(|| self.draw(suite));
        material.as_ref().map_err(Clone::clone)
    }

    fn draw(&self, suite: Suite) -> Result<Material, String> {
        let config = self.budget.run(suite)?;
        let m = config.n_observed;
        match worlds::build(&config.world, &self.args.data)? {
            Built::Rotation(world) => {
                let world = Arc::new(world);
                Ok(Material::draw(world.clone(), self.budget, m)?.with_outside(&world))
            }
            Built::Saccade(world) => Material::draw(Arc::new(world), self.budget, m),
            Built::Augment(world) => Material::draw(Arc::new(world), self.budget, m),
        }
    }
}
