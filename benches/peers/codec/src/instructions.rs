//! What callgrind counts in [`repeat`], as the difference of two runs, so that opening a connection does not count, and as
//! the second of its kind, so that what is made once for the whole program does not count either.

use std::env;
use std::process::Command;

use crate::measure::print;
use crate::rows::{self, Cell, Entry, Row};

/// A longer copy is one instruction that repeats, and would count as one for each byte.
pub(crate) const SIZES: [usize; 3] = [8, 64, 125];

pub(crate) fn all(sizes: &[usize]) {
    for name in ["decode", "encode-server", "encode-client"] {
        let row = crate::row(name);
        for size in sizes {
            let cell = Cell { row, kind: "binary", size: *size, reads: 16 << 10, place: 0 };
            let mut last = "";
            for entry in rows::entries(cell) {
                // Other buffers make no great difference here: the first way of decoding, and that with reads like the wire's.
                if entry.name != last || entry.way.ends_with("16k") || name != "decode" {
                    count(cell, &entry);
                }
                last = entry.name;
            }
        }
    }
}

fn count(cell: Cell, entry: &Entry) {
    // A pass of decoding is a stream of messages, and one of encoding is a message.
    let scale = if matches!(cell.row, Row::Decode(_)) { 1 } else { 1000 };
    let (_, messages) = entry.run(scale).expect("what is received is right");
    let contestant = format!("{}:{}", entry.name, entry.way);
    let collected = |passes: usize| collected(&contestant, cell.row.name(), cell.size, passes);
    let more = collected(3 * scale) - collected(scale);
    print(cell, entry, &format!("\"instructions\":{:.0}", more / (2 * messages) as f64));
}

/// Its name is what callgrind looks for.
#[inline(never)]
pub(crate) fn repeat(entry: &Entry, passes: usize) {
    entry.run(passes).expect("what is received is right");
}

fn collected(contestant: &str, row: &str, size: usize, passes: usize) -> f64 {
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--toggle-collect=codec::instructions::repeat*",
        ])
        .arg(env::current_exe().expect("this program has a path"))
        .args(["run", contestant, row, &size.to_string(), &passes.to_string()])
        .output()
        .expect("valgrind is installed");
    let report = String::from_utf8_lossy(&output.stderr);
    let (_, collected) = report.split_once("Collected : ").expect("callgrind tells what it collected");
    collected.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}
