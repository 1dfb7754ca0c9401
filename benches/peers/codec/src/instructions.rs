//! What callgrind counts, as the difference of two runs, so that starting and building the stream do not count.

use std::env;
use std::process::Command;

use crate::measure::print;
use crate::rows::{self, Cell, Row};

/// A longer copy is one instruction that repeats, and would count as one for each byte.
const SIZES: [usize; 3] = [8, 64, 125];

pub(crate) fn all() {
    for name in ["decode", "encode-server", "encode-client"] {
        let row = crate::row(name);
        for size in SIZES {
            let cell = Cell { row, kind: "binary", size, reads: 16 << 10 };
            for entry in rows::entries(cell) {
                // A pass of decoding is a stream of messages, and one of encoding is a message.
                let scale = if matches!(row, Row::Decode(_)) { 1 } else { 1000 };
                let (_, messages) = entry.run(scale).expect("what is received is right");
                let contestant = format!("{}:{}", entry.name, entry.way);
                let collected = |passes: usize| collected(&contestant, name, size, passes);
                let more = collected(3 * scale) - collected(scale);
                print(cell, &entry, &format!("\"instructions\":{:.0}", more / (2 * messages) as f64));
            }
        }
    }
}

fn collected(contestant: &str, row: &str, size: usize, passes: usize) -> f64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().expect("this program has a path"))
        .args(["run", contestant, row, &size.to_string(), &passes.to_string()])
        .output()
        .expect("valgrind is installed");
    let report = String::from_utf8_lossy(&output.stderr);
    let (_, collected) = report.split_once("Collected : ").expect("callgrind tells what it collected");
    collected.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}
