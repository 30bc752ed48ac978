//! A survey of a frozen model: sequences encoded a few at a time, so that whoever asks can do other
//! things meanwhile; then how far decoded paths end from the true ones, length by length, and how
//! the space of z and of z_AGG lies.
//!
//! Every number has the untrained model's beside it, measured on the same sequences with heads
//! fitted in the same way.

use super::equivariance::{Task, states};
use super::exam::{EvalSettings, Exam, Lessons, action_distance};
use super::features::{Frozen, Lesion};
use super::linear::ridge;
use super::metrics::{ErrorSums, Interval, majority_share, mean};
use super::rows::Rows;
use super::score::over_things;
use super::space::{N_NEIGHBORS, Principal, class_hits};
use super::{invariance, path};
use crate::world::{Split, World};
use std::sync::Arc;

/// Sequences encoded at once.
const AT_ONCE: usize = 16;

/// How far decoded paths of one length end from the true ones, mean over paths, in the unit of
/// [`super::exam::distance`].
#[derive(Clone, Debug, PartialEq)]
pub struct PathErrors {
    /// Observed views, M; the path has as many actions.
    pub n_observed: usize,
    /// Held-out paths.
    pub n: usize,
    /// From z_AGG and the upcoming action.
    pub model: f64,
    /// Its interval over sequences.
    pub interval: Interval,
    /// The same from the untrained model's z_AGG.
    pub untrained: f64,
    /// With encodings zeroed: from actions only.
    pub no_vision: f64,
    /// With embedded actions zeroed and the upcoming one silent: from views only.
    pub no_action: f64,
    /// When every path is taken for the mean one.
    pub still: f64,
}

/// One representation as a picture and numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// Held-out items along the two principal directions.
    pub places: Vec<[f32; 2]>,
    /// Share of the variance along each.
    pub explained: [f64; 2],
    /// State of each item's (last) view.
    pub states: Vec<Vec<f32>>,
    /// Class of each item's thing.
    pub labels: Vec<usize>,
    /// Class by the nearest training items: share right.
    pub neighbors: f64,
    /// The same in the untrained model's space.
    pub neighbors_untrained: f64,
    /// Share of the most frequent class.
    pub chance: f64,
    /// R² of the state by a ridge head.
    pub state_r2: f64,
    /// The same for the untrained model.
    pub state_r2_untrained: f64,
}

/// What a survey found.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// One for each number of observed views.
    pub paths: Vec<PathErrors>,
    /// Of single views.
    pub z: Space,
    /// Of sequences of M views.
    pub z_agg: Space,
}

/// One model's encodings.
struct Encoded {
    frozen: Frozen,
    z_train: Rows,
    z_val: Rows,
}

/// A survey under way.
pub struct Survey {
    world: Arc<dyn World>,
    exam: Exam,
    trained: Encoded,
    untrained: Encoded,
    paths: Vec<PathErrors>,
}

impl Survey {
    /// Not begun yet. Heads are fitted on `n_train_sequences` and scored on `n_val_sequences` of the
    /// settings, which must be valid.
    pub fn new(
        frozen: Frozen,
        untrained: Frozen,
        world: Arc<dyn World>,
        settings: &EvalSettings,
    ) -> Self {
        let encoded = |frozen| Encoded { frozen, z_train: Rows::default(), z_val: Rows::default() };
        let exam = Exam::of_trials(world.as_ref(), settings, 0..0);
        Self {
            exam,
            world,
            trained: encoded(frozen),
            untrained: encoded(untrained),
            paths: Vec::new(),
        }
    }

    /// Units of work done and in all: one for each sequence and each length of path.
    pub fn progress(&self) -> (usize, usize) {
        let settings = &self.exam.settings;
        let sequences = self.exam.train.sequences.len() + self.exam.val.sequences.len();
        let n_sequences = settings.n_train_sequences + settings.n_val_sequences;
        (sequences + self.paths.len(), n_sequences + settings.n_path)
    }

    /// A little more of it; what it found once all is done.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn advance(&mut self) -> Result<Option<Findings>, String> {
        let EvalSettings { n_train_sequences, n_val_sequences, n_path, .. } = self.exam.settings;
        if self.exam.train.sequences.len() < n_train_sequences {
            return self.encode(Split::Train, n_train_sequences).await.map(|()| None);
        }
        if self.exam.val.sequences.len() < n_val_sequences {
            return self.encode(Split::Val, n_val_sequences).await.map(|()| None);
        }
        if self.paths.len() < n_path {
            let errors = self.path_errors(self.paths.len() + 1).await?;
            self.paths.push(errors);
            return Ok(None);
        }
        let (z, z_agg) = (self.space_of_z(), self.space_of_z_agg().await?);
        Ok(Some(Findings { paths: self.paths.clone(), z, z_agg }))
    }

    async fn encode(&mut self, split: Split, n: usize) -> Result<(), String> {
        let lessons = match split {
            Split::Train => &mut self.exam.train,
            Split::Val => &mut self.exam.val,
        };
        let first = lessons.sequences.len();
        let which = first..(first + AT_ONCE).min(n);
        let some = Lessons::draw(self.world.as_ref(), split, which, &self.exam.settings);
        for encoded in [&mut self.trained, &mut self.untrained] {
            let z = encoded.frozen.encode(&some.views()).await?;
            let all = match split {
                Split::Train => &mut encoded.z_train,
                Split::Val => &mut encoded.z_val,
            };
            all.dim = z.dim;
            all.values.extend(z.values);
        }
        lessons.sequences.extend(some.sequences);
        Ok(())
    }

    async fn path_errors(&self, m: usize) -> Result<PathErrors, String> {
        let whole = self.path_tasks(&self.trained, m, Lesion::None).await?;
        let untrained = self.path_tasks(&self.untrained, m, Lesion::None).await?;
        let no_vision = self.path_tasks(&self.trained, m, Lesion::NoVision).await?;
        let no_action = self.path_tasks(&self.trained, m, Lesion::NoAction).await?;
        let model = self.errors(&whole);
        let [train, val] = &whole;
        let mean_path = train.y.mean();
        let still = val.y.iter().map(|truth| self.apart(&mean_path, truth));
        Ok(PathErrors {
            n_observed: m,
            n: model.len(),
            interval: over_things(&val.cluster, &model, self.exam.settings.seed),
            model: mean(model),
            untrained: mean(self.errors(&untrained)),
            no_vision: mean(self.errors(&no_vision)),
            no_action: mean(self.errors(&no_action)),
            still: mean(still),
        })
    }

    async fn path_tasks(
        &self,
        encoded: &Encoded,
        m: usize,
        lesion: Lesion,
    ) -> Result<[Task; 2], String> {
        let Encoded { frozen, z_train, z_val } = encoded;
        let lessons = [&self.exam.train, &self.exam.val];
        path::tasks(frozen, self.world.as_ref(), lessons, [z_train, z_val], m, lesion).await
    }

    /// How far each held-out path ends from the truth with a head fitted on the training ones.
    fn errors(&self, [train, val]: &[Task; 2]) -> Vec<f64> {
        let decoded = ridge(&train.x, &train.y).apply(&val.x);
        decoded.iter().zip(val.y.iter()).map(|(d, t)| self.apart(d, t)).collect()
    }

    fn apart(&self, decoded: &[f32], truth: &[f32]) -> f64 {
        action_distance(&self.exam.action_spec, decoded, truth)
    }

    /// Of one view of each sequence, a different one from sequence to sequence.
    fn space_of_z(&self) -> Space {
        let some = |lessons: &Lessons, z: &Rows| {
            let windows = lessons.some_windows();
            let rows = windows.iter().map(|&window| z.row(lessons.row(window)));
            let states = windows.iter().map(|&window| lessons.state(window, 0).to_vec());
            Item {
                rows: Rows::from_slices(z.dim, rows),
                states: states.collect(),
                labels: lessons.labels(&windows),
            }
        };
        let of = |encoded: &Encoded| {
            [some(&self.exam.train, &encoded.z_train), some(&self.exam.val, &encoded.z_val)]
        };
        let r2 = |encoded: &Encoded| {
            let train = states(&self.exam.train, &encoded.z_train);
            let val = states(&self.exam.val, &encoded.z_val);
            state_r2((&train.x, &train.y), (&val.x, &val.y))
        };
        space(&of(&self.trained), &of(&self.untrained), [r2(&self.trained), r2(&self.untrained)])
    }

    async fn space_of_z_agg(&self) -> Result<Space, String> {
        let trained = self.aggregates(&self.trained).await?;
        let untrained = self.aggregates(&self.untrained).await?;
        let r2 = |[train, val]: &[Item; 2]| {
            let y = |item: &Item| {
                let dim = item.states.first().map_or(0, Vec::len);
                Rows::from_slices(dim, item.states.iter().map(Vec::as_slice))
            };
            state_r2((&train.rows, &y(train)), (&val.rows, &y(val)))
        };
        let r2 = [r2(&trained), r2(&untrained)];
        Ok(space(&trained, &untrained, r2))
    }

    async fn aggregates(&self, encoded: &Encoded) -> Result<[Item; 2], String> {
        let m = self.exam.settings.n_observed;
        let Encoded { frozen, z_train, z_val } = encoded;
        let task = invariance::of_z_agg(frozen, &self.exam, z_train, z_val, m).await?;
        let last = |lessons: &Lessons| -> Vec<Vec<f32>> {
            let windows = lessons.windows(m, m);
            windows.iter().map(|&window| lessons.state(window, m - 1).to_vec()).collect()
        };
        let item = |(rows, labels), lessons| Item { rows, labels, states: last(lessons) };
        Ok([item(task.train, &self.exam.train), item(task.val, &self.exam.val)])
    }
}

impl std::fmt::Debug for Survey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Survey").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

/// A representation of one split.
struct Item {
    rows: Rows,
    states: Vec<Vec<f32>>,
    labels: Vec<usize>,
}

fn space(trained: &[Item; 2], untrained: &[Item; 2], state_r2: [f64; 2]) -> Space {
    let neighbors = |[train, val]: &[Item; 2]| {
        mean(class_hits((&train.rows, &train.labels), (&val.rows, &val.labels), N_NEIGHBORS))
    };
    let val = &trained[1];
    let principal = Principal::of(&val.rows);
    Space {
        places: val.rows.iter().map(|row| principal.place(row)).collect(),
        explained: principal.explained,
        states: val.states.clone(),
        labels: val.labels.clone(),
        neighbors: neighbors(trained),
        neighbors_untrained: neighbors(untrained),
        chance: majority_share(&val.labels),
        state_r2: state_r2[0],
        state_r2_untrained: state_r2[1],
    }
}

fn state_r2(train: (&Rows, &Rows), val: (&Rows, &Rows)) -> f64 {
    ErrorSums::of(val.1, &ridge(train.0, train.1).apply(val.0)).r2_mean()
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;
    use crate::model::Conditioning;
    use crate::probe::toy::{Toy, frozen};

    #[test]
    fn a_survey_ends_and_knows_its_nulls() {
        let settings = EvalSettings {
            n_train_sequences: 60,
            n_val_sequences: 30,
            n_path: 3,
            ..EvalSettings::online(2)
        };
        let (model, world) = (frozen(Conditioning::Both), Arc::new(Toy::new()));
        let mut survey = Survey::new(model.clone(), model, world, &settings);
        let mut before = survey.progress();
        let found = loop {
            if let Some(found) = pollster::block_on(survey.advance()).expect("a CPU does not fail")
            {
                break found;
            }
            let now = survey.progress();
            assert!(now.0 > before.0 && now.0 <= now.1, "{before:?} {now:?}");
            before = now;
        };
        assert_eq!(before, (93, 93));
        let lengths: Vec<usize> = found.paths.iter().map(|p| p.n_observed).collect();
        assert_eq!(lengths, [1, 2, 3]);
        let first = &found.paths[0];
        // One view: the upcoming action is the answer, and a model that is not told it is lost.
        assert!(first.model < 0.01 && first.no_vision < 0.01, "{first:?}");
        assert!(first.no_action > 0.1 && first.still > 0.1, "{first:?}");
        assert!(first.interval.low <= first.model && first.model <= first.interval.high);
        // The same weights on both sides.
        assert_eq!(first.model, first.untrained);
        assert_eq!(found.z.neighbors, found.z.neighbors_untrained);
        assert_eq!(found.z.state_r2, found.z.state_r2_untrained);
        assert_eq!(
            (found.z.places.len(), found.z.states.len(), found.z.labels.len()),
            (30, 30, 30)
        );
        assert!(found.z.state_r2 > 0.9, "{}", found.z.state_r2);
        assert!(found.z_agg.explained[0] >= found.z_agg.explained[1]);
    }
}
