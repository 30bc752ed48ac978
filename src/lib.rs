//! seq-JEPA natively and in the browser: sequences of views and actions, an equivariant z for each
//! view, an invariant z_AGG for the sequence.
//!
//! # The map
//!
//! ```text
//!       world ──views, actions──▶ train::batch ──tensors──▶ model ──▶ train::trainer ─┐
//!         │                                                   ▲                       │
//!         │ (the same worlds)                                 └── probe (frozen) ──┐  │
//!         ▼                                                                        ▼  ▼
//! visitor ─▶ page ──Command──▶ [bytes] ──▶ worker ──▶ engine ──Event──▶ [bytes] ──▶ page
//!                                            cli ───▶ engine::run (the same runs)
//! ```
//!
//! Commands go down, events come up ([`protocol`]); nothing else passes between page and engine.
//!
//! | room | what it is | imports |
//! |---|---|---|
//! | [`world`] | where views and actions come from | nothing |
//! | `fused` | the operations of a training step, for CPU and GPU | nothing |
//! | `model` | the network | `fused` |
//! | `train` | world × model → a better model | `model`, `world`, `fused` |
//! | `baseline` | what seq-JEPA is compared with | `train`, `model`, `world`, `fused` |
//! | `probe` | frozen evaluation, a null beside every number | `model`, `world`, `readout` |
//! | `bench` | the paper's experiments | `baseline`, `train`, `probe`, `model`, `world`, `readout` |
//! | [`readout`] | what the page computes by itself | nothing |
//! | `scenery` | what is looked at, and what a look shows | `world`, `readout` |
//! | [`protocol`] | the conversation of page and engine | `readout`, `world` |
//! | `engine` | the session: device, model, world, run | `train`, `probe`, `model`, `world`, `protocol`, `readout` |
//! | `loader` | batches made in workers of their own | `world` |
//! | `worker` | an engine in a browser's worker | `engine`, `protocol`, `loader`, `world` |
//! | `page` | what a visitor sees | `protocol`, `scenery`, `readout`, `world` |
//! | `cli` | files, arguments, progress | all but `loader`, `worker` and `page` |
//!
//! `model` never sees a seed, a world or a file. `train` and `probe` do not know each other.
//! Nothing below `engine` knows `protocol`. `page` cannot reach burn.
//!
//! # Words
//!
//! | paper | here | not |
//! |---|---|---|
//! | view x | `View`; M observed ones and the *target view* | image (a whole picture), frame |
//! | action a | `actions`; relative, from one view to the next | delta, label |
//! | encoder f, z | `Encoder`, `z` | backbone, features |
//! | aggregator g, z_AGG | `Aggregator`, `z_agg` | context, summary |
//! | predictor h, ẑ | `Predictor`, `z_hat` | head, decoder |
//! | target encoder | `TargetEncoder`, `z_target`, τ is `tau` | teacher |
//! | probe | a head fitted on frozen features, scored on held-out instances | fine-tuning |
//! | lesion, ablation | an input taken away now; a model trained without it | one for the other |

#[cfg(feature = "bench")]
pub mod baseline;
#[cfg(feature = "bench")]
pub mod bench;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "core")]
pub mod engine;
#[cfg(feature = "core")]
pub mod fused;
#[cfg(all(feature = "loader", target_family = "wasm"))]
pub mod loader;
#[cfg(feature = "core")]
pub mod model;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "core")]
pub mod probe;
pub mod protocol;
pub mod readout;
#[cfg(any(feature = "page", feature = "cli"))]
pub mod scenery;
#[cfg(feature = "core")]
pub mod train;
#[cfg(all(feature = "worker", target_family = "wasm"))]
pub mod worker;
pub mod world;
