//! What is due when: a calendar queue (Brown, 1988). Each queue, agent and interaction has one live timer at most.
//!
//! Timers stand by spans of time, in no order; only the span that comes first is in order. Most timers never
//! fire, so one that is armed anew or no more is not searched for: what it left is dead, and goes when its span
//! comes, or with all others when the dead are too many.

use std::collections::BTreeMap;

use crate::fetch::fetch_at;
use crate::words::{AgentId, InteractionId, Millis, QueueId};

/// A span is so many bits of a time: about two seconds.
const SPAN_BITS: u32 = 11;
/// Spans that have a place of their own, the first included: about nine minutes.
const RING: Millis = 256;
const PLACES: usize = 256;
const WORDS: usize = PLACES / 64;
/// Dead timers that may stand, beside as many as are alive.
const DEAD_MAX: usize = 1_024;
const KINDS: usize = 3;
/// The kind of interactions.
const WORK: usize = 2;

/// Whose timer it is; in this order when two are due in the same millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    Queue(QueueId),
    Agent(AgentId),
    Interaction(InteractionId),
}

impl Timer {
    fn kind(self) -> u8 {
        match self {
            Self::Queue(_) => 0,
            Self::Agent(_) => 1,
            Self::Interaction(_) => 2,
        }
    }

    fn id(self) -> u64 {
        match self {
            Self::Queue(id) | Self::Agent(id) | Self::Interaction(id) => id,
        }
    }
}

/// One arming of a timer, alive while it is the latest of its owner; ordered by time, kind and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Armed {
    due_ms: Millis,
    kind: u8,
    id: u64,
    slot: u32,
    arming: u32,
}

/// All timers of an engine.
#[derive(Debug)]
pub(crate) struct Timers {
    /// The span that comes first, in order; what went from it stands before `head`. At `head` is one alive.
    near: Vec<Armed>,
    head: usize,
    near_span: Millis,
    /// The spans after it, each at its number's rest.
    ring: Vec<Vec<Armed>>,
    /// A bit for each place of the ring that something stands at.
    taken: [u64; WORDS],
    /// The spans after those.
    far: BTreeMap<Millis, Vec<Armed>>,
    /// By kind and slot of the owner, its latest arming, or 0.
    latest: [Vec<u32>; KINDS],
    /// Number of the latest arming of all.
    arming: u32,
    alive: usize,
    dead: usize,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            near: Vec::new(),
            head: 0,
            near_span: 0,
            ring: (0..RING).map(|_| Vec::new()).collect(),
            taken: [0; WORDS],
            far: BTreeMap::new(),
            latest: Default::default(),
            arming: 0,
            alive: 0,
            dead: 0,
        }
    }
}

/// Returns where in the ring a span stands.
fn place(span: Millis) -> usize {
    usize::try_from(span & (RING - 1)).expect("not negative")
}

/// Returns the span, from the first on, that stands at this place of the ring.
fn span_at(at: usize, first: Millis) -> Millis {
    let ahead = (at + PLACES - place(first)) % PLACES;
    first + Millis::try_from(ahead).expect("less than the ring")
}

impl Timers {
    /// Says when something is due in place of what was said of it before; `None` is never.
    pub(crate) fn arm(&mut self, timer: Timer, slot: u32, due_ms: Option<Millis>) {
        let kind = timer.kind();
        let latest = &mut self.latest[kind as usize];
        if slot as usize >= latest.len() {
            latest.resize(slot as usize + 1, 0);
        }
        if std::mem::take(&mut latest[slot as usize]) != 0 {
            self.alive -= 1;
            self.dead += 1;
        } else if due_ms.is_none() {
            return;
        }
        if let Some(due_ms) = due_ms {
            if self.arming == u32::MAX {
                self.number_anew();
            }
            self.arming += 1;
            self.latest[kind as usize][slot as usize] = self.arming;
            self.alive += 1;
            self.put(Armed { due_ms, kind, id: timer.id(), slot, arming: self.arming });
        }
        if self.dead > self.alive + DEAD_MAX {
            self.bury();
        }
        self.advance();
    }

    /// Returns when the first is due.
    pub(crate) fn first_ms(&self) -> Option<Millis> {
        self.near.get(self.head).map(|first| first.due_ms)
    }

    /// Returns what is due first, the slot it was armed by, and when.
    pub(crate) fn first(&self) -> Option<(Millis, Timer, u32)> {
        let first = self.near.get(self.head)?;
        let timer = match first.kind {
            0 => Timer::Queue(first.id),
            1 => Timer::Agent(first.id),
            _ => Timer::Interaction(first.id),
        };
        Some((first.due_ms, timer, first.slot))
    }

    /// Returns the slot of the work that may be due after so many.
    #[inline]
    pub(crate) fn ahead(&self, count: usize) -> Option<u32> {
        self.near
            .get(self.head + count)
            .filter(|armed| usize::from(armed.kind) == WORK)
            .map(|armed| armed.slot)
    }

    /// Asks for what the timer of some work will be armed in.
    #[inline]
    pub(crate) fn fetch_work(&self, slot: u32) {
        fetch_at(&self.latest[WORK], slot as usize);
    }

    /// Asks for where a timer due then would stand.
    #[inline]
    pub(crate) fn fetch_later(&self, due_ms: Millis) {
        let later = &self.ring[place(due_ms >> SPAN_BITS)];
        fetch_at(later, later.len());
    }

    fn put(&mut self, armed: Armed) {
        let span = armed.due_ms >> SPAN_BITS;
        if span < self.near_span {
            self.go_back(span);
        }
        if span == self.near_span {
            let at = self.near[self.head..].partition_point(|other| other < &armed);
            self.near.insert(self.head + at, armed);
        } else {
            self.put_later(span, armed);
        }
    }

    fn put_later(&mut self, span: Millis, armed: Armed) {
        if span - self.near_span < RING {
            self.ring[place(span)].push(armed);
            self.taken[place(span) / 64] |= 1 << (place(span) % 64);
        } else {
            self.far.entry(span).or_default().push(armed);
        }
    }

    /// Makes an earlier span the first.
    fn go_back(&mut self, span: Millis) {
        let before = std::mem::replace(&mut self.near_span, span);
        // What is too far from it now has no place of its own any more.
        for word in 0..WORDS {
            let mut bits = self.taken[word];
            while bits != 0 {
                let other = span_at(64 * word + bits.trailing_zeros() as usize, before);
                bits &= bits - 1;
                if other - span >= RING {
                    let mut all = self.empty(other);
                    self.far.entry(other).or_default().append(&mut all);
                }
            }
        }
        let near = std::mem::take(&mut self.near);
        for armed in near.into_iter().skip(std::mem::take(&mut self.head)) {
            self.put_later(before, armed);
        }
    }

    /// Lets what is alive be first.
    fn advance(&mut self) {
        loop {
            match self.near.get(self.head) {
                Some(first) if is_alive(&self.latest, first) => return,
                Some(_) => {
                    self.head += 1;
                    self.dead -= 1;
                }
                None if self.alive + self.dead == 0 => return,
                None => self.load(),
            }
        }
    }

    /// Takes what stands in the ring for a span.
    fn empty(&mut self, span: Millis) -> Vec<Armed> {
        self.taken[place(span) / 64] &= !(1 << (place(span) % 64));
        std::mem::take(&mut self.ring[place(span)])
    }

    /// Returns the first span of the ring that something stands at.
    fn first_in_ring(&self) -> Option<Millis> {
        let from = place(self.near_span);
        // From there to the end, and round again up to there.
        let found = (0..=WORDS).find_map(|step| {
            let word = (from / 64 + step) % WORDS;
            let bits = self.taken[word] & if step == 0 { u64::MAX << (from % 64) } else { u64::MAX };
            (bits != 0).then(|| 64 * word + bits.trailing_zeros() as usize)
        })?;
        Some(span_at(found, self.near_span))
    }

    /// Puts the next span in order.
    fn load(&mut self) {
        let in_ring = self.first_in_ring();
        let in_far = self.far.first_key_value().map(|(&span, _)| span);
        let span = in_ring.into_iter().chain(in_far).min().expect("there are timers");
        self.near_span = span;
        self.head = 0;
        self.near.clear();
        let mut all = self.empty(span);
        self.near.append(&mut all);
        self.ring[place(span)] = all; // Its room is used again.
        if in_far == Some(span) {
            self.near.extend(self.far.pop_first().into_iter().flat_map(|(_, all)| all));
        }
        let count = self.near.len();
        self.near.retain(|armed| is_alive(&self.latest, armed));
        self.dead -= count - self.near.len();
        self.near.sort_unstable();
    }

    /// Takes out all that is dead.
    fn bury(&mut self) {
        self.near.drain(..std::mem::take(&mut self.head));
        self.near.retain(|armed| is_alive(&self.latest, armed));
        for all in &mut self.ring {
            all.retain(|armed| is_alive(&self.latest, armed));
            all.shrink_to(2 * all.len());
        }
        self.far.retain(|_, all| {
            all.retain(|armed| is_alive(&self.latest, armed));
            !all.is_empty()
        });
        self.dead = 0;
    }

    /// Numbers the living from 1 on: no number may come twice.
    fn number_anew(&mut self) {
        self.bury();
        self.arming = 0;
        let later = self.ring.iter_mut().chain(self.far.values_mut()).flatten();
        for armed in self.near.iter_mut().chain(later) {
            self.arming += 1;
            armed.arming = self.arming;
            self.latest[armed.kind as usize][armed.slot as usize] = self.arming;
        }
    }
}

fn is_alive(latest: &[Vec<u32>; KINDS], armed: &Armed) -> bool {
    latest[armed.kind as usize][armed.slot as usize] == armed.arming
}

#[cfg(test)]
mod tests {
    use super::{Timer, Timers};
    use std::collections::BTreeMap;

    #[test]
    fn the_first_timer_is_the_least_of_an_ordered_map_however_timers_are_armed() {
        let (mut timers, mut map) = (Timers::default(), BTreeMap::new());
        let mut due_ms = [None; 900];
        let mut dice = 88_172_645_463_325_252_u64;
        let mut now_ms = 0;
        // The numbers of armings run out on the way.
        timers.arming = u32::MAX - 50_000;
        for step in 0..200_000_i64 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let owner = usize::try_from(dice % 900).unwrap();
            let (id, slot) = (1_000 - owner as u64, u32::try_from(owner / 3).unwrap());
            let timer = [Timer::Queue(id), Timer::Agent(id), Timer::Interaction(id)][owner % 3];
            let due = match dice >> 20 & 3 {
                0 => None,
                1 => Some(now_ms + step % 7),
                2 => Some(now_ms + i64::try_from(dice >> 30 & 0xff_ffff).unwrap()),
                _ => Some(now_ms + i64::try_from(dice >> 30 & 0xfff).unwrap()),
            };
            let before = std::mem::replace(&mut due_ms[owner], due);
            timers.arm(timer, slot, due);
            before.map(|before| map.remove(&(before, timer)));
            due.map(|due| map.insert((due, timer), slot));
            let first = map.iter().next().map(|(&(due_ms, timer), &slot)| (due_ms, timer, slot));
            assert_eq!((timers.first(), timers.first_ms()), (first, first.map(|first| first.0)));
            now_ms = now_ms.max(first.map_or(0, |first| first.0));
            let later = timers.ring.iter().chain(timers.far.values()).map(Vec::len).sum::<usize>();
            let standing = timers.near.len() - timers.head + later;
            assert_eq!((timers.alive, timers.alive + timers.dead), (map.len(), standing));
            assert!(timers.dead <= timers.alive + super::DEAD_MAX);
        }
        assert!(timers.arming < 1_000_000, "the numbers began anew");
    }
}
