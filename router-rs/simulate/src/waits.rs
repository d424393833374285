//! R46 on simulated days: who waits is told an interval at arrival, and nine in ten waits are to lie within it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use ucc_router_core::words::Millis;

use crate::Micros;
use crate::production::Production;
use crate::progress::Progress;
use crate::router::{Agent, Contact, Given, Router};
use crate::scenario::Scenario;
use crate::world::World;

/// What a contact was told, and when.
type Promise = (Micros, Millis, Millis);

#[derive(Debug, Default)]
struct Told {
    open: BTreeMap<Contact, Promise>,
    kept: u32,
    sooner: u32,
    later: u32,
    /// Waited without having been told anything.
    silent: u32,
}

/// The production engine, asked at each arrival how long it will take.
struct Watched {
    inner: Production,
    told: Rc<RefCell<Told>>,
}

impl Watched {
    /// Compares what was told with what came, for everybody who has just been given.
    fn hear(&self, at: Micros, given: &[Given]) {
        let mut told = self.told.borrow_mut();
        for &Given { contact, .. } in given {
            let Some((asked, low_ms, high_ms)) = told.open.remove(&contact) else { continue };
            let waited_ms = (at - asked) / 1_000;
            let count = if waited_ms < low_ms {
                &mut told.sooner
            } else if waited_ms > high_ms {
                &mut told.later
            } else {
                &mut told.kept
            };
            *count += 1;
        }
    }
}

impl Router for Watched {
    fn set_on(&mut self, at: Micros, agent: Agent, is_on: bool, given: &mut Vec<Given>) {
        self.inner.set_on(at, agent, is_on, given);
        self.hear(at, given);
    }

    fn arrive(
        &mut self,
        at: Micros,
        contact: Contact,
        kind: usize,
        priority: u8,
        given: &mut Vec<Given>,
    ) -> bool {
        let is_in = self.inner.arrive(at, contact, kind, priority, given);
        if is_in && given.iter().all(|one| one.contact != contact) {
            let mut told = self.told.borrow_mut();
            match self.inner.estimate_ms(at, contact) {
                Some((low_ms, high_ms)) => drop(told.open.insert(contact, (at, low_ms, high_ms))),
                None => told.silent += 1,
            }
        }
        self.hear(at, given);
        is_in
    }

    fn leave(&mut self, at: Micros, contact: Contact, kind: usize, given: &mut Vec<Given>) {
        // Nobody knows how long it would have been.
        self.told.borrow_mut().open.remove(&contact);
        self.inner.leave(at, contact, kind, given);
        self.hear(at, given);
    }

    fn end(&mut self, at: Micros, contact: Contact, agent: Agent, wraps_up: bool, given: &mut Vec<Given>) {
        self.inner.end(at, contact, agent, wraps_up, given);
        self.hear(at, given);
    }

    fn complete(&mut self, at: Micros, contact: Contact, agent: Agent, given: &mut Vec<Given>) {
        self.inner.complete(at, contact, agent, given);
        self.hear(at, given);
    }

    fn next_deadline(&self) -> Option<Micros> {
        self.inner.next_deadline()
    }

    fn advance(&mut self, at: Micros, given: &mut Vec<Given>) {
        self.inner.advance(at, given);
        self.hear(at, given);
    }
}

/// A day's types and its one group: chats in threes, calls one by one.
struct Shop {
    name: &'static str,
    /// Each with its arrivals an hour, mean patience and answer target in seconds.
    types: &'static [([u32; 8], Option<u32>, u32)],
    staff: [u32; 8],
    capacity: u32,
    service: &'static str,
}

/// Returns what was told on twenty such days.
fn told_on(shop: &Shop) -> Told {
    let Shop { staff, capacity, service, .. } = shop;
    let types: Vec<String> = shop
        .types
        .iter()
        .enumerate()
        .map(|(at, (rates, patience_s, target_s))| {
            let patience = patience_s.map_or("null".to_owned(), |mean_s| {
                format!(r#"{{"distribution": "exponential", "mean_s": {mean_s}}}"#)
            });
            format!(
                r#"{{"name": "{at}", "arrivals_per_hour": {rates:?}, "service": {service},
                "wrap_up": {{"distribution": "exponential", "mean_s": 20}}, "patience": {patience},
                "target_s": {target_s}, "priority": 0, "priority_step_s": 60, "waiting_max": 10000,
                "trunk": null, "requirement": [], "ranks": [[0]], "is_listed": true}}"#
            )
        })
        .collect();
    let serves: Vec<usize> = (0..types.len()).collect();
    let text = format!(
        r#"{{"seed": 46, "replications": 20, "periods": 8, "period_s": 3600, "warm_up_s": 0,
            "day_factor_shape": null, "types": [{}], "trunks": [],
            "groups": [{{"name": "all", "staff": {staff:?}, "capacity": {capacity}, "skills": [],
                "serves": [{serves:?}]}}]}}"#,
        types.join(", ")
    );
    let scenario = Scenario::from_json(text.as_bytes()).expect("the scenario is right");
    let told = Rc::new(RefCell::new(Told::default()));
    for replication in 0..scenario.replications {
        let watched = Watched { inner: Production::new(&scenario), told: Rc::clone(&told) };
        World::new(&scenario, replication, watched).run(&Progress::default()).expect("nobody cancelled it");
    }
    told.take()
}

const EXPONENTIAL: &str = r#"{"distribution": "exponential", "mean_s": 180}"#;
const LOGNORMAL: &str = r#"{"distribution": "lognormal", "mean_s": 180, "sd_s": 140}"#;
const WAVES: [u32; 8] = [120, 220, 260, 200, 160, 240, 200, 120];
const SHIFTS: [u32; 8] = [9, 12, 14, 12, 9, 14, 12, 8];

#[test]
fn r46_nine_in_ten_waits_lie_in_the_interval_told_at_arrival() {
    let calls = |name, types, staff, service| Shop { name, types, staff, capacity: 1, service };
    let shops = [
        calls("steady", &[([200; 8], None, 20)], [12; 8], EXPONENTIAL),
        calls("waves", &[(WAVES, None, 20)], [12; 8], EXPONENTIAL),
        calls("shifts, and some leave", &[(WAVES, Some(900), 20)], SHIFTS, LOGNORMAL),
        calls("too few, and many leave", &[([300; 8], Some(180), 20)], [12; 8], LOGNORMAL),
        calls("two agents", &[([22; 8], None, 20)], [2; 8], LOGNORMAL),
        calls("two queues", &[([100; 8], None, 20), ([90; 8], None, 60)], [11; 8], LOGNORMAL),
        Shop {
            name: "chats",
            types: &[([200; 8], Some(600), 20)],
            staff: [4; 8],
            capacity: 3,
            service: LOGNORMAL,
        },
    ];
    for shop in shops {
        let told = told_on(&shop);
        let all = told.kept + told.sooner + told.later;
        let kept = f64::from(told.kept) / f64::from(all);
        assert!(all > 1_000, "{}: {told:?}", shop.name);
        assert!((0.88..=0.97).contains(&kept), "{}: {kept:.3} of {all} within, {told:?}", shop.name);
        assert!(told.silent * 5 < all, "{}: most who wait are told, {told:?}", shop.name);
    }
}
