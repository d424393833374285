//! Questions that change nothing: place and estimate, and a queue's figures.

use crate::engine::Engine;
use crate::state::{Queue, Stage};
use crate::words::{InteractionId, Millis, QueueId, Session};

/// Fewer answers than this say nothing about the next ones.
const GAPS_MIN: u64 = 5;
/// Answers older than this say nothing about now.
const ESTIMATE_AGE_MS_MAX: Millis = 1_800_000;
/// Nine in ten waits lie within 1.645 standard deviations; in thousandths.
const SPREAD_THOUSANDTHS: u64 = 1_645;

/// Where waiting work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// 1 is next; 0 while it is being offered.
    pub place: u64,
    /// Waiting in the same queue, this one included.
    pub waiting: u64,
    /// The interval nine in ten further waits fall into, where enough is known.
    pub estimate_ms: Option<(Millis, Millis)>,
}

/// A queue at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueFigures {
    /// Waiting work, offers not counted.
    pub waiting: u64,
    /// Arrival of who has waited longest.
    pub longest_waited_since_ms: Option<Millis>,
    /// Agents with the queue's skills who are signed in.
    pub staffed: u64,
    /// Those of them who want work.
    pub on_queue: u64,
    /// Those of them who could take something now.
    pub free: u64,
    /// Inside its hours.
    pub is_open: bool,
}

impl Engine {
    /// Returns where waiting or offered work stands, or `None` if it does not wait.
    #[must_use]
    pub fn position(&self, interaction: InteractionId) -> Option<Position> {
        let state = &self.work.get(&interaction)?.state;
        let queue = self.queue(state.queue);
        let waiting = queue.waiting.len() as u64;
        if state.stage == Stage::Offered {
            return Some(Position { place: 0, waiting, estimate_ms: Some((0, 0)) });
        }
        if !state.is_waiting() {
            return None;
        }
        let place = 1 + queue.waiting.range(..state.key()).count() as u64;
        let has_staff = queue.state.is_open && self.has_staff(queue);
        let estimate_ms = if has_staff { estimate(queue, place, self.now_ms) } else { None };
        Some(Position { place, waiting, estimate_ms })
    }

    /// Returns the figures of a queue.
    #[must_use]
    pub fn queue_figures(&self, queue: QueueId) -> Option<QueueFigures> {
        let queue = self.queues.get(&queue)?;
        let pool = &self.index.pools[queue.pools[0] as usize];
        let agents = || pool.members.iter().map(|&(slot, _)| self.at(slot));
        Some(QueueFigures {
            waiting: queue.waiting.len() as u64,
            longest_waited_since_ms: queue.arrivals.first().map(|&(arrived_ms, _)| arrived_ms),
            staffed: agents().filter(|agent| agent.state.session != Session::Offline).count() as u64,
            on_queue: u64::from(pool.staff),
            free: agents().filter(|agent| agent.listed.is_some()).count() as u64,
            is_open: queue.state.is_open,
        })
    }
}

/// Sums `place` answer gaps: their mean, and the spread of that sum and of the mean itself. All integers,
/// so that two machines say the same.
fn estimate(queue: &Queue, place: u64, now_ms: Millis) -> Option<(Millis, Millis)> {
    let gaps = &queue.state.gaps_ms;
    let count = gaps.len() as u64;
    if count < GAPS_MIN || now_ms - queue.state.answered_ms > ESTIMATE_AGE_MS_MAX {
        return None;
    }
    let mean_ms = gaps.iter().map(|gap_ms| gap_ms.unsigned_abs()).sum::<u64>() / count;
    let middle_ms = mean_ms.saturating_mul(place);
    // Gaps are about exponential: variance mean² each, and mean² ÷ count for not knowing the mean.
    let spread = place.saturating_add(place.saturating_mul(place) / count).saturating_mul(1_000_000).isqrt();
    let margin_ms = mean_ms.saturating_mul(spread).saturating_mul(SPREAD_THOUSANDTHS) / 1_000_000;
    let low_ms = Millis::try_from(middle_ms.saturating_sub(margin_ms)).ok()?;
    let high_ms = Millis::try_from(middle_ms.saturating_add(margin_ms)).ok()?;
    Some((low_ms, high_ms))
}
