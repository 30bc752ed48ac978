//! One training step, and the state that it moves.

use super::batch::Batch;
use super::config::RunConfig;
use super::flat::FlatLayout;
use super::learner::Learner;
use super::optim::{AdamW, UpdateSettings};
use super::schedule;
use crate::model::weights;
use crate::model::{SeqJepa, init, read};
use crate::world::rng;
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use std::fmt;

/// Online model, target encoder, optimizer and counters of one run.
#[derive(Debug)]
pub struct Trainer<L: Learner = SeqJepa> {
    config: RunConfig,
    device: Device,
    step: u64,
    online: L,
    target: L::Follower,
    layout: FlatLayout,
    /// Parameters of the online model `[N]`; the module's own are slices of it.
    theta: Tensor<1>,
    /// Parameters of the target encoder; the online encoder's come first in `theta`.
    theta_target: Tensor<1>,
    target_layout: FlatLayout,
    optimizer: AdamW,
}

/// Everything that a run needs to go on, on the device.
#[derive(Clone, Debug)]
pub struct State<L: Learner = SeqJepa> {
    /// Online model.
    pub online: L,
    /// Target encoder.
    pub target: L::Follower,
    /// Moments.
    pub optimizer: AdamW,
    /// Steps done.
    pub step: u64,
}

/// What one step was like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepNumbers {
    /// 1-based number of the step.
    pub step: u64,
    /// Mean 1 − cosine of the batch.
    pub loss: f32,
    /// Global L2 norm of the gradients before clipping.
    pub grad_norm: f32,
    /// Standard deviation of z over up to 256 views of the batch, mean over dimensions.
    pub z_deviation: f32,
    /// Learning rate.
    pub learning_rate: f64,
    /// EMA factor.
    pub tau: f64,
}

/// A step that was submitted but not yet read.
#[derive(Debug)]
pub struct Pending {
    theta: Tensor<1>,
    theta_target: Tensor<1>,
    optimizer: AdamW,
    /// Loss `[1]`, gradient norm `[1]`, and z of some views.
    numbers: [Tensor<1>; 3],
    /// Running statistics before the step: online, target.
    buffers: [Vec<Tensor<1>>; 2],
    learning_rate: f64,
    tau: f64,
}

/// Why a step did not happen.
#[derive(Clone, Debug, PartialEq)]
pub enum StepError {
    /// The loss or a gradient was not finite; the run stands where it stood before the step.
    Diverged {
        /// The step, 1-based.
        step: u64,
        /// Its loss.
        loss: f32,
        /// Its gradient norm.
        grad_norm: f32,
    },
    /// The device failed.
    Device(String),
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Diverged { step, loss, grad_norm } => write!(
                f,
                "step {step} is not finite (loss {loss}, gradient norm {grad_norm}); the run \
                 stands at step {}: go on with a smaller learning rate",
                step - 1
            ),
            Self::Device(why) => write!(f, "the device failed: {why}"),
        }
    }
}

impl<L: Learner> Trainer<L> {
    /// A run at step 0 with weights drawn from the seed. `config` must be valid; `device` is the
    /// plain one, without autodiff.
    pub fn new(config: RunConfig, device: &Device) -> Result<Self, String> {
        let autodiff = device.clone().autodiff();
        let seed = config.seed;
        let online = weights::fill(L::new(&config, &autodiff), &autodiff, |slot| {
            let mut chance = rng::stream(seed, &slot.name, 0);
            Ok(init::draw(slot, &mut || rng::unit(&mut chance)))
        })?;
        let target = online.follower();
        let layout = FlatLayout::of(&online);
        let optimizer = AdamW::new(&layout, device);
        Ok(Self::from_state(config, State { online, target, optimizer, step: 0 }, device))
    }

    /// A run that goes on from `state`, whose modules are on the autodiff device.
    pub fn from_state(config: RunConfig, state: State<L>, device: &Device) -> Self {
        let State { online, target, optimizer, step } = state;
        let (layout, target_layout) = (FlatLayout::of(&online), FlatLayout::of(&target));
        let theta = layout.gather(&online);
        let theta_target = target_layout.gather(&target);
        Self {
            config,
            device: device.clone(),
            step,
            online,
            target,
            layout,
            theta,
            theta_target,
            target_layout,
            optimizer,
        }
    }

    /// The run's settings.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// The plain device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Steps done.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Trainable parameters.
    pub fn n_parameters(&self) -> usize {
        self.layout.n_parameters()
    }

    /// Whether the last step of the configuration is done.
    pub fn is_finished(&self) -> bool {
        self.step >= self.config.steps
    }

    /// The state, sharing its tensors.
    pub fn state(&self) -> State<L> {
        State {
            online: self.online.clone(),
            target: self.target.clone(),
            optimizer: self.optimizer.clone(),
            step: self.step,
        }
    }

    /// Model and target encoder as they are now, without autodiff and with running statistics of
    /// their own: for probes and for looking.
    pub fn frozen(&self) -> (L, L::Follower) {
        (self.online.valid(), self.target.valid())
    }

    /// Hands the work of one step to the device. Nothing of the run changes before
    /// [`Self::finish`] but the running statistics.
    pub fn submit(&mut self, batch: Batch) -> Pending {
        let config = &self.config;
        let rate = config.learning_rate;
        let learning_rate =
            schedule::learning_rate(self.step, config.steps, config.warmup_steps, rate);
        let tau = match config.ema {
            true => schedule::ema_factor(self.step, config.steps, config.tau_start),
            false => 0.0,
        };
        if config.model.aggregator.dropout > 0.0 {
            // Dropout draws on the device; seeding it each step makes a resumed run the same run.
            self.device.seed(config.seed ^ self.step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        let buffers = self.buffers();
        let learned = self.online.learn(&self.target, batch.on_autodiff());
        let z = some_rows(learned.z.inner());
        let loss = learned.loss.clone().inner();
        let gradient = self.layout.gradients(&self.online, &learned.loss.backward());
        let mut optimizer = self.optimizer.clone();
        let settings = UpdateSettings {
            learning_rate,
            weight_decay: config.weight_decay,
            clip_norm: config.clip_norm,
            tau,
        };
        let (theta, target) = (self.theta.clone(), self.theta_target.clone());
        let updated = optimizer.update(theta, target, gradient, settings);
        let numbers = [loss, updated.norm, z];
        let (theta, theta_target) = (updated.theta, updated.target);
        Pending { theta, theta_target, optimizer, numbers, buffers, learning_rate, tau }
    }

    /// Reads the numbers of a submitted step and keeps it, or undoes it.
    ///
    /// # Errors
    /// When the step was not finite or the device failed; the run then stands where it stood.
    pub async fn finish(&mut self, pending: Pending) -> Result<StepNumbers, StepError> {
        let read = read::flats(pending.numbers.into()).await;
        let numbers = read.map_err(|why| self.undo(&pending.buffers, StepError::Device(why)))?;
        let mut parts = numbers.into_iter();
        let mut next = || parts.next().unwrap_or_default();
        let [loss, grad_norm] = [next(), next()].map(|v| v.first().copied().unwrap_or(f32::NAN));
        let z_deviation = deviation(&next(), self.config.model.encoder.z_dim());
        let step = self.step + 1;
        if !(loss.is_finite() && grad_norm.is_finite()) {
            let why = StepError::Diverged { step, loss, grad_norm };
            return Err(self.undo(&pending.buffers, why));
        }
        self.step = step;
        self.online = self.layout.scatter(self.online.clone(), &pending.theta);
        self.target = self.target_layout.scatter(self.target.clone(), &pending.theta_target);
        self.theta = pending.theta;
        self.theta_target = pending.theta_target;
        self.optimizer = pending.optimizer;
        let (learning_rate, tau) = (pending.learning_rate, pending.tau);
        Ok(StepNumbers { step, loss, grad_norm, z_deviation, learning_rate, tau })
    }

    /// Running statistics: online, target.
    fn buffers(&self) -> [Vec<Tensor<1>>; 2] {
        [self.layout.buffers(&self.online), self.target_layout.buffers(&self.target)]
    }

    /// Puts the running statistics back and hands the reason on.
    fn undo(&mut self, [online, target]: &[Vec<Tensor<1>>; 2], why: StepError) -> StepError {
        // A fresh running state: updates of the undone step may still be pending in the old one.
        let fresh = (self.online.valid().train(), self.target.valid().train());
        self.online = self.layout.with_buffers(fresh.0, online);
        self.target = self.target_layout.with_buffers(fresh.1, target);
        why
    }
}

/// Rows that the deviation of z is measured on.
const N_ROWS: usize = 256;

/// The first rows of z `[B, M, D]`, flat.
fn some_rows(z: Tensor<3>) -> Tensor<1> {
    let [b, m, d] = z.dims();
    let n = (b * m).min(N_ROWS);
    z.reshape([b * m, d]).slice([0..n, 0..d]).reshape([n * d])
}

/// Standard deviation over rows of `dim` values, mean over dimensions.
fn deviation(rows: &[f32], dim: usize) -> f32 {
    let n = (rows.len() / dim) as f32;
    let column = |d: usize| rows.iter().skip(d).step_by(dim);
    let of = |d: usize| {
        let mean = column(d).sum::<f32>() / n;
        (column(d).map(|value| (value - mean) * (value - mean)).sum::<f32>() / n).sqrt()
    };
    (0..dim).map(of).sum::<f32>() / dim as f32
}
