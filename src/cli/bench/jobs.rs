//! Entries of a plan, some at a time, each on cores of its own.

use super::fit::{Fitted, Place};
use super::questions::Questions;
use super::shared::Worlds;
use crate::baseline::with_baseline;
use crate::bench::measures::Measures;
use crate::bench::plan::Entry;
use crate::cli::Outcome;
use crate::model::SeqJepa;
use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

/// Everything that all jobs share.
pub(super) struct Jobs<'a> {
    pub(super) out: &'a Path,
    pub(super) device: Device,
    pub(super) worlds: &'a Worlds<'a>,
    pub(super) questions: &'a Questions<'a>,
    pub(super) stop: Arc<AtomicBool>,
}

/// What jobs take from and give to.
struct Turns<'a> {
    plan: &'a [Entry],
    bar: &'a ProgressBar,
    next: AtomicUsize,
    found: Mutex<Vec<Option<Measures>>>,
}

impl Jobs<'_> {
    /// Trains and measures every entry, `n_jobs` at a time: a core each when not told otherwise. What
    /// is found comes in the plan's order.
    ///
    /// # Errors
    /// The first failure; the others then stop at their next step and keep their state.
    pub(super) fn run(
        &self,
        plan: &[Entry],
        n_jobs: Option<usize>,
    ) -> Result<Vec<Measures>, String> {
        let n_cores = thread::available_parallelism().map_or(1, usize::from);
        let n_jobs = n_jobs.unwrap_or(n_cores).clamp(1, plan.len().max(1));
        let mut total = 0;
        for entry in plan {
            total += self.work(entry)?;
        }
        let bar = progress_bar(total);
        let turns = Turns {
            plan,
            bar: &bar,
            next: AtomicUsize::new(0),
            found: Mutex::new(vec![None; plan.len()]),
        };
        let failure = Mutex::new(None);
        thread::scope(|scope| {
            for _ in 0..n_jobs {
                scope.spawn(|| {
                    let done = pool(n_cores / n_jobs)
                        .and_then(|pool| pool.install(|| self.take_turns(&turns)));
                    if let Err(why) = done {
                        self.stop.store(true, Ordering::Relaxed);
                        if let Ok(mut first) = failure.lock() {
                            first.get_or_insert(why);
                        }
                    }
                });
            }
        });
        bar.finish_and_clear();
        let died = || "a job died: its message stands above".to_owned();
        if let Some(why) = failure.into_inner().map_err(|_poisoned| died())? {
            return Err(why);
        }
        let found = turns.found.into_inner().map_err(|_poisoned| died())?;
        let all: Option<Vec<Measures>> = found.into_iter().collect();
        all.ok_or_else(|| "stopped; the same command goes on from here".to_owned())
    }

    /// What is left to do of an entry.
    fn work(&self, entry: &Entry) -> Result<u64, String> {
        let place = self.place(entry);
        let left = entry.config.steps - place.n_done(&entry.config)?.min(entry.config.steps);
        let training = entry.work() / entry.config.steps.max(1) * left;
        let known = self.questions.known(&place, entry).is_some();
        Ok(training + if known { 0 } else { self.questions.work(entry) })
    }

    fn place(&self, entry: &Entry) -> Place<'_> {
        Place { folder: self.out.join(entry.folder()), device: &self.device, stop: &self.stop }
    }

    fn take_turns(&self, turns: &Turns<'_>) -> Outcome {
        loop {
            let index = turns.next.fetch_add(1, Ordering::Relaxed);
            let Some(entry) = turns.plan.get(index) else { return Ok(()) };
            self.train(entry, turns.bar)?;
            if self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let measures = self.measure(entry, turns.bar)?;
            if let Ok(mut found) = turns.found.lock() {
                found[index] = Some(measures);
            }
        }
    }

    fn measure(&self, entry: &Entry, bar: &ProgressBar) -> Result<Measures, String> {
        let place = self.place(entry);
        if let Some(known) = self.questions.known(&place, entry) {
            return Ok(known);
        }
        bar.set_message(format!("measuring {}", entry.folder()));
        let material = self.questions.material(entry.suite)?;
        let own_law = self.questions.own_law(entry)?;
        let folders = self.questions.folders(entry);
        let measures = place.measure(entry, material, own_law.as_ref(), &folders)?;
        bar.inc(self.questions.work(entry));
        tell(bar, format!("{}: measured in {:.0} s", entry.folder(), measures.seconds));
        Ok(measures)
    }

    fn train(&self, entry: &Entry, bar: &ProgressBar) -> Outcome {
        let (place, config) = (self.place(entry), &entry.config);
        if entry.work() == 0 || place.is_done(config)? {
            return Ok(());
        }
        let world = self.worlds.get(&config.world)?.shared();
        bar.set_message(entry.folder());
        let began = Instant::now();
        let step = entry.work() / config.steps.max(1);
        let advance = || bar.inc(step);
        let fitted = with_baseline!(config.method,
            Network => place.fit::<Network>(config, world, &advance),
            seq_jepa => place.fit::<SeqJepa>(config, world, &advance))?;
        if fitted == Fitted::Done {
            tell(bar, format!("{}: trained in {} s", entry.folder(), began.elapsed().as_secs()));
        }
        Ok(())
    }
}

/// A line beside the bar, with what is left where there is no bar to show it.
fn tell(bar: &ProgressBar, text: String) {
    if !bar.is_hidden() {
        return bar.println(text);
    }
    let (done, all) = (bar.position() as f64, bar.length().unwrap_or(0).max(1) as f64);
    let left = bar.elapsed().as_secs_f64() * (all - done) / done.max(1.0);
    eprintln!("{text}; {:.0} %, about {:.0} min left", 100.0 * done / all, (left / 60.0).ceil());
}

fn pool(n_threads: usize) -> Result<rayon::ThreadPool, String> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(n_threads.max(1));
    builder.build().map_err(|why| format!("cannot start threads ({why})"))
}

fn progress_bar(total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template = "{bar:24} {percent} % · {elapsed} · ETA {eta} · {msg}";
    bar.set_style(ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()));
    bar
}
