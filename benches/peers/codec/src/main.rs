//! Decoding, encoding and the opening handshake from memory, by this crate, its peers, and what cannot be left out.
//!
//! ```text
//! codec measure [--rounds N] [--place BYTES] [--only ROW]...    a line of JSON for each figure
//! codec run CONTESTANT[:WAY] ROW SIZE PASSES       for a profiler: so many passes of one contestant in reads of 16 KiB
//! codec instructions [quick]                       what callgrind counts, a line of JSON each; needs valgrind
//! codec list                                       the contestants, their ways, and the rows
//! ```
//!
//! In each round all take turns, beginning with another one each time. A sample is at least half a millisecond of the
//! thread's processor time, and the median over the rounds counts.

mod handshake;
mod instructions;
mod measure;
mod messages;
mod peer;
mod rows;
mod tally;
#[cfg(test)]
mod tests;
mod wire;

use std::env;

use rows::{Cell, Entry, Row};

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["measure", ref options @ ..] => measure::all(options),
        ["run", contestant, row, size, passes] => run(contestant, row, number(size), number(passes)),
        ["instructions"] => instructions::all(&instructions::SIZES),
        ["instructions", "quick"] => instructions::all(&instructions::SIZES[..1]),
        ["list"] => list(),
        _ => panic!("see the top of main.rs"),
    }
}

fn number(arg: &str) -> usize {
    arg.parse().expect("sizes, rounds and passes are numbers")
}

fn row(name: &str) -> Row {
    Row::NAMES.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no row is called {name}")).1
}

fn run(contestant: &str, name: &str, size: usize, passes: usize) {
    let row = row(name);
    let (name, way) = contestant.split_once(':').map_or((contestant, None), |(name, way)| (name, Some(way)));
    let kind = row.cells()[0].kind;
    let entries = rows::entries(Cell { row, kind, size, reads: 16 << 10, place: 0 });
    let chosen = |entry: &&Entry| entry.name == name && way.is_none_or(|way| entry.way == way);
    let entry = entries.iter().find(chosen).expect("a contestant that takes part in this row");
    entry.run(1).expect("what is received is right");
    instructions::repeat(entry, passes);
}

fn list() {
    for (name, row) in Row::NAMES {
        println!("{name}");
        for entry in rows::entries(row.cells()[0]) {
            println!("    {}:{}", entry.name, entry.way);
        }
    }
}
