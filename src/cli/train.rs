//! stub train
use super::args::TrainArgs;
use crate::train::{preset, trainer::Trainer};
use crate::world::WorldConfig;
use std::sync::Arc;
pub(super) fn run(args: &TrainArgs) -> super::Outcome {
    let world = WorldConfig::from_word(args.world.word()).map_err(|e| e.to_string())?;
    let mut config = preset::run(&args.preset, world)?;
    if let Some(steps) = args.steps { config.steps = steps; }
    if let Some(b) = args.batch { config.batch = b; }
    if let Some(lr) = args.lr { config.learning_rate = lr; }
    let device = super::device::open(args.device)?;
    let world: Arc<dyn crate::world::World> = Arc::from(config.world.build().map_err(|e| e.to_string())?);
    let mut source = super::source::Source::start(world, &config, 0);
    let mut t = Trainer::new(config, &device)?;
    println!("{} parameters", t.n_parameters());
    let t0 = std::time::Instant::now();
    for _ in 0..args.stop_after.unwrap_or(20) {
        let t1 = std::time::Instant::now();
        let b = source.next()?;
        let w = t1.elapsed().as_secs_f64()*1e3;
        let p = t.submit(b.upload(&device));
        let n = pollster::block_on(t.finish(p)).map_err(|e| e.to_string())?;
        if n.step <= 3 || n.step % 20 == 0 { println!("{n:?} wait {w:.1} ms {:.1} ms total {:.1}", t1.elapsed().as_secs_f64()*1e3, t0.elapsed().as_secs_f64()); }
    }
    Ok(())
}
