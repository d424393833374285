//! What each command means: checks first, then facts. A refusal is returned before the first fact.

pub(crate) mod clocks;
mod configure;
mod connecting;
mod consult;
mod exits;
mod flow;
mod hold;
mod plan;
mod presence;
mod timers;
mod transfer;
mod work;
