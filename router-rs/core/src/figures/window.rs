//! What is counted over a span of time, and what the counts say.

use std::collections::BTreeMap;

use crate::wire::Writer;
use crate::words::Millis;

pub(super) const MINUTE_MS: Millis = 60_000;
/// The latest half hour: the minute that runs and so many before it.
pub(super) const MINUTES: Millis = 30;

/// Counts over a span of time. A contact counts at the moment its waiting ends, work when it closes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Came, also by overflow and blind transfer.
    pub arrived: u64,
    /// Somebody took it, however late.
    pub served: u64,
    /// Of those before the answer target had run out.
    pub in_target: u64,
    /// Its contact was gone before anybody took it.
    pub abandoned: u64,
    /// Of those before the answer target had run out.
    pub abandoned_early: u64,
    /// Waits of the served.
    pub served_wait_ms: Millis,
    /// Pieces of work an agent was done with.
    pub handled: u64,
    /// In hand, wrap-up included; parked and interrupted time is not.
    pub handled_ms: Millis,
    /// Agents with work in hand.
    pub busy_ms: Millis,
    /// Agents who wanted work, or had some in hand.
    pub staffed_ms: Millis,
}

/// The four standard formulas; `None` where nothing was counted below the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceLevels {
    /// In target ÷ (served + abandoned).
    pub of_arrived: Option<f64>,
    /// In target ÷ served.
    pub of_served: Option<f64>,
    /// In target ÷ (served + abandoned − abandoned early).
    pub without_early_abandoned: Option<f64>,
    /// (In target + abandoned early) ÷ (served + abandoned).
    pub early_abandoned_as_met: Option<f64>,
}

#[allow(clippy::cast_precision_loss)] // Counts below 2⁵³ are exact.
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn mean(sum_ms: Millis, count: u64) -> Option<Millis> {
    Some(sum_ms / Millis::try_from(count).ok().filter(|&count| count > 0)?)
}

impl Window {
    /// Returns the service level by each formula.
    #[must_use]
    pub fn service_levels(&self) -> ServiceLevels {
        let ended = self.served + self.abandoned;
        ServiceLevels {
            of_arrived: ratio(self.in_target, ended),
            of_served: ratio(self.in_target, self.served),
            without_early_abandoned: ratio(self.in_target, ended - self.abandoned_early),
            early_abandoned_as_met: ratio(self.in_target + self.abandoned_early, ended),
        }
    }

    /// Returns the average speed of answer: the mean wait of the served.
    #[must_use]
    pub fn asa_ms(&self) -> Option<Millis> {
        mean(self.served_wait_ms, self.served)
    }

    /// Returns the average handling time.
    #[must_use]
    pub fn aht_ms(&self) -> Option<Millis> {
        mean(self.handled_ms, self.handled)
    }

    /// Returns which part of the time there the agents had work in hand.
    #[must_use]
    pub fn occupancy(&self) -> Option<f64> {
        ratio(self.busy_ms.unsigned_abs(), self.staffed_ms.unsigned_abs())
    }

    /// Returns which part of those whose waiting ended was abandoned.
    #[must_use]
    pub fn abandon_rate(&self) -> Option<f64> {
        ratio(self.abandoned, self.served + self.abandoned)
    }

    /// Adds the counts of another span or of other agents.
    pub fn add(&mut self, other: &Self) {
        self.arrived += other.arrived;
        self.served += other.served;
        self.in_target += other.in_target;
        self.abandoned += other.abandoned;
        self.abandoned_early += other.abandoned_early;
        self.served_wait_ms += other.served_wait_ms;
        self.handled += other.handled;
        self.handled_ms += other.handled_ms;
        self.busy_ms += other.busy_ms;
        self.staffed_ms += other.staffed_ms;
    }

    /// Adds the time of agents alone.
    pub(super) fn add_time(&mut self, other: &Self) {
        self.busy_ms += other.busy_ms;
        self.staffed_ms += other.staffed_ms;
    }

    /// Writes the counts, then what they say, as `ucc.domain.figures.Window` reads them.
    pub(super) fn put(&self, writer: &mut Writer) {
        let ServiceLevels { of_arrived, of_served, without_early_abandoned, early_abandoned_as_met } =
            self.service_levels();
        writer.array(15);
        let counts = [self.arrived, self.served, self.in_target, self.abandoned, self.abandoned_early];
        for count in counts {
            writer.unsigned(count);
        }
        writer.signed(self.served_wait_ms);
        writer.unsigned(self.handled);
        for ms in [self.handled_ms, self.busy_ms, self.staffed_ms] {
            writer.signed(ms);
        }
        writer.array(4);
        for level in [of_arrived, of_served, without_early_abandoned, early_abandoned_as_met] {
            float(writer, level);
        }
        for ms in [self.asa_ms(), self.aht_ms()] {
            crate::wire::Wire::put(&ms, writer);
        }
        float(writer, self.occupancy());
        float(writer, self.abandon_rate());
    }
}

fn float(writer: &mut Writer, value: Option<f64>) {
    match value {
        Some(value) => writer.float(value),
        None => writer.nil(),
    }
}

/// What is remembered of one subject: since midnight, and minute by minute.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    pub day: Window,
    minutes: BTreeMap<Millis, Window>,
}

impl History {
    /// Counts something that happened now.
    pub(super) fn count(&mut self, at_ms: Millis, count: impl Fn(&mut Window)) {
        count(&mut self.day);
        count(self.minutes.entry(at_ms / MINUTE_MS).or_default());
        self.forget(at_ms);
    }

    /// Adds agents' time between two moments to the day and to every minute it lies in.
    pub(super) fn spend(
        &mut self,
        day_ms: Millis,
        span: (Millis, Millis),
        pick: fn(&mut Window) -> &mut Millis,
    ) {
        let (from_ms, to_ms) = span;
        *pick(&mut self.day) += (to_ms - from_ms.max(day_ms)).max(0);
        let last = to_ms / MINUTE_MS;
        for minute in (from_ms / MINUTE_MS).max(last - MINUTES)..=last {
            let (start_ms, end_ms) = (minute * MINUTE_MS, (minute + 1) * MINUTE_MS);
            let spent_ms = to_ms.min(end_ms) - from_ms.max(start_ms);
            if spent_ms > 0 {
                *pick(self.minutes.entry(minute).or_default()) += spent_ms;
            }
        }
        self.forget(to_ms);
    }

    /// Drops the minutes nobody asks for any more.
    pub(super) fn forget(&mut self, at_ms: Millis) {
        while self.minutes.first_key_value().is_some_and(|(&minute, _)| minute < at_ms / MINUTE_MS - MINUTES)
        {
            self.minutes.pop_first();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.minutes.is_empty()
    }

    /// Returns what was counted in the minute that began then.
    pub(super) fn minute(&self, start_ms: Millis) -> Window {
        self.minutes.get(&(start_ms / MINUTE_MS)).copied().unwrap_or_default()
    }

    /// Returns the latest half hour.
    pub(super) fn recent(&self, at_ms: Millis) -> Window {
        let mut recent = Window::default();
        let minutes = self.minutes.range(at_ms / MINUTE_MS - MINUTES..);
        minutes.for_each(|(_, window)| recent.add(window));
        recent
    }
}
