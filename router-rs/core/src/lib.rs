//! The routing engine of one tenant, pure: `submit` takes a command and the time and returns facts.
//!
//! `SPEC.md` numbers the rules; tests carry the numbers. Commands are decided into facts (`decide`,
//! `settle`), and only facts change the state (`fold`), so that a journal of facts rebuilds the engine
//! bit for bit without deciding anything again. `index` holds what is derived to make a decision cheap.
#![forbid(unsafe_code)]

mod clocks;
pub mod command;
pub mod condition;
mod decide;
mod engine;
pub mod fact;
mod fetch;
pub mod figures;
mod fold;
mod foresee;
mod gaps;
mod hands;
mod heap;
mod idle;
mod index;
mod interaction;
pub mod levels;
mod links;
mod maybe;
pub mod pacing;
mod plan;
mod query;
pub mod rare;
mod replay;
mod room;
mod roster;
mod settle;
mod snapshot;
mod state;
mod table;
mod timers;
pub mod wire;
pub mod words;

pub use engine::{DENSE_FROM, Engine};
pub use query::{Position, Prospect, QueueFigures, Verdict};
pub use replay::BadRow;
pub use roster::{LiveWork, Roster};
pub use snapshot::SNAPSHOT_VERSION;
