//! The rules that a compiler does not know, as plain string work on `src`.
//!
//! 1. Rooms import along the arrows of [`ARROWS`] alone.
//! 2. The target is asked for only at the edges.
//! 3. Every file says what it is, in at most 600 lines.
//! 4. Files, threads and the clock are for the native edge. No `unwrap()` outside tests; every TODO has an issue.
//! 5. The page and its maker of views hold no tensor library, and the page's colors are in one place.
//!
//! A finding is `file:line: what is wrong: what to do`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Room → rooms it may import. A new arrow is a decision: draw it in `src/lib.rs` too.
const ARROWS: [(&str, &[&str]); 16] = [
    ("world", &[]),
    ("readout", &[]),
    ("scenery", &["world", "readout"]),
    ("protocol", &["readout", "world"]),
    ("fused", &[]),
    ("model", &["fused"]),
    ("train", &["model", "world", "fused"]),
    ("baseline", &["train", "model", "world", "fused"]),
    ("bench", &["baseline", "train", "probe", "model", "world", "readout"]),
    ("probe", &["model", "world", "readout"]),
    ("engine", &["train", "probe", "model", "world", "protocol", "readout"]),
    ("loader", &["world"]),
    ("worker", &["engine", "protocol", "loader", "world"]),
    ("page", &["protocol", "scenery", "readout", "world"]),
    (
        "cli",
        &[
            "bench", "baseline", "engine", "train", "probe", "model", "world", "protocol",
            "readout", "scenery", "fused",
        ],
    ),
    ("lib.rs", &[]),
];

/// Where `cfg` may name a target.
const TARGET_EDGES: [&str; 3] = ["lib.rs", "worker/", "page/"];

/// Longest file.
const LINES_MAX: usize = 600;

/// Files of the page and its scenery that may hold color values.
const COLOR_FILES: [&str; 1] = ["scenery/heat.rs"];

struct Source {
    /// Below `src`.
    path: String,
    text: String,
}

impl Source {
    /// Lines of code with their 1-based numbers: no comments, no tests.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .take_while(|(_, line)| *line != "mod tests {")
            .map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
    }

    /// The room: the first folder, or the file itself without its ending.
    fn room(&self) -> &str {
        match self.path.split_once('/') {
            Some((room, _)) => room,
            None if self.path == "lib.rs" => "lib.rs",
            None => self.path.trim_end_matches(".rs"),
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("src is readable") {
            let path = entry.expect("src is readable").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    let src = root().join("src");
    let mut paths = Vec::new();
    walk(&src, &mut paths);
    paths.sort();
    assert!(paths.len() > 50, "found the sources");
    let source = |path: PathBuf| Source {
        path: path.strip_prefix(&src).expect("below src").to_string_lossy().replace('\\', "/"),
        text: std::fs::read_to_string(&path).expect("a source is text"),
    };
    paths.into_iter().map(source).collect()
}

fn check(findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

/// Rooms that a line of code names after `crate::` (or `seq_jepa::`, in the programs).
fn imports(line: &str) -> Vec<String> {
    let rest = |start: &'static str| line.split(start).skip(1).collect::<Vec<_>>();
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
    };
    rest("crate::")
        .into_iter()
        .flat_map(|text| match text.strip_prefix('{') {
            Some(list) => list
                .split('}')
                .next()
                .unwrap_or_default()
                .split(',')
                .map(|w| word(w.trim()))
                .collect(),
            None => vec![word(text)],
        })
        .filter(|room| ARROWS.iter().any(|(known, _)| known == room))
        .collect()
}

#[test]
fn rooms_import_along_the_arrows_alone() {
    let mut findings = Vec::new();
    for source in sources() {
        let room = source.room();
        if room == "bin" {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == room) else {
            findings.push(format!("src/{}:1: room `{room}` is not in ARROWS: add it", source.path));
            continue;
        };
        for (number, line) in source.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for import in imports(code) {
                if import != room && !allowed.contains(&import.as_str()) {
                    findings.push(format!(
                        "src/{}:{}: `{room}` imports `{import}`: allowed are {allowed:?}",
                        source.path,
                        number + 1
                    ));
                }
            }
        }
    }
    check(findings);
}

#[test]
fn the_target_is_asked_for_only_at_the_edges() {
    let mut findings = Vec::new();
    for source in sources() {
        if TARGET_EDGES.iter().any(|edge| source.path.starts_with(edge)) {
            continue;
        }
        for (number, line) in source.code() {
            if ["target_family", "target_arch", "target_os"].iter().any(|word| line.contains(word))
            {
                findings.push(format!(
                    "src/{}:{number}: names the target: move it to {TARGET_EDGES:?}",
                    source.path
                ));
            }
        }
    }
    check(findings);
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    let mut findings = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//! ") {
            findings.push(format!(
                "src/{}:1: says not what it is: begin with `//! ` and a sentence",
                source.path
            ));
        }
        let n = source.text.lines().count();
        if n > LINES_MAX {
            findings.push(format!(
                "src/{}:{n}: longer than {LINES_MAX} lines: split it by its nouns",
                source.path
            ));
        }
    }
    check(findings);
}

#[test]
fn no_unwrap_outside_tests_and_no_todo_without_an_issue() {
    let mut findings = Vec::new();
    for source in sources() {
        for (number, line) in source.code() {
            if line.contains(".unwrap()") {
                findings.push(format!(
                    "src/{}:{number}: unwrap: return an error, or expect(\"why not\")",
                    source.path
                ));
            }
        }
        for (index, line) in source.text.lines().enumerate() {
            for word in ["TODO", "FIXME", "XXX"] {
                let numbered = line.contains(&format!("{word}(#"));
                if line.contains(word) && !numbered {
                    findings.push(format!(
                        "src/{}:{}: {word} without an issue: write `{word}(#12): what`",
                        source.path,
                        index + 1
                    ));
                }
            }
        }
    }
    check(findings);
}

/// Black and middle gray as masks of blend modes are no colors that a visitor sees.
const MASKS: [&str; 2] = ["000", "808080"];

/// What a browser does not have, and who may use it all the same.
const NATIVE: [&str; 6] = [
    "std::fs",
    "std::thread",
    "std::net",
    "std::process",
    "std::time::Instant",
    "std::time::SystemTime",
];

#[test]
fn files_threads_and_the_clock_are_for_the_native_edge() {
    let mut findings = Vec::new();
    for source in sources() {
        if ["cli", "bin"].contains(&source.room()) || source.path == "world/golden.rs" {
            continue;
        }
        for (number, line) in source.code() {
            for word in NATIVE.iter().filter(|word| line.contains(**word)) {
                findings.push(format!(
                    "src/{}:{number}: `{word}` does not exist in a browser: ask the caller, or \
                     use web_time",
                    source.path
                ));
            }
        }
    }
    check(findings);
}

/// Whether a line holds a color literal: a `#` and 3, 4, 6 or 8 hexadecimal digits in quotes.
fn has_color(line: &str) -> bool {
    line.split("\"#").skip(1).any(|rest| {
        let n = rest.chars().take_while(char::is_ascii_hexdigit).count();
        let color = [3, 4, 6, 8].contains(&n) && rest[n..].starts_with('"');
        color && !MASKS.contains(&&rest[..n])
    })
}

#[test]
fn the_pages_colors_are_in_one_place() {
    let mut findings = Vec::new();
    for source in sources() {
        if !["page", "scenery"].contains(&source.room())
            || COLOR_FILES.contains(&source.path.as_str())
        {
            continue;
        }
        for (number, line) in source.code() {
            if has_color(line) || line.contains("\"rgb(") || line.contains("\"hsl(") {
                findings.push(format!(
                    "src/{}:{number}: a color: take it from www/tokens.css or {COLOR_FILES:?}",
                    source.path
                ));
            }
        }
    }
    check(findings);
}

#[test]
fn what_a_visitor_loads_first_does_not_reach_the_tensor_library() {
    for (feature, known) in [("page", "leptos"), ("loader", "web-sys")] {
        let output = Command::new(env!("CARGO"))
            .current_dir(root())
            .args(["tree", "--offline", "--locked", "--no-default-features"])
            .args(["--features", feature, "-e", "normal", "--prefix", "none"])
            .args(["--target", "wasm32-unknown-unknown"])
            .output()
            .expect("cargo runs");
        let tree = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(tree.contains(known), "the tree of `{feature}`: {tree}");
        let heavy = ["burn", "cubecl", "wgpu", "safetensors", "clap", "image"];
        let found: Vec<&str> = tree
            .lines()
            .filter(|line| heavy.iter().any(|name| line.split([' ', '-']).next() == Some(name)))
            .collect();
        assert!(found.is_empty(), "`{feature}` reaches {found:?}: cut the arrow that leads there");
    }
}

#[test]
fn the_checks_find_what_they_look_for() {
    assert_eq!(imports("use crate::probe::rows;"), ["probe"]);
    assert_eq!(imports("use crate::{engine::Run, world};"), ["engine", "world"]);
    assert_eq!(imports("let x = crate::model::Mode::Eval;"), ["model"]);
    assert!(has_color("pen.fill(\"#fff\")") && has_color("(\"#12ab34\", 1)"));
    assert!(!has_color("pen.fill(\"#808080\")"));
    assert!(!has_color("href=\"#top\"") && !has_color("\"#add-a-picture\""));
}
