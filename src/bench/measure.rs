//! Everything that is measured of one network, encodings made once and read by every head.

use super::gallery::{Answers, Gallery, ask, difference};
use super::heads::{ClassHead, Head, r2};
use super::material::{Material, N_VIEWS_MAX, Transfer};
use super::measures::{ClassAt, Human, Measures, Outside, OwnLaw, PathAt, R2};
use super::subject::{FrozenBaseline, SeqJepaSubject, Subject};
use crate::baseline::Baseline;
use crate::probe::equivariance::{Task, pairs, pairs_at, states};
use crate::probe::exam::{Exam, Lessons, Window, is_quaternion};
use crate::probe::features::{Frozen, Lesion};
use crate::probe::invariance::mean_z;
use crate::probe::metrics::{Health, majority_share, mean};
use crate::probe::orders::in_orders;
use crate::probe::path;
use crate::probe::rows::Rows;
use crate::probe::space::{N_NEIGHBORS, class_hits};
use crate::world::View;
use burn::module::Module;
use burn::tensor::Device;

/// Orders in which a training sequence of poses is walked for the heads that have one row a sequence:
/// as drawn, and seven more. In one order such MLPs have 1,500 rows, and what they then tell is mostly
/// how few those are.
pub(super) const N_ORDERS: usize = 8;

/// What is asked beside the questions to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Views that the network was trained to observe, M: so many it observes before it predicts.
    pub n_observed: usize,
    /// Path integration, of seq-JEPA.
    pub path: bool,
    /// Other pictures and recorded fixations, where the material has them.
    pub elsewhere: bool,
}

/// Measures of seq-JEPA.
///
/// # Errors
/// When the device fails.
pub async fn of_seq_jepa(
    frozen: &Frozen,
    material: &Material,
    asked: Asked,
) -> Result<Measures, String> {
    let subject = SeqJepaSubject { frozen, n_observed: asked.n_observed };
    measure(&subject, material, asked).await
}

/// The class and the action along another law of looking than the questions': `material` is of that.
///
/// # Errors
/// When the device fails.
pub async fn along_own_law(frozen: &Frozen, material: &Material) -> Result<OwnLaw, String> {
    let n_observed = material.exam.settings.n_observed;
    let subject = SeqJepaSubject { frozen, n_observed };
    let bench = Bench::open(&subject, material).await?;
    let (action, _) = bench.head_of(|lessons, z| pairs(bench.world(), lessons, z)).await?;
    Ok(OwnLaw { class: bench.classes().await?.at, action })
}

/// Measures of a baseline, whose modules may be on the autodiff device.
///
/// # Errors
/// When the device fails.
pub async fn of_baseline<L: Baseline>(
    model: &L,
    follower: &L::Follower,
    device: &Device,
    material: &Material,
) -> Result<Measures, String> {
    let subject = FrozenBaseline {
        model: model.valid(),
        follower: follower.valid(),
        device: device.clone(),
        view_side_px: material.world.view_side_px(),
    };
    measure(&subject, material, Asked { n_observed: 1, path: false, elsewhere: false }).await
}

/// A network and its encodings of the exam.
struct Bench<'a, S> {
    subject: &'a S,
    material: &'a Material,
    /// Of training and of held-out sequences, all views.
    z: [Rows; 2],
    /// Training sequences of poses in [`N_ORDERS`] orders, others as drawn, and their z.
    walked: (Lessons, Rows),
}

pub(super) async fn measure<S: Subject>(
    subject: &S,
    material: &Material,
    asked: Asked,
) -> Result<Measures, String> {
    let exam = &material.exam;
    let bench = Bench::open(subject, material).await?;
    let class = bench.classes().await?;
    let (action, action_head) =
        bench.head_of(|lessons, z| pairs(bench.world(), lessons, z)).await?;
    let (state, state_head) = bench.head_of(states).await?;
    let [action_from_aggregate, first_action] = bench.leak().await?;
    let path = if asked.path { bench.paths().await? } else { Vec::new() };
    let mut measures = Measures {
        class_chance: majority_share(&labels(&exam.val)),
        class: class.at,
        action,
        state,
        action_from_aggregate,
        first_action,
        path,
        prediction: bench.predict(&material.galleries).await?.map(|(told, _)| told),
        health: Health::of(&bench.z[1]),
        neighbors: bench.neighbors(),
        neighbors_aggregate: bench.neighbors_of_aggregates().await?,
        ..Measures::default()
    };
    if let Some(lessons) = &material.outside {
        let heads = [&action_head, &state_head];
        measures.outside = Some(bench.outside(lessons, &class.heads, heads).await?);
    }
    if let (Some(transfer), true) = (&material.transfer, asked.elsewhere) {
        measures.transfer = bench.transfer(transfer).await?;
        measures.transfer_chance = Some(majority_share(&labels(&transfer.val)));
    }
    if let (Some(scanpaths), true) = (&material.human, asked.elsewhere) {
        measures.human = bench.human(scanpaths).await?;
    }
    Ok(measures)
}

/// Classes at every M, and the heads at M = 1 (z) and at the suite's own M.
struct Classes {
    at: Vec<ClassAt>,
    heads: [ClassHead; 2],
}

fn labels(lessons: &Lessons) -> Vec<usize> {
    lessons.labels(&firsts(lessons))
}

/// The first views of every sequence.
fn firsts(lessons: &Lessons) -> Vec<Window> {
    (0..lessons.sequences.len()).map(|sequence| Window { sequence, first: 0 }).collect()
}

impl<'a, S: Subject> Bench<'a, S> {
    async fn open(subject: &'a S, material: &'a Material) -> Result<Self, String> {
        let exam = &material.exam;
        let z_train = subject.encode(&exam.train.views()).await?;
        let z_val = subject.encode(&exam.val.views()).await?;
        let n_orders = if is_quaternion(&exam.action_spec) { N_ORDERS } else { 1 };
        let world = material.world.as_ref();
        let walked = in_orders(world, &exam.train, &z_train, n_orders, exam.settings.seed);
        Ok(Self { subject, material, z: [z_train, z_val], walked })
    }

    fn world(&self) -> &dyn crate::world::World {
        self.material.world.as_ref()
    }

    fn exam(&self) -> &Exam {
        &self.material.exam
    }

    /// Each sequence's first M views as one row: z_AGG, or the mean of z for networks without one.
    async fn aggregates(
        &self,
        lessons: &Lessons,
        z: &Rows,
        m: usize,
    ) -> Result<(Option<Rows>, Rows), String> {
        let windows = firsts(lessons);
        let z_agg = self.subject.aggregate(z, &lessons.episodes(&windows), m).await?;
        Ok((z_agg, mean_z(lessons, z, &windows, m)))
    }

    async fn classes(&self) -> Result<Classes, String> {
        let Exam { train, val, n_classes, settings, .. } = self.exam();
        let known = [labels(train), labels(val)];
        let things = val.things(&firsts(val));
        let mut at = Vec::new();
        let mut heads = [None, None];
        for m in 1..=N_VIEWS_MAX {
            let (train_agg, train_mean) = self.aggregates(train, &self.z[0], m).await?;
            let (val_agg, val_mean) = self.aggregates(val, &self.z[1], m).await?;
            let of_mean = ClassHead::fit(&train_mean, &known[0], *n_classes, settings.heads);
            let of_agg =
                train_agg.map(|rows| ClassHead::fit(&rows, &known[0], *n_classes, settings.heads));
            let z_agg =
                of_agg.as_ref().zip(val_agg).map(|(head, x)| head.score(&x, &known[1], &things));
            at.push(ClassAt {
                n_observed: m,
                z_agg,
                z_mean: of_mean.score(&val_mean, &known[1], &things),
            });
            if m == 1 {
                heads[0] = Some(of_mean.clone());
            }
            if m == settings.n_observed {
                heads[1] = Some(of_agg.unwrap_or(of_mean));
            }
        }
        let [Some(one), Some(own)] = heads else {
            return Err(format!("the suite's M is at most {N_VIEWS_MAX}"));
        };
        Ok(Classes { at, heads: [one, own] })
    }

    /// A head on a task of training sequences, scored on that of held-out ones.
    async fn head_of(&self, task: impl Fn(&Lessons, &Rows) -> Task) -> Result<(R2, Head), String> {
        let exam = self.exam();
        let (train, val) = (task(&exam.train, &self.z[0]), task(&exam.val, &self.z[1]));
        self.r2(&train, &val).await
    }

    /// The first action from what stands for M views (with M = 1 there is none, so then of two), and
    /// from the first two z: heads with as many rows.
    async fn leak(&self) -> Result<[R2; 2], String> {
        let exam = self.exam();
        let m = exam.settings.n_observed.max(2);
        let (mut of_all, mut of_two) = (Vec::new(), Vec::new());
        for (lessons, z) in [(&self.walked.0, &self.walked.1), (&exam.val, &self.z[1])] {
            let (z_agg, means) = self.aggregates(lessons, z, m).await?;
            let two = pairs_at(self.world(), lessons, z, &firsts(lessons));
            let (y, cluster) = (two.y.clone(), two.cluster.clone());
            of_two.push(two);
            of_all.push(Task { x: z_agg.unwrap_or(means), y, cluster });
        }
        let of_all = self.r2(&of_all[0], &of_all[1]).await?.0;
        Ok([of_all, self.r2(&of_two[0], &of_two[1]).await?.0])
    }

    async fn r2(&self, train: &Task, val: &Task) -> Result<(R2, Head), String> {
        let Exam { action_spec, settings, .. } = self.exam();
        r2(train, val, action_spec, settings.heads, self.subject.device()).await
    }

    async fn paths(&self) -> Result<Vec<PathAt>, String> {
        let Some(frozen) = self.subject.as_seq_jepa() else { return Ok(Vec::new()) };
        let (exam, world) = (self.exam(), self.world());
        let (train, z_train) = &self.walked;
        let (lessons, z) = ([train, &exam.val], [z_train, &self.z[1]]);
        let mut all = Vec::new();
        for m in 1..N_VIEWS_MAX {
            let mut found = Vec::new();
            for lesion in [Lesion::None, Lesion::NoVision, Lesion::NoAction] {
                let [train, val] = path::tasks(frozen, world, lessons, z, m, lesion).await?;
                found.push(self.r2(&train, &val).await?.0.mean);
                if lesion == Lesion::None {
                    let alone = [path::last_action_alone(&train), path::last_action_alone(&val)];
                    found.push(self.r2(&alone[0], &alone[1]).await?.0.mean);
                }
            }
            all.push(PathAt {
                n_observed: m,
                whole: found[0],
                last_action: found[1],
                no_vision: found[2],
                no_action: found[3],
            });
        }
        Ok(all)
    }

    async fn predict(&self, galleries: &[Gallery]) -> Result<Option<Answers>, String> {
        let training: Vec<&View> = self.exam().train.some_views();
        ask(self.subject, &self.exam().action_spec, galleries, &training).await
    }

    /// Along recorded and along sampled scanpaths on the same pictures.
    async fn human(&self, scanpaths: &[Vec<Gallery>; 2]) -> Result<Option<Human>, String> {
        let [along, sampled] =
            [self.predict(&scanpaths[0]).await?, self.predict(&scanpaths[1]).await?];
        Ok(along.zip(sampled).map(|((along, own), (sampled, others))| Human {
            along,
            sampled,
            difference: difference(&scanpaths[0], [&own, &others]),
        }))
    }

    /// By z of the first view.
    fn neighbors(&self) -> f64 {
        let exam = self.exam();
        let one_view = |lessons: &Lessons, z: &Rows| {
            let rows = firsts(lessons).into_iter().map(|window| z.row(lessons.row(window)));
            Rows::from_slices(z.dim, rows)
        };
        self.class_by_neighbors([
            one_view(&exam.train, &self.z[0]),
            one_view(&exam.val, &self.z[1]),
        ])
    }

    /// By z_AGG of the suite's own M views.
    async fn neighbors_of_aggregates(&self) -> Result<Option<f64>, String> {
        let Exam { train, val, settings, .. } = self.exam();
        let (train, _) = self.aggregates(train, &self.z[0], settings.n_observed).await?;
        let (val, _) = self.aggregates(val, &self.z[1], settings.n_observed).await?;
        Ok(train.zip(val).map(|(train, val)| self.class_by_neighbors([train, val])))
    }

    fn class_by_neighbors(&self, [train, val]: [Rows; 2]) -> f64 {
        let known = [labels(&self.exam().train), labels(&self.exam().val)];
        mean(class_hits((&train, &known[0]), (&val, &known[1]), N_NEIGHBORS))
    }

    /// Heads of the training range on what lies outside.
    async fn outside(
        &self,
        lessons: &Lessons,
        class: &[ClassHead; 2],
        [action, state]: [&Head; 2],
    ) -> Result<Outside, String> {
        let z = self.subject.encode(&lessons.views()).await?;
        let known = labels(lessons);
        let things = lessons.things(&firsts(lessons));
        let (_, one) = self.aggregates(lessons, &z, 1).await?;
        let (own_agg, own_mean) =
            self.aggregates(lessons, &z, self.exam().settings.n_observed).await?;
        Ok(Outside {
            class_z: class[0].score(&one, &known, &things),
            class_aggregate: class[1].score(&own_agg.unwrap_or(own_mean), &known, &things),
            action: action.r2(&pairs(self.world(), lessons, &z)).await?,
            state: state.r2(&states(lessons, &z)).await?,
        })
    }

    /// Class at the first M, at four and at all views, heads fitted on the other pictures.
    async fn transfer(&self, transfer: &Transfer) -> Result<Vec<ClassAt>, String> {
        let Transfer { train, val, n_classes } = transfer;
        let z_train = self.subject.encode(&train.views()).await?;
        let z_val = self.subject.encode(&val.views()).await?;
        let known = [labels(train), labels(val)];
        let things = val.things(&firsts(val));
        let mut at = Vec::new();
        for m in [1, 4, N_VIEWS_MAX] {
            let (train_agg, train_mean) = self.aggregates(train, &z_train, m).await?;
            let (val_agg, val_mean) = self.aggregates(val, &z_val, m).await?;
            let score = |train: &Rows, val: &Rows| {
                ClassHead::fit(train, &known[0], *n_classes, self.exam().settings.heads)
                    .score(val, &known[1], &things)
            };
            at.push(ClassAt {
                n_observed: m,
                z_agg: train_agg.zip(val_agg).map(|(train, val)| score(&train, &val)),
                z_mean: score(&train_mean, &val_mean),
            });
        }
        Ok(at)
    }
}

#[cfg(all(test, feature = "cli"))]
mod tests {
    use super::*;
    use crate::bench::measures::Value;
    use crate::bench::plan::Budget;
    use crate::train::preset;
    use crate::train::trainer::Trainer;
    use crate::world::{RotationWorld, World, WorldConfig};
    use pollster::block_on;
    use std::sync::Arc;

    /// A network without training on a smaller world of its kind, asked everything.
    fn of_untrained(word: &str) -> Measures {
        let config = WorldConfig::from_word(word).expect("a world");
        let world: Arc<dyn World> = Arc::from(config.build().expect("defaults are valid"));
        let mut material = Material::draw(world, Budget::Short, 2).expect("valid settings");
        material.exam.train.sequences.truncate(120);
        material.exam.val.sequences.truncate(40);
        material.galleries.truncate(12);
        measured(config, &material, word == "saccade")
    }

    fn measured(world: WorldConfig, material: &Material, path: bool) -> Measures {
        let config = preset::run("nano", world).expect("a preset");
        let device = Device::flex();
        let (view_side_px, action_dim) = (config.world.view_side_px(), config.model.action_dim);
        let trainer: Trainer = Trainer::new(config, &device).expect("a valid run");
        let (model, target) = trainer.frozen();
        let frozen = Frozen { model, target, device, view_side_px, action_dim };
        block_on(of_seq_jepa(&frozen, material, Asked { n_observed: 2, path, elsewhere: true }))
            .expect("a CPU does not fail")
    }

    #[test]
    fn every_number_is_where_it_can_be() {
        for word in ["saccade", "augment"] {
            let found = of_untrained(word);
            let ms: Vec<usize> = found.class.iter().map(|class| class.n_observed).collect();
            assert_eq!(ms, [1, 2, 3, 4, 5, 6, 7, 8]);
            for class in &found.class {
                let z_agg = class.z_agg.expect("seq-JEPA has z_AGG");
                for value in [z_agg, class.z_mean] {
                    assert!((0.0..=1.0).contains(&value.value), "{word}: {value:?}");
                    let Value { value, interval } = value;
                    assert!(interval.low <= value && value <= interval.high);
                }
            }
            assert!(found.class_chance > 0.1 && found.class_chance < 0.5);
            assert_eq!(found.action.components.len(), if word == "saccade" { 2 } else { 9 });
            assert!(found.action.mean.value <= 1.0 && found.action.global_null >= 0.0);
            let prediction = found.prediction.expect("seq-JEPA predicts");
            let n = if word == "saccade" { 81 } else { 50 };
            assert_eq!((prediction.n, prediction.n_candidates), (12, n));
            assert_eq!((prediction.pre, prediction.n_observed), (None, 2));
            assert!(found.outside.is_none() && found.human.is_none() && found.transfer.is_empty());
            let neighbors = [Some(found.neighbors), found.neighbors_aggregate];
            assert!(
                neighbors.into_iter().flatten().filter(|n| (0.05..=1.0).contains(n)).count() == 2
            );
            let paths: Vec<usize> = found.path.iter().map(|path| path.n_observed).collect();
            match word {
                "saccade" => {
                    assert_eq!(paths, [1, 2, 3, 4, 5, 6, 7]);
                    // One view: the answer is what the head hears, and unheard it is lost.
                    assert!(found.path[0].whole.value > 0.99);
                    assert!(found.path[0].last_action.value > 0.99);
                    assert!(found.path[0].no_action.value < 0.6, "{:?}", found.path[0]);
                }
                _ => assert!(paths.is_empty()),
            }
        }
    }

    #[test]
    fn rotations_are_read_by_mlps_and_asked_outside_their_range() {
        let WorldConfig::Rotation(config) = WorldConfig::rotation() else { panic!("its word") };
        let rotations = Arc::new(RotationWorld::procedural(config).expect("defaults are valid"));
        let material = Material::draw(rotations.clone(), Budget::Short, 2);
        let mut material = material.expect("valid settings");
        material.exam.settings.n_val_sequences = 40;
        let mut material = material.with_outside(&rotations);
        material.exam.train.sequences.truncate(120);
        material.exam.val.sequences.truncate(40);
        material.galleries.truncate(4);
        let found = measured(WorldConfig::rotation(), &material, false);
        assert_eq!((found.action.head.as_str(), found.action.components.len()), ("mlp", 4));
        let leaks = [found.first_action, found.action_from_aggregate];
        assert_eq!(leaks.map(|r2| r2.components.len()), [4, 4]);
        let prediction = found.prediction.expect("seq-JEPA predicts");
        assert_eq!((prediction.n, prediction.n_candidates), (4 * 50, 50));
        // A random view of these objects is no nearer than the law of poses makes it.
        let chance = prediction.pre_nulls.expect("quaternions").chance;
        assert!(prediction.pre.is_some() && chance > 0.4 && chance < 0.8, "{chance}");
        let outside = found.outside.expect("there is such a range");
        assert!((0.0..=1.0).contains(&outside.class_z.value) && outside.state.value < 0.5);
    }
}
