//! Everything that is measured, of made-up networks whose answers are known: perfect, random, constant,
//! and perfect about another thing (permuted).

use super::gallery::{Foresight, Gallery};
use super::material::{Material, Transfer};
use super::measure::{Asked, measure};
use super::measures::{ClassAt, Measures, Value};
use super::plan::Budget;
use super::subject::Subject;
use crate::probe::exam::{Lessons, is_quaternion};
use crate::probe::features::{Episode, Frozen};
use crate::probe::invariance::one_hot;
use crate::probe::metrics::chance_mrr;
use crate::probe::rows::Rows;
use crate::world::rng::{normal, stream};
use crate::world::{SaccadeConfig, SaccadeWorld, Split, View, World};
use burn::tensor::Device;
use pollster::block_on;
use std::sync::Arc;

/// Sequences that heads are fitted on, and others.
const N: [usize; 2] = [400, 200];

/// Questions about the next view.
const N_ASKED: usize = 150;

/// Numbers of an embedding that predictions are compared with.
const E: usize = 8;

/// What a made-up network knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// z is the class and the place, z_AGG the class alone; it predicts the truth for the action that
    /// was taken and anything for another.
    Perfect,
    /// Anything.
    Random,
    /// One vector for all.
    Constant,
    /// What is perfect about another sequence; but z_AGG has the first action of its own, which it hears.
    Permuted,
}

/// A made-up network: a view's bytes are an index into what it makes of each.
struct MadeUp {
    kind: Kind,
    z: Vec<Vec<f32>>,
    /// The right answer to each gallery's question, and the action that was taken.
    answers: Vec<(Vec<f32>, Vec<f32>)>,
    device: Device,
}

fn index(view: &View) -> usize {
    u32::from_le_bytes([view.rgb[0], view.rgb[1], view.rgb[2], 0]) as usize
}

/// Numbers about 1 that have no meaning.
fn noise(purpose: &str, index: usize, n: usize) -> Vec<f32> {
    let mut rng = stream(5, purpose, index as u64);
    (0..n).map(|_| 1.0 + normal(&mut rng)).collect()
}

fn embedding(view: &View) -> Vec<f32> {
    noise("embedding", index(view), E)
}

impl MadeUp {
    fn new(kind: Kind) -> Self {
        Self { kind, z: Vec::new(), answers: Vec::new(), device: Device::flex() }
    }

    /// Keeps what the network makes of a view, and makes a view whose bytes are its index.
    fn keep(&mut self, z: Vec<f32>) -> View {
        let [a, b, c, _] = (self.z.len() as u32).to_le_bytes();
        self.z.push(z);
        View { side_px: 1, rgb: vec![a, b, c] }
    }

    /// Puts such views in the place of a split's, with z of each.
    fn learn(&mut self, lessons: &mut Lessons, n_classes: usize) {
        let labels: Vec<usize> = lessons.sequences.iter().map(|sequence| sequence.label).collect();
        let classes = one_hot(&labels, n_classes);
        let places: Vec<_> = lessons.sequences.iter().map(|known| known.states.clone()).collect();
        let n = labels.len();
        for (at, sequence) in lessons.sequences.iter_mut().enumerate() {
            for (i, view) in sequence.views.iter_mut().enumerate() {
                let knows = |at: usize| [classes.row(at), &places[at][i]].concat();
                let z = match self.kind {
                    Kind::Perfect => knows(at),
                    Kind::Random => noise("z", self.z.len(), n_classes + 2),
                    Kind::Constant => vec![1.0; n_classes + 2],
                    Kind::Permuted => knows((at + n / 2) % n),
                };
                *view = self.keep(z);
            }
        }
    }

    /// Does so with views of galleries, which are found again by them, and keeps the answers to their
    /// questions.
    fn learn_galleries(&mut self, galleries: &mut [Gallery]) {
        for gallery in galleries {
            let question = &gallery.asked[0];
            let which = self.answers.len() as f32;
            for view in gallery.observed.iter_mut().chain(&mut gallery.candidates) {
                *view = self.keep(vec![which]);
            }
            let truth = &gallery.candidates[question.truth];
            self.answers.push((embedding(truth), question.action.clone()));
        }
    }
}

impl Foresight for MadeUp {
    fn n_observed(&self) -> usize {
        2
    }

    async fn know(&self, galleries: &[Gallery]) -> Result<Rows, String> {
        let which = galleries.iter().map(|gallery| &self.z[index(&gallery.observed[0])][..]);
        Ok(Rows::from_slices(1, which))
    }

    async fn foresee(&self, known: &Rows, actions: &Rows) -> Result<Option<Rows>, String> {
        let mut guesses = Rows::new(E);
        for (i, (which, heard)) in known.iter().zip(actions.iter()).enumerate() {
            let right = |which: usize| {
                let (truth, taken) = &self.answers[which];
                if heard == taken { truth.clone() } else { noise("guess", i, E) }
            };
            guesses.push(&[&match self.kind {
                Kind::Perfect => right(which[0] as usize),
                Kind::Random => noise("guess", i, E),
                Kind::Constant => vec![2.0; E],
                Kind::Permuted => {
                    self.answers[(which[0] as usize + 1) % self.answers.len()].0.clone()
                }
            }]);
        }
        Ok(Some(guesses))
    }

    async fn embed(&self, views: &[&View]) -> Result<Rows, String> {
        let rows: Vec<Vec<f32>> = views.iter().map(|view| embedding(view)).collect();
        Ok(Rows::from_slices(E, rows.iter().map(Vec::as_slice)))
    }
}

impl Subject for MadeUp {
    async fn encode(&self, views: &[&View]) -> Result<Rows, String> {
        let dim = self.z[0].len();
        Ok(Rows::from_slices(dim, views.iter().map(|view| &self.z[index(view)][..])))
    }

    async fn aggregate(
        &self,
        z: &Rows,
        episodes: &[Episode<'_>],
        n_observed: usize,
    ) -> Result<Option<Rows>, String> {
        let mut all = Rows::new(z.dim);
        for episode in episodes {
            let mut row = z.row(episode.first_row).to_vec();
            let place = row.len() - 2;
            match self.kind {
                Kind::Perfect => row[place..].fill(0.0),
                Kind::Permuted if n_observed > 1 => {
                    row[place..].copy_from_slice(&episode.actions[0]);
                }
                _ => {}
            }
            all.push(&[&row]);
        }
        Ok(Some(all))
    }

    fn as_seq_jepa(&self) -> Option<&Frozen> {
        None
    }

    fn device(&self) -> &Device {
        &self.device
    }
}

/// Everything asked of a made-up network, on fixations in small scenes.
fn measured(kind: Kind) -> (Measures, Material) {
    let config = SaccadeConfig { n_train: 200, n_val: 100, ..SaccadeConfig::default() };
    let world = Arc::new(SaccadeWorld::procedural(config).expect("a valid configuration"));
    let n_classes = world.class_names().len();
    let mut material = Material::draw(world.clone(), Budget::Short, 2).expect("valid settings");
    assert!(!is_quaternion(&material.exam.action_spec));
    let lessons = |split| Lessons::draw(world.as_ref(), split, 600..800, &material.exam.settings);
    material.outside = Some(lessons(Split::Val));
    material.transfer =
        Some(Transfer { train: lessons(Split::Train), val: lessons(Split::Val), n_classes });
    material.exam.train.sequences.truncate(N[0]);
    material.exam.val.sequences.truncate(N[1]);
    let sampled = material.galleries.split_off(N_ASKED);
    material.galleries.truncate(N_ASKED);
    material.human =
        Some([sampled[..N_ASKED / 2].to_vec(), sampled[N_ASKED / 2..N_ASKED].to_vec()]);
    let mut network = MadeUp::new(kind);
    let Material { exam, galleries, outside, transfer, human, .. } = &mut material;
    let others = transfer.iter_mut().flat_map(|of| [&mut of.train, &mut of.val]);
    for lessons in [&mut exam.train, &mut exam.val].into_iter().chain(outside).chain(others) {
        network.learn(lessons, n_classes);
    }
    for galleries in [galleries].into_iter().chain(human.iter_mut().flatten()) {
        network.learn_galleries(galleries);
    }
    let asked = Asked { n_observed: 2, path: false, elsewhere: true };
    let found = block_on(measure(&network, &material, asked)).expect("no device is asked");
    (found, material)
}

/// The share of the most frequent class of sequences that heads are fitted on, among the others.
fn by_habit(train: &Lessons, val: &Lessons, n_classes: usize) -> f64 {
    let of = |lessons: &Lessons, class: usize| {
        lessons.sequences.iter().filter(|sequence| sequence.label == class).count()
    };
    let usual = (0..n_classes).max_by_key(|&class| of(train, class)).expect("there are classes");
    of(val, usual) as f64 / val.sequences.len() as f64
}

/// From z and from z_AGG at every M, inside and elsewhere.
fn classes(found: &Measures) -> Vec<Value> {
    let of = |at: &ClassAt| [at.z_agg.expect("it has z_AGG"), at.z_mean];
    let all = found.class.iter().chain(&found.transfer).flat_map(of);
    let outside = found.outside.as_ref().expect("asked");
    all.chain([outside.class_z, outside.class_aggregate]).collect()
}

/// R² of all that is read from z.
fn readings(found: &Measures) -> [f64; 5] {
    let outside = found.outside.as_ref().expect("asked");
    [
        found.action.mean.value,
        found.state.mean.value,
        found.first_action.mean.value,
        outside.action.value,
        outside.state.value,
    ]
}

/// Mean reciprocal ranks of the suite's questions, along recorded and along sampled scanpaths.
fn ranks(found: &Measures) -> [f64; 3] {
    let human = found.human.as_ref().expect("asked");
    let own = found.prediction.as_ref().expect("it predicts");
    [own, &human.along, &human.sampled].map(|told| told.mrr.value)
}

/// Five standard errors of the mean reciprocal rank of 75 questions among 81 places, which deviate by
/// .13 each.
const NEAR: f64 = 0.075;

#[test]
fn a_perfect_network_has_all() {
    let (found, _) = measured(Kind::Perfect);
    for class in classes(&found) {
        assert_eq!(class.value, 1.0);
    }
    for r2 in readings(&found) {
        assert!(r2 > 0.999, "{:?}", readings(&found));
    }
    let leak = found.action_from_aggregate.mean.value;
    assert!((-0.1..0.1).contains(&leak), "{leak}");
    // Places lie nearer to each other than classes do.
    assert_eq!((found.neighbors, found.neighbors_aggregate), (1.0, Some(1.0)));
    assert!(found.health.effective_rank > 7.0 && found.health.dead == 0.0, "{:?}", found.health);
    assert_eq!(ranks(&found), [1.0; 3]);
    let told = found.prediction.expect("it predicts");
    assert_eq!((told.n, told.n_observed, told.hits_at_1, told.error), (N_ASKED, 2, 1.0, 0.0));
    let (nulls, chance) = (told.mrr_nulls, chance_mrr(81));
    for null in [nulls.shuffled, nulls.copy_last, nulls.mean_latent] {
        assert!((null - chance).abs() < NEAR, "{nulls:?}");
    }
    assert_eq!(found.human.expect("asked").difference.value, 0.0);
}

#[test]
fn what_is_random_or_of_another_thing_tells_nothing() {
    for kind in [Kind::Random, Kind::Permuted] {
        let (found, _) = measured(kind);
        // Five standard errors of 200 hits by chance of one class in eight, above the most frequent.
        for class in classes(&found) {
            assert!(class.value < found.class_chance + 0.12, "{kind:?}: {class:?}");
        }
        for neighbors in [Some(found.neighbors), found.neighbors_aggregate] {
            assert!(neighbors.is_some_and(|share| share < found.class_chance + 0.12), "{kind:?}");
        }
        for r2 in readings(&found) {
            assert!(r2 < 0.1, "{kind:?}: {:?}", readings(&found));
        }
        let leak = found.action_from_aggregate.mean.value;
        match kind {
            Kind::Permuted => assert!(leak > 0.999, "{leak}"),
            _ => assert!(leak < 0.1, "{leak}"),
        }
        for mrr in ranks(&found) {
            assert!((mrr - chance_mrr(81)).abs() < NEAR, "{kind:?}: {mrr}");
        }
        assert!(found.human.expect("asked").difference.value.abs() < 2.0 * NEAR);
    }
}

#[test]
fn one_vector_for_all_names_the_usual_class_and_is_dead() {
    let (found, material) = measured(Kind::Constant);
    let exam = &material.exam;
    let usual = by_habit(&exam.train, &exam.val, exam.n_classes);
    for class in &found.class {
        assert_eq!((class.z_agg.map(|z| z.value), class.z_mean.value), (Some(usual), usual));
    }
    let transfer = material.transfer.as_ref().expect("asked");
    let usual = by_habit(&transfer.train, &transfer.val, transfer.n_classes);
    assert!(found.transfer.iter().all(|class| class.z_mean.value == usual));
    // The mean of training sequences is not quite that of others.
    for r2 in readings(&found) {
        assert!((-0.1..1e-9).contains(&r2), "{:?}", readings(&found));
    }
    let health = found.health;
    assert_eq!((health.effective_rank, health.deviation, health.dead), (0.0, 0.0, 1.0));
    // Candidates are as random as before; one guess ranks them by chance.
    for mrr in ranks(&found) {
        assert!((mrr - chance_mrr(81)).abs() < NEAR, "{mrr}");
    }
}
