//! How far a simulation is, told to other threads, and their wish that it end.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Shared by the threads of a simulation and whoever watches it.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU32,
    is_cancelled: AtomicBool,
}

impl Progress {
    /// Asks the simulation to end soon, without a report.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Says whether somebody asked that.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }

    /// Returns how many replications are done, of all policies together.
    #[must_use]
    pub fn done(&self) -> u32 {
        self.done.load(Ordering::Relaxed)
    }

    pub(crate) fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}
