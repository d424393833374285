//! Journals and snapshots of earlier versions still fold: `golden/` holds them as they were written then.
//!
//! Made by `cargo run --release -p ucc-router-sim --example record -- SEED COMMANDS JOURNAL SNAPSHOT` of the
//! version in the file's name; a file is never written again, only added.

use ucc_router_core::Engine;
use ucc_router_core::command::Command;
use ucc_router_core::fact::{Fact, Outcome};
use ucc_router_core::wire::decode;
use ucc_router_core::words::Millis;

type Journal = Vec<(Millis, (Command, Outcome))>;

const V1_JOURNAL: &[u8] = include_bytes!("golden/v1.journal");
const V1_SNAPSHOT: &[u8] = include_bytes!("golden/v1.snapshot");
const V2_JOURNAL: &[u8] = include_bytes!("golden/v2.journal");
const V2_SNAPSHOT: &[u8] = include_bytes!("golden/v2.snapshot");
const V3_JOURNAL: &[u8] = include_bytes!("golden/v3.journal");
const V3_SNAPSHOT: &[u8] = include_bytes!("golden/v3.snapshot");
const V4_JOURNAL: &[u8] = include_bytes!("golden/v4.journal");
const V4_SNAPSHOT: &[u8] = include_bytes!("golden/v4.snapshot");
/// Another world of version 4: with what the first lacks, every fact and every command.
const V4_REST_JOURNAL: &[u8] = include_bytes!("golden/v4_rest.journal");
const V4_REST_SNAPSHOT: &[u8] = include_bytes!("golden/v4_rest.snapshot");
/// The present version's: whoever changes what is written bumps the version and adds the next.
const V5_JOURNAL: &[u8] = include_bytes!("golden/v5.journal");
const V5_SNAPSHOT: &[u8] = include_bytes!("golden/v5.snapshot");

fn folded(journal: &Journal) -> Engine {
    let mut engine = Engine::new();
    for (at_ms, (_, outcome)) in journal {
        engine.fold(*at_ms, &outcome.facts);
    }
    engine
}

/// Decides every command again and counts where the outcome is another.
fn decided_otherwise(journal: &Journal) -> usize {
    let mut engine = Engine::new();
    let differs = |(at_ms, (command, outcome)): &&(Millis, (Command, Outcome))| {
        let again = engine.submit(*at_ms, command);
        // Version 1 did not say which field a refusal was about.
        (again.refusal, &again.facts) != (outcome.refusal, &outcome.facts)
    };
    journal.iter().filter(differs).count()
}

#[test]
fn i13_a_journal_of_version_1_folds_to_its_snapshot() {
    let journal: Journal = decode(V1_JOURNAL).expect("version 1 is read");
    let tags: std::collections::BTreeSet<_> =
        journal.iter().flat_map(|(_, (_, outcome))| outcome.facts.iter().map(Fact::tag)).collect();
    assert!(journal.len() == 1_500 && tags.len() == 31, "every fact of version 1 is in it: {tags:?}");
    let (folded, restored) = (folded(&journal), Engine::restore(V1_SNAPSHOT).expect("version 1 is read"));
    assert_eq!(folded.snapshot(), restored.snapshot());
    assert_eq!(folded.next_deadline(), restored.next_deadline());
}

#[test]
fn i13_what_version_1_left_to_later_versions_is_decided_as_it_would_have_been() {
    let journal: Journal = decode(V1_JOURNAL).expect("version 1 is read");
    assert_eq!(decided_otherwise(&journal), 0, "defaults of new settings decide as version 1 did");
}

#[test]
fn i13_a_snapshot_of_version_1_goes_on_like_its_journal() {
    let journal: Journal = decode(V1_JOURNAL).expect("version 1 is read");
    let (mut folded, mut restored) =
        (folded(&journal), Engine::restore(V1_SNAPSHOT).expect("version 1 is read"));
    for _ in 0..200 {
        let Some(due_ms) = folded.next_deadline() else { break };
        let advance = Command::Advance(ucc_router_core::command::Advance {});
        assert_eq!(folded.submit(due_ms, &advance), restored.submit(due_ms, &advance));
    }
    assert_eq!(folded.state_hash(), restored.state_hash());
}

#[test]
fn i13_a_journal_of_version_2_folds_to_its_snapshot_and_is_decided_the_same() {
    let journal: Journal = decode(V2_JOURNAL).expect("version 2 is read");
    let tags: std::collections::BTreeSet<_> =
        journal.iter().flat_map(|(_, (_, outcome))| outcome.facts.iter().map(Fact::tag)).collect();
    assert!(journal.len() == 2_500 && tags.len() == 34, "every fact of version 2 but one: {tags:?}");
    let (folded, restored) = (folded(&journal), Engine::restore(V2_SNAPSHOT).expect("version 2 is read"));
    assert_eq!(folded.snapshot(), restored.snapshot());
    assert_eq!(folded.next_deadline(), restored.next_deadline());
    assert_eq!(decided_otherwise(&journal), 0);
}

#[test]
fn i13_a_journal_of_version_3_folds_to_its_snapshot_and_is_decided_the_same() {
    let journal: Journal = decode(V3_JOURNAL).expect("version 3 is read");
    let tags: std::collections::BTreeSet<_> =
        journal.iter().flat_map(|(_, (_, outcome))| outcome.facts.iter().map(Fact::tag)).collect();
    assert!(journal.len() == 2_500 && tags.len() == 43, "every fact of version 3 but one: {tags:?}");
    let (folded, restored) = (folded(&journal), Engine::restore(V3_SNAPSHOT).expect("version 3 is read"));
    assert_eq!(folded.snapshot(), restored.snapshot());
    assert_eq!(folded.next_deadline(), restored.next_deadline());
    assert_eq!(decided_otherwise(&journal), 0);
}

#[test]
fn i13_a_journal_of_version_4_folds_to_its_snapshot_and_is_decided_the_same() {
    let journal: Journal = decode(V4_JOURNAL).expect("version 4 is read");
    let tags: std::collections::BTreeSet<_> =
        journal.iter().flat_map(|(_, (_, outcome))| outcome.facts.iter().map(Fact::tag)).collect();
    assert!(journal.len() == 3_000 && tags.len() == 53, "every fact of version 4 but one: {tags:?}");
    let (folded, restored) = (folded(&journal), Engine::restore(V4_SNAPSHOT).expect("version 4 is read"));
    assert_eq!(folded.snapshot(), restored.snapshot());
    assert_eq!(folded.next_deadline(), restored.next_deadline());
    assert_eq!(decided_otherwise(&journal), 0);
}

#[test]
fn i13_a_journal_of_version_5_folds_to_its_snapshot_and_is_decided_the_same() {
    let journal: Journal = decode(V5_JOURNAL).expect("version 5 is read");
    let tags: std::collections::BTreeSet<_> =
        journal.iter().flat_map(|(_, (_, outcome))| outcome.facts.iter().map(Fact::tag)).collect();
    assert!(journal.len() == 3_000 && tags.len() == 58, "every fact of version 5 but one: {tags:?}");
    let (folded, restored) = (folded(&journal), Engine::restore(V5_SNAPSHOT).expect("version 5 is read"));
    assert_eq!(folded.snapshot(), restored.snapshot());
    assert_eq!(folded.snapshot(), V5_SNAPSHOT, "the present version writes the same bytes");
    assert_eq!(folded.next_deadline(), restored.next_deadline());
    assert_eq!(decided_otherwise(&journal), 0);
}

#[test]
fn i13_what_the_first_journal_of_version_4_lacks_folds_and_is_decided_the_same() {
    let journal: Journal = decode(V4_REST_JOURNAL).expect("version 4 is read");
    let both: Vec<Journal> = vec![decode(V4_JOURNAL).expect("version 4 is read"), journal.clone()];
    let rows = || both.iter().flatten();
    let told: std::collections::BTreeSet<_> =
        rows().flat_map(|(_, (_, outcome))| outcome.facts.iter().map(Fact::tag)).collect();
    let obeyed: std::collections::BTreeSet<_> = rows()
        .filter(|(_, (_, outcome))| outcome.refusal.is_none())
        .map(|(_, (command, _))| command.tag())
        .collect();
    assert!(told.len() == 54 && told.contains("queue_removed"), "every fact of version 4: {told:?}");
    assert!(obeyed.len() == 36 && obeyed.contains("hand_over"), "every command of version 4: {obeyed:?}");
    let (folded, restored) =
        (folded(&journal), Engine::restore(V4_REST_SNAPSHOT).expect("version 4 is read"));
    assert_eq!(folded.snapshot(), restored.snapshot());
    assert_eq!(folded.next_deadline(), restored.next_deadline());
    assert_eq!(decided_otherwise(&journal), 0);
}
