//! The native program as a person in a terminal meets it.
//!
//! 1. `train --help` explains every flag; defaults are said.
//! 2. Three steps write whole files and metric lines; `inspect` reads them; resuming goes on to
//!    the last step; `eval --json` prints the object; `sheet` draws a picture.
//! 3. What cannot be done is one sentence on standard error and exit code 1; a wrong command line
//!    is exit code 2; nothing panics.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A folder of this process under the system's own, removed when it is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("seq-jepa-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

pub(crate) fn seq_jepa(args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_seq-jepa");
    Command::new(program).args(args).env("COLUMNS", "100").output().expect("the program starts")
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

pub(crate) fn succeed(args: &[&str]) -> String {
    let output = seq_jepa(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", err(&output));
    out(&output)
}

/// Exit code 1 and one sentence with these words.
pub(crate) fn fail(args: &[&str], words: &[&str]) {
    let output = seq_jepa(args);
    let said = err(&output);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
    assert!(!said.contains("panicked"), "{args:?}: {said}");
    assert!(said.starts_with("seq-jepa: ") && said.trim_end().lines().count() == 1, "{said}");
    for word in words {
        assert!(said.contains(word), "{args:?}: {said:?} does not say {word:?}");
    }
}

/// A run of six steps that was stopped after three: made once for all tests that read it at the
/// same time, and removed by the last of them.
fn stopped() -> Arc<Folder> {
    static RUN: Mutex<Weak<Folder>> = Mutex::new(Weak::new());
    let mut run = RUN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(folder) = run.upgrade() {
        return folder;
    }
    let folder = Arc::new(Folder::new("stopped"));
    let said = succeed(&[
        "train",
        "--preset",
        "nano",
        "--world",
        "saccade",
        "--batch",
        "4",
        "--steps",
        "6",
        "--stop-after",
        "3",
        "--probe-every",
        "0",
        "--out",
        text(&folder.0),
    ]);
    assert!(said.contains("step 3 of 6"), "{said}");
    *run = Arc::downgrade(&folder);
    folder
}

#[test]
fn train_help_explains_every_flag_with_its_default() {
    let help = succeed(&["train", "--help"]);
    let flags = [
        "--preset",
        "--world",
        "--resume",
        "--out",
        "--device",
        "--seed",
        "--steps",
        "--batch",
        "--views",
        "--lr",
        "--tau",
        "--conditioning",
        "--plain",
        "--data",
        "--probe-every",
        "--save-every",
        "--stop-after",
        "--unfused",
    ];
    for flag in flags {
        let at = help.find(flag).unwrap_or_else(|| panic!("{flag} is not explained: {help}"));
        let lines: Vec<&str> = help[at..].lines().take(2).collect();
        assert!(lines.join(" ").split_whitespace().count() > 4, "{flag}: {lines:?}");
    }
    for default in ["[default: tiny]", "[default: saccade]", "[default: cpu]", "[default: both]"] {
        assert!(help.contains(default), "{default}: {help}");
    }
    assert!(help.contains("seconds") || help.contains("Seconds"), "units are said: {help}");
}

#[test]
fn every_subcommand_has_a_help() {
    let help = succeed(&["--help"]);
    for command in ["train", "eval", "inspect", "selftest", "sheet", "record"] {
        assert!(help.contains(command), "{command}: {help}");
        assert!(succeed(&[command, "--help"]).contains("Usage"), "{command}");
    }
}

#[test]
fn the_cpu_passes_the_selftest_with_fused_operations_and_without() {
    for words in [&["selftest"][..], &["selftest", "--unfused"]] {
        let said = succeed(words);
        assert!(said.contains("backward") && said.contains("optimizer step"), "{said}");
    }
}

#[test]
fn three_steps_write_whole_files_and_metric_lines() {
    let run = stopped();
    for name in ["last.safetensors", "weights.safetensors"] {
        let bytes = std::fs::read(run.file(name)).expect("the file");
        let header = seq_jepa::train::checkpoint::peek(&bytes).expect("a whole checkpoint");
        assert_eq!((header.step, header.config.steps), (3, 6), "{name}");
    }
    let names: Vec<_> = std::fs::read_dir(&run.0).expect("the folder").flatten().collect();
    let parts = names.iter().filter(|entry| text(&entry.path()).ends_with(".part"));
    assert_eq!(parts.count(), 0, "no half-written file is left: {names:?}");
    let lines = std::fs::read_to_string(run.file("metrics.jsonl")).expect("metric lines");
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("one JSON a line")).collect();
    let loss = lines.iter().find_map(|line| line["train/loss"].as_f64()).expect("a loss");
    assert!((0.0..=2.0).contains(&loss), "1 − cosine is {loss}");
    assert!(lines.iter().any(|line| line["val/r2_action"].is_number()), "{lines:?}");
}

#[test]
fn inspect_says_what_is_in_a_file() {
    let run = stopped();
    let file = run.file("last.safetensors");
    let said = succeed(&["inspect", text(&file)]);
    for word in ["nano", "saccade", "3", "6", "both"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let listed = succeed(&["inspect", text(&file), "--tensors"]);
    for word in ["model.encoder.conv1.weight", "target.conv1.weight", "optim.first.agg_token"] {
        assert!(listed.contains(word), "{word}: {listed}");
    }
}

#[test]
fn resuming_goes_on_to_the_last_step() {
    let folder = Folder::new("resume");
    let run = stopped();
    let from = run.file("last.safetensors");
    let args = ["train", "--resume", text(&from), "--probe-every", "0", "--out", text(&folder.0)];
    let said = succeed(&args);
    assert!(said.contains("step 3 of 6") && said.contains("step 6 of 6"), "{said}");
    let bytes = std::fs::read(folder.file("last.safetensors")).expect("the file");
    let header = seq_jepa::train::checkpoint::peek(&bytes).expect("a whole checkpoint");
    assert_eq!(header.step, 6);
    let weights = run.file("weights.safetensors");
    let out = folder.file("weights");
    fail(
        &["train", "--resume", text(&weights), "--out", text(&out)],
        &["weights only", text(&weights)],
    );
}

#[test]
fn eval_prints_one_json_object_with_a_null_beside_every_number() {
    let run = stopped();
    let file = run.file("weights.safetensors");
    let asked = ["--trials", "20", "--seed", "1", "--views", "3", "--json"];
    let said = succeed(&[&["eval", text(&file)], &asked[..]].concat());
    let json: Value = serde_json::from_str(said.trim()).expect("one JSON object and nothing else");
    let number = |pointer: &str| {
        let value = json.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}: {json}"));
        value.as_f64().unwrap_or_else(|| panic!("{pointer} is {value}"))
    };
    assert_eq!((number("/rank/n"), number("/accuracy/n_observed")), (20.0, 3.0));
    for key in ["median", "chance", "copy_last", "shuffled", "untrained"] {
        let rank = number(&format!("/rank/{key}"));
        assert!((1.0..=81.0).contains(&rank), "rank {key}: {rank}");
    }
    assert_eq!(number("/rank/chance"), 41.0, "the middle of 81 places");
    for key in ["z_agg", "z", "chance"] {
        let accuracy = number(&format!("/accuracy/{key}"));
        assert!((0.0..=1.0).contains(&accuracy), "accuracy {key}: {accuracy}");
    }
    for key in ["effective_rank", "deviation"] {
        assert!(number(&format!("/health/{key}")) >= 0.0, "{key}");
    }
    assert!(!json["mrr"].is_null() && !json["equivariance_r2"].is_null(), "{json}");
    let path = json["path_r2"].as_array().expect("a row a length");
    assert!(!path.is_empty(), "{json}");
    for row in path {
        assert!(row.get("untrained").is_some(), "a null beside every length: {row}");
    }
}

#[test]
fn a_sheet_is_a_picture() {
    for world in ["saccade", "rotation"] {
        let folder = Folder::new(world);
        let file = folder.file("sheet.png");
        let args = ["sheet", "--world", world, "--rows", "2", "--views", "3", "--out", text(&file)];
        succeed(&args);
        let bytes = std::fs::read(&file).expect("the picture");
        assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n", "{world}");
        assert!(bytes.len() > 1_000, "{world}: {} bytes", bytes.len());
    }
}

/// The page's first frame is what its checkpoint says, not what somebody wrote.
#[test]
fn recording_again_changes_nothing_in_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Folder::new("record");
    let (page, shipped) = (folder.file("index.html"), root.join("index.html"));
    std::fs::copy(&shipped, &page).expect("the page can be copied");
    let checkpoint = root.join("assets/checkpoints/saccade-tiny.safetensors");
    succeed(&["record", text(&checkpoint), "--page", text(&page), "--out", text(&folder.0)]);
    let read = |path: &Path| std::fs::read(path).expect("a whole file");
    assert_eq!(String::from_utf8(read(&page)), String::from_utf8(read(&shipped)));
    let recorded = |name: &str| read(&root.join("assets/recorded").join(name));
    assert_eq!(read(&folder.file("picture.png")), recorded("picture.png"));
    // A color of the heat map may differ by rounding between processors.
    assert_eq!(read(&folder.file("heat.png"))[..8], recorded("heat.png")[..8]);
    std::fs::write(&page, "no marks").expect("the folder is ours");
    fail(
        &["record", text(&checkpoint), "--page", text(&page), "--out", text(&folder.0)],
        &["recorded:begin", text(&page)],
    );
}

#[test]
fn a_reader_that_leaves_early_is_no_panic() {
    use std::process::Stdio;
    let run = stopped();
    let file = run.file("weights.safetensors");
    let mut program = Command::new(env!("CARGO_BIN_EXE_seq-jepa"))
        .args(["inspect", text(&file), "--tensors"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(program.stdout.take());
    let output = program.wait_with_output().expect("the program ends");
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""));
}

#[test]
fn a_damaged_file_is_one_sentence_that_names_it() {
    let folder = Folder::new("damaged");
    let good = std::fs::read(stopped().file("last.safetensors")).expect("the file");
    let half = folder.file("half.safetensors");
    std::fs::write(&half, &good[..good.len() / 2]).expect("the folder is ours");
    let empty = folder.file("empty.safetensors");
    std::fs::write(&empty, []).expect("the folder is ours");
    let missing = folder.file("missing.safetensors");
    for file in [&half, &empty, &missing] {
        let path = text(file);
        let out = text(&folder.0);
        fail(&["train", "--resume", path, "--out", out], &[path]);
        fail(&["inspect", path], &[path]);
        fail(&["eval", path, "--json"], &[path]);
    }
    let shipped =
        concat!(env!("CARGO_MANIFEST_DIR"), "/assets/checkpoints/saccade-tiny.safetensors");
    fail(&["eval", shipped, "--views", "0"], &["n_observed", "found 0"]);
}

#[test]
fn a_run_that_cannot_be_is_one_sentence() {
    fail(&["train", "--preset", "huge"], &["huge", "nano", "tiny"]);
    fail(&["train", "--preset", "paper-rotation", "--world", "saccade"], &["paper-rotation"]);
    fail(&["train", "--preset", "nano", "--batch", "1"], &["batch", "found 1"]);
    fail(&["train", "--preset", "nano", "--lr", "7"], &["learning_rate", "found 7"]);
    fail(&["train", "--preset", "nano", "--conditioning", "some"], &["some", "token"]);
    fail(&["train", "--preset", "nano", "--views", "4-2"], &["n_observed_min", "found 4"]);
    let nowhere = "/nowhere/at/all";
    fail(&["train", "--preset", "nano", "--data", nowhere], &[nowhere]);
}

#[test]
fn a_wrong_command_line_is_exit_code_two() {
    for args in [&["fly"][..], &["train", "--wings"], &["train", "--steps", "many"], &["eval"]] {
        let output = seq_jepa(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", err(&output));
        assert!(!err(&output).contains("panicked"), "{args:?}");
    }
}
