//! Every run of a benchmark, as data.
//!
//! A suite is a world's experiments, a budget their size, a variant one way of training in it. All
//! variants of a suite train for the same number of steps on batches of as many sequences of the same
//! stream with the same encoder, rate and schedule; what differs is what the variant's name says.
//! Baselines take two views of each sequence, as in the paper.

use crate::model::Conditioning;
use crate::train::config::RunConfig;
use crate::train::method::Method;
use crate::train::preset;
use crate::world::WorldConfig;
use crate::world::config::{Gaze, Inhibition};

/// A world's experiments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suite {
    /// Objects in random poses (paper table 1, figures 6 to 8).
    Rotation,
    /// Fixations on pictures (paper table 3, figures 6, 7, 9).
    Saccade,
    /// Augmented pictures (paper table 2, figures 10 and 11).
    Augment,
}

impl Suite {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rotation, Self::Saccade, Self::Augment];

    /// The word of flags, folders and worlds.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rotation => "rotation",
            Self::Saccade => "saccade",
            Self::Augment => "augment",
        }
    }

    /// The suite of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.word() == word)
    }

    /// The default world.
    pub fn world(self) -> WorldConfig {
        match self {
            Self::Rotation => WorldConfig::rotation(),
            Self::Saccade => WorldConfig::saccade(),
            Self::Augment => WorldConfig::augment(),
        }
    }
}

/// How large a benchmark is. The names say about how long all variants of a suite take on two cores with
/// three seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// `nano`, 1,000 steps, no ablations beyond those that a claim needs.
    Short,
    /// `tiny`, 3,000 steps.
    Medium,
    /// The paper's network and steps; a large GPU and days.
    Full,
}

impl Budget {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Short, Self::Medium, Self::Full];

    /// The word of flags and folders.
    pub fn word(self) -> &'static str {
        match self {
            Self::Short => "30m",
            Self::Medium => "4h",
            Self::Full => "full",
        }
    }

    /// The budget of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|budget| budget.word() == word)
    }

    /// The run that all of a suite's are made of.
    ///
    /// # Errors
    /// When there is no preset of this size for the suite.
    pub fn run(self, suite: Suite) -> Result<RunConfig, String> {
        let name = match self {
            Self::Short => "nano".to_owned(),
            Self::Medium => "tiny".to_owned(),
            Self::Full => format!("paper-{}", suite.word()),
        };
        let mut config = preset::run(&name, suite.world())?;
        match self {
            Self::Short => config.steps = 1_000,
            Self::Medium => config.steps = 3_000,
            Self::Full => {}
        }
        Ok(config)
    }

    /// Sequences of training things that heads are fitted on; a third as many held-out ones score them.
    pub fn n_sequences(self) -> usize {
        match self {
            Self::Short => 600,
            Self::Medium => 1_500,
            Self::Full => 6_000,
        }
    }
}

/// One way of training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    /// The paper's model, actions in tokens and predictor.
    SeqJepa,
    /// Its twin that hears no action.
    NoAction,
    /// The weights that training begins with.
    Untrained,
    /// Actions in tokens only.
    Token,
    /// Actions in the predictor only.
    Predictor,
    /// Embedded actions of another width.
    Width(usize),
    /// Another number of observed views in training, M_tr.
    Observed(usize),
    /// The encoder is its own target.
    NoAverage,
    /// Fixations by saliency that may return.
    NoInhibition,
    /// Fixations anywhere.
    Uniform,
    /// Another method.
    Baseline(Method),
}

impl Variant {
    /// The word of folders and reports.
    pub fn word(self) -> String {
        match self {
            Self::SeqJepa => "seq-jepa".to_owned(),
            Self::NoAction => "no-action".to_owned(),
            Self::Untrained => "untrained".to_owned(),
            Self::Token => "token".to_owned(),
            Self::Predictor => "predictor".to_owned(),
            Self::Width(k) => format!("width-{k}"),
            Self::Observed(m) => format!("m{m}"),
            Self::NoAverage => "no-ema".to_owned(),
            Self::NoInhibition => "no-ior".to_owned(),
            Self::Uniform => "uniform".to_owned(),
            Self::Baseline(method) => method.word().to_owned(),
        }
    }

    /// As a table tells it.
    pub fn title(self) -> String {
        match self {
            Self::SeqJepa => "seq-JEPA".to_owned(),
            Self::NoAction => "seq-JEPA, no action".to_owned(),
            Self::Untrained => "untrained".to_owned(),
            Self::Token => "seq-JEPA, action in tokens only".to_owned(),
            Self::Predictor => "seq-JEPA, action in predictor only".to_owned(),
            Self::Width(k) => format!("seq-JEPA, action width {k}"),
            Self::Observed(m) => format!("seq-JEPA, M_tr = {m}"),
            Self::NoAverage => "seq-JEPA, no EMA".to_owned(),
            Self::NoInhibition => "seq-JEPA, no inhibition of return".to_owned(),
            Self::Uniform => "seq-JEPA, uniform fixations".to_owned(),
            Self::Baseline(method) => method.title().to_owned(),
        }
    }

    /// Those that are asked everything: the model and its two nulls.
    pub const CENTRAL: [Self; 3] = [Self::SeqJepa, Self::NoAction, Self::Untrained];

    /// Whether it is one of [`Self::CENTRAL`].
    pub fn is_central(self) -> bool {
        Self::CENTRAL.contains(&self)
    }

    /// Those that stand for methods: the central ones, then the baselines.
    pub fn methods() -> impl Iterator<Item = Self> {
        Self::CENTRAL.into_iter().chain(Method::baselines().map(Self::Baseline))
    }

    /// Whether it is trained along other fixations than its suite asks about.
    pub fn has_own_law(self) -> bool {
        matches!(self, Self::NoInhibition | Self::Uniform)
    }

    /// Turns a suite's run into the variant's.
    fn configure(self, budget: Budget, config: &mut RunConfig) {
        match self {
            Self::SeqJepa | Self::Untrained => {}
            Self::NoAction => config.model.conditioning = Conditioning::None,
            Self::Token => config.model.conditioning = Conditioning::Token,
            Self::Predictor => config.model.conditioning = Conditioning::Predictor,
            Self::Width(k) => config.model.action_embed_dim = k,
            Self::Observed(m) => config.n_observed = m,
            Self::NoAverage => config.ema = false,
            Self::NoInhibition => look(config, Gaze::Saliency),
            Self::Uniform => look(config, Gaze::Uniform),
            Self::Baseline(method) => baseline(method, budget, config),
        }
    }
}

/// Fixations without inhibition of return, by a law.
fn look(config: &mut RunConfig, gaze: Gaze) {
    if let WorldConfig::Saccade(world) = &mut config.world {
        (world.gaze, world.inhibition) = (gaze, Inhibition::Off);
    }
}

/// Adam without decay, as the paper trains them (appendix A); two views a thing, three for
/// trajectories, and for Conv-JEPA as many as seq-JEPA sees.
///
/// DIFFERS: the paper's rate, 1e-3, at the paper's size only; small and short runs have that of their
/// preset.
fn baseline(method: Method, budget: Budget, config: &mut RunConfig) {
    config.method = method;
    config.weight_decay = 0.0;
    if budget == Budget::Full {
        config.learning_rate = 1e-3;
    }
    config.n_observed = match method {
        Method::VicregTraj => 2,
        Method::ConvJepa => config.n_observed,
        _ => 1,
    };
}

/// One run: a variant with a seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its suite.
    pub suite: Suite,
    /// Its variant.
    pub variant: Variant,
    /// Everything that decides it, the seed included.
    pub config: RunConfig,
}

impl Entry {
    /// Its folder below that of the benchmark.
    pub fn folder(&self) -> String {
        format!("{}/{}-s{}", self.suite.word(), self.variant.word(), self.config.seed)
    }

    /// About how much work its training is: views that pass an encoder, once without and twice more
    /// with a gradient.
    pub fn work(&self) -> u64 {
        if self.variant == Variant::Untrained {
            return 0;
        }
        let m = self.config.n_observed as u64;
        let views = match self.config.method {
            Method::SeqJepa | Method::ConvJepa | Method::ConditionalByol => 3 * m + 1,
            Method::Byol => 8,
            Method::VicregTraj => 9,
            Method::Simclr | Method::Vicreg | Method::Sen | Method::Equimod | Method::Sie => 6,
        };
        views * self.config.steps * self.config.batch as u64
    }
}

/// What a suite trains, the most telling first.
pub fn variants(suite: Suite, budget: Budget) -> Vec<Variant> {
    let baselines = Method::baselines().map(Variant::Baseline);
    let mut all = vec![Variant::Untrained, Variant::SeqJepa, Variant::NoAction];
    all.extend(baselines);
    all.extend([Variant::Token, Variant::Predictor, Variant::Observed(1), Variant::Observed(2)]);
    if suite == Suite::Saccade {
        all.extend([Variant::NoInhibition, Variant::Uniform]);
    }
    if budget != Budget::Short {
        all.extend([Variant::Observed(3), Variant::Observed(4), Variant::NoAverage]);
        if suite == Suite::Rotation {
            all.extend([16, 64, 128, 256].map(Variant::Width));
        }
    }
    all
}

/// Every run of a suite: all variants with the first seed, then all with the next.
///
/// # Errors
/// When there is no preset of this size for the suite.
pub fn entries(suite: Suite, budget: Budget, n_seeds: u64) -> Result<Vec<Entry>, String> {
    let mut all = Vec::new();
    for seed in 1..=n_seeds {
        for variant in variants(suite, budget) {
            let mut config = budget.run(suite)?;
            config.seed = seed;
            // A variant that is the suite's own run under another name.
            let own = config.clone();
            variant.configure(budget, &mut config);
            let same = matches!(variant, Variant::Observed(_) | Variant::Width(_)) && config == own;
            if !same {
                all.push(Entry { suite, variant, config });
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_run_is_valid_and_has_a_folder_of_its_own() {
        for suite in Suite::ALL {
            for budget in Budget::ALL {
                let all = entries(suite, budget, 3).expect("a preset");
                let folders: BTreeSet<String> = all.iter().map(Entry::folder).collect();
                assert_eq!(folders.len(), all.len());
                for entry in &all {
                    assert_eq!(entry.config.validate(), Ok(()), "{}", entry.folder());
                }
            }
        }
    }

    #[test]
    fn runs_of_a_seed_differ_by_what_they_are_named_for() {
        let all = entries(Suite::Saccade, Budget::Medium, 1).expect("a preset");
        let of = |variant| {
            let found = all.iter().find(|entry| entry.variant == variant);
            found.expect("in the plan").config.clone()
        };
        let own = of(Variant::SeqJepa);
        assert_eq!(own, of(Variant::Untrained));
        let mut twin = of(Variant::NoAction);
        twin.model.conditioning = Conditioning::Both;
        assert_eq!(twin, own);
        let mut conv = of(Variant::Baseline(Method::ConvJepa));
        assert_eq!((conv.weight_decay, conv.learning_rate), (0.0, own.learning_rate));
        (conv.method, conv.weight_decay) = (Method::SeqJepa, own.weight_decay);
        assert_eq!(conv, own);
    }

    #[test]
    fn baselines_have_the_papers_rate_at_the_papers_size_only() {
        for (budget, rate) in [(Budget::Short, 3e-3), (Budget::Medium, 4e-3), (Budget::Full, 1e-3)]
        {
            for suite in Suite::ALL {
                let all = entries(suite, budget, 1).expect("a preset");
                let baselines = all.iter().filter(|entry| entry.config.method != Method::SeqJepa);
                assert!(baselines.clone().count() == 9);
                for entry in baselines {
                    assert_eq!(entry.config.learning_rate, rate, "{}", entry.folder());
                }
            }
        }
    }
}
