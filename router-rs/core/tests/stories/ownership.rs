//! R3, R4, R60: refusals, folding, snapshots, a new owner, journals of older versions.

use ucc_router_core::Engine;
use ucc_router_core::command::{Command, ContactLost, OpenShard, SetQueue};
use ucc_router_core::fact::{Fact, QueueSet};
use ucc_router_core::wire::{Writer, decode, encode};
use ucc_router_core::words::{Refusal, Session};

use crate::desk::{Desk, START_MS, chat, queue};

#[test]
fn r4_i13_folding_at_any_place_and_a_snapshot_with_its_suffix_give_the_whole() {
    let mut desk = Desk::new();
    let mut journal = Vec::new();
    let mut commands: Vec<Command> = vec![crate::desk::agent(7, &[]).into()];
    commands.extend(["online"].map(|_| -> Command {
        ucc_router_core::command::SetSession { agent: 7, session: Session::Online, is_forced: false }.into()
    }));
    commands.push(
        ucc_router_core::command::SetStatus {
            agent: 7,
            status: ucc_router_core::words::Status::OnQueue,
            reason: None,
        }
        .into(),
    );
    commands.extend((100..106).map(|id| chat(id, 1).into()));
    for (step, command) in (0..).zip(commands) {
        desk.wait(step * 4_000);
        journal.push((desk.now_ms, desk.facts(command)));
    }
    journal.push((desk.now_ms + 70_000, {
        desk.wait(70_000);
        desk.facts(ucc_router_core::command::Advance {})
    }));
    let opening = vec![Fact::from(QueueSet { config: queue(1).into() })];
    journal.insert(0, (START_MS, opening));
    for position in 0..=journal.len() {
        let mut engine = Engine::new();
        for (now_ms, facts) in &journal[..position] {
            engine.fold(*now_ms, facts);
        }
        let mut engine = Engine::restore(&engine.snapshot()).expect("a snapshot");
        for (now_ms, facts) in &journal[position..] {
            engine.fold(*now_ms, facts);
        }
        assert_eq!(engine.snapshot(), desk.engine.snapshot(), "cut at {position}");
        assert_eq!(engine.state_hash(), desk.engine.state_hash());
        assert_eq!(engine.next_deadline(), desk.engine.next_deadline());
    }
}

#[test]
fn r60_a_new_owner_blames_nobody_for_the_time_without_one() {
    let mut desk = Desk::with_agents(&[7]);
    desk.has(chat(100, 1));
    desk.has(ContactLost { interaction: 100 });
    desk.wait(600_000);
    assert_eq!(
        desk.has(OpenShard { epoch: 1 }),
        [
            "shard_opened",
            "presence 7: reconnecting on_queue",
            "offer_rearmed",
            "contact_lost_seen",
            "sla_breached"
        ]
    );
    assert_eq!(desk.session(7, Session::Online), ["presence 7: online on_queue"]);
    desk.accept(100, 7, 1);
    assert_eq!(desk.refuses(OpenShard { epoch: 1 }), Refusal::StaleEpoch);
}

#[test]
fn r4_a_journal_of_an_older_version_still_folds() {
    // A queue set before the fields after `requirement` existed.
    let mut writer = Writer::default();
    writer.array(2);
    writer.text("queue_set");
    writer.array(3);
    writer.text("set_queue");
    writer.unsigned(1);
    writer.array(0);
    let fact: Fact = decode(&writer.bytes).expect("defaults fill in");
    let expected = SetQueue { open: vec![], ..queue(1) };
    assert_eq!(fact, Fact::from(QueueSet { config: expected.into() }));
}

#[test]
fn malformed_bytes_name_the_place_and_what_is_allowed() {
    let good = encode(&vec![Command::from(chat(100, 1))]);
    let told = |bytes: &[u8]| decode::<Vec<Command>>(bytes).expect_err("malformed").to_string();
    assert_eq!(told(&[0x01]), "offset 0: found an integer, allowed is an array");
    assert_eq!(
        told(&good[..good.len() - 1]),
        "offset 33 (enqueue.linked): found the end, allowed is an integer"
    );
    assert!(
        told(&[0x91, 0x91, 0xa3, b'f', b'o', b'o'])
            .starts_with("offset 2: found \"foo\", allowed is one of set_queue")
    );
    assert_eq!(
        told(&[0x91, 0x94, 0xa4, b't', b'a', b'k', b'e', 1, 2, 3]),
        "offset 7: found 3 fields, allowed is at most 2 fields in take"
    );
    assert_eq!(
        told(&[0x91, 0x92, 0xa4, b't', b'a', b'k', b'e', 1]),
        "offset 8 (take.agent): found the end of the record, allowed is the field"
    );
    assert_eq!(
        told(&[0x91, 0x93, 0xa4, b't', b'a', b'k', b'e', 0xff, 2]),
        "offset 7 (take.interaction): found -1, allowed is an integer that is not negative"
    );
    let mut more = good.clone();
    more.push(0);
    assert!(told(&more).ends_with("found 1 more bytes, allowed is the end"));
}

#[test]
fn no_bytes_make_the_decoder_panic_or_take_memory() {
    // Every prefix, and every byte of a message replaced by every value.
    let good = encode(&vec![Command::from(queue(1)), Command::from(chat(100, 1))]);
    for at in 0..good.len() {
        let _ = decode::<Vec<Command>>(&good[..at]);
        let mut bytes = good.clone();
        for value in 0..=255 {
            bytes[at] = value;
            let _ = decode::<Vec<Command>>(&bytes);
            let _ = decode::<Vec<Fact>>(&bytes);
            let _ = Engine::restore(&bytes);
        }
    }
    let _ = decode::<Vec<Command>>(&[0xdd, 0xff, 0xff, 0xff, 0xff]);
}
