//! `seq-jepa bench`: trains what is missing, measures it, and writes the report.

mod fit;
mod jobs;
mod measuring;
mod questions;
mod scanpaths;
mod shared;
mod writing;

use super::Outcome;
use super::args::{BenchArgs, BudgetName, DeviceName, SuiteName};
use super::device;
use super::files;
use super::say::say;
use super::train::stop_flag;
use super::worlds;
use crate::bench::markdown;
use crate::bench::measures::Measures;
use crate::bench::merge::merged;
use crate::bench::plan::{Budget, Entry, Suite, entries};
use crate::bench::report::Report;
use jobs::Jobs;
use questions::Questions;
use shared::Worlds;
use std::path::{Path, PathBuf};

/// Runs the suites that the arguments name.
pub(super) fn run(args: &BenchArgs) -> Outcome {
    if let Some(path) = &args.table {
        return print_table(path);
    }
    if let (false, Some(folder)) = (args.merge.is_empty(), &args.report) {
        return merge(&args.merge, folder);
    }
    let device = device::open(args.device)?;
    let budget = match args.budget {
        BudgetName::Short => Budget::Short,
        BudgetName::Medium => Budget::Medium,
        BudgetName::Full => Budget::Full,
    };
    let out = args.out.clone().unwrap_or_else(|| default_folder(args, budget));
    let mut plan = Vec::new();
    for suite in suites(&args.suite) {
        plan.extend(entries(suite, budget, args.seeds)?);
    }
    let mut plan = chosen(plan, &args.only)?;
    let (data, saliency) = worlds::notes(&args.data)?;
    for entry in &mut plan {
        (entry.config.data, entry.config.saliency) = (data.clone(), saliency.clone());
    }
    let _held = files::hold(&out)?;
    let worlds = Worlds::new(&args.data);
    let questions = Questions::new(args, &worlds, budget)?;
    let jobs =
        Jobs { out: &out, device, worlds: &worlds, questions: &questions, stop: stop_flag()? };
    // A GPU takes one run after the other anyway.
    let alone = (args.device != DeviceName::Cpu).then_some(1);
    let found = jobs.run(&plan, args.jobs.or(alone))?;
    let found: Vec<(Entry, Measures)> = plan.into_iter().zip(found).collect();
    let report = questions.named(Report::new(budget, questions.data.clone(), &found, |suite| {
        questions.settings(suite).clone()
    }));
    writing::write(args.report.as_ref().unwrap_or(&out), &report)
}

/// Prints the README's tables from a report that was written before.
fn print_table(path: &Path) -> Outcome {
    say!("{}", markdown::readme(&writing::read(path)?).trim_end());
    Ok(())
}

/// Writes one report of several.
fn merge(paths: &[PathBuf], folder: &Path) -> Outcome {
    let parts: Result<Vec<Report>, String> = paths.iter().map(|path| writing::read(path)).collect();
    writing::write(folder, &merged(parts?)?)
}

/// In the order of [`Suite::ALL`].
fn suites(names: &[SuiteName]) -> Vec<Suite> {
    let named = |suite: &Suite| {
        let name = match suite {
            Suite::Rotation => SuiteName::Rotation,
            Suite::Saccade => SuiteName::Saccade,
            Suite::Augment => SuiteName::Augment,
        };
        names.contains(&SuiteName::All) || names.contains(&name)
    };
    Suite::ALL.into_iter().filter(named).collect()
}

fn default_folder(args: &BenchArgs, budget: Budget) -> PathBuf {
    let folders = [&args.data.data, &args.data.saliency].into_iter().flatten();
    let names: String =
        folders.map(|path| format!("-{}", super::folder::last_name(path))).collect();
    PathBuf::from("runs").join(format!("bench-{}{names}", budget.word()))
}

/// The entries of the variants that `--only` names; all when it names none.
fn chosen(plan: Vec<Entry>, only: &[String]) -> Result<Vec<Entry>, String> {
    let words: Vec<String> = plan.iter().map(|entry| entry.variant.word()).collect();
    if let Some(unknown) = only.iter().find(|word| !words.contains(word)) {
        let mut known = words;
        known.sort();
        known.dedup();
        return Err(format!("--only `{unknown}`: expected some of {}", known.join(", ")));
    }
    let wanted = |entry: &Entry| only.is_empty() || only.contains(&entry.variant.word());
    Ok(plan.into_iter().filter(wanted).collect())
}
