//! The whole evaluation: one model's measurements, and the report with the untrained one beside it.
//!
//! Intervals draw things with replacement, each with all trials or sequences that show it.

use super::equivariance::{Task, pairs, states};
#[cfg(feature = "paper-heads")]
use super::exam::is_quaternion;
use super::exam::{EvalSettings, Exam, Lessons, distance_unit};
use super::features::{Frozen, Lesion};
use super::invariance::{self, ClassTask};
use super::linear::ridge;
use super::metrics::{
    ErrorSums, Health, chance_mrr, chance_rank, hits_at, majority_share, mean,
    mean_reciprocal_rank, median,
};
use super::path;
use super::report::{
    AccuracyReport, DistanceReport, EvalReport, Fitted, MrrReport, NeighborReport, PathReport,
    R2Report, RankReport, SurpriseReport,
};
use super::retrieval::{Retrieval, retrieve};
use super::rows::Rows;
use super::score::{Score, median_over_things, over_things};
use super::space::{N_NEIGHBORS, class_hits};
use crate::world::World;

/// A report and what was fitted for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The numbers.
    pub report: EvalReport,
    /// For checkpoints.
    pub fitted: Fitted,
}

/// Draws the material and examines a model; see [`Exam::draw`] and [`examine`].
///
/// # Errors
/// When the settings are not valid or the device fails.
pub async fn evaluate(
    frozen: &Frozen,
    untrained: Option<&Frozen>,
    world: &dyn World,
    settings: &EvalSettings,
    progress: &mut dyn FnMut(u32, u32),
) -> Result<Evaluation, String> {
    let exam = Exam::draw(world, settings)?;
    examine(frozen, untrained, world, &exam, progress).await
}

/// Examines frozen weights, beside those before training where the caller gives them.
///
/// `progress` hears stages done and stages in all.
///
/// # Errors
/// When the device fails.
pub async fn examine(
    frozen: &Frozen,
    untrained: Option<&Frozen>,
    world: &dyn World,
    exam: &Exam,
    progress: &mut dyn FnMut(u32, u32),
) -> Result<Evaluation, String> {
    let models = 1 + u32::from(untrained.is_some());
    let mut stages = Stages { done: 0, total: models * N_STAGES, progress };
    let mut all = measure(frozen, world, exam, &mut stages).await?;
    if let Some(untrained) = untrained {
        all.stand_beside(&measure(untrained, world, exam, &mut stages).await?.report);
    }
    Ok(all)
}

/// Stages of [`measure`].
const N_STAGES: u32 = 5;

struct Stages<'a> {
    done: u32,
    total: u32,
    progress: &'a mut dyn FnMut(u32, u32),
}

impl Stages<'_> {
    fn pass(&mut self) {
        self.done += 1;
        (self.progress)(self.done, self.total);
    }
}

/// One model before one exam, its views encoded.
struct Subject<'a> {
    frozen: &'a Frozen,
    world: &'a dyn World,
    exam: &'a Exam,
    z_train: Rows,
    z_val: Rows,
}

impl Subject<'_> {
    async fn path_tasks(&self, n_observed: usize, lesion: Lesion) -> Result<[Task; 2], String> {
        let Self { frozen, world, exam, z_train, z_val } = self;
        let lessons = [&exam.train, &exam.val];
        path::tasks(frozen, *world, lessons, [z_train, z_val], n_observed, lesion).await
    }
}

/// Everything about one model.
async fn measure(
    frozen: &Frozen,
    world: &dyn World,
    exam: &Exam,
    stages: &mut Stages<'_>,
) -> Result<Evaluation, String> {
    let z_train = frozen.encode(&exam.train.views()).await?;
    let z_val = frozen.encode(&exam.val.views()).await?;
    let subject = Subject { frozen, world, exam, z_train, z_val };
    let Subject { z_train, z_val, .. } = &subject;
    stages.pass();
    let latent_mean = frozen.encode_target(&exam.train.some_views()).await?.mean();
    let retrieval = retrieve(frozen, exam, &latent_mean).await?;
    stages.pass();
    let tasks = [pairs(world, &exam.train, z_train), pairs(world, &exam.val, z_val)];
    let equivariance_r2 = r2_report(frozen, exam, &tasks).await?;
    let tasks = [states(&exam.train, z_train), states(&exam.val, z_val)];
    let state_r2 = r2_report(frozen, exam, &tasks).await?;
    stages.pass();
    let n_observed = exam.settings.n_observed;
    let of_z_agg = invariance::of_z_agg(frozen, exam, z_train, z_val, n_observed).await?;
    let accuracy = accuracy_report(&subject, &of_z_agg).await?;
    let neighbors = neighbor_report(&subject, &of_z_agg);
    stages.pass();
    let (path_r2, path_heads) = paths(&subject).await?;
    stages.pass();
    let (rank, mrr, error) = rank_reports(exam, &retrieval);
    let health = Health::of(z_val);
    let settings = exam.settings.clone();
    Ok(Evaluation {
        report: EvalReport {
            settings,
            rank,
            mrr,
            error,
            neighbors,
            surprise: SurpriseReport {
                n: retrieval.surprise.truths.len(),
                auroc: retrieval.surprise.auroc(),
                copy_last: retrieval.surprise_copy_last.auroc(),
                shuffled: retrieval.surprise_shuffled.auroc(),
            },
            equivariance_r2,
            state_r2,
            accuracy,
            path_r2,
            health,
        },
        fitted: Fitted { latent_mean, path_heads },
    })
}

impl Evaluation {
    /// Fills in what the model before training reached on the same exam: measure it once, at step
    /// 0, and let every later measurement of the run stand beside it.
    pub fn stand_beside(&mut self, untrained: &EvalReport) {
        let report = &mut self.report;
        report.rank.untrained = Some(untrained.rank.median);
        report.mrr.untrained = Some(untrained.mrr.value);
        report.equivariance_r2.untrained = Some(untrained.equivariance_r2.value);
        report.state_r2.untrained = Some(untrained.state_r2.value);
        report.accuracy.untrained = Some(untrained.accuracy.z_agg);
        report.accuracy.z_untrained = Some(untrained.accuracy.z);
        report.neighbors.z_untrained = Some(untrained.neighbors.z);
        report.neighbors.z_agg_untrained = Some(untrained.neighbors.z_agg);
        for (path, untrained) in report.path_r2.iter_mut().zip(&untrained.path_r2) {
            path.untrained = Some(untrained.value);
        }
    }
}

fn rank_reports(exam: &Exam, found: &Retrieval) -> (RankReport, MrrReport, DistanceReport) {
    let seed = exam.settings.seed;
    let things: Vec<usize> = exam.trials.iter().map(|trial| trial.thing).collect();
    let n = found.model.len();
    let n_candidates = exam.trials.first().map_or(0, |trial| trial.candidates.len());
    let over_trials =
        |of: fn(usize) -> f64| mean(exam.trials.iter().map(|t| of(t.candidates.len())));
    let reciprocal: Vec<f64> = found.model.iter().map(|rank| 1.0 / rank).collect();
    let rank = RankReport {
        n,
        n_candidates,
        n_observed: exam.settings.n_observed,
        median: median(&found.model),
        interval: median_over_things(&things, &found.model, seed),
        hits_at_1: hits_at(&found.model, 1.0),
        hits_at_5: hits_at(&found.model, 5.0),
        chance: over_trials(chance_rank),
        copy_last: median(&found.copy_last),
        shuffled: median(&found.shuffled),
        mean_latent: median(&found.mean_latent),
        untrained: None,
    };
    let mrr = MrrReport {
        n,
        value: mean_reciprocal_rank(&found.model),
        interval: over_things(&things, &reciprocal, seed),
        chance: over_trials(chance_mrr),
        copy_last: mean_reciprocal_rank(&found.copy_last),
        shuffled: mean_reciprocal_rank(&found.shuffled),
        mean_latent: mean_reciprocal_rank(&found.mean_latent),
        untrained: None,
    };
    let error = DistanceReport {
        n,
        unit: distance_unit(&exam.action_spec).to_owned(),
        median: median(&found.error),
        interval: median_over_things(&things, &found.error, seed),
        chance: median(&found.error_chance),
    };
    (rank, mrr, error)
}

/// Fits the heads that the settings ask for on the first task and scores them on the second.
#[cfg_attr(
    not(feature = "paper-heads"),
    expect(unused_variables, clippy::unused_async, reason = "ridge needs no device")
)]
async fn r2_report(frozen: &Frozen, exam: &Exam, tasks: &[Task; 2]) -> Result<R2Report, String> {
    let [train, val] = tasks;
    let seed = exam.settings.seed;
    let linear = Score::of(val, &ridge(&train.x, &train.y).apply(&val.x), seed);
    let (score, head) = (linear.clone(), "ridge".to_owned());
    // Spec 4: rotations are read by an MLP, places by a linear head.
    #[cfg(feature = "paper-heads")]
    let (score, head) = if exam.settings.heads.are_papers() && is_quaternion(&exam.action_spec) {
        let (dim, n_rows) = (train.x.dim, train.x.n_rows());
        let settings = super::mlp::MlpSettings::of(exam.settings.heads, dim, n_rows);
        let head = super::mlp::fit(train, &settings, seed, &frozen.device).await?;
        (Score::of(val, &head.apply(&val.x).await?, seed), settings.name())
    } else {
        (score, head)
    };
    Ok(R2Report {
        n: val.x.n_rows(),
        value: score.sums.r2_mean(),
        interval: score.interval,
        global: score.sums.r2_global(),
        global_null: score.sums.r2_global_null(),
        head,
        ridge: linear.sums.r2_mean(),
        untrained: None,
    })
}

async fn accuracy_report(
    subject: &Subject<'_>,
    z_agg: &ClassTask,
) -> Result<AccuracyReport, String> {
    let Subject { frozen, exam, z_train, z_val, .. } = subject;
    let EvalSettings { heads, n_observed, seed, n_path, .. } = exam.settings;
    let z = invariance::of_z(exam, z_train, z_val);
    let z_mean = invariance::of_mean_z(exam, z_train, z_val, n_observed);
    let hits = z_agg.hits(heads, exam.n_classes);
    let hits_z = z.hits(heads, exam.n_classes);
    let mut z_agg_by_length = Vec::new();
    if heads.are_papers() {
        for m in 1..=n_path {
            let task = invariance::of_z_agg(frozen, exam, z_train, z_val, m).await?;
            z_agg_by_length.push(mean(task.hits(heads, exam.n_classes)));
        }
    }
    Ok(AccuracyReport {
        n: hits.len(),
        n_observed,
        z_agg: mean(hits.iter().copied()),
        z_agg_interval: over_things(&z_agg.cluster, &hits, seed),
        z: mean(hits_z.iter().copied()),
        z_interval: over_things(&z.cluster, &hits_z, seed),
        z_mean: mean(z_mean.hits(heads, exam.n_classes)),
        chance: majority_share(&z_agg.val.1),
        untrained: None,
        z_untrained: None,
        z_agg_by_length,
        head: if heads.are_papers() { "softmax" } else { "ridge" }.to_owned(),
    })
}

/// For z one view of each sequence; for z_AGG the task of the class.
fn neighbor_report(subject: &Subject<'_>, task: &ClassTask) -> NeighborReport {
    let Subject { exam, z_train, z_val, .. } = subject;
    let one_view = |lessons: &Lessons, z: &Rows| {
        let windows = lessons.some_windows();
        let rows = windows.iter().map(|&window| z.row(lessons.row(window)));
        (Rows::from_slices(z.dim, rows), lessons.labels(&windows))
    };
    let (known, held_out) = (one_view(&exam.train, z_train), one_view(&exam.val, z_val));
    let hits = |known: &(Rows, Vec<usize>), held_out: &(Rows, Vec<usize>)| {
        class_hits((&known.0, &known.1), (&held_out.0, &held_out.1), N_NEIGHBORS)
    };
    let z = hits(&known, &held_out);
    let z_agg = hits(&task.train, &task.val);
    NeighborReport {
        n: z.len(),
        z: mean(z),
        interval: over_things(&task.cluster, &z_agg, exam.settings.seed),
        z_agg: mean(z_agg),
        chance: majority_share(&held_out.1),
        z_untrained: None,
        z_agg_untrained: None,
    }
}

async fn paths(subject: &Subject<'_>) -> Result<(Vec<PathReport>, Vec<Vec<f32>>), String> {
    let EvalSettings { seed, n_path, .. } = subject.exam.settings;
    let (mut reports, mut heads) = (Vec::new(), Vec::new());
    for m in 1..=n_path {
        let [train, val] = subject.path_tasks(m, Lesion::None).await?;
        let head = ridge(&train.x, &train.y);
        let score = Score::of(&val, &head.apply(&val.x), seed);
        let mut lesions = [None; 2];
        if subject.exam.settings.heads.are_papers() {
            for (r2, lesion) in lesions.iter_mut().zip([Lesion::NoVision, Lesion::NoAction]) {
                let [train, val] = subject.path_tasks(m, lesion).await?;
                let head = ridge(&train.x, &train.y);
                *r2 = Some(ErrorSums::of(&val.y, &head.apply(&val.x)).r2_mean());
            }
        }
        let (alone, alone_val) = (path::last_action_alone(&train), path::last_action_alone(&val));
        let alone = ridge(&alone.x, &alone.y).apply(&alone_val.x);
        reports.push(PathReport {
            n_observed: m,
            n: val.y.n_rows(),
            value: score.sums.r2_mean(),
            interval: score.interval,
            last_action: ErrorSums::of(&val.y, &alone).r2_mean(),
            untrained: None,
            no_vision: lesions[0],
            no_action: lesions[1],
        });
        heads.push(head.weights);
    }
    Ok((reports, heads))
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;
    use crate::model::Conditioning;
    use crate::probe::toy::{N_CANDIDATES, Toy, frozen};
    use crate::readout::Readout;
    use crate::world::View;

    fn settings() -> EvalSettings {
        EvalSettings {
            n_trials: 24,
            n_train_sequences: 60,
            n_val_sequences: 30,
            n_path: 3,
            ..EvalSettings::online(2)
        }
    }

    fn run(conditioning: Conditioning, settings: &EvalSettings) -> EvalReport {
        let (frozen, world) = (frozen(conditioning), Toy::new());
        let mut heard = Vec::new();
        let mut progress = |done, total| heard.push((done, total));
        let evaluation = evaluate(&frozen, Some(&frozen), &world, settings, &mut progress);
        let evaluation = pollster::block_on(evaluation).expect("a CPU does not fail");
        assert_eq!(heard.last(), Some(&(10, 10)));
        assert_eq!(evaluation.fitted.path_heads.len(), settings.n_path);
        evaluation.report
    }

    #[test]
    fn an_evaluation_repeats_itself_and_stands_beside_its_nulls() {
        let report = run(Conditioning::Both, &settings());
        assert_eq!(report, run(Conditioning::Both, &settings()));
        assert_eq!(report.rank.chance, (N_CANDIDATES as f64 + 1.0) / 2.0);
        assert_eq!(report.rank.untrained, Some(report.rank.median));
        assert_eq!(report.equivariance_r2.untrained, Some(report.equivariance_r2.value));
        // Gray level and hue are in the pixels: even random features tell them.
        assert!(report.equivariance_r2.value > 0.8, "{:?}", report.equivariance_r2);
        assert!(report.accuracy.z > 0.9 && report.accuracy.chance < 0.6);
        // One view: the upcoming action is the answer. Without it there is none.
        assert!(report.path_r2[0].value > 0.999 && report.path_r2[0].last_action > 0.999);
        assert_eq!(report.path_r2[0].no_action, None);
        // Two classes that differ in one view already.
        let near = &report.neighbors;
        assert!(near.z > 0.9 && near.chance < 0.6 && near.n == 30, "{near:?}");
        assert_eq!((near.z_untrained, near.z_agg_untrained), (Some(near.z), Some(near.z_agg)));
        assert!(report.health.effective_rank > 1.0);
    }

    #[test]
    fn a_model_that_hears_no_action_is_not_moved_by_another_one() {
        let report = run(Conditioning::None, &settings());
        assert_eq!(report.rank.median, report.rank.shuffled);
        assert_eq!(report.mrr.value, report.mrr.shuffled);
    }

    #[test]
    fn full_evaluations_name_their_heads_and_every_length() {
        let settings = EvalSettings { heads: crate::probe::Heads::Paper, ..settings() };
        let report = run(Conditioning::Both, &settings);
        assert_eq!(
            (report.accuracy.head.as_str(), report.accuracy.z_agg_by_length.len()),
            ("softmax", 3)
        );
        // One view, action silenced: where the gaze goes cannot be told from where it is.
        let [no_vision, no_action] = [report.path_r2[0].no_vision, report.path_r2[0].no_action];
        assert!(no_vision.is_some_and(|r2| r2 > 0.999), "{no_vision:?}");
        assert!(no_action.is_some_and(|r2| r2 < 0.7), "{no_action:?}");
        // Not quaternions: linear, as in the paper.
        assert_eq!(report.equivariance_r2.head, "ridge");
    }

    #[test]
    fn path_heads_are_in_the_layout_of_the_page() {
        let (frozen, world) = (frozen(Conditioning::Both), Toy::new());
        let exam = Exam::draw(&world, &settings()).expect("valid settings");
        let mut progress = |_, _| {};
        let examined = examine(&frozen, None, &world, &exam, &mut progress);
        let fitted = pollster::block_on(examined).expect("a CPU does not fail").fitted;
        let readout = Readout { path_heads: fitted.path_heads, ..Readout::default() };
        let s = &exam.val.sequences[0];
        let seen: Vec<&View> = s.views[..1].iter().collect();
        let z_agg = pollster::block_on(frozen.observe(&seen, &[&[]], 1));
        let z_agg = z_agg.expect("a CPU does not fail");
        // One view: the upcoming action is the answer.
        let decoded = readout.path(1, z_agg.row(0), &s.actions[0]).expect("a head for one view");
        assert!((decoded[0] - s.actions[0][0]).abs() < 1e-3, "{decoded:?}");
        assert_eq!(readout.path_heads[2].len(), z_agg.dim + 2, "z_AGG, one component, intercept");
    }

    #[test]
    fn a_report_survives_json() {
        let report = run(Conditioning::Both, &settings());
        let json = serde_json::to_string(&report).expect("plain data");
        let read: EvalReport = serde_json::from_str(&json).expect("the same type");
        assert_eq!((read.rank, read.settings), (report.rank, report.settings));
        for key in ["rank", "mrr", "equivariance_r2", "accuracy", "path_r2", "health"] {
            assert!(json.contains(&format!("\"{key}\":")), "no {key} in {json}");
        }
        assert!(!json.contains("\"value\":null"), "a number is not finite: {json}");
    }
}
