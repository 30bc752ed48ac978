//! Every command of the README runs.
//!
//! 1. Commands of the native program run as they stand, in their order, in a folder that has the
//!    project's `assets`; only training stops after two steps.
//! 2. Its tables of experiments, and those of `docs/experiments.md`, are the committed reports'.
//! 3. Every committed report's pages and figures are those of its numbers.
//! 4. Every `./dev VERB` is a verb that `./dev` lists. What the verbs do is `./dev test`'s business.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Lines of the README's `sh` blocks without comments.
fn commands() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("README.md")).expect("there is a README");
    let blocks = text.split("```sh\n").skip(1);
    let lines = blocks.filter_map(|block| block.split("```").next()).flat_map(str::lines);
    lines
        .map(|line| line.split(" # ").next().unwrap_or_default().trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// Words of a command of the native program.
fn native(line: &str) -> Option<Vec<&str>> {
    let rest = line.strip_prefix("cargo run --release -- ")?;
    Some(rest.split_whitespace().collect())
}

#[test]
fn every_native_command_runs_as_it_stands() {
    let folder = std::env::temp_dir().join(format!("seq-jepa-readme-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    link(&root().join("assets"), &folder.join("assets"));
    let lines = commands();
    let native: Vec<Vec<&str>> = lines.iter().filter_map(|line| native(line)).collect();
    for subcommand in ["train", "eval", "inspect", "sheet", "bench"] {
        assert!(native.iter().any(|words| words[0] == subcommand), "{subcommand} is told of");
    }
    for mut words in native {
        match words[0] {
            "train" => words.extend(["--stop-after", "2", "--probe-every", "0"]),
            "bench" if !words.contains(&"--table") => {
                words.extend(["--only", "untrained", "--seeds", "1"]);
            }
            _ => {}
        }
        let output = Command::new(env!("CARGO_BIN_EXE_seq-jepa"))
            .args(&words)
            .current_dir(&folder)
            .output()
            .expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {said}");
    }
    std::fs::remove_dir_all(&folder).ok();
}

#[test]
fn its_tables_are_those_of_the_reports() {
    let pages = ["README.md", "docs/experiments.md"];
    let pages = pages.map(|page| (page, std::fs::read_to_string(root().join(page)).expect(page)));
    let blocks: Vec<(&str, &str, &str)> = pages
        .iter()
        .flat_map(|(page, text)| text.split("<!-- bench:begin ").skip(1).map(|rest| (*page, rest)))
        .map(|(page, rest)| {
            let block = rest.split_once("<!-- bench:end -->").expect("an end mark").0;
            let (path, told) = block.split_once(" -->").expect("a report's path");
            (page, path, told)
        })
        .collect();
    assert!(
        blocks.iter().any(|(page, path, _)| {
            (*page, *path) == ("README.md", "assets/report/report.json")
        })
    );
    for (page, path, told) in blocks {
        let output = Command::new(env!("CARGO_BIN_EXE_seq-jepa"))
            .args(["bench", "--table", path])
            .current_dir(root())
            .output()
            .expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let made = String::from_utf8_lossy(&output.stdout).into_owned();
        let same = told.trim() == made.trim();
        assert!(same, "{page} differs from `seq-jepa bench --table {path}`: put that there");
    }
}

/// What readers see of a committed report is made from its numbers.
#[test]
fn committed_reports_are_made_from_their_numbers() {
    let main = root().join("assets/report");
    let others = std::fs::read_dir(&main).expect("there are reports");
    let others = others.map(|entry| entry.expect("a name").path()).filter(|path| path.is_dir());
    for folder in others.chain([main]) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let made =
            std::env::temp_dir().join(format!("seq-jepa-report-{}-{name}", std::process::id()));
        let output = Command::new(env!("CARGO_BIN_EXE_seq-jepa"))
            .args(["bench", "--merge"])
            .arg(folder.join("report.json"))
            .arg("--report")
            .arg(&made)
            .current_dir(root())
            .output()
            .expect("the program starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for entry in std::fs::read_dir(&made).expect("a folder") {
            let path = entry.expect("a file").path();
            let kept = folder.join(path.file_name().expect("a name"));
            let [new, old] = [&path, &kept].map(|path| std::fs::read(path).unwrap_or_default());
            assert!(new == old, "`seq-jepa bench --merge` does not make this: {}", kept.display());
        }
        std::fs::remove_dir_all(&made).ok();
    }
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) {
    std::os::unix::fs::symlink(from, to).expect("a link");
}

#[cfg(unix)]
#[test]
fn every_verb_of_the_readme_is_one() {
    let output = Command::new(root().join("dev")).output().expect("./dev runs");
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = commands();
    let verbs: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("./dev "))
        .filter_map(|rest| rest.split_whitespace().next())
        .collect();
    assert!(verbs.contains(&"serve") && verbs.contains(&"test"), "{verbs:?}");
    for verb in verbs {
        assert!(listed.contains(&format!("  {verb} ")), "./dev lists {verb}: {listed}");
    }
}
