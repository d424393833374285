//! R3, R4, R60: refusals, folding, snapshots, a new owner, journals of older versions.

use ucc_router_core::Engine;
use ucc_router_core::command::{
    Command, ContactLeft, ContactLost, End, Enqueue, OpenShard, SetAgent, SetQueue, SetSession, SetStatus,
};
use ucc_router_core::fact::{Fact, QueueSet};
use ucc_router_core::wire::{Writer, decode, encode};
use ucc_router_core::words::{AgentChoice, Medium, Refusal, Session, Status};

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
fn r52_i13_a_turn_that_came_to_nothing_counts_after_a_replay_in_a_large_pool() {
    let (mut desk, mut replayed) = (Desk::new(), Engine::with_dense_from(0));
    let mut told = |desk: &mut Desk, commands: Vec<Command>| {
        let facts: Vec<Fact> = commands.into_iter().flat_map(|command| desk.facts(command)).collect();
        replayed.fold(desk.now_ms, &facts);
    };
    told(
        &mut desk,
        vec![SetQueue { agent_choice: AgentChoice::RoundRobin, ..queue(1) }.into(), chat(100, 1).into()],
    );
    for agent in [7, 8] {
        let status = SetStatus { agent, status: Status::OnQueue, reason: None };
        let session = SetSession { agent, session: Session::Online, is_forced: false };
        told(&mut desk, vec![crate::desk::agent(agent, &[]).into(), session.into(), status.into()]);
    }
    // 7 has had its turn; 8 has it now, and the contact leaves before the next piece of the journal.
    told(&mut desk, vec![chat(101, 1).into(), ContactLeft { interaction: 101 }.into()]);
    let whom = |facts: &[Fact]| {
        facts.iter().find_map(|fact| match fact {
            Fact::InteractionOffered(offer) => Some(offer.agent),
            _ => None,
        })
    };
    let (next, now_ms) = (Command::from(Enqueue { arrived_ms: desk.now_ms, ..chat(102, 1) }), desk.now_ms);
    assert_eq!(whom(&desk.facts(next.clone())), Some(7));
    assert_eq!(whom(&replayed.submit(now_ms, &next).facts), Some(7));
}

#[test]
fn r4_an_engine_restored_decides_as_the_one_it_was_taken_of_in_pools_large_and_small() {
    let mut desk = Desk::new();
    desk.has(SetQueue { requirement: vec![(1, 2)], reserve: 1, ..queue(2) });
    desk.has(SetQueue { requirement: vec![(2, 1)], wrap_up_ms: 0, ..queue(3) });
    // Queue 1 may have all of them, queue 2 the most, queue 3 a few.
    let agents = 600_u64;
    for id in 1..=agents {
        let level = u8::try_from(1 + id % 5).expect("small");
        let skills = if id % 9 == 0 { vec![(1, level), (2, level)] } else { vec![(1, level)] };
        desk.on_queue(SetAgent::new(id, &skills, &[(Medium::Chat, 1)]));
    }
    let asked = |work: u64| Enqueue {
        requirement: if work % 2 == 0 { vec![(2, 3)].into() } else { vec![].into() },
        ..chat(work, 1 + work % 3)
    };
    let first = agents + 1;
    for work in first..first + 2 * agents {
        desk.wait(1);
        let offered = desk.facts(asked(work)).into_iter().find_map(|fact| match fact {
            Fact::InteractionOffered(offer) => Some(offer.agent),
            _ => None,
        });
        if let Some(agent) = offered.filter(|_| work % 4 > 0) {
            desk.accept(work, agent, 1);
        }
    }
    let mut restored = Engine::restore(&desk.engine.snapshot()).expect("a snapshot");
    let mut offers = 0;
    for work in first..first + 2 * agents {
        desk.wait(7);
        let in_hand = desk.engine.roster().work.into_iter().find(|live| live.interaction == work);
        let command: Command = match in_hand.and_then(|live| live.in_hand_of) {
            Some(agent) => End { interaction: work, agent }.into(),
            None if work % 5 == 0 => {
                SetAgent::new(work % agents + 1, &[(1, 4), (2, 4)], &[(Medium::Chat, 2)]).into()
            }
            None => asked(work + 2 * agents).into(),
        };
        let facts = desk.engine.submit(desk.now_ms, &command);
        offers += facts.facts.iter().filter(|fact| matches!(fact, Fact::InteractionOffered(_))).count();
        assert_eq!(restored.submit(desk.now_ms, &command), facts, "{command:?}");
    }
    assert!(offers > 100, "{offers} offers");
    assert_eq!(restored.state_hash(), desk.engine.state_hash());
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
        "offset 38 (enqueue.instead_of): found the end, allowed is an integer"
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
