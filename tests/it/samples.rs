//! What an engine measures between other commands, and what it takes beside a model.
//!
//! 1. Trials are those of an evaluation.
//! 2. Surveys go on to their end.
//! 3. Both are refused outside their limits, and 0 ends them.
//! 4. A decoder is taken for the model that it was fitted to.

use crate::talk::{Talk, files, open};
use crate::toy::device;
use seq_jepa::engine::decoder;
use seq_jepa::engine::run::frozen_of;
use seq_jepa::probe::exam::{EvalSettings, Exam};
use seq_jepa::probe::metrics::median;
use seq_jepa::probe::retrieval::retrieve;
use seq_jepa::protocol::{Command, Event, ModelCard, ProblemKind, SurveyReport, TrialsReport};
use seq_jepa::readout::{Decoder, Dense};
use seq_jepa::train::checkpoint;

#[test]
fn trials_go_on_between_commands_and_are_those_of_an_evaluation() {
    let mut talk = open();
    talk.refused(trials(1), ProblemKind::Command, &["1 trials", "2 to 1000"]);
    assert!(talk.say(trials(9)).is_empty(), "they are under way");
    let reports: Vec<TrialsReport> = go_on(&mut talk)
        .into_iter()
        .map(|event| match event {
            Event::Tried(report) => report,
            other => panic!("trials, found {other:?}"),
        })
        .collect();
    let done: Vec<usize> = reports.iter().map(|report| report.n_done).collect();
    assert_eq!(done, [4, 9], "no single one is left over");
    assert_eq!((reports[0].rank_interval, reports[1].n_candidates), (None, 81));
    let loaded = checkpoint::load(&files()[1], &device()).expect("its own file");
    let world = loaded.header.config.world.build().expect("its own world");
    let settings = EvalSettings { n_trials: 9, seed: 1, ..EvalSettings::live(2) };
    let exam = Exam::draw(world.as_ref(), &settings).expect("valid settings");
    let mean = &loaded.probes.latent_mean;
    let frozen = frozen_of(&loaded, &device());
    let found = retrieve(&frozen, &exam, mean);
    let found = pollster::block_on(found).expect("a CPU does not fail");
    assert_eq!(reports[1].rank, median(&found.model) as f32);
    assert_eq!(reports[1].rank_copy_last, median(&found.copy_last) as f32);
}

fn trials(n_trials: usize) -> Command {
    Command::Trials { request: 5, n_trials, seed: 1 }
}

#[test]
fn zero_trials_end_those_under_way() {
    let mut talk = open();
    talk.say(trials(9));
    assert!(talk.say(trials(0)).is_empty());
    let (sender, inbox) = async_channel::unbounded();
    drop(sender);
    pollster::block_on(talk.engine.run(inbox));
    assert!(talk.ear.take().is_empty(), "nothing goes on");
}

fn survey(n_sequences: usize) -> Command {
    Command::Survey { request: 6, n_sequences, seed: 1 }
}

#[test]
fn a_survey_goes_on_to_its_end() {
    let mut talk = open();
    talk.refused(survey(4), ProblemKind::Command, &["4 sequences", "5 to 1000"]);
    assert!(talk.say(survey(20)).is_empty(), "it is under way");
    let reports: Vec<SurveyReport> = go_on(&mut talk)
        .into_iter()
        .map(|event| match event {
            Event::Surveyed(report) => report,
            other => panic!("a survey, found {other:?}"),
        })
        .collect();
    let done: Vec<usize> = reports.iter().map(|report| report.n_done).collect();
    assert_eq!(done, [16, 20, 36, 40, 41, 42, 43, 44, 45, 46, 47, 47], "20 + 20 + 7 lengths");
    let (last, before) = reports.split_last().expect("reports");
    assert!(before.iter().all(|report| report.paths.is_empty() && report.spaces.is_empty()));
    assert_eq!((last.n_total, last.n_sequences, last.n_observed), (47, 20, 2));
    assert_eq!(last.paths.len(), 7);
    // The upcoming action alone is the answer to the first: no probe has a reason to fail.
    assert!(last.paths[0].model < 0.01 && last.paths[0].still > 0.1, "{:?}", last.paths[0]);
    let [z, z_agg] = &last.spaces[..] else { panic!("two spaces") };
    assert_eq!((z.places.len(), z_agg.places.len()), (20, 80), "four windows of 2 in 8 views");
    assert!(z.places.iter().flatten().all(|v| v.is_finite()));
}

#[test]
fn a_survey_is_ended_by_none() {
    let mut talk = open();
    talk.say(survey(20));
    assert!(talk.say(survey(0)).is_empty());
    assert!(go_on(&mut talk).is_empty(), "nothing goes on");
}

/// What is heard until the engine has nothing more to do.
fn go_on(talk: &mut Talk) -> Vec<Event> {
    let (sender, inbox) = async_channel::unbounded();
    if talk.engine.is_at_work() {
        talk.ear.inbox.replace(Some(sender));
    } else {
        drop(sender);
    }
    pollster::block_on(talk.engine.run(inbox));
    talk.ear.take()
}

#[test]
fn a_decoder_is_taken_for_its_own_model_alone() {
    let mut talk = open();
    let opened = talk.say(Command::Open { checkpoint: files()[1].clone() });
    let [Event::Opened { card, .. }] = &opened[..] else { panic!("opened, not {opened:?}") };
    let layer = |n_in: usize, n_out: usize| Dense {
        // Halves and quarters survive half precision.
        weight: (0..n_in * n_out).map(|i| 0.25 * (i % 7) as f32 - 0.5).collect(),
        bias: vec![0.5; n_out],
    };
    let layers = vec![layer(64, 3), layer(3, 12)];
    let drawn = Decoder { side_px: 2, layers, r2: 0.5 };
    let file = decoder::write(&drawn, card).expect("finite values");
    let ask = |file: &[u8]| Command::Decoder { file: file.to_vec() };
    assert_eq!(talk.say(ask(&file)), [Event::Decoder(drawn.clone())]);
    let kind = ProblemKind::Checkpoint;
    talk.refused(ask(&file[..99]), kind, &["decoder", "not a whole safetensors file"]);
    talk.refused(ask(&files()[1]), kind, &["decoder", "`seq-jepa decoder` made"]);
    talk.refused(
        Command::Open { checkpoint: file.clone() },
        kind,
        &["schema", "seq-jepa-decoder/1"],
    );
    let later = ModelCard { step: 2, ..card.clone() };
    let other = decoder::write(&drawn, &later).expect("finite values");
    talk.refused(
        ask(&other),
        kind,
        &["fitted to saccade nano", "step 2", "that looks is", "step 1"],
    );
    let narrow = Decoder { layers: vec![layer(63, 12)], ..drawn };
    let narrow = decoder::write(&narrow, card).expect("finite values");
    talk.refused(ask(&narrow), kind, &["expected widths from 64 to 12", "[63, 12]"]);
}

#[test]
fn a_file_is_peeked_at_without_being_opened() {
    let mut talk = open();
    let peek = |file: &[u8]| Command::Peek { checkpoint: file.to_vec() };
    let same = talk.say(peek(&files()[1]));
    let [Event::Peeked(same)] = &same[..] else { panic!("peeked, not {same:?}") };
    assert_eq!((same.preset.as_str(), same.step, same.resumable), ("nano", 1, true));
    assert_eq!((same.n_bytes, &same.differs), (files()[1].len(), &Vec::new()));
    let shipped = std::fs::read("assets/checkpoints/rotation-tiny.safetensors").expect("it ships");
    let other = talk.say(peek(&shipped));
    let [Event::Peeked(other)] = &other[..] else { panic!("peeked, not {other:?}") };
    assert_eq!((other.world.as_str(), other.resumable, other.has_path), ("rotation", false, true));
    assert!(other.probe.is_some());
    let batch = other.differs.iter().find(|[name, ..]| name == "batch");
    assert_eq!(batch, Some(&["batch", "64", "4"].map(str::to_owned)), "{:?}", other.differs);
    assert!(other.differs.iter().any(|[name, ..]| name == "model.predictor_hidden_dim"));
    talk.refused(peek(&shipped[..100]), ProblemKind::Checkpoint, &["not a whole safetensors"]);
    // What ran before runs on.
    let bank = Command::Bank { request: 1, views: crate::talk::views(1, 32) };
    assert!(matches!(&talk.say(bank)[..], [Event::Bank { .. }]));
}
