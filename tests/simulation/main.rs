//! Thousands of connections, each from a seed: two sessions on a virtual clock, over a transport that cuts, delays, stalls and
//! drops, with applications that do anything, and with peers that are no sessions. What has to hold in each is in
//! [`invariants`].
//!
//! ```sh
//! cargo test --all-features --test simulation                             # some thousand runs
//! SIMULATION_RUNS=100000 cargo test --all-features --test simulation      # more of each kind
//! SIMULATION_SEED=42 cargo test --all-features --test simulation sound    # one, with its steps
//! ```

mod app;
mod deadlines;
#[path = "../heap/mod.rs"]
mod heap;
mod hostile;
mod invariants;
mod log;
mod peer;
mod pipe;
mod plan;
mod rng;
mod trace;
mod wire;
mod world;

use std::collections::BTreeMap;
use std::panic::{catch_unwind, resume_unwind};
use std::time::Duration;

use plan::{Kind, Plan};
use rng::Rng;
use trace::Trace;
use world::World;

/// How many runs of each kind there are, unless `SIMULATION_RUNS` asks for more.
const RUNS: u64 = 1500;

fn number(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable}={value} is no number")))
}

/// Tells how each session ended, and when.
fn run(kind: Kind, seed: u64, trace: Trace) -> (Vec<String>, Duration) {
    let mut rng = Rng::new(seed);
    let plan = Plan::new(kind, &mut rng);
    if let Trace::On = trace {
        eprintln!("seed {seed}: {plan:#?}");
    }
    World::new(&plan, &mut rng, trace).run()
}

/// Runs it once more, to show the steps.
fn show(kind: Kind, seed: u64) {
    eprintln!("seed {seed} fails; once more, with its steps:");
    let _ = catch_unwind(|| run(kind, seed, Trace::On));
    let name = format!("{kind:?}").to_lowercase();
    eprintln!(
        "to replay: SIMULATION_SEED={seed} cargo test --all-features --test simulation {name} -- --nocapture"
    );
}

/// Runs all seeds, or the one that is asked for. All together have to end in each of these ways: else they show less than they
/// claim.
fn simulate(kind: Kind, endings: &[&str]) {
    if let Some(seed) = number("SIMULATION_SEED") {
        eprintln!("{:?}", run(kind, seed, Trace::On));
        return;
    }
    let mut found = BTreeMap::new();
    for seed in 0..number("SIMULATION_RUNS").unwrap_or(RUNS).max(RUNS) {
        match catch_unwind(|| run(kind, seed, Trace::Off)) {
            Ok((endings, _)) => endings.into_iter().for_each(|ending| *found.entry(ending).or_insert(0) += 1),
            Err(failure) => {
                show(kind, seed);
                resume_unwind(failure);
            }
        }
    }
    println!("{kind:?}: {found:?}");
    let missing: Vec<_> = endings.iter().filter(|ending| !found.contains_key(**ending)).collect();
    assert!(missing.is_empty(), "{missing:?} were not reached, but {found:?}");
}

const TIMEOUTS: [&str; 3] = ["Timeout(Keepalive)", "Timeout(Idle)", "Timeout(Close)"];
const ENDINGS: [&str; 3] = ["closed", "closed, and the peer hung on", "lost"];

#[test]
fn sound_transports_carry_everything() {
    simulate(Kind::Sound, &["closed"]);
}

#[test]
fn rough_transports_break_nothing_else() {
    let too_much = ["fault 1008", "fault 1009"];
    simulate(Kind::Rough, &[&TIMEOUTS[..], &ENDINGS, &too_much].concat());
}

#[test]
fn hostile_peers_harm_nobody() {
    let faults = ["fault 1002", "fault 1007", "fault 1008", "fault 1009"];
    simulate(Kind::Hostile, &[&TIMEOUTS[..], &ENDINGS, &faults].concat());
}

#[test]
fn a_seed_replays() {
    for kind in [Kind::Sound, Kind::Rough, Kind::Hostile] {
        for seed in 0..20 {
            assert_eq!(run(kind, seed, Trace::Off), run(kind, seed, Trace::Off), "{kind:?}, {seed}");
        }
    }
}
