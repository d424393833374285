//! Whole days: what comes in goes out, seeds decide everything, and policies do what they say.

use ucc_router_simulate::{Estimate, Progress, Report, Scenario};

/// Two types that share a line of ten, two groups with opposite orders, changing staff, wrap-up, impatience.
const BUSY: &str = r#"{
    "seed": 7, "replications": 6, "periods": 3, "period_s": 1800, "warm_up_s": 600, "day_factor_shape": 20,
    "types": [
        {"name": "sales", "arrivals_per_hour": [60, 90, 40],
         "service": {"distribution": "lognormal", "mean_s": 180, "sd_s": 120},
         "wrap_up": {"distribution": "gamma", "mean_s": 30, "shape": 2},
         "patience": {"distribution": "exponential", "mean_s": 120},
         "target_s": 20, "priority": 0, "priority_step_s": 60, "waiting_max": 10000, "trunk": 0,
         "requirement": [], "ranks": [[0], [1]], "is_listed": true},
        {"name": "help", "arrivals_per_hour": [50, 60, 70],
         "service": {"distribution": "observed", "values_s": [60, 200, 420]},
         "wrap_up": null, "patience": null,
         "target_s": 60, "priority": 0, "priority_step_s": 60, "waiting_max": 3, "trunk": 0,
         "requirement": [], "ranks": [[1], [0]], "is_listed": true}
    ],
    "groups": [
        {"name": "sellers", "staff": [4, 3, 4], "capacity": 1, "skills": [], "serves": [[0], [1]]},
        {"name": "helpers", "staff": [3, 4, 2], "capacity": 2, "skills": [], "serves": [[1], [0]]}
    ],
    "trunks": [{"lines": 10}]
}"#;

fn simulate(scenario: &Scenario, has_rivals: bool, threads: usize) -> Report {
    ucc_router_simulate::simulate(scenario, None, has_rivals, threads, &Progress::default())
        .expect("nobody cancelled it")
}

fn busy(changes: &[(&str, &str)]) -> Scenario {
    let text = changes.iter().fold(BUSY.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in the scenario");
        text.replace(from, to)
    });
    Scenario::from_json(text.as_bytes()).expect("the scenario is right")
}

fn run(changes: &[(&str, &str)], has_rivals: bool) -> Report {
    simulate(&busy(changes), has_rivals, 2)
}

fn mean(found: Option<Estimate>) -> f64 {
    found.expect("something was counted").mean
}

#[test]
fn every_contact_that_arrives_has_one_end() {
    for policy in &run(&[], true).policies {
        let everywhere = policy.types.iter().flat_map(|kind| kind.periods.iter().chain([&kind.in_all]));
        for found in everywhere.chain(&policy.periods).chain([&policy.in_all]) {
            let ends = [found.served, found.abandoned, found.blocked, found.unanswered];
            let ended: f64 = ends.iter().map(|end| end.mean).sum();
            assert!((found.arrived.mean - ended).abs() < 1e-9, "{}: {found:?}", policy.policy);
            assert!(found.in_target.mean <= found.served.mean);
        }
        let sum: f64 = policy.types.iter().map(|kind| kind.in_all.served.mean).sum();
        assert!((policy.in_all.served.mean - sum).abs() < 1e-9);
        for group in &policy.groups {
            assert!((0.0..=1.0).contains(&mean(group.occupancy)), "{group:?}");
        }
        assert!(policy.in_all.blocked.mean > 0.0 && policy.in_all.abandoned.mean > 0.0, "{policy:?}");
    }
}

#[test]
fn a_seed_gives_the_same_day_with_any_number_of_threads() {
    let scenario = busy(&[]);
    let once = simulate(&scenario, true, 1).to_json();
    assert_eq!(once, simulate(&scenario, true, 4).to_json());
    assert_ne!(once, run(&[("\"seed\": 7", "\"seed\": 8")], true).to_json());
}

#[test]
fn every_policy_meets_the_same_contacts() {
    let report = run(&[], true);
    let arrived = report.policies.iter().map(|policy| policy.in_all.arrived.mean.to_bits());
    assert_eq!(report.policies.len(), 4);
    assert!(arrived.collect::<Vec<_>>().windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn the_engine_is_first_come_first_served_where_all_are_alike() {
    // One type, one group: the naive policy gives every contact at the very same moment.
    let one = r#"{
        "seed": 3, "replications": 3, "periods": 2, "period_s": 36000, "warm_up_s": 0, "day_factor_shape": null,
        "types": [{"name": "calls", "arrivals_per_hour": [200, 230],
            "service": {"distribution": "exponential", "mean_s": 180}, "wrap_up": null,
            "patience": {"distribution": "gamma", "mean_s": 90, "shape": 2}, "target_s": 20, "priority": 0,
            "priority_step_s": 60, "waiting_max": 10000, "trunk": null,
            "requirement": [[5, 3]], "ranks": [], "is_listed": false}],
        "groups": [{"name": "all", "staff": [11, 12], "capacity": 1, "skills": [[5, 7]], "serves": [[0]]}],
        "trunks": []
    }"#;
    let report = simulate(&Scenario::from_json(one.as_bytes()).expect("it is right"), true, 2);
    let [ours, _, in_turn, _] = &report.policies[..] else {
        panic!("four policies");
    };
    assert_eq!(in_turn.policy, "round_robin");
    assert_eq!(format!("{:?}", ours.types), format!("{:?}", in_turn.types));
    assert_eq!(mean(report.gains[1].asa_s).to_bits(), 0.0f64.to_bits());
    // Whoever polls answers later: half a second and half of five minutes on average, where agents are free.
    assert!(mean(report.gains[0].asa_s) < -0.3);
    assert!(mean(report.gains[2].asa_s) < -20.0);
}

#[test]
fn a_freed_agent_takes_the_types_in_the_order_of_the_group() {
    // Both queues are never empty, so each group serves its first type alone.
    let overload = [
        ("[60, 90, 40]", "[900, 900, 900]"),
        ("[50, 60, 70]", "[900, 900, 900]"),
        ("\"waiting_max\": 3", "\"waiting_max\": 10000"),
        ("\"lines\": 10", "\"lines\": 400"),
        ("\"warm_up_s\": 600", "\"warm_up_s\": 3600"),
        ("\"day_factor_shape\": 20", "\"day_factor_shape\": null"),
        ("\"patience\": null", "\"patience\": {\"distribution\": \"constant\", \"mean_s\": 500}"),
    ];
    let own_first = run(&overload, false);
    let types = |report: &Report| -> Vec<f64> {
        report.policies[0].types.iter().map(|kind| kind.in_all.served.mean).collect()
    };
    let own = types(&own_first);
    // Sellers: 3.67 agents, 210 s a contact; helpers: 2 × 3 units, 226.7 s a contact; 5,400 s and the rest.
    assert!((own[0] - 3.67 * 5_400.0 / 210.0).abs() < 20.0, "{own:?}");
    assert!((own[1] - 6.0 * 5_400.0 / 226.7).abs() < 25.0, "{own:?}");
    // In the opposite order the other type gets the larger group.
    let mut opposite = overload.to_vec();
    opposite.push(("\"serves\": [[0], [1]]", "\"serves\": [[1], [0]]"));
    let swapped = types(&run(&opposite, false));
    assert!(swapped[0] < 40.0, "both groups serve help first: {swapped:?}");
}

#[test]
fn a_contact_goes_to_the_first_group_of_its_list_that_is_free() {
    // Little traffic: sales always find a seller, help a helper.
    let quiet = [
        ("[60, 90, 40]", "[6, 6, 6]"),
        ("[50, 60, 70]", "[0, 0, 0]"),
        ("\"replications\": 6", "\"replications\": 40"),
    ];
    let found = run(&quiet, false);
    let groups = &found.policies[0].groups;
    assert!(mean(groups[0].occupancy) > 0.05);
    assert!(mean(groups[1].occupancy) < 0.001);
    let mut turned = quiet.to_vec();
    turned.push(("\"ranks\": [[0], [1]]", "\"ranks\": [[1], [0]]"));
    let found = run(&turned, false);
    assert!(mean(found.policies[0].groups[0].occupancy) < 0.001);
}

#[test]
fn staff_follows_the_periods_and_nobody_drops_a_contact() {
    let found = run(&[("\"staff\": [4, 3, 4]", "\"staff\": [4, 0, 4]")], false);
    let sellers = &found.policies[0].groups[0];
    assert!((sellers.staffed.mean - 8.0 / 3.0).abs() < 0.25, "{sellers:?}");
    assert!(mean(sellers.periods[1]) > 0.999, "who is still there finishes what is in hand");
}

#[test]
fn who_waits_for_nobody_is_unanswered_and_the_day_ends() {
    let nobody =
        [("\"staff\": [4, 3, 4]", "\"staff\": [4, 3, 0]"), ("\"staff\": [3, 4, 2]", "\"staff\": [3, 4, 0]")];
    for policy in &run(&nobody, true).policies {
        let help = &policy.types[1].periods[2];
        assert!(help.unanswered.mean > 0.0, "{}: {help:?}", policy.policy);
    }
}

#[test]
fn a_day_factor_makes_days_differ() {
    let spread = |changes: &[(&str, &str)]| {
        let many = [changes, &[("\"replications\": 6", "\"replications\": 60")]].concat();
        let arrived = run(&many, false).policies[0].in_all.arrived;
        (arrived.mean, arrived.half_width.expect("sixty days"))
    };
    let (mean_with, with) = spread(&[]);
    let (mean_without, without) = spread(&[("\"day_factor_shape\": 20", "\"day_factor_shape\": null")]);
    assert!((mean_without - 185.0).abs() < 8.0 && (mean_with - 185.0).abs() < 25.0);
    // Variance 185 without, 185 + 185² / 20 with it.
    assert!((with / without - (1.0 + 185.0 / 20.0f64).sqrt()).abs() < 1.2, "{with} {without}");
}

#[test]
fn nonsense_is_refused_and_not_run() {
    for (from, to, told) in [
        ("\"seed\": 7", "\"seed\": 7, \"sede\": 7", "unknown field `sede`"),
        ("[60, 90, 40]", "[60, 90]", "type \"sales\" names what"),
        ("\"serves\": [[0], [1]]", "\"serves\": [[0], [2]]", "group \"sellers\" names what"),
        ("\"replications\": 6", "\"replications\": 0", "a period and a replication"),
    ] {
        let error = Scenario::from_json(BUSY.replace(from, to).as_bytes()).expect_err(told);
        assert!(error.contains(told), "{error}");
    }
}
