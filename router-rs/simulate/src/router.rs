//! What the world needs of a policy: it says what happened and hears who got whom.

use crate::Micros;
use crate::scenario::Scenario;

/// A contact's place in the world's table.
pub(crate) type Contact = u32;
/// An agent's place in the table of all groups' seats.
pub(crate) type Agent = u32;

/// A waiting contact was given to an agent, or left by its queue's exit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    pub contact: Contact,
    /// `None`: the exit.
    pub agent: Option<Agent>,
}

/// A policy under the virtual clock. Times never go back.
pub(crate) trait Router {
    /// An agent starts, or takes nothing new from now on.
    fn set_on(&mut self, at: Micros, agent: Agent, is_on: bool, given: &mut Vec<Given>);

    /// A contact of this type arrives; returns false if the queue is full.
    fn arrive(
        &mut self,
        at: Micros,
        contact: Contact,
        kind: usize,
        priority: u8,
        given: &mut Vec<Given>,
    ) -> bool;

    /// A waiting contact leaves.
    fn leave(&mut self, at: Micros, contact: Contact, kind: usize, given: &mut Vec<Given>);

    /// The contact is over; the agent is free, or wraps up first.
    fn end(&mut self, at: Micros, contact: Contact, agent: Agent, wraps_up: bool, given: &mut Vec<Given>);

    /// Wrap-up is over.
    fn complete(&mut self, at: Micros, contact: Contact, agent: Agent, given: &mut Vec<Given>);

    /// When time will next do something by itself.
    fn next_deadline(&self) -> Option<Micros>;

    /// Only time passed.
    fn advance(&mut self, at: Micros, given: &mut Vec<Given>);
}

/// Returns the group of every seat; agents are numbered group by group.
pub(crate) fn seats(scenario: &Scenario) -> Vec<usize> {
    let groups = 0..scenario.groups.len();
    groups.flat_map(|group| (0..scenario.seats(group)).map(move |_| group)).collect()
}
