//! `seq-jepa bench` as a person runs it.
//!
//! 1. Run again it changes no byte; begun anew elsewhere it finds the same numbers.
//! 2. Stopped in the middle of a run it says so, and goes on from there to the numbers of one that was
//!    never stopped; a second one keeps out of its folder.
//! 3. Other pictures and recorded fixations become rows of the report.
//! 4. What cannot be done is a sentence that names it.

use crate::cli::{Folder, err, fail, out, seq_jepa, succeed, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The smallest suite, for one seed of one variant.
fn small<'a>(variant: &'a str, folder: &'a Path, more: &[&'a str]) -> Vec<&'a str> {
    let what =
        ["bench", "--suite", "saccade", "--seeds", "1", "--budget", "30m", "--only", variant];
    [what.as_slice(), &["--out", text(folder)], more].concat()
}

/// That of untrained networks: a measurement each.
fn bench(folder: &Path, more: &[&str]) -> String {
    succeed(&small("untrained", folder, more))
}

/// Files of the report by name.
fn report(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file"));
    entries
        .filter(|entry| entry.path().is_file() && entry.file_name() != ".lock")
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).expect("readable"))
        })
        .collect()
}

/// The report's numbers without what a clock says.
fn numbers(folder: &Path) -> Value {
    fn timeless(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("seconds");
                fields.values_mut().for_each(timeless);
            }
            Value::Array(items) => items.iter_mut().for_each(timeless),
            _ => {}
        }
    }
    let text = std::fs::read(folder.join("report.json")).expect("a report");
    let mut json: Value = serde_json::from_slice(&text).expect("JSON");
    timeless(&mut json);
    json
}

#[test]
fn the_same_seeds_give_the_same_report() {
    let (first, second) = (Folder::new("bench-a"), Folder::new("bench-b"));
    let said = bench(&first.0, &[]);
    assert!(said.contains("| untrained |") && said.contains("report.md"), "{said}");
    let before = report(&first.0);
    let names: Vec<&str> = before.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "class-saccade.svg",
            "mrr-saccade.svg",
            "report.json",
            "report.md",
            "tradeoff-saccade.svg"
        ]
    );
    bench(&first.0, &[]);
    assert_eq!(report(&first.0), before);
    bench(&second.0, &["--jobs", "1"]);
    assert_eq!(numbers(&second.0), numbers(&first.0));
    let table = succeed(&["bench", "--table", text(&first.file("report.json"))]);
    assert!(table.contains("| untrained |") && !table.contains("| C9 |"), "{table}");
    let told = std::fs::read_to_string(first.file("report.md")).expect("a report");
    assert!(
        told.contains("| C9 | saccade |") && told.contains("| not run |  | undecided |"),
        "{told}"
    );
    merge_is_the_union(&first, &second);
}

/// Two reports of the same run are that run; with numbers changed they are refused.
fn merge_is_the_union(first: &Folder, second: &Folder) {
    let (one, other) = (first.file("report.json"), second.file("report.json"));
    let both = Folder::new("bench-both");
    let merge = ["bench", "--report", text(&both.0), "--merge", text(&one), text(&other)];
    succeed(&merge);
    assert_eq!(report(&both.0), report(&first.0));
    let forged =
        std::fs::read_to_string(&other).expect("it").replace("\"n_trials\":2", "\"n_trials\":3");
    std::fs::write(&other, &forged).expect("writable");
    fail(&merge, &["cannot be merged", "questions"]);
    let older = forged.replace("{\"protocol\":", "{\"protocol\":1");
    std::fs::write(&other, older).expect("writable");
    fail(&merge, &["not a report of this version", "protocol 13, not 3", "run the bench again"]);
}

#[test]
fn a_stopped_run_goes_on() {
    let folder = Folder::new("bench-stopped");
    let args = small("byol", &folder.0, &[]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_seq-jepa"))
        .args(&args)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // The views of the first steps take the longest; some steps are done by then.
    sleep(Duration::from_secs(4));
    fail(&args, &["another process", "--out", text(&folder.0)]);
    let id = child.id().to_string();
    Command::new("kill").args(["-INT", &id]).status().expect("a signal");
    let asked = Instant::now();
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(1));
    assert!(asked.elapsed() < Duration::from_secs(20));
    let state = folder.file("saccade/byol-s1/last.safetensors");
    assert!(state.exists(), "its state is kept");
    let again = seq_jepa(&args);
    assert_eq!(again.status.code(), Some(0), "{}", err(&again));
    assert!(err(&again).contains("saccade/byol-s1: trained in"), "{}", err(&again));
    assert!(out(&again).contains("| BYOL | – |"), "{}", out(&again));
    assert!(!state.exists() && folder.file("saccade/byol-s1/weights.safetensors").exists());
    fail(&["eval", text(&folder.file("saccade/byol-s1/weights.safetensors"))], &["BYOL"]);
    let unstopped = Folder::new("bench-unstopped");
    succeed(&small("byol", &unstopped.0, &["--jobs", "1"]));
    assert_eq!(numbers(&unstopped.0), numbers(&folder.0));
}

#[test]
fn other_pictures_and_recorded_ways_are_asked() {
    let folder = Folder::new("bench-elsewhere");
    let picture = |path: &str, seed: u64| {
        let path = folder.file(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        let seed = seed.to_string();
        succeed(&["sheet", "--rows", "3", "--seed", &seed, "--out", text(&path)]);
    };
    for seed in 0..12 {
        picture(&format!("other/{}/{seed}.png", ["a", "b"][seed as usize % 2]), seed);
    }
    let mut table = String::from("image,subject,index,x,y,duration_ms\n");
    for image in 0..3 {
        picture(&format!("ways/stimuli/{image}.jpg"), 20 + image);
        // A PNG's width and height stand at its bytes 16 to 24.
        let bytes = std::fs::read(folder.file(&format!("ways/stimuli/{image}.jpg"))).expect("it");
        let size = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("4")) as f32;
        let (width, height) = (size(16), size(20));
        let side = width.min(height);
        for (index, [x, y]) in
            [[0.0, 0.0], [0.0, 0.0], [-0.25, 0.2], [0.25, -0.2]].iter().enumerate()
        {
            let (x, y) = (0.5 * width + x * side, 0.5 * height + y * side);
            table.push_str(&format!("{image},0,{index},{x},{y},200\n"));
        }
    }
    std::fs::write(folder.file("ways/fixations.csv"), table).expect("writable");
    let (other, ways) = (folder.file("other"), folder.file("ways"));
    bench(&folder.file("out"), &["--transfer", text(&other), "--scanpaths", text(&ways)]);
    let found = numbers(&folder.file("out"));
    let measures = &found["suites"][0]["rows"][0]["runs"][0]["measures"];
    assert_eq!(measures["transfer"].as_array().map(Vec::len), Some(3));
    assert_eq!(measures["human"]["along"]["n"], 3);
    assert_eq!(measures["human"]["sampled"]["n_candidates"], 81);
    let told = std::fs::read_to_string(folder.file("out/report.md")).expect("a report");
    assert!(told.contains("### Along recorded scanpaths"), "{told}");
    assert!(told.contains("### Class on other pictures"), "{told}");
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = Folder::new("bench-bad");
    let out = text(&folder.0);
    fail(&["bench", "--only", "simclr,mocov3", "--out", out], &["mocov3", "simclr", "seq-jepa"]);
    let missing = folder.file("none.json");
    fail(&["bench", "--table", text(&missing)], &["none.json", "seq-jepa bench"]);
    std::fs::write(folder.file("bad.json"), "{}").expect("writable");
    fail(&["bench", "--table", text(&folder.file("bad.json"))], &["bad.json", "not a report"]);
    // Another run's weights where its own would be.
    let place = folder.file("saccade/seq-jepa-s1");
    std::fs::create_dir_all(&place).expect("writable");
    let shipped =
        concat!(env!("CARGO_MANIFEST_DIR"), "/assets/checkpoints/saccade-tiny.safetensors");
    std::fs::copy(shipped, place.join("weights.safetensors")).expect("writable");
    fail(&small("seq-jepa", &folder.0, &[]), &["other settings", "weights.safetensors", "--out"]);
}
