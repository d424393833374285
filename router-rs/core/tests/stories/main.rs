//! One story a rule: the number in a test's name is the rule's in router-rs/SPEC.md.

mod broadcast;
mod capacity;
mod choices;
mod clocks;
mod conditions;
mod connecting;
mod consults;
mod contacts;
mod desk;
mod exits;
mod figures;
mod flows;
mod hands;
mod offers;
mod order;
mod ownership;
mod plans;
mod presence;
mod queues;
mod transfers;
