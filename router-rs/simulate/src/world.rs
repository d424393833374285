//! One replication: contacts arrive, wait, are served or leave, under a clock that jumps from event to event.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::Micros;
use crate::chance::{Stream, micros};
use crate::progress::Progress;
use crate::recorded::{self, Ending};
use crate::router::{Agent, Contact, Given, Router, seats};
use crate::scenario::{ContactType, Scenario};
use crate::tally::{Tally, seconds};

/// The stream of the day factor; types have those from 1.
const DAY_STREAM: u64 = 0;
/// How often a replication looks whether it is still wanted.
const EVENTS_A_LOOK: u32 = 4_096;

/// What happens next. At the same moment the order of scheduling holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival { kind: u32 },
    Leave { contact: Contact, born: u32 },
    End { contact: Contact },
    Complete { contact: Contact },
    Period { number: u32 },
    Presence { group: u32, is_on: bool },
}

/// A row of the table of contacts; rows are used again.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    kind: u32,
    /// Of its arrival; `None` in the warm-up.
    period: Option<u32>,
    arrived: Micros,
    service: Micros,
    wrap_up: Micros,
    answer: Micros,
    agent: Agent,
    is_waiting: bool,
    /// Counts the row's uses: a leave of an earlier one is void.
    born: u32,
}

/// Integrates a level over time, into the period that runs.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    value: u32,
    since: Micros,
}

impl Level {
    /// Returns value × seconds since the last look, and changes the value.
    fn step(&mut self, at: Micros, change: i64) -> f64 {
        let area = f64::from(self.value) * seconds(at - self.since);
        self.since = at;
        self.value = u32::try_from(i64::from(self.value) + change).expect("a level is never below nothing");
        area
    }
}

struct Seat {
    group: usize,
    is_on: bool,
    load: u32,
}

struct Arrivals {
    stream: Stream,
    /// Per microsecond, of each period.
    rates: Vec<f64>,
    /// Of the recorded contacts.
    next: usize,
}

/// Everything a contact has about itself.
struct Drawn {
    service: Micros,
    wrap_up: Micros,
    answer: Micros,
    patience: Option<Micros>,
    priority: u8,
}

impl Drawn {
    /// Draws a contact of a type.
    fn new(told: &ContactType, stream: &mut Stream) -> Self {
        Self {
            service: told.service.draw(stream),
            wrap_up: told.wrap_up.as_ref().map_or(0, |wrap_up| wrap_up.draw(stream)),
            patience: told.patience.as_ref().map(|patience| patience.draw(stream)),
            answer: told.answer.as_ref().map_or(0, |answer| answer.draw(stream)),
            priority: told.priority,
        }
    }

    /// Takes a contact as it was, and draws what nobody saw: how long who left would have been served, and
    /// how much longer who was served would have waited.
    fn again(told: &ContactType, contact: &recorded::Contact, stream: &mut Stream) -> Self {
        let drawn = Self::new(told, stream);
        let waited = micros(contact.waited_s - contact.answer_s).max(0);
        let is_served = contact.ending == Ending::Served;
        Self {
            service: contact.service_s.map_or(drawn.service, micros),
            wrap_up: contact.wrap_up_s.map_or(drawn.wrap_up, micros),
            answer: if is_served { micros(contact.answer_s) } else { drawn.answer },
            patience: match contact.ending {
                Ending::Left => Some(micros(contact.waited_s)),
                Ending::Served | Ending::Diverted | Ending::Blocked | Ending::Waiting => {
                    drawn.patience.map(|more| waited + more)
                }
            },
            priority: contact.priority,
        }
    }
}

pub(crate) struct World<'a, R> {
    scenario: &'a Scenario,
    router: R,
    now: Micros,
    start: Micros,
    period_length: Micros,
    /// The period that runs; `None` in the warm-up and after the last.
    period: Option<usize>,
    calendar: BinaryHeap<Reverse<(Micros, u64, Event)>>,
    scheduled: u64,
    arrivals: Vec<Arrivals>,
    rows: Vec<Row>,
    vacant: Vec<Contact>,
    seats: Vec<Seat>,
    /// Of each group's seats, and one more.
    first: Vec<usize>,
    lines_taken: Vec<u32>,
    waiting: Vec<Level>,
    busy: Vec<Level>,
    staffed: Vec<Level>,
    tally: Tally,
    given: Vec<Given>,
}

impl<'a, R: Router> World<'a, R> {
    pub(crate) fn new(scenario: &'a Scenario, replication: u32, router: R) -> Self {
        let (types, groups) = (scenario.types.len(), scenario.groups.len());
        let mut day = Stream::new(scenario.seed, replication.into(), DAY_STREAM);
        let factor = scenario.day_factor_shape.map_or(1.0, |shape| day.gamma(shape) / shape);
        let arrivals = scenario.types.iter().enumerate().map(|(kind, told)| Arrivals {
            stream: Stream::new(scenario.seed, replication.into(), 1 + kind as u64),
            rates: told.arrivals_per_hour.iter().map(|rate| rate * factor / 3.6e9).collect(),
            next: 0,
        });
        let seats = seats(scenario).into_iter().map(|group| Seat { group, is_on: false, load: 0 });
        let mut first = vec![0];
        first.extend((0..groups).scan(0, |next, group| {
            *next += scenario.seats(group) as usize;
            Some(*next)
        }));
        Self {
            router,
            now: 0,
            start: micros(scenario.warm_up_s),
            period_length: micros(scenario.period_s),
            period: None,
            calendar: BinaryHeap::new(),
            scheduled: 0,
            arrivals: arrivals.collect(),
            rows: Vec::new(),
            vacant: Vec::new(),
            seats: seats.collect(),
            first,
            lines_taken: vec![0; scenario.trunks.len()],
            waiting: vec![Level::default(); types],
            busy: vec![Level::default(); groups],
            staffed: vec![Level::default(); groups],
            tally: Tally::new(types, groups, scenario.periods),
            given: Vec::new(),
            scenario,
        }
    }

    /// Plays the day until nobody is left, or nothing more can happen.
    ///
    /// Returns `None` if it was cancelled.
    pub(crate) fn run(mut self, progress: &Progress) -> Option<Tally> {
        let mut events = 0u32;
        self.staff(0);
        for number in 0..=self.scenario.periods {
            let at = self.start + self.period_length * Micros::try_from(number).expect("a small number");
            let number = u32::try_from(number).expect("a small number");
            self.schedule(at, Event::Period { number });
        }
        for (group, told) in self.scenario.groups.iter().enumerate() {
            let group = u32::try_from(group).expect("a small number");
            for &(from_s, until_s) in told.presence.iter().flatten() {
                self.schedule(self.start + micros(from_s), Event::Presence { group, is_on: true });
                self.schedule(self.start + micros(until_s), Event::Presence { group, is_on: false });
            }
        }
        for kind in 0..self.arrivals.len() {
            self.schedule_arrival(kind, 0);
        }
        loop {
            events = events.wrapping_add(1);
            if events % EVENTS_A_LOOK == 0 && progress.is_cancelled() {
                return None;
            }
            let due = self.calendar.peek().map(|&Reverse((at, ..))| at);
            let deadline = self.router.next_deadline().filter(|_| self.has_future());
            match (due, deadline) {
                (None, None) => break,
                (Some(at), deadline) if deadline.is_none_or(|deadline| at <= deadline) => {
                    let Reverse((at, _, event)) = self.calendar.pop().expect("it was seen");
                    self.now = at;
                    self.happen(event);
                }
                (_, deadline) => {
                    self.now = deadline.unwrap_or(self.now).max(self.now);
                    self.router.advance(self.now, &mut self.given);
                }
            }
            self.settle();
        }
        for row in self.rows.iter().filter(|row| row.is_waiting) {
            if let Some(period) = row.period {
                self.tally.cells[row.kind as usize][period as usize].unanswered += 1.0;
            }
        }
        Some(self.tally)
    }

    /// Whether anybody could still be given work: else waiting for a deadline would have no end.
    fn has_future(&self) -> bool {
        let is_waiting = |kind: usize| self.waiting[kind].value > 0;
        let mut staffed = self.seats.iter().filter(|seat| seat.is_on);
        !self.calendar.is_empty()
            || staffed.any(|seat| {
                let serves = &self.scenario.groups[seat.group].serves;
                serves.iter().flatten().any(|&kind| is_waiting(kind))
            })
    }

    fn schedule(&mut self, at: Micros, event: Event) {
        self.scheduled += 1;
        self.calendar.push(Reverse((at, self.scheduled, event)));
    }

    /// Draws the next arrival of a type after `from`: an exponential amount of expected arrivals, spent period
    /// by period.
    fn schedule_arrival(&mut self, kind: usize, from: Micros) {
        let arrivals = &mut self.arrivals[kind];
        if let Some(contacts) = &self.scenario.types[kind].recorded {
            if let Some(contact) = contacts.get(arrivals.next) {
                arrivals.next += 1;
                let at = (self.start + micros(contact.at_s)).max(from);
                self.schedule(at, Event::Arrival { kind: u32::try_from(kind).expect("a small number") });
            }
            return;
        }
        let mut left = arrivals.stream.exponential();
        let mut at = seconds(from) * 1e6;
        let mut number = self.period_at(from).unwrap_or(0);
        while number < self.scenario.periods {
            let end = self.start + self.period_length * Micros::try_from(number + 1).expect("a small number");
            let end = seconds(end) * 1e6;
            let expected = (end - at) * self.arrivals[kind].rates[number];
            if left < expected {
                at += left / self.arrivals[kind].rates[number];
                #[allow(clippy::cast_possible_truncation)] // It is before the end.
                let at = (at.round() as Micros).max(from);
                let kind = u32::try_from(kind).expect("a small number");
                self.schedule(at, Event::Arrival { kind });
                return;
            }
            left -= expected;
            at = end;
            number += 1;
        }
    }

    /// Returns the period of a moment; `None` in the warm-up.
    fn period_at(&self, at: Micros) -> Option<usize> {
        (at >= self.start).then(|| usize::try_from((at - self.start) / self.period_length).expect("positive"))
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrival { kind } => self.arrive(kind as usize),
            Event::Leave { contact, born } => self.leave(contact, born),
            Event::End { contact } => self.end(contact),
            Event::Complete { contact } => self.complete(contact),
            Event::Period { number } => self.begin_period(number as usize),
            Event::Presence { group, is_on } => self.staff_group(group as usize, is_on),
        }
    }

    fn arrive(&mut self, kind: usize) {
        let told = &self.scenario.types[kind];
        let number = self.arrivals[kind].next;
        self.schedule_arrival(kind, self.now);
        let stream = &mut self.arrivals[kind].stream;
        // All draws, also of those who are blocked: every policy meets the same contacts.
        let drawn = match &told.recorded {
            None => Drawn::new(told, stream),
            Some(contacts) => Drawn::again(told, &contacts[number - 1], stream),
        };
        let period = self.period.map(|period| u32::try_from(period).expect("a small number"));
        self.tally.contacts += 1;
        self.count(kind, period, |cell| cell.arrived += 1.0);
        if let Some(trunk) = told.trunk {
            if self.lines_taken[trunk] >= self.scenario.trunks[trunk].lines {
                self.count(kind, period, |cell| cell.blocked += 1.0);
                return;
            }
        }
        let contact = self.vacant.pop().unwrap_or_else(|| {
            self.rows.push(Row::default());
            Contact::try_from(self.rows.len() - 1).expect("fewer than 2³² contacts at once")
        });
        let born = self.rows[contact as usize].born + 1;
        let kind_number = u32::try_from(kind).expect("a small number");
        self.rows[contact as usize] = Row {
            kind: kind_number,
            period,
            arrived: self.now,
            service: drawn.service,
            wrap_up: drawn.wrap_up,
            answer: drawn.answer,
            agent: 0,
            is_waiting: true,
            born,
        };
        self.change_waiting(kind, 1);
        if !self.router.arrive(self.now, contact, kind, drawn.priority, &mut self.given) {
            self.change_waiting(kind, -1);
            self.rows[contact as usize].is_waiting = false;
            self.vacant.push(contact);
            self.count(kind, period, |cell| cell.blocked += 1.0);
            return;
        }
        if let Some(trunk) = told.trunk {
            self.lines_taken[trunk] += 1;
        }
        self.settle();
        if let Some(patience) = drawn.patience.filter(|_| self.rows[contact as usize].is_waiting) {
            self.schedule(self.now + patience, Event::Leave { contact, born });
        }
    }

    fn leave(&mut self, contact: Contact, born: u32) {
        let row = self.rows[contact as usize];
        if row.born != born || !row.is_waiting {
            return;
        }
        let kind = row.kind as usize;
        self.rows[contact as usize].is_waiting = false;
        self.change_waiting(kind, -1);
        self.router.leave(self.now, contact, kind, &mut self.given);
        let wait = seconds(self.now - row.arrived);
        let is_early = wait <= self.scenario.types[kind].target_s;
        self.count(kind, row.period, |cell| {
            cell.abandoned += 1.0;
            cell.abandoned_wait_s += wait;
            cell.abandoned_early += f64::from(u8::from(is_early));
        });
        self.hang_up(kind);
        self.vacant.push(contact);
    }

    fn end(&mut self, contact: Contact) {
        let row = self.rows[contact as usize];
        let kind = row.kind as usize;
        let wraps_up = self.scenario.types[kind].wrap_up.is_some();
        self.hang_up(kind);
        if wraps_up {
            self.schedule(self.now + row.wrap_up, Event::Complete { contact });
        } else {
            self.lay_down(contact, row.agent);
        }
        self.router.end(self.now, contact, row.agent, wraps_up, &mut self.given);
    }

    fn complete(&mut self, contact: Contact) {
        let agent = self.rows[contact as usize].agent;
        self.lay_down(contact, agent);
        self.router.complete(self.now, contact, agent, &mut self.given);
    }

    fn hang_up(&mut self, kind: usize) {
        if let Some(trunk) = self.scenario.types[kind].trunk {
            self.lines_taken[trunk] -= 1;
        }
    }

    fn begin_period(&mut self, number: usize) {
        for kind in 0..self.waiting.len() {
            self.change_waiting(kind, 0);
        }
        for group in 0..self.busy.len() {
            self.change_work(group, 0, 0);
        }
        self.period = (number < self.scenario.periods).then_some(number);
        if self.period.is_some() {
            self.staff(number);
        }
    }

    /// Brings every group to its staffing: of a group's seats the first are on.
    fn staff(&mut self, number: usize) {
        for (group, told) in
            self.scenario.groups.iter().enumerate().filter(|(_, told)| told.presence.is_none())
        {
            let wanted = self.first[group] + told.staff[number] as usize;
            for seat in self.first[group]..self.first[group + 1] {
                self.set_on(seat, seat < wanted);
            }
        }
    }

    /// Lets all seats of a group come or go.
    fn staff_group(&mut self, group: usize, is_on: bool) {
        for seat in self.first[group]..self.first[group + 1] {
            self.set_on(seat, is_on);
        }
    }

    fn set_on(&mut self, seat: usize, is_on: bool) {
        let found = &mut self.seats[seat];
        if found.is_on == is_on {
            return;
        }
        found.is_on = is_on;
        // Who leaves with work in hand stays until it is done.
        if found.load == 0 {
            let (group, change) = (found.group, if is_on { 1 } else { -1 });
            self.change_work(group, 0, change);
        }
        let agent = Agent::try_from(seat).expect("fewer than 2³² seats");
        self.router.set_on(self.now, agent, is_on, &mut self.given);
        self.settle();
    }

    /// Lets begin what the router gave.
    fn settle(&mut self) {
        while let Some(Given { contact, agent }) = self.given.pop() {
            let row = &mut self.rows[contact as usize];
            row.is_waiting = false;
            row.agent = agent.unwrap_or_default();
            let row = *row;
            let kind = row.kind as usize;
            self.change_waiting(kind, -1);
            let Some(agent) = agent else {
                self.count(kind, row.period, |cell| cell.diverted += 1.0);
                self.hang_up(kind);
                self.vacant.push(contact);
                continue;
            };
            let seat = &mut self.seats[agent as usize];
            seat.load += 1;
            let group = seat.group;
            self.change_work(group, 1, 0);
            let wait = seconds(self.now + row.answer - row.arrived);
            let is_in_target = wait <= self.scenario.types[kind].target_s;
            self.count(kind, row.period, |cell| {
                cell.served += 1.0;
                cell.served_wait_s += wait;
                cell.in_target += f64::from(u8::from(is_in_target));
            });
            self.schedule(self.now + row.answer + row.service, Event::End { contact });
        }
    }

    /// The agent has done with the contact.
    fn lay_down(&mut self, contact: Contact, agent: Agent) {
        let seat = &mut self.seats[agent as usize];
        seat.load -= 1;
        let (group, leaves) = (seat.group, !seat.is_on && seat.load == 0);
        self.change_work(group, -1, -i64::from(leaves));
        self.vacant.push(contact);
    }

    fn count(&mut self, kind: usize, period: Option<u32>, count: impl FnOnce(&mut crate::tally::Cell)) {
        if let Some(period) = period {
            count(&mut self.tally.cells[kind][period as usize]);
        }
    }

    fn change_waiting(&mut self, kind: usize, change: i64) {
        let area = self.waiting[kind].step(self.now, change);
        if let Some(period) = self.period {
            self.tally.cells[kind][period].waiting_s += area;
        }
    }

    fn change_work(&mut self, group: usize, busy: i64, staffed: i64) {
        let areas = (self.busy[group].step(self.now, busy), self.staffed[group].step(self.now, staffed));
        if let Some(period) = self.period {
            let work = &mut self.tally.work[group][period];
            work.busy_s += areas.0;
            work.staffed_s += areas.1 * f64::from(self.scenario.groups[group].capacity);
        }
    }
}
