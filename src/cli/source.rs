//! Batches made ahead of the step, on a thread of their own.

use crate::train::config::RunConfig;
use crate::world::{SequenceBatch, World};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// Batches that may lie ready.
const READY_MAX: usize = 4;

/// The batches of a run in order.
#[derive(Debug)]
pub(super) struct Source {
    ready: Receiver<SequenceBatch>,
}

impl Source {
    /// Starts making the batches of steps `first..config.steps`.
    ///
    /// The thread ends when the source is dropped or the last batch is made.
    pub(super) fn start(world: Arc<dyn World>, config: &RunConfig, first: u64) -> Self {
        let (sender, ready) = sync_channel(READY_MAX);
        let (batches, steps) = (config.batches(), config.steps);
        thread::spawn(move || {
            for step in first..steps {
                if sender.send(batches.make(world.as_ref(), step)).is_err() {
                    return;
                }
            }
        });
        Self { ready }
    }

    /// The next batch; waits for it.
    ///
    /// # Errors
    /// When the thread that makes batches died.
    pub(super) fn next(&mut self) -> Result<SequenceBatch, String> {
        self.ready.recv().map_err(|_closed| {
            "the thread that makes views stopped: its message stands above".to_owned()
        })
    }
}
