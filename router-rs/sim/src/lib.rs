//! Seeded worlds around the engine: random commands and faults, the invariants after every command, a
//! second engine that only folds, crashes at any place, and a naive model that decides the same.
#![forbid(unsafe_code)]

mod beside;
pub mod clocks;
pub mod dice;
pub mod garble;
pub mod ledger;
pub mod oracle;
pub mod walk;
pub mod world;
