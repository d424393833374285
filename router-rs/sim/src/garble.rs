//! Messages as a careless or hostile sender makes them: decoding never panics and takes back what it gives.
//!
//! Seeds are valid: commands, outcomes and journals of a random world. Garbling flips bits, cuts, repeats,
//! splices two of them and claims other lengths, so that most of a message stays what a reader expects.

use std::fmt::Debug;

use ucc_router_core::Engine;
use ucc_router_core::command::Command;
use ucc_router_core::fact::Outcome;
use ucc_router_core::wire::{Wire, decode, encode};
use ucc_router_core::words::Millis;

use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::world::{START_MS, Size, World};

/// Commands of the world whose messages are garbled.
const COMMANDS: u64 = 400;
/// Rows of one journal.
const ROWS: usize = 8;
/// A spliced message is cut here.
const BYTES_MAX: usize = 16_384;
/// First bytes of MessagePack whose meaning the readers must not trust: lengths, kinds, extremes.
const MARKERS: &[u8] = &[
    0x00, 0x7f, 0x80, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc6, 0xca, 0xcb, 0xcc, 0xcd,
    0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xff,
];

type Row = (Millis, (Command, Outcome));

/// What a run saw.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Messages garbled and read.
    pub messages: u64,
    /// Of them read as something.
    pub decoded: u64,
    /// Decoded commands that the engine refused.
    pub refused: u64,
}

/// Valid messages of one world, by kind.
struct Corpus {
    commands: Vec<Vec<u8>>,
    outcomes: Vec<Vec<u8>>,
    journals: Vec<Vec<u8>>,
    engine: Engine,
}

impl Corpus {
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed, Size::default());
        let (mut engine, mut ledger, mut now_ms) = (Engine::new(), Ledger::default(), START_MS);
        let mut rows: Vec<Row> = Vec::new();
        for _ in 0..COMMANDS {
            now_ms = world.step_ms(now_ms, engine.next_deadline());
            let command = world.command(now_ms, &ledger);
            let outcome = engine.submit(now_ms, &command);
            for fact in &outcome.facts {
                ledger.fold(engine.now_ms(), fact).expect("the invariants hold");
            }
            rows.push((engine.now_ms(), (command, outcome)));
        }
        Self {
            commands: rows.iter().map(|(_, (command, _))| encode(command)).collect(),
            outcomes: rows.iter().map(|(_, (_, outcome))| encode(outcome)).collect(),
            journals: rows.chunks(ROWS).map(|rows| encode(&rows.to_vec())).collect(),
            engine,
        }
    }
}

/// Replaces some small numbers and letters by others: most of what comes out can be read.
fn replace_values(dice: &mut Dice, bytes: &mut [u8]) {
    for _ in 0..=dice.below(3) {
        let at = index(dice.below(bytes.len() as u64));
        if bytes[at] <= 0x7f {
            bytes[at] = u8::try_from(dice.below(128)).expect("below 128");
        }
    }
}

/// Puts whole values in the place of small numbers: extremes, other kinds, nothing.
fn replace_number(dice: &mut Dice, bytes: &mut Vec<u8>) {
    let at = index(dice.below(bytes.len() as u64));
    let value: &[u8] = match dice.below(7) {
        0 => &[0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0],
        1 => &[0xd3, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        2 => &[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        3 => &[0xce, 0xff, 0xff, 0xff, 0xff],
        4 => &[0xc0],
        5 => &[0xff],
        _ => &[0xd3, 0x00, 0x00, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff],
    };
    if bytes[at] <= 0x7f {
        bytes.splice(at..=at, value.iter().copied());
    }
}

/// Changes a message in one to four places.
fn garble(dice: &mut Dice, bytes: &mut Vec<u8>, other: &[u8]) {
    match dice.below(4) {
        0 => return replace_values(dice, bytes),
        1 => return replace_number(dice, bytes),
        _ => {}
    }
    for _ in 0..=dice.below(4) {
        let length = bytes.len() as u64;
        if length == 0 {
            bytes.push(dice.pick(MARKERS));
            continue;
        }
        let at = index(dice.below(length));
        match dice.below(10) {
            0..=1 => bytes[at] ^= 1 << dice.below(8),
            2 => bytes[at] = u8::try_from(dice.below(256)).expect("a byte"),
            3..=4 => bytes[at] = dice.pick(MARKERS),
            5 => bytes.truncate(at),
            6 => drop(bytes.drain(at..index(at as u64 + dice.below(length - at as u64) + 1))),
            7 => {
                let part = bytes[at..bytes.len().min(at + 1 + index(dice.below(40)))].to_vec();
                bytes.splice(at..at, part);
            }
            8 if !other.is_empty() => {
                let from = index(dice.below(other.len() as u64));
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
            // A length of four bytes, mostly far more than there is; or a whole integer of eight.
            _ => {
                let marker = dice.pick(&[0xdb, 0xdd, 0xcf, 0xd3, 0xce]);
                let width = if matches!(marker, 0xcf | 0xd3) { 8 } else { 4 };
                let fill = dice.pick(&[0x00, 0x7f, 0x80, 0xff]);
                bytes.splice(at..=at, std::iter::once(marker).chain(std::iter::repeat_n(fill, width)));
            }
        }
        bytes.truncate(BYTES_MAX);
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).expect("below a length")
}

/// Reads a message; what can be read is written and read again to the same.
fn reads_back<T: Wire + PartialEq + Debug>(bytes: &[u8]) -> Result<Option<T>, String> {
    let Ok(value) = decode::<T>(bytes) else { return Ok(None) };
    let again = encode(&value);
    match decode::<T>(&again) {
        Ok(same) if same == value && encode(&same) == again => Ok(Some(value)),
        other => Err(format!("{bytes:02x?} is read as {value:?}, written and read again as {other:?}")),
    }
}

/// Garbles and reads `count` messages of the seed's world; commands that can be read are also decided.
///
/// # Errors
///
/// Returns the message whose value does not survive being written.
///
/// # Panics
///
/// Panics where decoding or deciding does, which is what this is for.
pub fn decode_garbled(seed: u64, count: u64) -> Result<Seen, String> {
    let mut corpus = Corpus::new(seed);
    let mut dice = Dice::new(seed ^ 0x006a_4b1e);
    let mut seen = Seen::default();
    while seen.messages < count {
        let kind = dice.below(8);
        let pool = match kind {
            0..=4 => &corpus.commands,
            5..=6 => &corpus.outcomes,
            _ => &corpus.journals,
        };
        let mut bytes = pool[index(dice.below(pool.len() as u64))].clone();
        let other = &pool[index(dice.below(pool.len() as u64))];
        garble(&mut dice, &mut bytes, other);
        let is_read = match kind {
            0..=4 => match reads_back::<Command>(&bytes)? {
                Some(command) => {
                    let now_ms = corpus.engine.now_ms() + dice.below_ms(1_000);
                    seen.refused += u64::from(corpus.engine.submit(now_ms, &command).refusal.is_some());
                    true
                }
                None => false,
            },
            5..=6 => reads_back::<Outcome>(&bytes)?.is_some(),
            _ => reads_back::<Vec<Row>>(&bytes)?.is_some(),
        };
        seen.messages += 1;
        seen.decoded += u64::from(is_read);
    }
    Ok(seen)
}
