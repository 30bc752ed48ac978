//! Looking: what is on the stage becomes views for the engine, and an aim becomes a look.

use std::sync::Arc;

use leptos::prelude::*;

use super::geometry::{Turn, pose_after, turn_between};
use super::lens::Lens;
use super::live::Live;
use super::state::{LivePhase, Look, N_VIEWS_MAX, Pending, Seen, State, Weights};
use super::text;
use crate::protocol::Views;
use crate::scenery::beat::{Round, Tally};
use crate::scenery::lesion::Lesion;
use crate::scenery::reveal::{Mind, Trial};
use crate::scenery::surprise::{self, Shown, Surprise};
use crate::scenery::{Mode, Scenery, Subject};
use crate::world::{Picture, Quaternion};

/// The subject that has been glanced at: world, number, which picture of the visitor's, and
/// which visit.
type Glanced = Option<(Mode, usize, Option<usize>, u32)>;

/// What the visitor can do on the stage.
#[derive(Clone, Copy)]
pub struct Looking {
    state: State,
    live: Live,
}

impl Looking {
    /// Sets up the effects that keep the engine informed.
    pub fn new(state: State, live: Live) -> Self {
        let looking = Self { state, live };
        Effect::new(move |_| looking.keep_scenery());
        Effect::new(move |glanced: Option<Glanced>| looking.keep_glances(glanced));
        Effect::new(move |_| looking.keep_bank());
        Effect::new(move |_| looking.keep_observed());
        Effect::new(move |_| looking.finish_reveal());
        Effect::new(move |_| looking.keep_replay());
        Effect::new(move |_| looking.keep_round());
        looking
    }

    fn look(self) -> Look {
        self.state.look
    }

    /// The default world, as long as there is no model of this mode.
    fn keep_scenery(self) {
        let mode = self.state.mode.get();
        let scenery = self.look().default_scenery;
        if !scenery.with_untracked(|s| s.as_ref().is_some_and(|s| s.mode() == mode)) {
            self.clear_memory();
            scenery.set(Scenery::of(mode).ok().map(Arc::new));
        }
    }

    /// A new subject is glanced at before the visitor does anything.
    fn keep_glances(self, glanced: Option<Glanced>) -> Glanced {
        let (mode, subject) = (self.state.mode.get(), self.look().subject.get());
        let own = subject.own.as_ref().map(|own| Arc::as_ptr(own) as usize);
        let this = Some((mode, subject.index, own, self.look().visit.get()));
        let glanced = glanced.flatten();
        let glances = self.state.glances.get();
        let Some(glances) = glances else { return glanced };
        if glanced != this {
            let glances = self.told_glances(mode, glances);
            let seen = |state| Seen { state, decoded: None };
            self.look().seen.set(glances.into_iter().map(seen).collect());
        }
        this
    }

    /// The first looks of an address instead of the usual glances, if it tells any; the others are
    /// left to be replayed.
    fn told_glances(self, mode: Mode, usual: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
        let replay = self.look().replay;
        let told = replay.get_untracked();
        if told.is_empty() {
            return usual;
        }
        let states = untrack(|| {
            self.look().with_scenery(mode, |s| told.iter().filter_map(|t| s.of_told(t)).collect())
        });
        let mut states: Vec<Vec<f32>> = states.unwrap_or_default();
        // One at least is a look, so that there is something to be told about.
        let n_glances = usual.len().min(states.len().saturating_sub(1)).max(1);
        let looks = states.split_off(n_glances.min(states.len()));
        replay.set(looks);
        states
    }

    /// The looks of an address one after the other, as soon as the model can tell what it expects.
    fn keep_replay(self) {
        let look = self.look();
        let (next, mode) =
            (look.replay.with(|looks| looks.first().cloned()), self.state.mode.get());
        let waiting = look.pending.with(Option::is_some) || look.phase.get() != LivePhase::Looking;
        let current = look.bank.with(|bank| {
            let bank = bank.as_ref().map(|bank| &bank.model);
            look.model.with(|m| bank.zip(m.as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(a, b)))
        });
        if waiting || !current || !look.is_ready() {
            return;
        }
        if let Some(next) = next {
            look.replay.update(|looks| drop(looks.remove(0)));
            self.aim(Some(next));
            self.commit();
        } else if let Some(next) = look.next.get() {
            look.next.set(None);
            let aim = untrack(|| look.with_scenery(mode, |scenery| scenery.of_told(&next)));
            self.aim(aim.flatten());
        }
    }

    fn keep_bank(self) {
        let (model, subject) = (self.look().model.get(), self.look().subject.get());
        let mode = self.state.mode.get();
        let Some(model) = model.filter(|m| m.scenery.mode() == mode) else { return };
        let states = match self.look().hard.get() {
            true => model.scenery.hard_candidates(),
            false => model.scenery.candidates(),
        };
        let views = views_of(&model.scenery, &subject, states.iter().map(Vec::as_slice));
        self.live.encode_bank(model, states, views);
    }

    fn keep_observed(self) {
        let look = self.look();
        let (model, subject) = (look.model.get(), look.subject.get());
        let (mode, seen) = (self.state.mode.get(), look.seen.get());
        let Some(model) = model.filter(|m| m.scenery.mode() == mode) else { return };
        if seen.is_empty() {
            return;
        }
        let window = &seen[seen.len().saturating_sub(N_VIEWS_MAX)..];
        let states = || window.iter().map(|s| s.state.as_slice());
        let (mut views, lesion) = (views_of(&model.scenery, &subject, states()), look.lesion.get());
        views.rgb = lesion.views(views.rgb, 3 * views.side_px * views.side_px);
        let actions = lesion.past(&model.scenery, &states().collect::<Vec<_>>());
        self.live.observe(model, seen.len(), views, actions);
    }

    /// Aims at a state; `None` takes the aim away. A game aims by itself.
    pub fn aim(self, at: Option<Vec<f32>>) {
        if self.look().round.with_untracked(Option::is_none) {
            self.look().aim.set(at);
        }
    }

    /// Aims by turning the object from its last pose.
    pub fn aim_turn(self, turn: Turn) {
        let turn = turn.clamped();
        self.look().turn.set(turn);
        let last = self.look().seen.with_untracked(|seen| seen.last().map(|s| s.state.clone()));
        if let Some(last) = last {
            let pose = pose_after(Quaternion::from_slice(&last), turn);
            self.aim(Some(pose.to_array().to_vec()));
        }
    }

    /// Looks where the aim is. A game looks by itself.
    pub fn commit(self) {
        if self.look().round.with_untracked(Option::is_some) {
            return;
        }
        let Some(aim) = self.look().aim.get_untracked() else { return };
        let mode = self.state.mode.get_untracked();
        let target = untrack(|| self.look().with_scenery(mode, |s| s.snapped(&aim)));
        let Some(target) = target else { return };
        self.look().aim.set(Some(target.clone()));
        let ready = untrack(|| self.look().with_aim(|_, _| ())).is_some();
        let surprising = self.look().lens.get_untracked() == Lens::Surprise;
        match (ready, mode) {
            (false, _) => self.arrive(target, None),
            (true, Mode::Saccade) if !surprising => self.reveal(&target, None),
            (true, _) => self.ask_truth(target, surprising),
        }
    }

    /// Has the view of a look encoded, unless that is under way already: the true one, or what a look
    /// shows that may surprise.
    fn ask_truth(self, target: Vec<f32>, surprising: bool) {
        let look = self.look();
        let Some(model) = look.bank.with_untracked(|b| b.as_ref().map(|b| Arc::clone(&b.model)))
        else {
            return;
        };
        let under_way = look.pending.with_untracked(|pending| {
            pending.as_ref().is_some_and(|pending| Arc::ptr_eq(&pending.model, &model))
        });
        if under_way {
            return;
        }
        let subject = look.subject.get_untracked();
        let shown =
            surprising.then(|| surprise::shown(&model.scenery, &subject, &target, look.draw()));
        let views = match &shown {
            Some(shown) => Views { side_px: shown.view.side_px, rgb: shown.view.rgb.clone() },
            None => views_of(&model.scenery, &subject, core::iter::once(target.as_slice())),
        };
        look.pending.set(Some(Pending { target, model, shown }));
        self.live.encode_truth(views);
    }

    /// The truth of a turn has been encoded.
    fn finish_reveal(self) {
        if !self.look().revealing.get() {
            return;
        }
        let look = self.look();
        look.revealing.set(false);
        let (pending, latent) = (look.pending.try_update(Option::take), self.live.take_truth());
        let (Some(Pending { target, model, shown }), Some(latent)) = (pending.flatten(), latent)
        else {
            return;
        };
        look.aim.set(Some(target.clone()));
        let current =
            look.bank.with_untracked(|b| b.as_ref().is_some_and(|b| Arc::ptr_eq(&b.model, &model)));
        match shown {
            // New weights have come in between; they have to see the truth themselves.
            _ if !current => self.commit(),
            Some(shown) => self.be_surprised(target, shown, &latent),
            None => self.reveal(&target, Some(latent)),
        }
    }

    /// What a look showed is compared with what was expected. The model goes on with what lies there:
    /// a swap is only shown.
    fn be_surprised(self, target: Vec<f32>, shown: Shown, latent: &[f32]) {
        let (look, decoded) = (self.look(), self.state.decoded.get_untracked());
        let guess = self.state.guess.get_untracked();
        let bank = look.bank.get_untracked();
        let found = untrack(|| {
            look.with_aim(|mind, action| {
                let z_hat = mind.readout.predict(mind.z_agg, action);
                [z_hat.as_slice(), mind.z_last].map(|e| mind.readout.surprise(e, latent))
            })
        });
        let guess_view = guess
            .zip(bank)
            .and_then(|(guess, bank)| bank.view(&look.subject.get_untracked(), guess.peak));
        let (Some([model, copy_last]), Some(guess_view)) = (found, guess_view) else { return };
        let surprise = Surprise { shown, guess_view, model, copy_last };
        look.status.set(text::surprise(&surprise));
        look.surprises.update(|all| all.push(surprise));
        self.arrive(target, decoded);
    }

    /// A round for every path of a game.
    fn keep_round(self) {
        let look = self.look();
        if look.lens.get() != Lens::Beat {
            if look.round.with_untracked(Option::is_some) {
                look.round.set(None);
                look.aim.set(None);
            }
            return;
        }
        let Some(bank) = look.bank.get().filter(|_| look.is_ready()) else { return };
        if look.round.with(Option::is_some) {
            return;
        }
        let seen = look.seen.get();
        let states: Vec<&[f32]> = seen.iter().map(|s| s.state.as_slice()).collect();
        let round = Round::draw(&bank.model.scenery, &bank.states, &states, look.draw());
        let (from, target) = (states.last(), bank.states.get(round.target()));
        if let (Mode::Rotate, Some(from), Some(to)) = (bank.model.scenery.mode(), from, target) {
            look.turn.set(turn_between(Quaternion::from_slice(from), Quaternion::from_slice(to)));
        }
        look.aim.set(target.cloned());
        look.round.set(Some(round));
    }

    /// The visitor chooses one of a round's four views.
    pub fn choose(self, slot: usize) {
        let look = self.look();
        let Some(guess) = self.state.guess.get_untracked() else { return };
        look.round.update(|round| {
            let Some(round) = round.as_mut().filter(|round| round.chosen.is_none()) else { return };
            round.chosen = Some(slot);
            let models = round.choice_of(&guess.scores);
            look.tally.update(|tally| {
                tally.n += 1;
                tally.visitor += usize::from(slot == round.truth);
                tally.model += usize::from(models == round.truth);
            });
            look.status.set(text::round(round.truth, slot, models));
        });
    }

    /// The next round, from where this one's look went.
    pub fn next_round(self) {
        let look = self.look();
        let bank = look.bank.get_untracked();
        let round = look.round.try_update(Option::take).flatten();
        let target = round.zip(bank).and_then(|(r, bank)| bank.states.get(r.target()).cloned());
        if let Some(target) = target {
            let decoded = self.state.decoded.get_untracked();
            self.arrive(target, decoded);
        }
    }

    fn reveal(self, target: &[f32], truth_latent: Option<Vec<f32>>) {
        let look = self.look();
        let (Some(bank), Some(observed)) =
            (look.bank.get_untracked(), look.observed.get_untracked())
        else {
            return;
        };
        let decoded = self.state.decoded.get_untracked();
        let from = look.seen.with_untracked(|s| s.last().map(|s| s.state.clone()));
        let Some(from) = from else { return };
        let mind = Mind {
            readout: &bank.model.readout,
            z_agg: &observed.z_agg,
            z_last: &observed.z_last,
            bank: &bank.latents,
        };
        let trial = Trial {
            scenery: &bank.model.scenery,
            subject: &look.subject.get_untracked(),
            mind,
            states: &bank.states,
            from: &from,
            target,
            lesion: look.lesion.get_untracked(),
            look_idx: look.seen.with_untracked(Vec::len) as u64,
        };
        let reveal = trial.run(truth_latent);
        look.status.set(text::status(&reveal, bank.model.scenery.mode()));
        look.reveals.update(|reveals| reveals.push(Arc::new(reveal)));
        self.arrive(target.to_vec(), decoded);
    }

    fn arrive(self, state: Vec<f32>, decoded: Option<Vec<f32>>) {
        let look = self.look();
        look.seen.update(|seen| seen.push(Seen { state, decoded }));
        look.turn.set(Turn::default());
        // Until the visitor aims again, the stage shows what the look revealed.
        look.aim.set(None);
    }

    /// One look of its own.
    pub fn wander(self) {
        let (look, mode) = (self.look(), self.state.mode.get_untracked());
        let (seen, subject) = (look.seen.get_untracked(), look.subject.get_untracked());
        let states: Vec<&[f32]> = seen.iter().map(|s| s.state.as_slice()).collect();
        let to = untrack(|| look.with_scenery(mode, |s| s.next_of_its_own(&subject, &states)));
        if let Some(to) = to {
            self.aim(Some(to));
            self.commit();
        }
    }

    /// Takes the last look back.
    pub fn undo(self) {
        let keep = usize::from(self.state.mode.get_untracked() == Mode::Rotate);
        self.look().round.set(None);
        self.look().seen.update(|seen| {
            if seen.len() > keep {
                seen.truncate(seen.len() - 1);
            }
        });
        self.look().status.set(text::UNDONE.to_owned());
    }

    /// Forgets what was seen.
    pub fn clear(self) {
        let keep = usize::from(self.state.mode.get_untracked() == Mode::Rotate);
        self.look().round.set(None);
        self.look().seen.update(|seen| seen.truncate(keep));
        self.look().observed.set(None);
        self.look().turn.set(Turn::default());
        self.aim(None);
        self.look().status.set(text::CLEARED.to_owned());
    }

    /// Goes to the next picture or object.
    pub fn next_subject(self) {
        let index = self.look().subject.with_untracked(|s| s.index + 1);
        self.set_subject(Subject { index, own: None });
    }

    /// Looks at a visitor's own picture.
    pub fn set_picture(self, picture: Picture) {
        self.set_subject(Subject { index: 0, own: Some(Arc::new(picture)) });
    }

    fn set_subject(self, subject: Subject) {
        self.clear_memory();
        self.drop_replay();
        self.look().subject.set(subject);
    }

    /// Goes to a subject and makes the looks that an address tells.
    pub fn go_to(self, index: usize, looks: Vec<Vec<f32>>, next: Option<Vec<f32>>) {
        self.set_subject(Subject { index, own: None });
        self.look().replay.set(looks);
        self.look().next.set(next);
        self.look().visit.update(|visit| *visit += 1);
    }

    /// Goes to the other world.
    pub fn set_mode(self, mode: Mode) {
        if self.state.mode.get_untracked() == mode {
            return;
        }
        self.clear_memory();
        self.drop_replay();
        self.look().file.set(None);
        self.look().checkpoint.set(None);
        self.look().own.set(None);
        self.look().has_run.set(false);
        self.look().weights.set(Weights::default());
        self.look().model.set(None);
        self.look().subject.set(Subject::default());
        self.state.mode.set(mode);
        self.live.open_shipped(mode);
    }

    /// Looks with other weights. Scores begin anew.
    pub fn set_weights(self, weights: Weights) {
        self.forget_scores();
        // Until the new weights have seen both, a look would still be the old ones'.
        self.look().bank.set(None);
        self.look().observed.set(None);
        self.live.set_weights(weights);
    }

    /// Keeps something from the model. Scores begin anew.
    pub fn set_lesion(self, lesion: Lesion) {
        self.forget_scores();
        self.live.drop_measured();
        // What was observed under the lesion before is not what this one shows.
        self.look().observed.set(None);
        self.look().lesion.set(lesion);
    }

    /// Scores begin anew: they were other weights'.
    pub fn forget_scores(self) {
        self.look().reveals.set(Vec::new());
        self.look().surprises.set(Vec::new());
        self.look().round.set(None);
        self.look().tally.set(Tally::default());
        self.look().pending.set(None);
        self.look().status.set(String::new());
    }

    fn drop_replay(self) {
        self.look().replay.set(Vec::new());
        self.look().next.set(None);
    }

    fn clear_memory(self) {
        self.look().forget_seen();
    }
}

fn views_of<'a>(
    scenery: &Scenery,
    subject: &Subject,
    states: impl Iterator<Item = &'a [f32]>,
) -> Views {
    Views { side_px: scenery.view_side_px(), rgb: scenery.views_rgb(subject, states) }
}
