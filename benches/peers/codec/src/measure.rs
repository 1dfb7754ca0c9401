//! Medians over rounds in which all take turns.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::rows::{self, Cell, Entry, Row};
use crate::{number, row};

const ROUNDS: usize = 101;

/// The least that a sample takes: what a clock of the processor costs and what a connection needs to begin is little of it.
const SAMPLE: Duration = Duration::from_micros(500);

pub(crate) fn all(mut options: &[&str]) {
    let (mut rounds, mut place, mut chosen) = (ROUNDS, 0, Vec::new());
    while let [option, value, rest @ ..] = options {
        match *option {
            "--rounds" => rounds = number(value),
            "--place" => place = number(value),
            "--only" => chosen.push(row(value)),
            other => panic!("no option is called {other}"),
        }
        options = rest;
    }
    for (_, row) in Row::NAMES {
        if chosen.is_empty() || chosen.contains(&row) {
            row.cells().into_iter().for_each(|cell| measure(Cell { place, ..cell }, rounds));
        }
    }
}

fn measure(cell: Cell, rounds: usize) {
    let mut ready = Vec::new();
    for entry in rows::entries(cell) {
        match catch_unwind(AssertUnwindSafe(|| {
            calibrate(&entry, if rounds > 1 { SAMPLE } else { SAMPLE / 10 })
        })) {
            Ok(Ok(passes)) => ready.push((entry, passes, Vec::with_capacity(rounds))),
            Ok(Err(error)) => failed(cell, &entry, &error),
            Err(_) => failed(cell, &entry, "it panicked"),
        }
    }
    for round in 0..rounds {
        let count = ready.len();
        for turn in 0..count {
            let (entry, passes, samples) = &mut ready[(round + turn) % count];
            let (span, messages) = entry.run(*passes).expect("it was right before");
            samples.push(span.as_nanos() as f64 / messages as f64);
        }
    }
    for (entry, _, samples) in &mut ready {
        let median = median(samples);
        print(cell, entry, &format!("\"ns\":{median:.2}"));
    }
}

/// How many passes make a sample. The quicker of two runs counts: the first of all makes what is made once.
fn calibrate(entry: &Entry, sample: Duration) -> Result<usize, String> {
    let mut passes = 1;
    loop {
        let span = entry.run(passes)?.0.min(entry.run(passes)?.0);
        if span >= sample {
            return Ok(passes);
        }
        let factor = (sample.as_nanos() / span.as_nanos().max(1) + 1).clamp(2, 64);
        passes *= factor as usize;
    }
}

pub(crate) fn median(samples: &mut [f64]) -> f64 {
    samples.sort_unstable_by(f64::total_cmp);
    samples[samples.len() / 2]
}

fn failed(cell: Cell, entry: &Entry, error: &str) {
    print(cell, entry, &format!("\"error\":{error:?}"));
}

/// A line of JSON.
pub(crate) fn print(cell: Cell, entry: &Entry, figure: &str) {
    let Cell { row, kind, size, reads, .. } = cell;
    let reads = if reads == usize::MAX { 0 } else { reads };
    let (row, name, way) = (row.name(), entry.name, entry.way);
    println!(
        "{{\"row\":\"{row}\",\"kind\":\"{kind}\",\"size\":{size},\"reads\":{reads},\
         \"name\":\"{name}\",\"way\":\"{way}\",{figure}}}"
    );
}
