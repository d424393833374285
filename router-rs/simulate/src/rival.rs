//! Policies of other systems, as their behaviour is known, on the same contacts and the same agents.

use std::collections::{BTreeMap, VecDeque};

use ucc_router_core::words::{MEDIA, Medium};

use crate::Micros;
use crate::router::{Agent, Contact, Given, Router, seats};
use crate::scenario::{ContactType, Group, Scenario};

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Every second the longest queue first, the longest idle agent: a telephone system that polls.
    Polled,
    /// At once, first come first served, the next free agent in turn, whatever the levels and lists say.
    RoundRobin,
    /// Every five minutes, first come first served, the longest idle agent: a help desk with a ticker.
    Ticker,
}

const POLL_EVERY: Micros = 1_000_000;
const TICK_EVERY: Micros = 300_000_000;

struct Seat {
    group: usize,
    is_on: bool,
    /// Units in hand, by medium.
    used: [u32; MEDIA],
    idle_since: Micros,
}

/// What each agent of a group can have in hand, as it is for the engine.
struct Room {
    units: [u32; MEDIA],
    /// Nothing else beside a call.
    is_exclusive: bool,
}

impl Room {
    fn of(group: &Group) -> Self {
        let Some(agent) = &group.agent else {
            let mut units = [0; MEDIA];
            units[Medium::Chat as usize] = group.capacity;
            return Self { units, is_exclusive: false };
        };
        let units = |medium| agent.0.capacity.iter().find(|&&(of, _)| of as usize == medium);
        Self {
            units: std::array::from_fn(|medium| units(medium).map_or(0, |&(_, units)| units)),
            is_exclusive: agent.0.voice_exclusive,
        }
    }

    fn has(&self, used: &[u32; MEDIA], (medium, units): (Medium, u32)) -> bool {
        let calls = used[Medium::Voice as usize];
        let is_apart = if medium == Medium::Voice { used.iter().sum::<u32>() == 0 } else { calls == 0 };
        (is_apart || !self.is_exclusive) && used[medium as usize] + units <= self.units[medium as usize]
    }
}

/// Returns what a contact of a type takes of an agent.
fn asks(kind: &ContactType) -> (Medium, u32) {
    kind.queue.as_ref().map_or((Medium::Chat, 1), |queue| (queue.medium.0, queue.units))
}

/// A rival at work; plainly written, it looks at everybody.
pub(crate) struct Rival {
    habit: Habit,
    seats: Vec<Seat>,
    /// By group.
    rooms: Vec<Room>,
    /// By type.
    asks: Vec<(Medium, u32)>,
    /// Of the contacts in hand.
    kinds: BTreeMap<Contact, usize>,
    /// By group and type.
    can_serve: Vec<Vec<bool>>,
    waiting_max: Vec<u32>,
    /// By type, in order of arrival.
    waiting: Vec<BTreeMap<u64, Contact>>,
    place: BTreeMap<Contact, u64>,
    next_place: u64,
    /// Seats in turn.
    turn: VecDeque<Agent>,
    next_tick: Micros,
}

impl Rival {
    pub(crate) fn new(scenario: &Scenario, habit: Habit) -> Self {
        let seats: Vec<Seat> = seats(scenario)
            .into_iter()
            .map(|group| Seat { group, is_on: false, used: [0; MEDIA], idle_since: 0 })
            .collect();
        let count = Agent::try_from(seats.len()).expect("fewer than 2³² seats");
        let can_serve = scenario.groups.iter().map(|group| {
            (0..scenario.types.len())
                .map(|kind| group.serves.iter().flatten().any(|&at| at == kind))
                .collect()
        });
        Self {
            habit,
            rooms: scenario.groups.iter().map(Room::of).collect(),
            asks: scenario.types.iter().map(asks).collect(),
            kinds: BTreeMap::new(),
            can_serve: can_serve.collect(),
            waiting_max: scenario.types.iter().map(|kind| kind.waiting_max).collect(),
            waiting: vec![BTreeMap::new(); scenario.types.len()],
            place: BTreeMap::new(),
            next_place: 0,
            turn: (0..count).collect(),
            next_tick: 0,
            seats,
        }
    }

    fn is_free(&self, agent: Agent, kind: usize) -> bool {
        let seat = &self.seats[agent as usize];
        let has_room = self.rooms[seat.group].has(&seat.used, self.asks[kind]);
        seat.is_on && has_room && self.can_serve[seat.group][kind]
    }

    /// Returns who gets a contact of this type now.
    fn agent_for(&self, kind: usize) -> Option<Agent> {
        match self.habit {
            Habit::RoundRobin => self.turn.iter().copied().find(|&agent| self.is_free(agent, kind)),
            Habit::Polled | Habit::Ticker => {
                let agents = 0..Agent::try_from(self.seats.len()).expect("fewer than 2³² seats");
                let free = agents.filter(|&agent| self.is_free(agent, kind));
                free.min_by_key(|&agent| (self.seats[agent as usize].idle_since, agent))
            }
        }
    }

    /// Gives what waits to who is free, until no pair is left.
    fn assign(&mut self, given: &mut Vec<Given>) {
        loop {
            let kinds = 0..self.waiting.len();
            let mut kinds: Vec<usize> = kinds.filter(|&kind| !self.waiting[kind].is_empty()).collect();
            match self.habit {
                Habit::Polled => kinds.sort_by_key(|&kind| std::cmp::Reverse(self.waiting[kind].len())),
                Habit::RoundRobin | Habit::Ticker => {
                    kinds.sort_by_key(|&kind| self.waiting[kind].first_key_value().map(|(&place, _)| place));
                }
            }
            let found = kinds.into_iter().find_map(|kind| Some((kind, self.agent_for(kind)?)));
            let Some((kind, agent)) = found else {
                return;
            };
            let (_, contact) = self.waiting[kind].pop_first().expect("the type has waiting work");
            self.place.remove(&contact);
            let (medium, units) = self.asks[kind];
            self.seats[agent as usize].used[medium as usize] += units;
            self.kinds.insert(contact, kind);
            if self.habit == Habit::RoundRobin {
                let at = self.turn.iter().position(|&seat| seat == agent).expect("every seat has a turn");
                self.turn.rotate_left(at + 1);
            }
            given.push(Given { contact, agent: Some(agent) });
        }
    }

    fn tick_after(&self, at: Micros) -> Micros {
        let every = if self.habit == Habit::Ticker { TICK_EVERY } else { POLL_EVERY };
        (at / every + 1) * every
    }

    /// Gives at once where that is the habit.
    fn react(&mut self, given: &mut Vec<Given>) {
        if self.habit == Habit::RoundRobin {
            self.assign(given);
        }
    }
}

impl Router for Rival {
    fn set_on(&mut self, at: Micros, agent: Agent, is_on: bool, given: &mut Vec<Given>) {
        let seat = &mut self.seats[agent as usize];
        seat.is_on = is_on;
        seat.idle_since = at;
        self.react(given);
    }

    fn arrive(
        &mut self,
        at: Micros,
        contact: Contact,
        kind: usize,
        _priority: u8,
        given: &mut Vec<Given>,
    ) -> bool {
        if self.waiting[kind].len() >= self.waiting_max[kind] as usize {
            return false;
        }
        self.waiting[kind].insert(self.next_place, contact);
        if self.place.is_empty() && self.next_tick <= at {
            // Its clock went on while nobody waited.
            self.next_tick = self.tick_after(at);
        }
        self.place.insert(contact, self.next_place);
        self.next_place += 1;
        self.react(given);
        true
    }

    fn leave(&mut self, _at: Micros, contact: Contact, kind: usize, _given: &mut Vec<Given>) {
        let place = self.place.remove(&contact).expect("a waiting contact has a place");
        self.waiting[kind].remove(&place);
    }

    fn end(&mut self, at: Micros, contact: Contact, agent: Agent, wraps_up: bool, given: &mut Vec<Given>) {
        if !wraps_up {
            self.complete(at, contact, agent, given);
        }
    }

    fn complete(&mut self, at: Micros, contact: Contact, agent: Agent, given: &mut Vec<Given>) {
        let kind = self.kinds.remove(&contact).expect("it was in hand");
        let (medium, units) = self.asks[kind];
        let seat = &mut self.seats[agent as usize];
        seat.used[medium as usize] -= units;
        seat.idle_since = at;
        self.react(given);
    }

    fn next_deadline(&self) -> Option<Micros> {
        let is_idle = self.habit == Habit::RoundRobin || self.place.is_empty();
        (!is_idle).then_some(self.next_tick)
    }

    fn advance(&mut self, at: Micros, given: &mut Vec<Given>) {
        if at >= self.next_tick {
            self.assign(given);
            self.next_tick = self.tick_after(at);
        }
    }
}
