//! Milliseconds of a training step and of encoding 64 views: minimum / median / maximum.
//!
//! `cargo bench --bench step -- [CASE]… [--device cpu|wgpu] [--rounds N] [--unfused] [--json]`
//!
//! `--steps` leaves the encoding out. Cases are a, b and c (see `cases.rs`) or presets. With `--serve` it times nothing by itself: every
//! line `step` or `encode` on its standard input is one round, answered by a line.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a benchmark prints, and may fail")]

mod cases;

use burn::tensor::Device;
use cases::Bench;
use seq_jepa::model::{Mode, read};
use std::io::BufRead as _;
use std::time::Instant;

struct Options {
    cases: Vec<String>,
    device: String,
    rounds: usize,
    serve: bool,
    steps_only: bool,
    json: bool,
}

fn options() -> Options {
    let (cases, device) = (Vec::new(), "cpu".to_owned());
    let mut found =
        Options { cases, device, rounds: 20, serve: false, steps_only: false, json: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--bench" => {} // cargo's own
            "--unfused" => seq_jepa::fused::prefer(true),
            "--steps" => found.steps_only = true,
            "--serve" => found.serve = true,
            "--json" => found.json = true,
            "--device" => found.device = words.next().expect("--device cpu or wgpu"),
            "--rounds" => {
                let n = words.next().and_then(|n| n.parse().ok());
                found.rounds = n.expect("--rounds and a number");
            }
            _ => found.cases.push(word),
        }
    }
    if found.cases.is_empty() {
        found.cases = ["a", "b", "c"].map(str::to_owned).to_vec();
    }
    found
}

impl Bench {
    fn step(&mut self) {
        let pending = self.trainer.submit(self.batch.clone());
        pollster::block_on(self.trainer.finish(pending)).expect("a finite step");
    }

    fn encode(&self) {
        let z = self.online.encode(self.views.clone(), Mode::Eval);
        pollster::block_on(read::flat(z)).expect("the device reads");
    }
}

fn ms(mut round: impl FnMut()) -> f64 {
    let start = Instant::now();
    round();
    start.elapsed().as_secs_f64() * 1e3
}

/// Milliseconds of each round after two that warm up, sorted, and CPU milliseconds a round.
fn timed(rounds: usize, mut round: impl FnMut()) -> (Vec<f64>, f64) {
    round();
    round();
    let cpu = cpu_ms();
    let mut times: Vec<f64> = (0..rounds).map(|_| ms(&mut round)).collect();
    times.sort_by(f64::total_cmp);
    (times, (cpu_ms() - cpu) / rounds as f64)
}

/// CPU time of this process so far, from Linux's accounts; 0 elsewhere.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    // User and system time, in ticks of 10 ms.
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() * 10.0
}

fn print(what: &str, case: &str, options: &Options, (times, cpu): (Vec<f64>, f64)) {
    let (min, max) = (times[0], times[times.len() - 1]);
    let median = times[times.len() / 2];
    let (threads, device) = (rayon::current_num_threads(), &options.device);
    if !options.json {
        println!(
            "{what} {case} on {device}, {threads} threads: {min:.1} / {median:.1} / {max:.1} ms, \
             CPU {cpu:.0}, {} rounds",
            times.len()
        );
        return;
    }
    println!(
        "{{\"what\":\"{what}\",\"config\":\"{case}\",\"device\":\"{device}\",\
         \"threads\":{threads},\"rounds\":{},\"ms\":{{\"min\":{min:.2},\"median\":{median:.2},\
         \"max\":{max:.2}}},\"cpu_ms\":{cpu:.1}}}",
        times.len()
    );
}

fn main() {
    // On a thread of the pool, as the program does.
    rayon::scope(|_| measure());
}

fn measure() {
    let options = options();
    let device = match options.device.as_str() {
        "cpu" => Device::flex(),
        #[cfg(feature = "gpu")]
        "wgpu" => pollster::block_on(Device::wgpu_options().init_async()).expect("an adapter"),
        other => panic!("no device `{other}` in this build: cpu, or wgpu with --features gpu"),
    };
    if !options.serve {
        println!("{}", machine(options.json));
    }
    for name in &options.cases {
        let mut bench = Bench::new(name, &device).expect("a case");
        if options.serve {
            return serve(&mut bench);
        }
        let step = timed(options.rounds, || bench.step());
        print("step", name, &options, step);
        if !options.steps_only {
            let encode = timed(options.rounds, || bench.encode());
            print("encode 64", name, &options, encode);
        }
    }
}

/// The processor's own name and its cores, from Linux's accounts.
fn machine(json: bool) -> String {
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = about.lines().find(|line| line.starts_with("model name")).unwrap_or_default();
    let name = line.split(": ").nth(1).unwrap_or("unknown CPU");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    match json {
        true => format!("{{\"machine\":{{\"cpu\":\"{name}\",\"cores\":{cores}}}}}"),
        false => format!("{name} · {cores} cores"),
    }
}

/// One round a line, until the input ends.
fn serve(bench: &mut Bench) {
    println!("{{\"about\":\"seq-jepa\"}}");
    for line in std::io::stdin().lock().lines() {
        let ms = match line.expect("lines of text").as_str() {
            "step" => ms(|| bench.step()),
            "encode" => ms(|| bench.encode()),
            other => panic!("`step` or `encode`, not `{other}`"),
        };
        println!("{{\"ms\":{ms:.3}}}");
    }
}
