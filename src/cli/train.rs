//! `seq-jepa train`: the loop round a run, with progress, metric lines and saves.

use super::args::TrainArgs;
use super::say::say;
use super::{Outcome, device, files, source::Source, worlds};
use crate::engine::{recipe, run::Run};
use crate::probe::report::EvalReport;
use crate::protocol::Recipe;
use crate::train::checkpoint::{self, Content};
use crate::train::config::RunConfig;
use crate::train::trainer::StepNumbers;
use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressStyle};
use pollster::block_on;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Steps between two metric lines and between two updates of the bar.
const LOG_EVERY: u64 = 10;

/// The file of the full state.
const LAST: &str = "last.safetensors";

/// The file of the weights alone.
const WEIGHTS: &str = "weights.safetensors";

/// What a program ends with that was interrupted by a key, by the custom of shells: 128 and the signal's
/// number.
const ENDED_BY_KEY: i32 = 130;

/// Trains until the last step, the limit of this call, or Ctrl-C; saves in each case.
pub(super) fn run(args: &TrainArgs) -> Outcome {
    let device = device::open(args.device)?;
    let (run, folder) = match &args.resume {
        Some(path) => resume(args, path, &device)?,
        None => begin(args, &device)?,
    };
    let _held = files::hold(&folder)?;
    let config = run.trainer().config().clone();
    say!(
        "{} parameters; step {} of {}; writing to {}",
        run.trainer().n_parameters(),
        run.trainer().step(),
        config.steps,
        folder.display()
    );
    let source = Source::start(run.world().clone(), &config, run.trainer().step());
    let bar = progress_bar(&run);
    let mut session = Session {
        run,
        source,
        folder,
        bar,
        saved: Instant::now(),
        stepping: Duration::ZERO,
        waited: Duration::ZERO,
        steps: 0,
    };
    session.loop_until_done(args)
}

/// A new run from flags, and the folder for its files.
fn begin(args: &TrainArgs, device: &Device) -> Result<(Run, PathBuf), String> {
    let mut config = config(args)?;
    (config.data, config.saliency) = worlds::notes(&args.data)?;
    let folder = args.out.clone().unwrap_or_else(|| default_folder(&config));
    refuse_another_run(&folder, None)?;
    let world = worlds::build(&config.world, &args.data)?.shared();
    Ok((Run::begin(config, world, device)?, folder))
}

/// The run in a file, and the folder for its files: that of the file unless told otherwise.
fn resume(args: &TrainArgs, path: &Path, device: &Device) -> Result<(Run, PathBuf), String> {
    let beside = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let beside = beside.unwrap_or(Path::new(".")).to_owned();
    let bytes = files::read_checkpoint(path)?;
    let located = |why: checkpoint::CheckpointError| format!("{why}: {}", path.display());
    let header = checkpoint::peek(&bytes).map_err(located)?;
    if header.step >= header.config.steps {
        return Err(format!(
            "this run has done all of its {} steps, there is nothing to go on with: {}",
            header.config.steps,
            path.display()
        ));
    }
    let folder = args.out.clone().unwrap_or(beside);
    refuse_another_run(&folder, Some(path))?;
    let loaded = checkpoint::load(&bytes, device).map_err(located)?;
    let world = worlds::rebuild(&loaded.header.config, &args.data)?.shared();
    Ok((Run::resume(loaded, world, device).map_err(located)?, folder))
}

/// Refuses a folder that holds the state of a run other than the one in `resumed`.
fn refuse_another_run(folder: &Path, resumed: Option<&Path>) -> Outcome {
    let last = folder.join(LAST);
    let same = |file: &Path| match (file.canonicalize(), last.canonicalize()) {
        (Ok(file), Ok(last)) => file == last,
        _ => false,
    };
    if !last.exists() || resumed.is_some_and(same) {
        return Ok(());
    }
    Err(format!(
        "a run lies there already: go on with it by `--resume {}`, or choose another folder with \
         `--out`",
        last.display()
    ))
}

fn config(args: &TrainArgs) -> Result<RunConfig, String> {
    let mut config = recipe::config_of(&Recipe {
        preset: args.preset.clone(),
        world: args.world.word().to_owned(),
        seed: args.seed.unwrap_or(1),
        steps: args.steps,
        batch: args.batch,
        learning_rate: args.lr,
        conditioning: args.conditioning.clone(),
    })?;
    if let Some(views) = args.views {
        (config.n_observed_min, config.n_observed) = views;
    }
    config.tau_start = args.tau.unwrap_or(config.tau_start);
    worlds::make_plain(&mut config.world, args.plain)?;
    worlds::scale_by_sequence(&mut config.world, args.sequence_scale)?;
    config.validate()?;
    Ok(config)
}

fn default_folder(config: &RunConfig) -> PathBuf {
    let mut name = format!("{}-{}-{}", config.world.word(), config.preset, config.seed);
    if let Some(data) = &config.data {
        name.push('-');
        name.push_str(data);
    }
    if config.model.conditioning.word() != "both" {
        name.push('-');
        name.push_str(config.model.conditioning.word());
    }
    PathBuf::from("runs").join(name)
}

fn progress_bar(run: &Run) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(run.trainer().config().steps).with_position(run.trainer().step());
    let template = "{bar:24} {pos}/{len} · {per_sec} · ETA {eta} · {msg}";
    bar.set_style(ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()));
    bar.reset_eta();
    bar
}

/// One call's loop.
struct Session {
    run: Run,
    source: Source,
    folder: PathBuf,
    bar: ProgressBar,
    saved: Instant,
    /// Time in steps, waiting for views included, measuring and saving not.
    stepping: Duration,
    /// Waiting for views.
    waited: Duration,
    /// Steps of this call.
    steps: u64,
}

impl Session {
    fn loop_until_done(&mut self, args: &TrainArgs) -> Outcome {
        let stop = stop_flag()?;
        self.write_line(&serde_json::json!({
            "step": self.run.trainer().step(),
            "run/recipe": recipe::line_of(self.run.trainer().config()),
        }))?;
        self.measure_untrained()?;
        while !self.run.trainer().is_finished()
            && args.stop_after.is_none_or(|limit| self.steps < limit)
            && !stop.load(Ordering::Relaxed)
        {
            self.step()?;
            let step = self.run.trainer().step();
            if args.probe_every > 0 && step.is_multiple_of(args.probe_every) {
                self.measure()?;
            }
            if self.saved.elapsed() >= Duration::from_secs(args.save_every) {
                self.save_state()?;
            }
        }
        self.close()
    }

    /// One step. When it fails, the last good state is saved before the reason is told.
    fn step(&mut self) -> Outcome {
        let asked = Instant::now();
        let batch = self.source.next()?;
        self.waited += asked.elapsed();
        let pending = self.run.submit(batch);
        let finished = block_on(self.run.finish(pending));
        self.stepping += asked.elapsed();
        match finished {
            Ok(numbers) => {
                self.steps += 1;
                self.log(&numbers)
            }
            Err(why) => {
                self.save_state()?;
                Err(format!("{why} (saved in {})", self.folder.display()))
            }
        }
    }

    fn log(&self, numbers: &StepNumbers) -> Outcome {
        self.bar.set_position(numbers.step);
        if !numbers.step.is_multiple_of(LOG_EVERY) && numbers.step != 1 {
            return Ok(());
        }
        let (steps_per_s, wait) = self.pace();
        let mut message = format!("loss {:.3} · wait {:.0} %", numbers.loss, 100.0 * wait);
        if let Some((_, report)) = self.run.measured() {
            message.push_str(&format!(" · {}", short(report)));
        }
        self.bar.set_message(message);
        let line = serde_json::json!({
            "step": numbers.step,
            "train/loss": numbers.loss,
            "train/lr": numbers.learning_rate,
            "train/tau": numbers.tau,
            "health/grad_norm": numbers.grad_norm,
            "health/z_std": numbers.z_deviation,
            "perf/it_s": steps_per_s,
            "perf/wait_share": wait,
        });
        self.write_line(&line)
    }

    /// The nulls of every later measurement.
    fn measure_untrained(&mut self) -> Outcome {
        if self.run.trainer().step() == 0 {
            return self.measure();
        }
        block_on(self.run.measure_untrained(&mut |_, _| {}))
    }

    fn measure(&mut self) -> Outcome {
        let step = self.run.trainer().step();
        if self.run.measured().is_some_and(|(last, _)| *last == step) && self.steps > 0 {
            return Ok(());
        }
        let bar = self.bar.clone();
        bar.set_message("measuring on held-out data");
        let report = block_on(self.run.measure(&mut |_, _| {}))?.clone();
        let text = format!("step {step}: {}", short(&report));
        match self.bar.is_hidden() {
            true => say!("{text}"),
            false => self.bar.println(text),
        }
        let line = serde_json::json!({
            "step": step,
            "val/r2_action": report.equivariance_r2.value,
            "val/r2_action_untrained": report.equivariance_r2.untrained,
            "val/acc_zagg": report.accuracy.z_agg,
            "val/acc_zt": report.accuracy.z,
            "val/acc_chance": report.accuracy.chance,
            "val/rank": report.rank.median,
            "val/rank_chance": report.rank.chance,
            "val/rank_untrained": report.rank.untrained,
            "val/rank_copy_last": report.rank.copy_last,
            "val/rank_shuffled": report.rank.shuffled,
            "val/mrr": report.mrr.value,
            "health/eff_rank": report.health.effective_rank,
        });
        self.write_line(&line)
    }

    fn write_line(&self, line: &serde_json::Value) -> Outcome {
        std::fs::create_dir_all(&self.folder)
            .map_err(|why| format!("cannot make the folder ({why}): {}", self.folder.display()))?;
        files::append_line(&self.folder.join("metrics.jsonl"), &line.to_string())
    }

    fn save_state(&mut self) -> Outcome {
        let bytes = block_on(self.run.save(Content::FullState)).map_err(|why| why.to_string())?;
        files::write_whole(&self.folder.join(LAST), &bytes)?;
        self.saved = Instant::now();
        Ok(())
    }

    /// Steps a second, and the share of a step that is waiting for views.
    fn pace(&self) -> (f64, f64) {
        let seconds = self.stepping.as_secs_f64().max(1e-9);
        (self.steps as f64 / seconds, self.waited.as_secs_f64() / seconds)
    }

    /// The last measurement and both files.
    fn close(&mut self) -> Outcome {
        self.measure()?;
        self.save_state()?;
        let weights = block_on(self.run.save(Content::Weights)).map_err(|why| why.to_string())?;
        files::write_whole(&self.folder.join(WEIGHTS), &weights)?;
        self.bar.finish_and_clear();
        let (steps_per_s, wait) = self.pace();
        say!(
            "step {} of {}: {steps_per_s:.2} steps/s, waiting for views {:.1} % of the time",
            self.run.trainer().step(),
            self.run.trainer().config().steps,
            100.0 * wait
        );
        say!("full state: {}", self.folder.join(LAST).display());
        say!("weights:    {}", self.folder.join(WEIGHTS).display());
        Ok(())
    }
}

/// Set when Ctrl-C is pressed; pressed again, it ends the program at once, which loses what is not yet
/// written and leaves every file whole.
///
/// # Errors
/// When the key cannot be listened to.
pub(super) fn stop_flag() -> Result<Arc<AtomicBool>, String> {
    let stop = Arc::new(AtomicBool::new(false));
    let set = stop.clone();
    #[expect(clippy::exit, reason = "a measurement of minutes listens to nothing else")]
    let pressed = move || {
        if set.swap(true, Ordering::Relaxed) {
            std::process::exit(ENDED_BY_KEY);
        }
        eprintln!("stopping, once what is under way is saved; Ctrl-C again ends at once");
    };
    ctrlc::set_handler(pressed).map_err(|why| format!("cannot listen to Ctrl-C ({why})"))?;
    Ok(stop)
}

/// A measurement in a line.
fn short(report: &EvalReport) -> String {
    let untrained = |value: Option<f64>, digits: usize| {
        value.map_or_else(String::new, |value| format!(", untrained {value:.digits$}"))
    };
    format!(
        "R² {:.2} (null 0{}) · rank {:.1} of {} (chance {:.0}, copy-last {:.1}, shuffled {:.1}{}) \
         · class z_AGG {:.2} z {:.2} (chance {:.2}) · MRR {:.2} · effective rank {:.1}",
        report.equivariance_r2.value,
        untrained(report.equivariance_r2.untrained, 2),
        report.rank.median,
        report.rank.n_candidates,
        report.rank.chance,
        report.rank.copy_last,
        report.rank.shuffled,
        untrained(report.rank.untrained, 1),
        report.accuracy.z_agg,
        report.accuracy.z,
        report.accuracy.chance,
        report.mrr.value,
        report.health.effective_rank
    )
}
