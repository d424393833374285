//! R75–R77: the pacer on simulated days: the bound holds from beginning to end, and the agents are busier.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ucc_router_core::pacing::{Dialled, Floor, Pacer, Pacing, PacingMode};
use ucc_router_core::words::Millis;

const SECOND_MS: Millis = 1_000;
const HOUR_MS: Millis = 3_600 * SECOND_MS;
const WINDOW_MS: Millis = 4 * HOUR_MS;
const ABANDON_MAX: u32 = 300;

fn pacing(mode: PacingMode) -> Pacing {
    Pacing { mode, abandon_max: ABANDON_MAX, window_ms: WINDOW_MS }
}

/// A seeded source of chances: splitmix64.
struct Dice(u64);

impl Dice {
    fn chance(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((bits ^ (bits >> 31)) >> 32).expect("32 bits")) / 4_294_967_296.0
    }

    #[allow(clippy::cast_possible_truncation)] // Some minutes at most.
    fn spread_ms(&mut self, mean_ms: f64) -> Millis {
        (-(1.0 - self.chance()).ln() * mean_ms) as Millis + 1
    }
}

/// How many of a hundred answer, and how many agents there are: mornings, a lunch and an evening.
fn hour_of_day(hour: Millis) -> (f64, u32) {
    match hour {
        0..=1 => (0.20, 40),
        2..=3 => (0.45, 40),
        4 => (0.45, 15),
        5..=7 => (0.25, 40),
        _ => (0.55, 25),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Finished(Millis),
    Answered(Millis),
    RangOut(Millis),
    Hour(Millis),
}

#[derive(Debug, Default)]
struct Day {
    answered: u32,
    abandoned: u32,
    busy_ms: Millis,
    there_ms: Millis,
    worst: f64,
}

/// Runs ten hours of a campaign that never runs out of numbers.
fn day(seed: u64, mode: PacingMode) -> Day {
    let (mut dice, mut pacer, mut day) = (Dice(seed), Pacer::new(pacing(mode)), Day::default());
    let mut events = BinaryHeap::from([Reverse((0, Event::Hour(0)))]);
    let (mut busy, mut dialling, mut now_ms, mut agents, mut chance) = (0u32, 0u32, 0, 0u32, 0.0);
    let mut last: Vec<(Millis, bool)> = Vec::new();
    while let Some(Reverse((at_ms, event))) = events.pop() {
        day.busy_ms += (at_ms - now_ms) * Millis::from(busy);
        day.there_ms += (at_ms - now_ms) * Millis::from(agents.max(busy));
        now_ms = at_ms;
        match event {
            Event::Hour(10) => break,
            Event::Hour(hour) => {
                (chance, agents) = hour_of_day(hour);
                events.push(Reverse(((hour + 1) * HOUR_MS, Event::Hour(hour + 1))));
            }
            Event::Finished(handle_ms) => {
                busy -= 1;
                pacer.handled(handle_ms);
            }
            Event::RangOut(ring_ms) => {
                dialling -= 1;
                pacer.end(now_ms, Dialled::Unanswered, ring_ms);
            }
            Event::Answered(ring_ms) => {
                dialling -= 1;
                let is_served = busy < agents;
                pacer.end(now_ms, if is_served { Dialled::Served } else { Dialled::Abandoned }, ring_ms);
                day.answered += 1;
                day.abandoned += u32::from(!is_served);
                last.push((now_ms, !is_served));
                if is_served {
                    busy += 1;
                    let handle_ms = dice.spread_ms(150_000.0) + 30 * SECOND_MS;
                    events.push(Reverse((now_ms + handle_ms, Event::Finished(handle_ms))));
                }
            }
        }
        // Counted anew from all answers of the last four hours, not asked of the pacer.
        if matches!(event, Event::Answered(_)) {
            last.retain(|&(at_ms, _)| at_ms > now_ms - WINDOW_MS);
            let lost = last.iter().filter(|&&(_, is_lost)| is_lost).count();
            #[allow(clippy::cast_precision_loss)] // Small.
            let rate = lost as f64 / last.len() as f64;
            day.worst = day.worst.max(rate);
        }
        let floor = Floor { free: agents.saturating_sub(busy), busy: busy.min(agents), dialling };
        for _ in 0..pacer.dials(now_ms, &floor) {
            dialling += 1;
            let ring_ms = dice.spread_ms(8_000.0) + 3 * SECOND_MS;
            let event = if dice.chance() < chance { Event::Answered } else { Event::RangOut };
            let ring_ms = if event(0) == Event::RangOut(0) { 25 * SECOND_MS } else { ring_ms };
            events.push(Reverse((now_ms + ring_ms, event(ring_ms))));
        }
    }
    day
}

#[allow(clippy::cast_precision_loss)] // Milliseconds of a day.
fn occupancy(day: &Day) -> f64 {
    day.busy_ms as f64 / day.there_ms as f64
}

#[test]
fn r77_the_rate_stays_below_the_bound_all_day_and_agents_are_busier() {
    for seed in 1..=20 {
        let (progressive, predictive) =
            (day(seed, PacingMode::Progressive), day(seed, PacingMode::Predictive));
        assert!(predictive.worst <= 0.03, "seed {seed}: {predictive:?}");
        assert!(predictive.answered > 2_000, "seed {seed}: {predictive:?}");
        assert!(predictive.abandoned > 0, "seed {seed}: nothing was risked");
        let (slow, fast) = (occupancy(&progressive), occupancy(&predictive));
        assert!(fast > slow + 0.05, "seed {seed}: {slow:.3} by one call an agent, {fast:.3} by prediction");
    }
}

#[test]
fn r75_the_rate_is_lost_of_answered_in_a_window_that_moves_on_in_steps() {
    let mut pacer = Pacer::new(pacing(PacingMode::Predictive));
    let step_ms = WINDOW_MS / 96;
    assert_eq!(pacer.abandon_rate(0), None, "nobody has answered");
    for (at_ms, what) in [
        (0, Dialled::Unanswered),
        (1, Dialled::Abandoned),
        (step_ms - 1, Dialled::Served),
        (step_ms, Dialled::Served),
        (2 * step_ms, Dialled::Abandoned),
        (2 * step_ms, Dialled::Served),
    ] {
        pacer.end(at_ms, what, 5_000);
    }
    let close = |found: Option<f64>, wanted: f64| (found.expect("somebody answered") - wanted).abs() < 1e-12;
    assert!(close(pacer.abandon_rate(2 * step_ms), 2.0 / 5.0), "who did not answer is not among them");
    assert!(close(pacer.abandon_rate(96 * step_ms - 1), 2.0 / 5.0));
    assert!(close(pacer.abandon_rate(96 * step_ms), 1.0 / 3.0), "the first step is over");
    assert!(close(pacer.abandon_rate(97 * step_ms), 1.0 / 2.0));
    assert_eq!(pacer.abandon_rate(98 * step_ms), None);
}

#[test]
fn r76_progressive_dials_one_call_for_each_free_agent() {
    let mut pacer = Pacer::new(pacing(PacingMode::Progressive));
    assert_eq!(pacer.dials(0, &Floor { free: 5, busy: 10, dialling: 2 }), 3);
    assert_eq!(pacer.dials(0, &Floor { free: 2, busy: 10, dialling: 4 }), 0);
}

#[test]
fn r76_preview_dials_nothing_by_itself() {
    let mut pacer = Pacer::new(pacing(PacingMode::Preview));
    assert_eq!(pacer.dials(0, &Floor { free: 5, busy: 0, dialling: 0 }), 0);
}

#[test]
fn r77_what_is_not_earned_is_not_risked() {
    let mut pacer = Pacer::new(pacing(PacingMode::Predictive));
    let floor = Floor { free: 4, busy: 30, dialling: 0 };
    assert_eq!(pacer.dials(0, &floor), 4, "nothing is known yet: one call for each free agent");
    for at_ms in 0..1_000 {
        let what = if at_ms % 4 == 0 { Dialled::Served } else { Dialled::Unanswered };
        pacer.end(at_ms, what, 15_000);
    }
    let calls = pacer.dials(1_000, &floor);
    assert!(calls > 6, "one in four answers: {calls} calls for 4 agents");
    assert_eq!(pacer.abandon_rate(1_000), Some(0.0));
    // 250 answers allow 7 at the most; three lost leave no room for five more at once.
    for _ in 0..3 {
        pacer.end(1_000, Dialled::Abandoned, 15_000);
    }
    assert_eq!(pacer.dials(1_000, &floor), 4, "back to one call an agent");
    assert_eq!(pacer.abandon_rate(1_000 + WINDOW_MS), None, "the window has rolled on");
}
