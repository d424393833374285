//! Replay: a journal's facts are folded without deciding anything.
//!
//! Work comes, rings, is in hand and goes; between its first fact and its last nobody asks where it stands in its
//! class, its lane, its agent's hands or among the timers. So while facts are folded only the state that counts
//! changes: work that a fact touches is taken out of what is derived once, and what is still there at the end is put
//! in once. What facts themselves ask of what is derived (how much waits in a queue) is counted all the while.

use crate::engine::{Engine, Touched};
use crate::fact::{Fact, read_facts};
use crate::foresee::Foreseen;
use crate::index::{ClassId, Slot};
use crate::interaction::InteractionState;
use crate::wire::WireError;
use crate::words::Millis;

/// Facts that are looked at together before they are folded; what they name stays in the nearest caches.
const FORESEEN: usize = 64;

/// How far ahead the work that is put in again is asked for.
const LINKS_AHEAD: usize = 4;
const CLASSES_AHEAD: usize = 4;

/// What became of work in a slot since the links of all were in step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Since {
    /// Nothing.
    #[default]
    Linked,
    /// It came or changed.
    Changed,
    /// It is over.
    Gone,
}

/// Work whose links are behind its state.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    /// Facts are being folded: their work falls behind instead of being linked by each.
    pub is_kept: bool,
    /// Where it stands, or stood; a slot that other work had before stands here twice.
    slots: Vec<Slot>,
    since: Vec<Since>,
    /// Classes that still hold work which has left them, or do not lead their lanes as they should.
    classes: Vec<ClassId>,
    has_class: Vec<bool>,
    /// Room for what facts will change, to be used again.
    foreseen: Vec<Foreseen>,
}

impl Behind {
    #[inline]
    pub(crate) fn has(&self, slot: Slot) -> bool {
        self.is_kept && self.since(slot) == Since::Changed
    }

    fn since(&self, slot: Slot) -> Since {
        self.since.get(slot as usize).copied().unwrap_or_default()
    }

    fn put(&mut self, slot: Slot) {
        if slot as usize >= self.since.len() {
            self.since.resize(slot as usize + 1, Since::Linked);
        }
        self.since[slot as usize] = Since::Changed;
        self.slots.push(slot);
    }

    /// Leaves a class as it is until all are linked.
    pub(crate) fn put_class(&mut self, class: ClassId) {
        if class as usize >= self.has_class.len() {
            self.has_class.resize(class as usize + 1, false);
        }
        if !std::mem::replace(&mut self.has_class[class as usize], true) {
            self.classes.push(class);
        }
    }
}

/// A row of a journal that could not be folded: which, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// The number of rows before it, all of which were folded.
    pub index: usize,
    /// What its bytes are not.
    pub error: WireError,
}

impl Engine {
    /// Rebuilds the state from journal facts without deciding anything.
    pub fn fold(&mut self, now_ms: Millis, facts: &[Fact]) {
        self.fold_behind(now_ms, facts);
        self.catch_up();
    }

    /// Folds rows of a journal: when each was decided, and its outcomes as bytes (`list[Outcome]`).
    ///
    /// # Errors
    ///
    /// Returns the first row that is no list of outcomes; those before it are folded, it is not.
    pub fn replay<'a>(&mut self, rows: impl IntoIterator<Item = (Millis, &'a [u8])>) -> Result<(), BadRow> {
        let (mut facts, mut done) = (Vec::new(), Ok(()));
        for (index, (at_ms, outcomes)) in rows.into_iter().enumerate() {
            if let Err(error) = read_facts(outcomes, &mut facts) {
                done = Err(BadRow { index, error });
                break;
            }
            self.fold_behind(at_ms, &facts);
        }
        self.catch_up();
        done
    }

    fn fold_behind(&mut self, now_ms: Millis, facts: &[Fact]) {
        let at_ms = now_ms.max(self.now_ms);
        let mut foreseen = std::mem::take(&mut self.behind.foreseen);
        for some in facts.chunks(FORESEEN) {
            self.foresee_facts(some, &mut foreseen);
            for (fact, foreseen) in some.iter().zip(&foreseen) {
                self.expect(foreseen);
                self.behind.is_kept = is_of_work(fact);
                if !self.behind.is_kept {
                    self.link_behind();
                }
                self.apply(at_ms, fact);
            }
            self.touched.agents.clear();
        }
        self.behind.foreseen = foreseen;
    }

    /// Ends a fold: everything derived is as if it had followed each fact.
    fn catch_up(&mut self) {
        self.link_behind();
        self.relist();
        self.touched = Touched::default();
    }

    /// Changes the state of work; its links are behind from now on.
    pub(crate) fn change_alone(&mut self, slot: Slot, change: impl FnOnce(&mut InteractionState)) {
        if !self.behind.has(slot) {
            self.unlink(slot);
            self.fall_behind(slot);
        }
        let work = self.work.at_mut(slot);
        let (queue, was_waiting) = (work.state.queue, work.state.is_waiting());
        change(&mut work.state);
        let (to_queue, is_waiting) = (work.state.queue, work.state.is_waiting());
        self.queues.at_mut(work.queue_at).waiting -= usize::from(was_waiting);
        if to_queue != queue {
            self.leave_queue(slot);
            self.join_queue(slot);
        }
        self.queues.at_mut(self.work.at(slot).queue_at).waiting += usize::from(is_waiting);
    }

    /// Counts work without links among what its queue has waiting, if it waits.
    pub(crate) fn fall_behind(&mut self, slot: Slot) {
        let work = self.work.at(slot);
        self.queues.at_mut(work.queue_at).waiting += usize::from(work.state.is_waiting());
        self.behind.put(slot);
    }

    /// Takes out work that is over, if links are kept behind; says whether they are.
    pub(crate) fn forget_behind(&mut self, slot: Slot) -> bool {
        if !self.behind.is_kept {
            return false;
        }
        if self.behind.has(slot) {
            self.uncount_behind(slot);
        } else {
            self.unlink(slot);
            self.behind.put(slot);
        }
        self.behind.since[slot as usize] = Since::Gone;
        true
    }

    /// Counts work without links no more among what its queue has waiting.
    fn uncount_behind(&mut self, slot: Slot) {
        let work = self.work.at(slot);
        self.queues.at_mut(work.queue_at).waiting -= usize::from(work.state.is_waiting());
    }

    /// Links all work whose links are behind.
    fn link_behind(&mut self) {
        self.behind.is_kept = true;
        for at in 0..self.behind.classes.len() {
            let class = self.behind.classes[at];
            if let Some(&ahead) = self.behind.classes.get(at + CLASSES_AHEAD) {
                self.index.fetch_class(ahead);
            }
            let since = &self.behind.since;
            let is_linked = |slot: Slot| since.get(slot as usize).is_none_or(|&since| since == Since::Linked);
            self.index.classes[class as usize].waiting.retain(is_linked, &mut self.index.places);
        }
        for at in 0..self.behind.slots.len() {
            let slot = self.behind.slots[at];
            let ahead = |count| self.behind.slots.get(at + count).copied();
            if let Some(slot) = ahead(3 * LINKS_AHEAD) {
                self.work.fetch(slot);
            }
            if let Some(slot) = ahead(2 * LINKS_AHEAD) {
                self.foresee_queue_of(slot);
            }
            if let Some(slot) = ahead(LINKS_AHEAD) {
                self.foresee_link(slot);
            }
            if self.behind.has(slot) {
                self.uncount_behind(slot);
                self.link(slot);
            }
            self.behind.since[slot as usize] = Since::Linked;
        }
        self.behind.slots.clear();
        for at in 0..self.behind.classes.len() {
            let class = self.behind.classes[at];
            let serves = self.queue(self.class(class).key.queue).state.serves();
            self.index.set_head(class, serves);
            self.behind.has_class[class as usize] = false;
        }
        self.behind.classes.clear();
        self.behind.is_kept = false;
    }
}

/// Says whether a fact leaves alone where work stands. Presence does: what an agent has in hand is counted when that is
/// linked.
fn is_of_work(fact: &Fact) -> bool {
    !matches!(
        fact,
        Fact::QueueSet(_)
            | Fact::QueueRemoved(_)
            | Fact::AgentSet(_)
            | Fact::AgentRemoved(_)
            | Fact::PlanSet(_)
            | Fact::BreakStarted(_)
            | Fact::BreakEnded(_)
            | Fact::ShiftEnded(_)
            | Fact::QueueOpened(_)
            | Fact::QueueClosed(_)
            | Fact::QueueUnstaffed(_)
    )
}
