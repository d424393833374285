//! Writes a world as data: `record SEED COMMANDS JOURNAL SNAPSHOT`, for the tests of later versions.
//!
//! The journal is a list of (`at_ms`, (command, outcome)); the snapshot is the engine's after the last.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;

use ucc_router_core::Engine;
use ucc_router_core::command::Command;
use ucc_router_core::fact::{Fact, Outcome};
use ucc_router_core::wire::encode;
use ucc_router_core::words::Millis;
use ucc_router_sim::ledger::Ledger;
use ucc_router_sim::world::{START_MS, Size, World};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [seed, commands, journal, snapshot] = words.as_slice() else {
        return Err("give SEED COMMANDS JOURNAL SNAPSHOT".into());
    };
    let mut world = World::new(seed.parse()?, Size::default());
    let (mut engine, mut ledger, mut now_ms) = (Engine::new(), Ledger::default(), START_MS);
    let mut rows: Vec<(Millis, (Command, Outcome))> = Vec::new();
    let (mut told, mut obeyed) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..commands.parse()? {
        now_ms = world.step_ms(now_ms, engine.next_deadline()).max(engine.now_ms());
        let command = world.command(now_ms, &ledger);
        let outcome = engine.submit(now_ms, &command);
        if outcome.refusal.is_none() {
            obeyed.insert(command.tag());
        }
        for fact in &outcome.facts {
            ledger.fold(now_ms, fact)?;
            told.insert(fact.tag());
        }
        rows.push((now_ms, (command, outcome)));
    }
    std::fs::write(journal, encode(&rows))?;
    std::fs::write(snapshot, engine.snapshot())?;
    let missing: Vec<_> = Fact::TAGS.iter().filter(|&tag| !told.contains(tag)).collect();
    let refused: Vec<_> = Command::TAGS.iter().filter(|&tag| !obeyed.contains(tag)).collect();
    println!(
        "hash {} · facts never told: {missing:?} · commands never carried out: {refused:?}",
        engine.state_hash()
    );
    Ok(())
}
