//! Which view comes next? One thing, some views of it that were seen, and candidates among which the
//! truths of one or more questions are (spec section 4: MRR, H@1, H@5, PRE).
//!
//! An object in 50 poses, the first few of which are observed, is asked for every one of the 50, the
//! observed ones included, as SIE's protocol has it. A picture is asked for one of its 81 places.
//!
//! A network observes as many of the last views as it was trained with: the question is the same, and
//! none is asked with a length that it does not know.
//!
//! DIFFERS from SIE: likeness is the cosine after the mean embedding of training views was taken off
//! both sides; z is non-negative, and most of a plain cosine is that mean.

use super::measures::{Nulls, Prediction, RankIntervals, Value};
use crate::probe::exam::{distance, is_quaternion};
use crate::probe::metrics::{
    argmax, chance_mrr, chance_rank, hits_at, mean, mean_reciprocal_rank, median,
};
use crate::probe::rows::Rows;
use crate::probe::score::{median_over_things, over_things};
use crate::readout::{Readout, rank_of};
use crate::world::{ActionSpec, Split, Trial, View, World};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// Of all questions, one in so many is asked for the nearest view of any thing.
const PRE_STRIDE: usize = 7;

/// Candidates of one thing and what is asked about them.
#[derive(Clone, Debug)]
pub struct Gallery {
    /// M views in order.
    pub observed: Vec<View>,
    /// M − 1 actions between them.
    pub actions: Vec<Vec<f32>>,
    /// Candidates.
    pub candidates: Vec<View>,
    /// Their absolute states.
    pub states: Vec<Vec<f32>>,
    /// Questions.
    pub asked: Vec<Question>,
    /// Which thing of its split it is: galleries of one thing are not independent.
    pub thing: usize,
}

/// One question.
#[derive(Clone, Debug)]
pub struct Question {
    /// Index of the true candidate.
    pub truth: usize,
    /// The action that leads to it from the last observed view.
    pub action: Vec<f32>,
    /// How far each candidate lies from the truth.
    pub distances: Vec<f64>,
}

impl Gallery {
    /// A held-out thing in `n_views` states, each of which is asked for.
    pub fn of_poses(
        world: &dyn World,
        n_views: usize,
        n_observed: usize,
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let all = world.sequence(Split::Val, n_views, rng);
        let observed = all.views[..n_observed].to_vec();
        let actions = all.actions[..n_observed - 1].to_vec();
        let from = &all.states[n_observed - 1];
        let asked = (0..n_views).map(|truth| question(world, from, &all.states, truth)).collect();
        Self {
            observed,
            actions,
            candidates: all.views,
            states: all.states,
            asked,
            thing: all.thing,
        }
    }

    /// A trial as it stands: one question.
    pub fn of_trial(world: &dyn World, trial: Trial) -> Self {
        let Trial {
            observed,
            observed_states,
            mut actions,
            candidates,
            candidate_states,
            truth,
            thing,
            ..
        } = trial;
        actions.truncate(observed.len() - 1);
        let from = &observed_states[observed.len() - 1];
        let asked = vec![question(world, from, &candidate_states, truth)];
        Self { observed, actions, candidates, states: candidate_states, asked, thing }
    }

    /// The last `n_observed` views, fewer where there are fewer, and the actions between them.
    pub(super) fn last(&self, n_observed: usize) -> (&[View], &[Vec<f32>]) {
        let first = self.observed.len().saturating_sub(n_observed);
        (&self.observed[first..], &self.actions[first..])
    }
}

fn question(world: &dyn World, from: &[f32], states: &[Vec<f32>], truth: usize) -> Question {
    let to = &states[truth];
    let distances = states.iter().map(|state| distance(world, state, to)).collect();
    Question { truth, action: world.action_between(from, to), distances }
}

/// What answers questions: a network that predicts embeddings.
pub(super) trait Foresight {
    /// How many of the last views it observes, M.
    fn n_observed(&self) -> usize;

    /// What it knows of each gallery before it is told an action, a row each.
    async fn know(&self, galleries: &[Gallery]) -> Result<Rows, String>;

    /// The predicted embedding for each row of `known` and its action; `None` if it predicts none.
    async fn foresee(&self, known: &Rows, actions: &Rows) -> Result<Option<Rows>, String>;

    /// Embeddings of views, as predictions are compared with them.
    async fn embed(&self, views: &[&View]) -> Result<Rows, String>;
}

/// What was found, and the reciprocal rank of each question.
pub(super) type Answers = (Prediction, Vec<f64>);

/// Asks all questions. `training` are views of training things, for the mean embedding.
pub(super) async fn ask(
    subject: &impl Foresight,
    spec: &ActionSpec,
    galleries: &[Gallery],
    training: &[&View],
) -> Result<Option<Answers>, String> {
    let Some(guesses) = Guesses::make(subject, galleries).await? else { return Ok(None) };
    let latent_mean = subject.embed(training).await?.mean();
    let judge = Readout { z_dim: latent_mean.len(), latent_mean, ..Readout::default() };
    let views: Vec<&View> = galleries.iter().flat_map(|gallery| &gallery.candidates).collect();
    let bank = subject.embed(&views).await?;
    let mut found = Found::default();
    let (mut row, mut index) = (0, 0);
    for (which, gallery) in galleries.iter().enumerate() {
        let n = gallery.candidates.len();
        let own = &bank.values[row * bank.dim..(row + n) * bank.dim];
        for question in &gallery.asked {
            found.score(&judge, own, question, &guesses, index, which);
            index += 1;
        }
        row += n;
    }
    let mut told = found.report(galleries);
    told.n_observed = subject.n_observed();
    if is_quaternion(spec) {
        let errors = RetrievalErrors::new(&judge, &bank, galleries);
        told.pre = Some(errors.of(|i| guesses.model.row(i)));
        told.pre_nulls = Some(Nulls {
            chance: errors.chance(),
            copy_last: errors.of(|i| guesses.copy_last.row(found.cluster[i])),
            shuffled: errors.of(|i| guesses.shuffled.row(i)),
            mean_latent: errors.of(|_| &guesses.mean),
        });
    }
    Ok(Some((told, found.reciprocal())))
}

/// By how much questions of one set rank better than those of another, mean over things with all
/// their questions; the sets ask about the same things in the same order.
pub(super) fn difference(galleries: &[Gallery], [one, other]: [&[f64]; 2]) -> Value {
    let of = |gallery: &Gallery| vec![gallery.thing; gallery.asked.len()];
    let things: Vec<usize> = galleries.iter().flat_map(of).collect();
    let values: Vec<f64> = one.iter().zip(other).map(|(one, other)| one - other).collect();
    Value { value: mean(values.iter().copied()), interval: over_things(&things, &values, SEED) }
}

/// What is held against the candidates: a row for each question, `copy_last` for each gallery.
struct Guesses {
    model: Rows,
    shuffled: Rows,
    copy_last: Rows,
    mean: Vec<f32>,
}

impl Guesses {
    async fn make(subject: &impl Foresight, galleries: &[Gallery]) -> Result<Option<Self>, String> {
        let known = subject.know(galleries).await?;
        let asked: Vec<(usize, &[f32])> = galleries
            .iter()
            .enumerate()
            .flat_map(|(i, gallery)| gallery.asked.iter().map(move |q| (i, q.action.as_slice())))
            .collect();
        let dim = asked.first().map_or(0, |(_, action)| action.len());
        let rows = Rows::from_slices(known.dim, asked.iter().map(|(i, _)| known.row(*i)));
        let heard = |shift: usize| {
            let action = |i: usize| asked[(i + shift) % asked.len()].1;
            Rows::from_slices(dim, (0..asked.len()).map(action))
        };
        let Some(model) = subject.foresee(&rows, &heard(0)).await? else { return Ok(None) };
        let Some(shuffled) = subject.foresee(&rows, &heard(1)).await? else { return Ok(None) };
        let last: Vec<&View> = galleries.iter().filter_map(|g| g.observed.last()).collect();
        let copy_last = subject.embed(&last).await?;
        Ok(Some(Self { mean: model.mean(), model, shuffled, copy_last }))
    }
}

/// Ranks of the truths, and distances of the best candidates.
#[derive(Default)]
struct Found {
    /// Of the model, copy-last, shuffled action and mean latent.
    ranks: [Vec<f64>; 4],
    errors: Vec<f64>,
    /// Gallery of each question.
    cluster: Vec<usize>,
}

impl Found {
    fn score(
        &mut self,
        judge: &Readout,
        bank: &[f32],
        question: &Question,
        guesses: &Guesses,
        index: usize,
        gallery: usize,
    ) {
        let rows = [
            guesses.model.row(index),
            guesses.copy_last.row(gallery),
            guesses.shuffled.row(index),
            &guesses.mean,
        ];
        for (ranks, guess) in self.ranks.iter_mut().zip(rows) {
            let scores = judge.centered_cosines(guess, bank);
            ranks.push(f64::from(rank_of(&scores, question.truth)));
        }
        let scores = judge.centered_cosines(rows[0], bank);
        let best = argmax(&Rows { dim: scores.len(), values: scores })[0];
        self.errors.push(question.distances[best]);
        self.cluster.push(gallery);
    }

    fn reciprocal(&self) -> Vec<f64> {
        self.ranks[0].iter().map(|rank| 1.0 / rank).collect()
    }

    fn report(&self, galleries: &[Gallery]) -> Prediction {
        let n_candidates = galleries.first().map_or(0, |gallery| gallery.candidates.len());
        let [model, copy_last, shuffled, mean_latent] = &self.ranks;
        let reciprocal = self.reciprocal();
        let things: Vec<usize> = self.cluster.iter().map(|&of| galleries[of].thing).collect();
        let hits = |k: f64| {
            let hit: Vec<f64> =
                model.iter().map(|&rank| if rank <= k { 1.0 } else { 0.0 }).collect();
            over_things(&things, &hit, SEED)
        };
        let chance_hits = |k: usize| k.min(n_candidates) as f64 / n_candidates.max(1) as f64;
        let nulls = |chance, of: fn(&[f64]) -> f64| Nulls {
            chance,
            copy_last: of(copy_last),
            shuffled: of(shuffled),
            mean_latent: of(mean_latent),
        };
        Prediction {
            n: model.len(),
            n_things: things.iter().collect::<BTreeSet<_>>().len(),
            n_candidates,
            n_observed: 0,
            mrr: Value {
                value: mean(reciprocal.iter().copied()),
                interval: over_things(&things, &reciprocal, SEED),
            },
            hits_at_1: hits_at(model, 1.0),
            hits_at_5: hits_at(model, 5.0),
            rank: median(model),
            intervals: RankIntervals {
                hits_at_1: hits(1.0),
                hits_at_5: hits(5.0),
                rank: median_over_things(&things, model, SEED),
            },
            error: mean(self.errors.iter().copied()),
            pre: None,
            mrr_nulls: nulls(chance_mrr(n_candidates), mean_reciprocal_rank),
            hits_at_1_nulls: nulls(chance_hits(1), |ranks| hits_at(ranks, 1.0)),
            hits_at_5_nulls: nulls(chance_hits(5), |ranks| hits_at(ranks, 5.0)),
            pre_nulls: None,
            rank_nulls: nulls(chance_rank(n_candidates), median),
        }
    }
}

/// Seed of bootstrap intervals.
const SEED: u64 = 1;

/// Mean of 1 − ⟨q, q′⟩² of the true pose and that of the candidate, of whatever thing, whose embedding
/// is nearest to a guess.
struct RetrievalErrors<'a> {
    judge: &'a Readout,
    bank: &'a Rows,
    /// Of each candidate of the bank.
    states: Vec<&'a [f32]>,
    /// True pose of each question.
    truths: Vec<&'a [f32]>,
}

impl<'a> RetrievalErrors<'a> {
    fn new(judge: &'a Readout, bank: &'a Rows, galleries: &'a [Gallery]) -> Self {
        let states = galleries.iter().flat_map(|gallery| gallery.states.iter().map(Vec::as_slice));
        let truths = galleries.iter().flat_map(|gallery| {
            gallery.asked.iter().map(|question| gallery.states[question.truth].as_slice())
        });
        Self { judge, bank, states: states.collect(), truths: truths.collect() }
    }

    fn asked(&self) -> impl Iterator<Item = usize> {
        (0..self.truths.len()).step_by(PRE_STRIDE)
    }

    /// Of guesses, one a question.
    fn of<'g>(&self, guess: impl Fn(usize) -> &'g [f32]) -> f64 {
        mean(self.asked().map(|i| {
            let scores = self.judge.centered_cosines(guess(i), &self.bank.values);
            let best = argmax(&Rows { dim: scores.len(), values: scores })[0];
            apart(self.truths[i], self.states[best])
        }))
    }

    /// Of a random view.
    fn chance(&self) -> f64 {
        let of_all = |i: usize| mean(self.states.iter().map(|state| apart(self.truths[i], state)));
        mean(self.asked().map(of_all))
    }
}

/// 1 − ⟨q, q′⟩²: 0 for the same pose, whatever its sign.
fn apart(a: &[f32], b: &[f32]) -> f64 {
    let dot: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    1.0 - dot * dot
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::rng::{normal, stream};
    use pollster::block_on;

    const N_THINGS: usize = 40;
    const N: usize = 12;
    const D: usize = 8;
    const SPEC: ActionSpec =
        ActionSpec { names: &["x", "y", "z", "w"], unit: "unit quaternion", range: (-1.0, 1.0) };

    /// A view that says which thing and which state it shows.
    fn view(thing: usize, state: usize) -> View {
        View { side_px: 1, rgb: vec![thing as u8, state as u8, 0] }
    }

    /// Candidate k of every thing has its own pose, and the action to it is its number.
    fn galleries() -> Vec<Gallery> {
        let pose = |thing: usize, k: usize| {
            let mut rng = stream(1, "pose", (thing * N + k) as u64);
            let q: [f32; 4] = core::array::from_fn(|_| normal(&mut rng));
            let norm = q.iter().map(|v| v * v).sum::<f32>().sqrt();
            q.map(|v| v / norm).to_vec()
        };
        let gallery = |thing: usize| Gallery {
            observed: vec![view(thing, 0)],
            actions: Vec::new(),
            candidates: (0..N).map(|k| view(thing, k)).collect(),
            states: (0..N).map(|k| pose(thing, k)).collect(),
            thing: thing / 2,
            asked: (0..N)
                .map(|truth| Question {
                    truth,
                    action: vec![truth as f32, 0.0, 0.0, 0.0],
                    distances: (0..N).map(|k| truth.abs_diff(k) as f64).collect(),
                })
                .collect(),
        };
        (0..N_THINGS).map(gallery).collect()
    }

    /// Embeddings are random and known; guesses are made from the true one by a rule.
    struct Made<F>(F);

    fn embedding(view: &View) -> Vec<f32> {
        let mut rng = stream(2, "embedding", u64::from(view.rgb[0]) * 256 + u64::from(view.rgb[1]));
        (0..D).map(|_| 1.0 + normal(&mut rng)).collect()
    }

    impl<F: Fn(usize, usize) -> Vec<f32>> Foresight for Made<F> {
        fn n_observed(&self) -> usize {
            1
        }

        async fn know(&self, galleries: &[Gallery]) -> Result<Rows, String> {
            let thing = (0..galleries.len()).map(|i| i as f32);
            Ok(Rows { dim: 1, values: thing.collect() })
        }

        async fn foresee(&self, known: &Rows, actions: &Rows) -> Result<Option<Rows>, String> {
            let rows = known.iter().zip(actions.iter());
            let values =
                rows.flat_map(|(thing, action)| (self.0)(thing[0] as usize, action[0] as usize));
            Ok(Some(Rows { dim: D, values: values.collect() }))
        }

        async fn embed(&self, views: &[&View]) -> Result<Rows, String> {
            Ok(Rows { dim: D, values: views.iter().flat_map(|view| embedding(view)).collect() })
        }
    }

    fn asked(rule: impl Fn(usize, usize) -> Vec<f32>) -> Prediction {
        let galleries = galleries();
        let views: Vec<&View> = galleries.iter().flat_map(|gallery| &gallery.candidates).collect();
        let found = block_on(ask(&Made(rule), &SPEC, &galleries, &views));
        found.expect("no device is asked").expect("it predicts").0
    }

    #[test]
    fn a_perfect_guess_is_first_and_at_no_distance() {
        let found = asked(|thing, truth| embedding(&view(thing, truth)));
        assert_eq!((found.mrr.value, found.hits_at_1, found.rank), (1.0, 1.0, 1.0));
        assert_eq!((found.error, found.n, found.n_candidates), (0.0, N_THINGS * N, N));
        // Two galleries a thing.
        assert_eq!((found.n_things, found.n_observed), (N_THINGS / 2, 1));
        assert!(found.pre.is_some_and(|pre| pre < 1e-6), "{:?}", found.pre);
        let chance = |k: f64| (k / N as f64, k / N as f64);
        // The last observed view is one of the candidates, and asked for once.
        let first = found.hits_at_1_nulls;
        assert_eq!((first.chance, first.copy_last), chance(1.0));
        assert_eq!(found.hits_at_5_nulls.chance, chance(5.0).0);
        // Random unit quaternions: the mean of ⟨q, q′⟩² is 1/4; one guess for all is one view of them.
        let nulls = found.pre_nulls.expect("quaternions");
        assert!((nulls.chance - 0.75).abs() < 0.05, "{nulls:?}");
        for null in [nulls.copy_last, nulls.shuffled, nulls.mean_latent] {
            assert!((null - 0.75).abs() < 0.2, "{nulls:?}");
        }
    }

    #[test]
    fn a_guess_for_the_next_candidate_is_never_first() {
        let found = asked(|thing, truth| embedding(&view(thing, (truth + 1) % N)));
        assert_eq!(found.hits_at_1, 0.0);
        // The shuffled null hears the next question's action: the candidate after the next.
        assert!(found.mrr.value <= 0.5 && found.error >= 1.0);
    }

    #[test]
    fn a_random_and_a_constant_guess_rank_by_chance() {
        let chance = chance_mrr(N);
        let random = asked(|thing, truth| {
            let mut rng = stream(3, "guess", (thing * N + truth) as u64);
            (0..D).map(|_| 1.0 + normal(&mut rng)).collect()
        });
        // 480 reciprocal ranks deviate by about .28 each; five standard errors.
        let five = 5.0 * 0.28 / (480.0_f64).sqrt();
        assert!((random.mrr.value - chance).abs() < five, "{}", random.mrr.value);
        // Random unit quaternions: the mean of ⟨q, q′⟩² is 1/4; 69 questions, deviation about .25.
        assert!(random.pre.is_some_and(|pre| (pre - 0.75).abs() < 0.16), "{:?}", random.pre);
        let constant = asked(|_, _| vec![2.0; D]);
        // Every candidate of a thing is asked for once, so one order gives every rank once.
        assert!((constant.mrr.value - chance).abs() < 1e-6, "{}", constant.mrr.value);
        for null in [constant.mrr_nulls.copy_last, constant.mrr_nulls.mean_latent] {
            assert!((null - chance).abs() < 1e-6, "{null}");
        }
    }

    /// Three candidates on a line about the mean 0; guesses 1 and −1 for truths at 1 and at 0.
    #[test]
    fn ranks_by_hand() {
        let judge = Readout { z_dim: 2, latent_mean: vec![0.0; 2], ..Readout::default() };
        let bank = [1.0, 0.0, 0.0, 1.0, -1.0, 0.1];
        let rows = |values: Vec<f32>| Rows { dim: 2, values };
        let guesses = Guesses {
            model: rows(vec![1.0, 0.1, -1.0, 0.5]),
            shuffled: rows(vec![0.0, 1.0, 0.0, 1.0]),
            copy_last: rows(vec![1.0, 0.0]),
            mean: vec![0.0, 0.3],
        };
        let question =
            |truth| Question { truth, action: vec![0.0], distances: vec![0.0, 1.0, 2.0] };
        let mut found = Found::default();
        found.score(&judge, &bank, &question(0), &guesses, 0, 0);
        found.score(&judge, &bank, &question(1), &guesses, 1, 0);
        // The second guess is nearest to the third candidate, then to its truth.
        assert_eq!(found.ranks[0], [1.0, 2.0]);
        let told = found.report(&galleries()[..1]);
        assert_eq!((told.mrr.value, told.hits_at_1, told.hits_at_5), (0.75, 0.5, 1.0));
        assert_eq!(found.errors, [0.0, 2.0]);
        let better = difference(&galleries()[..2], [&[1.0, 0.5], &[0.5, 0.5]]);
        assert_eq!((better.value, better.interval.low, better.interval.high), (0.25, 0.25, 0.25));
    }

    #[test]
    fn a_network_observes_the_last_views() {
        let mut gallery = galleries().swap_remove(0);
        gallery.observed = (0..4).map(|k| view(0, k)).collect();
        gallery.actions = (0..3).map(|k| vec![k as f32]).collect();
        let (views, actions) = gallery.last(2);
        assert_eq!((views, actions), (&[view(0, 2), view(0, 3)][..], &[vec![2.0]][..]));
        assert_eq!(gallery.last(1).1.len(), 0);
        assert_eq!(gallery.last(9), (&gallery.observed[..], &gallery.actions[..]));
    }
}
