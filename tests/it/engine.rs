//! The engine as a page sees it: commands in, events out.
//!
//! 1. Every cell of the table in `engine::session`.
//! 2. Wrong versions, files, views, actions and recipes are refused, and what ran before runs on.
//! 3. Play leads over steps, measurements and files to Finished; a saved file goes on.
//! 4. Batches that the host lends, and then no more, leave the run as it is.
//! 5. The CPU computes what `selftest.txt` holds; a device that computes otherwise fails.

use crate::talk::{Ear, Talk, files, open, recipe, saved, views};
use crate::toy::device;
use seq_jepa::engine::run::untrained_of;
use seq_jepa::engine::session::Session;
use seq_jepa::engine::{Refusal, selftest};
use seq_jepa::model::SeqJepa;
use seq_jepa::protocol::{
    Command, DeviceKind, Event, PRESETS, Phase, ProblemKind, Recipe, RunState, VERSION, VIEWS_MAX,
    Views,
};
use seq_jepa::train::flat::FlatLayout;
use seq_jepa::train::{checkpoint, preset};
use seq_jepa::world::{View, WorldConfig};

/// The same kernels on the same backend; another CPU's SIMD width orders sums otherwise.
const TOL_SELFTEST: f32 = 1e-4;

/// What a command was refused for.
fn told(why: Refusal) -> (ProblemKind, String) {
    match why {
        Refusal::Command { kind, problem } => (kind, problem),
        Refusal::Device(message) => panic!("a CPU does not fail: {message}"),
    }
}

fn bad_recipe() -> Recipe {
    Recipe { preset: "huge".to_owned(), ..recipe() }
}

/// A session in a state, without any measuring.
fn session_in(state: RunState) -> Session {
    let (mut session, ear) = (Session::Idle, Ear::default());
    let file = if state == RunState::Finished { &files()[3] } else { &files()[1] };
    if state != RunState::Idle {
        session.resume(file, &device(), &ear).expect("its own file");
    }
    if state == RunState::Playing {
        session.play(&ear).expect("a run that can go on");
    }
    assert_eq!(state_of(&mut session), state, "the table starts where it says");
    session
}

/// `Pause` tells the state and changes none but Playing, which is asked for first.
fn state_of(session: &mut Session) -> RunState {
    if session.is_playing() {
        return RunState::Playing;
    }
    let ear = Ear::default();
    session.pause(&ear).expect("pausing never fails");
    match ear.take().pop() {
        Some(Event::Training { state, .. }) => state,
        other => panic!("the state, found {other:?}"),
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Done,
    Refused,
}

/// One cell: the command, its answer and the state after it.
fn check_cell(from: RunState, command: &Command, answer: Answer, to: RunState) -> Vec<Event> {
    let (mut session, ear) = (session_in(from), Ear::default());
    let done = pollster::block_on(async {
        match command {
            Command::Begin { recipe } => session.begin(recipe, &device(), &ear).await,
            Command::Resume { checkpoint } => session.resume(checkpoint, &device(), &ear),
            Command::Play => session.play(&ear),
            Command::Pause => session.pause(&ear),
            Command::Step => session.step(&ear).await,
            Command::Save => session.save(&ear).await,
            Command::Stop => session.stop(&ear),
            other => unreachable!("{other:?} is not in the table"),
        }
    });
    let found = if done.is_ok() { Answer::Done } else { Answer::Refused };
    assert_eq!(found, answer, "{from:?}: {done:?}");
    if let Err(why) = done {
        assert_eq!(told(why).0, ProblemKind::Command, "{from:?}");
    }
    let events = ear.take();
    assert_eq!(state_of(&mut session), to, "after {from:?}, answered by {events:?}");
    events
}

const STATES: [RunState; 4] =
    [RunState::Idle, RunState::Paused, RunState::Playing, RunState::Finished];

#[test]
fn resume_leads_from_every_state_to_paused() {
    for from in STATES {
        let command = Command::Resume { checkpoint: files()[2].clone() };
        let events = check_cell(from, &command, Answer::Done, RunState::Paused);
        let [Event::Training { state: RunState::Paused, run: Some(run) }] = &events[..] else {
            panic!("the run's card, found {events:?}");
        };
        assert_eq!((run.step, run.recipe.steps), (2, Some(3)));
    }
}

#[test]
fn begin_leads_from_every_state_to_paused() {
    for from in STATES {
        let command = Command::Begin { recipe: recipe() };
        let events = check_cell(from, &command, Answer::Done, RunState::Paused);
        let told =
            matches!(events.last(), Some(Event::Training { run: Some(run), .. }) if run.step == 0);
        assert!(told, "{from:?}: {events:?}");
        let has = |wanted: fn(&Event) -> bool| events.iter().any(wanted);
        assert!(has(|e| matches!(e, Event::Progress { phase: Phase::World, .. })), "{from:?}");
        assert!(has(|e| matches!(e, Event::Probed(report) if report.step == 0)), "{from:?}");
        assert!(has(|e| matches!(e, Event::Snapshot { step: 0, .. })), "{from:?}");
    }
}

#[test]
fn play_needs_a_run_that_is_not_finished() {
    check_cell(RunState::Idle, &Command::Play, Answer::Refused, RunState::Idle);
    check_cell(RunState::Paused, &Command::Play, Answer::Done, RunState::Playing);
    check_cell(RunState::Playing, &Command::Play, Answer::Done, RunState::Playing);
    check_cell(RunState::Finished, &Command::Play, Answer::Refused, RunState::Finished);
}

#[test]
fn pause_holds_what_plays_and_changes_nothing_else() {
    check_cell(RunState::Idle, &Command::Pause, Answer::Done, RunState::Idle);
    check_cell(RunState::Paused, &Command::Pause, Answer::Done, RunState::Paused);
    check_cell(RunState::Playing, &Command::Pause, Answer::Done, RunState::Paused);
    check_cell(RunState::Finished, &Command::Pause, Answer::Done, RunState::Finished);
}

#[test]
fn step_makes_one_step_and_holds() {
    check_cell(RunState::Idle, &Command::Step, Answer::Refused, RunState::Idle);
    check_cell(RunState::Finished, &Command::Step, Answer::Refused, RunState::Finished);
    for from in [RunState::Paused, RunState::Playing] {
        let events = check_cell(from, &Command::Step, Answer::Done, RunState::Paused);
        let steps = events.iter().filter(|event| matches!(event, Event::Step(r) if r.step == 2));
        assert_eq!(steps.count(), 1, "{from:?}: {events:?}");
        assert!(events.iter().any(|e| matches!(e, Event::Snapshot { step: 2, .. })), "{from:?}");
        assert!(
            matches!(events.last(), Some(Event::Training { run: Some(run), .. }) if run.step == 2),
            "{from:?}"
        );
    }
}

#[test]
fn save_hands_out_a_file_wherever_there_is_a_run() {
    check_cell(RunState::Idle, &Command::Save, Answer::Refused, RunState::Idle);
    for from in [RunState::Paused, RunState::Playing, RunState::Finished] {
        let events = check_cell(from, &Command::Save, Answer::Done, from);
        let [Event::Saved { file_name, recipe_line, checkpoint }] = &events[..] else {
            panic!("a file, found {events:?}");
        };
        let step = if from == RunState::Finished { 3 } else { 1 };
        assert_eq!(*file_name, format!("saccade-nano-4-step-{step}.safetensors"));
        assert_eq!(
            recipe_line,
            "seq-jepa train --preset nano --world saccade --seed 4 --steps 3 --batch 4"
        );
        let loaded = checkpoint::load(checkpoint, &device()).expect("its own file");
        assert_eq!(loaded.header.step, step);
        assert!(loaded.optimizer.is_some(), "{from:?}: full state");
    }
}

#[test]
fn stop_leads_from_every_state_to_idle() {
    for from in STATES {
        let events = check_cell(from, &Command::Stop, Answer::Done, RunState::Idle);
        assert_eq!(events, [Event::Training { state: RunState::Idle, run: None }], "{from:?}");
    }
}

#[test]
fn the_last_step_by_hand_finishes_the_run() {
    let (mut session, ear) = (Session::Idle, Ear::default());
    session.resume(&files()[2], &device(), &ear).expect("its own file");
    pollster::block_on(session.step(&ear)).expect("the third step");
    assert_eq!(state_of(&mut session), RunState::Finished);
    let (_, problem) = told(session.play(&ear).expect_err("nothing is left to do"));
    assert!(problem.contains("last step"), "{problem}");
}

#[test]
fn a_recipe_or_a_file_that_cannot_be_used_keeps_the_old_run() {
    for from in STATES {
        let (mut session, ear) = (session_in(from), Ear::default());
        let begun = pollster::block_on(session.begin(&bad_recipe(), &device(), &ear));
        let (kind, problem) = told(begun.expect_err("no such preset"));
        assert_eq!(kind, ProblemKind::Recipe);
        assert!(problem.contains("huge"), "{problem}");
        let why = session.resume(&[1, 2, 3], &device(), &ear).expect_err("no file");
        assert_eq!(told(why).0, ProblemKind::Checkpoint);
        assert!(!ear.take().iter().any(|e| matches!(e, Event::Training { .. })), "{from:?}");
        assert_eq!(state_of(&mut session), from);
    }
}

#[test]
fn play_leads_to_finished_and_hands_out_what_is_due() {
    let mut talk = Talk::new();
    talk.say(Command::Begin { recipe: recipe() });
    let (sender, inbox) = async_channel::bounded(4);
    sender.try_send(Command::Play).expect("room for one");
    *talk.ear.inbox.borrow_mut() = Some(sender);
    pollster::block_on(talk.engine.run(inbox));
    let events = talk.ear.take();
    let steps: Vec<u64> = events
        .iter()
        .filter_map(|event| match event {
            Event::Step(report) => Some(report.step),
            _ => None,
        })
        .collect();
    assert_eq!(steps, [1, 2, 3]);
    let has = |wanted: fn(&Event) -> bool| events.iter().any(wanted);
    assert!(has(|e| matches!(e, Event::Probed(report) if report.step == 3)));
    assert!(has(|e| matches!(e, Event::Snapshot { step: 3, .. })));
    assert!(has(|e| matches!(e, Event::Autosave { step: 3, .. })));
    assert!(matches!(events.last(), Some(Event::Training { state: RunState::Finished, .. })));
    assert!(!has(|e| matches!(e, Event::Refused { .. })), "{events:?}");
}

/// Kernels are compiled in the first step of an engine, wherever the run stands.
#[test]
fn only_a_gpu_has_kernels_to_compile_and_only_once() {
    for (kind, expected) in [(DeviceKind::Cpu, 0), (DeviceKind::Gpu, 1)] {
        let mut talk = Talk::of(kind);
        let mut events = talk.say(Command::Resume { checkpoint: files()[1].clone() });
        events.extend(talk.say(Command::Step));
        events.extend(talk.say(Command::Step));
        let is_kernels = |e: &&Event| matches!(e, Event::Progress { phase: Phase::Kernels, .. });
        assert_eq!(events.iter().filter(is_kernels).count(), expected, "{kind:?}");
    }
}

#[test]
fn batches_made_beside_the_engine_are_those_it_makes_by_itself() {
    let mut talk = Talk::new();
    talk.ear.lent.replace(Some(Vec::new()));
    talk.say(Command::Begin { recipe: recipe() });
    for file in &files()[1..] {
        talk.say(Command::Step);
        assert!(saved(&mut talk) == *file, "the run is the same, byte for byte");
    }
    assert_eq!(*talk.ear.lent.borrow(), Some(vec![0, 1, 2]), "one after the other");
}

#[test]
fn a_saved_file_goes_on_with_the_losses_of_the_run() {
    let mut talk = Talk::new();
    let losses = |events: Vec<Event>| {
        events.into_iter().find_map(|event| match event {
            Event::Step(report) => Some((report.step, report.loss)),
            _ => None,
        })
    };
    talk.say(Command::Resume { checkpoint: files()[0].clone() });
    talk.say(Command::Step);
    let straight = losses(talk.say(Command::Step));
    talk.say(Command::Resume { checkpoint: files()[1].clone() });
    let resumed = losses(talk.say(Command::Step));
    assert!(straight.is_some_and(|(step, loss)| step == 2 && loss.is_finite()), "{straight:?}");
    assert_eq!(resumed, straight);
}

#[test]
fn both_ends_must_speak_one_version() {
    let mut talk = Talk::new();
    let events = talk.say(Command::Hello { version: VERSION });
    let ready =
        |e: &Event| matches!(e, Event::Ready { version: VERSION, device } if device.name == "flex");
    assert!(matches!(&events[..], [event] if ready(event)), "{events:?}");
    let other = Command::Hello { version: VERSION + 1 };
    talk.refused(other, ProblemKind::Version, &[&VERSION.to_string(), "reload"]);
}

#[test]
fn without_a_model_there_is_nothing_to_look_with() {
    let mut talk = Talk::new();
    let observe = Command::Observe { request: 1, views: views(1, 32), actions: vec![] };
    talk.refused(observe, ProblemKind::Command, &["no checkpoint is open"]);
    let bank = Command::Bank { request: 2, views: views(1, 32) };
    talk.refused(bank, ProblemKind::Command, &["no checkpoint is open"]);
}

#[test]
fn views_and_actions_that_do_not_fit_are_refused() {
    let mut talk = open();
    let bank = |views| Command::Bank { request: 1, views };
    let kind = ProblemKind::Command;
    talk.refused(bank(views(1, 16)), kind, &["side 16", "32"]);
    talk.refused(bank(views(0, 32)), kind, &["0 bytes"]);
    let mut cut = views(2, 32);
    cut.rgb.pop();
    talk.refused(bank(cut), kind, &["6143 bytes", "3072"]);
    talk.refused(bank(views(VIEWS_MAX + 1, 32)), kind, &["1025 views", "at most 1024"]);
    talk.refused(bank(Views { side_px: usize::MAX, rgb: vec![0; 3] }), kind, &["side"]);
    let observe = |views, actions| Command::Observe { request: 1, views, actions };
    talk.refused(observe(views(2, 32), vec![]), kind, &["2 views need 1 action"]);
    talk.refused(observe(views(1, 32), vec![vec![0.0; 2]]), kind, &["1 views need 0 actions"]);
    talk.refused(observe(views(2, 32), vec![vec![0.0; 3]]), kind, &["2 components"]);
    let nan = vec![vec![f32::NAN, 0.0]];
    talk.refused(observe(views(2, 32), nan), kind, &["finite"]);
    talk.refused(
        Command::Sample { request: 1, recipe: recipe(), index: 0, n_views: 1 },
        kind,
        &["sequence of 1 views", "2 to 16"],
    );
}

#[test]
fn garbage_is_refused_and_the_old_model_goes_on_answering() {
    let mut talk = open();
    let ask = |talk: &mut Talk| {
        let actions = vec![vec![0.25, -0.5]];
        talk.say(Command::Observe { request: 9, views: views(2, 32), actions })
    };
    let before = ask(&mut talk);
    let [Event::Observed { request: 9, z_agg, z_last, attention }] = &before[..] else {
        panic!("an answer: {before:?}");
    };
    assert!(z_agg.iter().chain(z_last).all(|value| value.is_finite()), "{before:?}");
    assert!(!attention.is_empty(), "every layer tells what it attends to");
    for layer in attention {
        // Itself and two views; the weights of a softmax, each rounded to a float.
        assert_eq!(layer.len(), 3);
        assert!((layer.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{layer:?}");
    }
    for garbage in [vec![], vec![7; 1000], files()[1][..5000].to_vec()] {
        talk.refused(
            Command::Open { checkpoint: garbage },
            ProblemKind::Checkpoint,
            &["checkpoint"],
        );
    }
    assert_eq!(ask(&mut talk), before);
}

#[test]
fn a_bank_answers_for_each_view_what_observing_it_last_answers() {
    let mut talk = open();
    let events = talk.say(Command::Bank { request: 3, views: views(3, 32) });
    let [Event::Bank { request: 3, latents }] = &events[..] else { panic!("a bank: {events:?}") };
    let all = views(3, 32);
    let n = 32 * 32 * 3;
    for (index, rgb) in all.rgb.chunks_exact(n).enumerate() {
        let one = Views { side_px: 32, rgb: rgb.to_vec() };
        let events = talk.say(Command::Observe { request: 4, views: one, actions: vec![] });
        let [Event::Observed { z_last, .. }] = &events[..] else { panic!("an answer: {events:?}") };
        let d = z_last.len();
        let change = crate::toy::largest_difference(z_last, &latents[index * d..(index + 1) * d]);
        assert!(change < TOL_SELFTEST, "view {index}: {change:e}");
    }
}

#[test]
fn an_untrained_model_is_its_run_at_step_0() {
    let mut talk = open();
    let bank = || Command::Bank { request: 1, views: views(1, 32) };
    let trained = talk.say(bank());
    let opened = talk.say(Command::Untrain);
    let [Event::Opened { card, readout }] = &opened[..] else { panic!("opened, not {opened:?}") };
    assert_eq!((card.step, &card.probe, card.resumable), (0, &None, false));
    assert!(readout.path_heads.is_empty(), "heads of other weights say nothing here");
    let untrained = talk.say(bank());
    let config = checkpoint::load(&files()[1], &device()).expect("its own file").header.config;
    let frozen = untrained_of(&config, &device()).expect("weights to begin with");
    let view = View { side_px: 32, rgb: views(1, 32).rgb };
    let latents = pollster::block_on(frozen.encode_target(&[&view])).expect("a CPU does not fail");
    let [Event::Bank { latents: found, .. }] = &untrained[..] else { panic!("a bank") };
    let [Event::Bank { latents: before, .. }] = &trained[..] else { panic!("a bank") };
    assert_eq!(found, latents.row(0));
    assert_ne!(found, before);
}

#[test]
fn the_same_index_is_the_same_sample() {
    let mut talk = Talk::new();
    let mut ask =
        |index| talk.say(Command::Sample { request: 5, recipe: recipe(), index, n_views: 4 });
    let first = ask(11);
    let [Event::Sampled { request: 5, views, actions }] = &first[..] else {
        panic!("a sample: {first:?}");
    };
    assert_eq!((views.rgb.len(), actions.len()), (4 * 32 * 32 * 3, 3));
    assert_eq!(ask(11), first);
    assert_ne!(ask(12), first);
}

/// `UPDATE_GOLDEN=1` writes the file anew.
#[test]
fn the_cpu_computes_what_the_self_test_holds() {
    let found = pollster::block_on(selftest::compute(&device())).expect("flex computes");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/engine/selftest.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, selftest::text_of(&found)).expect("the source can be written");
    }
    let text = std::fs::read_to_string(path).expect("the golden file");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), found.len(), "one line a part; UPDATE_GOLDEN=1 makes them");
    for (index, (line, found)) in lines.iter().zip(&found).enumerate() {
        let bits = |word| u32::from_str_radix(word, 16).expect("the bits of a number");
        let expected: Vec<f32> = line.split(' ').map(|word| f32::from_bits(bits(word))).collect();
        let scale = expected.iter().fold(f32::MIN_POSITIVE, |max, v| max.max(v.abs()));
        let error = crate::toy::largest_difference(found, &expected) / scale;
        assert!(error <= TOL_SELFTEST, "part {index}: {error:e}; UPDATE_GOLDEN=1 if intended");
        assert!(found.iter().any(|v| *v != found[0]), "part {index} is not one constant");
    }
}

#[test]
fn the_cpu_passes_its_self_test() {
    let events = Talk::new().say(Command::SelfTest);
    let [Event::SelfTested { rows }] = &events[..] else { panic!("rows: {events:?}") };
    let parts: Vec<&str> = rows.iter().map(|row| row.part.as_str()).collect();
    assert_eq!(parts, ["convolution", "normalization", "attention", "backward", "optimizer step"]);
    assert!(rows.iter().all(|row| row.relative_error <= row.tolerance), "{rows:?}");
    assert!(rows.iter().all(|row| row.tolerance <= 1e-3), "the issue's bar: {rows:?}");
}

#[test]
fn what_the_page_says_of_presets_is_so() {
    for facts in PRESETS {
        let config = preset::run(facts.name, WorldConfig::saccade()).expect("a preset");
        let found = (config.n_observed, config.batch, config.steps, config.learning_rate);
        assert_eq!(found, (facts.n_observed, facts.batch, facts.steps, facts.learning_rate));
        let model = SeqJepa::new(&config.model, &device().autodiff());
        let n_m = FlatLayout::of(&model).n_parameters() as f32 / 1e6;
        let off = (n_m - facts.n_parameters_m).abs() / n_m;
        assert!(off < 0.04, "{}: {n_m} M, told {}", facts.name, facts.n_parameters_m);
    }
}
