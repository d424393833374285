//! Random walks: every seed is a world of its own; a failure names seed and step.

use ucc_router_core::fact::Fact;
use ucc_router_sim::walk::{Plan, walk};

/// The engine and the naive model say the same, and I1–I8, I9 and I13 hold, after every command.
#[test]
fn i1_to_i8_and_i13_hold_and_the_naive_model_decides_the_same() {
    let (mut commands, mut refused, mut crashes, mut kinds) = (0, 0, 0, 0);
    for seed in 1..=120 {
        match walk(seed, &Plan { commands: 600, ..Plan::default() }) {
            Ok(seen) => {
                commands += seen.commands;
                crashes += seen.crashes;
                kinds |= seen.kinds;
                refused += seen.refused;
            }
            Err(broken) => panic!("{broken}"),
        }
    }
    assert!(commands == 120 * 600 && crashes > 1_000, "{crashes} crashes");
    let untold: Vec<_> =
        Fact::TAGS.iter().enumerate().filter(|&(at, _)| kinds >> at & 1 == 0).map(|(_, tag)| tag).collect();
    assert!(untold.is_empty(), "the walks never came to {untold:?}");
    assert!(refused * 2 < commands, "{refused} of {commands} refused: such walks prove little");
}

/// Scanning every pool, listing every pool, and running twice all give one decision stream.
#[test]
fn the_idle_index_never_changes_a_decision() {
    for seed in 1_000..1_040 {
        let run = |dense_from| {
            let plan = Plan {
                commands: 800,
                has_oracle: false,
                twin_every: 0,
                crash_every: 0,
                dense_from,
                ..Plan::default()
            };
            walk(seed, &plan).unwrap_or_else(|broken| panic!("{broken}")).stream
        };
        let stream = run(0);
        assert_eq!(stream, run(usize::MAX), "seed {seed}");
        assert_eq!(stream, run(0), "seed {seed} twice");
        assert_eq!(stream, run(3), "seed {seed}");
    }
}
