//! A snapshot is the state that counts, in order of ids; the rest is derived from it again.

use crate::engine::{DENSE_FROM, Engine};
use crate::interaction::InteractionState;
use crate::state::{Agent, Queue, QueueState};
use crate::wire::{Reader, Wire, WireError, Writer};

/// Raised when the state grows; what an older version lacks takes its default.
pub const SNAPSHOT_VERSION: u32 = 5;
/// The oldest version that is still read; before it the journal is folded instead.
const SNAPSHOT_VERSION_MIN: u32 = 1;

/// No interaction is written in less.
const INTERACTION_BYTES_MIN: usize = 32;

/// Of a snapshot: version, time, next order, epoch, queues, agents, interactions, next turn, pass.
const FIELDS: usize = 9;
/// Version 1 ended before the turns.
const FIELDS_MIN: usize = 7;

impl Engine {
    /// Returns the whole state.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        // Written field by field: cloning the state to encode it would double its memory.
        let mut writer = Writer::default();
        writer.array(FIELDS);
        SNAPSHOT_VERSION.put(&mut writer);
        self.now_ms.put(&mut writer);
        self.next_order.put(&mut writer);
        self.epoch.put(&mut writer);
        writer.array(self.queues.len());
        self.queues.in_order().into_iter().for_each(|queue| queue.state.put(&mut writer));
        writer.array(self.agents.len());
        self.agents.in_order().into_iter().for_each(|agent| agent.state.put(&mut writer));
        writer.array(self.work.len());
        let work = self.work.in_order().into_iter();
        work.for_each(|work| work.state.put(&mut writer));
        self.next_turn.put(&mut writer);
        self.pass.put(&mut writer);
        writer.bytes
    }

    /// Makes an engine from a snapshot.
    ///
    /// # Errors
    ///
    /// Returns where the bytes are not a snapshot of this version.
    pub fn restore(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        let fields = reader.array_from(FIELDS_MIN)?;
        reader.at_most(fields, FIELDS, "snapshot")?;
        let at = reader.offset();
        let version = u32::get(&mut reader)?;
        if !(SNAPSHOT_VERSION_MIN..=SNAPSHOT_VERSION).contains(&version) {
            return Err(WireError::at(
                at,
                format!("version {version}"),
                format!("version {SNAPSHOT_VERSION_MIN} to {SNAPSHOT_VERSION}"),
            ));
        }
        let mut engine = Self::with_dense_from(DENSE_FROM);
        engine.now_ms = Wire::get(&mut reader)?;
        engine.next_order = Wire::get(&mut reader)?;
        engine.epoch = Wire::get(&mut reader)?;
        engine.index.is_restoring = true;
        let queues: Vec<QueueState> = Wire::get(&mut reader)?;
        // One at a time: a second copy of the whole state would cost more than to make the first.
        for _ in 0..reader.array()? {
            let slot = engine.seat(Agent::new(Wire::get(&mut reader)?));
            engine.enrol(slot);
        }
        for state in queues {
            engine.restore_queue(state);
        }
        let count = reader.array()?;
        // A claimed length is not trusted.
        engine.work.reserve(count.min(reader.left() / INTERACTION_BYTES_MIN));
        for _ in 0..count {
            let at = reader.offset();
            let state = InteractionState::get(&mut reader)?;
            if !engine.queues.has(state.queue) {
                return Err(WireError::at(at, format!("queue {}", state.queue), "a queue of the snapshot"));
            }
            engine.add(state.interaction, || state);
        }
        if fields > FIELDS_MIN {
            engine.next_turn = Wire::get(&mut reader)?;
        }
        if fields == FIELDS {
            engine.pass = Wire::get(&mut reader)?;
        }
        reader.end()?;
        engine.index.introduce(&mut engine.agents);
        engine.relist();
        engine.touched = crate::engine::Touched::default();
        Ok(engine)
    }

    fn restore_queue(&mut self, state: QueueState) {
        let id = state.config.queue;
        self.has_clocks |= !state.config.sla.is_empty();
        self.queues.put(Queue::from_state(state, Vec::new()));
        self.pool_queue(id);
        self.rearm_queue(id);
    }

    /// Returns a hash of the whole state: FNV-1a over the snapshot.
    #[must_use]
    pub fn state_hash(&self) -> u64 {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        self.snapshot().iter().fold(0xcbf2_9ce4_8422_2325, step)
    }
}
