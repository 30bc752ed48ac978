//! Milliseconds of a training step and of encoding 64 views, as JSON lines.
//!
//! `cargo bench --bench step -- [a] [b] [c] [--device cpu|wgpu] [--rounds N] [--unfused]`
//!
//! The configurations are those that other libraries were timed at: a, b and c differ in batch,
//! sequence length and view size, the model is one of 1.32 M parameters.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a benchmark prints, and may fail")]

use burn::tensor::{Device, Tensor, TensorData};
use seq_jepa::model::config::{AggregatorConfig, EncoderConfig, StageConfig};
use seq_jepa::model::{Conditioning, Mode, NormKind, SeqJepaConfig, Stem, read};
use seq_jepa::train::batch::Batch;
use seq_jepa::train::config::RunConfig;
use seq_jepa::train::preset;
use seq_jepa::train::trainer::Trainer;
use seq_jepa::world::{WorldConfig, rng};
use std::time::Instant;

/// Batch, observed views, side of a view in pixels.
const CONFIGS: [(&str, [usize; 3]); 3] =
    [("a", [8, 3, 32]), ("b", [32, 3, 32]), ("c", [16, 4, 64])];

struct Options {
    configs: Vec<String>,
    device: String,
    rounds: usize,
}

fn options() -> Options {
    let mut found = Options { configs: Vec::new(), device: "cpu".to_owned(), rounds: 20 };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--bench" => {} // cargo's own
            "--unfused" => seq_jepa::fused::prefer(true),
            "--device" => found.device = words.next().expect("--device cpu or wgpu"),
            "--rounds" => {
                let n = words.next().and_then(|n| n.parse().ok());
                found.rounds = n.expect("--rounds and a number");
            }
            _ if CONFIGS.iter().any(|(name, _)| *name == word) => found.configs.push(word),
            _ => panic!("`{word}` is no configuration (a, b, c) and no option"),
        }
    }
    if found.configs.is_empty() {
        found.configs = CONFIGS.iter().map(|(name, _)| (*name).to_owned()).collect();
    }
    found
}

fn model() -> SeqJepaConfig {
    let stage = |channels, stride| StageConfig { channels, blocks: 1, stride };
    SeqJepaConfig {
        encoder: EncoderConfig {
            stem: Stem::Cifar,
            stem_channels: 16,
            stages: vec![stage(16, 1), stage(32, 2), stage(64, 2), stage(128, 2)],
            norm: NormKind::Batch,
        },
        action_dim: 4,
        action_embed_dim: 32,
        conditioning: Conditioning::Both,
        aggregator: AggregatorConfig { n_layers: 3, n_heads: 4, ff_ratio: 4, dropout: 0.0 },
        predictor_hidden_dim: 256,
    }
}

fn normals<const R: usize>(purpose: &str, shape: [usize; R], device: &Device) -> Tensor<R> {
    let mut chance = rng::stream(1, purpose, 0);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng::normal(&mut chance)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn trainer([batch, n_observed, _]: [usize; 3], device: &Device) -> Trainer {
    let world = WorldConfig::from_word("rotation").expect("a world");
    let preset = preset::run("nano", world).expect("a preset");
    let config = RunConfig { model: model(), batch, n_observed, steps: 1_000_000, ..preset };
    Trainer::new(config, device).expect("a model")
}

/// Milliseconds of each round after two that warm up, and CPU milliseconds a round.
fn timed(rounds: usize, mut round: impl FnMut()) -> (Vec<f64>, f64) {
    round();
    round();
    let cpu = cpu_ms();
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            round();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
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

fn print(what: &str, config: &str, device: &str, (times, cpu): (Vec<f64>, f64)) {
    let (min, max) = (times[0], times[times.len() - 1]);
    let median = times[times.len() / 2];
    let threads = std::env::var("RAYON_NUM_THREADS").unwrap_or_else(|_| "all".to_owned());
    println!(
        "{{\"what\":\"{what}\",\"config\":\"{config}\",\"device\":\"{device}\",\
         \"threads\":\"{threads}\",\"rounds\":{},\"ms\":{{\"min\":{min:.2},\"median\":{median:.2},\
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
    for (name, sizes) in
        CONFIGS.iter().filter(|(name, _)| options.configs.iter().any(|c| c == name))
    {
        let [b, m, p] = *sizes;
        let mut trainer = trainer(*sizes, &device);
        let batch = Batch {
            observed: normals("observed", [b, m, p, p, 3], &device),
            next: normals("next", [b, p, p, 3], &device),
            actions: normals("actions", [b, m, 4], &device),
        };
        let step = timed(options.rounds, || {
            let pending = trainer.submit(batch.clone());
            pollster::block_on(trainer.finish(pending)).expect("a finite step");
        });
        print("step", name, &options.device, step);
        let (online, _) = trainer.frozen();
        let views = normals("views", [64, p, p, 3], &device);
        let encode = timed(options.rounds, || {
            let z = online.encode(views.clone(), Mode::Eval);
            pollster::block_on(read::flat(z)).expect("the device reads");
        });
        print("encode 64", name, &options.device, encode);
    }
}
