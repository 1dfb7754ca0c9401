//! How costs grow: with the size of a message, with the number of connections, fragments, headers, reads, pings and queued messages.
//!
//! A law is a task of a size. All its sizes take turns, and the median of the thread's processor time over the passes counts. Its
//! exponent is the slope of the logarithm of the total cost over that of the size, by least squares over the last two decades: 1 is linear, 2 would be
//! quadratic. Nothing is asserted; docs/scaling.md has the figures, and what they say.
//!
//! ```text
//! cargo bench --bench scaling                   all, and each point; less than a minute
//! cargo bench --bench scaling -- queue          the laws with this in their names
//! cargo bench --bench scaling -- --markdown     the tables of docs/scaling.md
//! cargo bench --bench scaling -- --test         the smallest sizes once, to see that it works
//! ```

mod common;
#[path = "scaling/connections.rs"]
mod connections;
#[path = "scaling/cuts.rs"]
mod cuts;
#[path = "scaling/heads.rs"]
mod heads;
#[path = "../tests/heap/mod.rs"]
mod heap;
#[path = "scaling/queue.rs"]
mod queue;
#[path = "scaling/streams.rs"]
mod streams;

use std::env;
use std::time::Duration;

/// What is timed: all of a task once.
type Work = Box<dyn FnMut()>;

/// How the cost of a task grows.
struct Law {
    name: &'static str,
    /// What the size counts.
    unit: &'static str,
    sizes: Vec<usize>,
    work: fn(usize) -> Work,
}

/// What was measured of a law: nanoseconds for a unit, at each size.
struct Measured {
    law: Law,
    costs: Vec<(usize, f64)>,
}

/// How much is measured.
#[derive(Clone, Copy)]
struct Effort {
    passes: usize,
    /// A pass repeats a short task for about so long.
    pass: Duration,
    /// The most sizes of a law, from the smallest on.
    sizes: usize,
}

const FULL: Effort = Effort { passes: 11, pass: Duration::from_millis(2), sizes: usize::MAX };
const TEST: Effort = Effort { passes: 1, pass: Duration::ZERO, sizes: 2 };

/// `from`, and so many times as much again and again, up to `to`.
fn sizes(from: usize, to: usize, factor: usize) -> Vec<usize> {
    std::iter::successors(Some(from), |size| size.checked_mul(factor))
        .take_while(|size| *size <= to)
        .collect()
}

fn measure(law: Law, effort: Effort) -> Measured {
    let mut tasks: Vec<Task> = law
        .sizes
        .iter()
        .take(effort.sizes)
        .map(|size| Task::new(*size, (law.work)(*size), effort.pass))
        .collect();
    for pass in 0..effort.passes {
        let first = pass % tasks.len();
        tasks.rotate_left(first);
        tasks.iter_mut().for_each(Task::pass);
        tasks.rotate_right(first);
    }
    let costs = tasks.iter_mut().map(|task| (task.size, task.median() / task.size as f64)).collect();
    Measured { law, costs }
}

/// The processor time of this thread: what else runs does not count.
#[cfg(unix)]
fn clock() -> Duration {
    nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID.now().expect("threads have clocks").into()
}

/// Where a thread has no such clock, the time.
#[cfg(not(unix))]
fn clock() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

struct Task {
    size: usize,
    work: Work,
    times: u32,
    spans: Vec<Duration>,
}

impl Task {
    fn new(size: usize, mut work: Work, pass: Duration) -> Self {
        work(); // grows what has to grow
        let start = clock();
        work();
        let once = (clock() - start).max(Duration::from_nanos(1));
        let times = (pass.as_nanos() / once.as_nanos()).clamp(1, 1_000_000) as u32;
        Self { size, work, times, spans: Vec::new() }
    }

    fn pass(&mut self) {
        if self.times > 1 {
            (self.work)(); // into the caches, from which the task before has driven it
        }
        let start = clock();
        for _ in 0..self.times {
            (self.work)();
        }
        self.spans.push((clock() - start) / self.times);
    }

    /// Nanoseconds of the task.
    fn median(&mut self) -> f64 {
        self.spans.sort_unstable();
        self.spans[self.spans.len() / 2].as_secs_f64() * 1e9
    }
}

impl Measured {
    /// The slope of log(total cost) on log(size) over the last two decades.
    fn exponent(&self) -> f64 {
        let (largest, _) = self.costs[self.costs.len() - 1];
        let points: Vec<(f64, f64)> = self
            .costs
            .iter()
            .filter(|(size, _)| size.saturating_mul(100) >= largest)
            .map(|(size, cost)| ((*size as f64).ln(), (cost * *size as f64).ln()))
            .collect();
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let (above, below) = points.iter().fold((0.0, 0.0), |(above, below), point| {
            (above + (point.0 - x) * (point.1 - y), below + (point.0 - x) * (point.0 - x))
        });
        above / below
    }

    fn ends(&self) -> [(usize, f64); 2] {
        [self.costs[0], self.costs[self.costs.len() - 1]]
    }

    fn print(&self) {
        let Law { name, unit, .. } = &self.law;
        println!("\n{name}: exponent {:.2}\n{:>12}  ns per {unit}", self.exponent(), format!("{unit}s"));
        for (size, cost) in &self.costs {
            println!("{:>12}  {}", short(*size), digits(*cost));
        }
    }

    fn row(&self) -> String {
        let [(from, first), (to, last)] = self.ends();
        let Law { name, unit, .. } = &self.law;
        format!(
            "| {name} | {} | {} {unit}s | {:.2} | {} | {} |",
            short(from),
            short(to),
            self.exponent(),
            digits(first),
            digits(last)
        )
    }
}

/// A size, with a prefix where it is a power of two that has one.
fn short(size: usize) -> String {
    match size {
        size if size >= 1 << 20 && size.is_multiple_of(1 << 20) => format!("{} Mi", size >> 20),
        size if size >= 1 << 10 && size.is_multiple_of(1 << 10) => format!("{} Ki", size >> 10),
        size => size.to_string(),
    }
}

/// Three digits that count.
fn digits(number: f64) -> String {
    let decimals = (2 - number.log10().floor() as i32).clamp(0, 4);
    format!("{number:.*}", decimals as usize)
}

fn main() {
    let has = |flag: &str| env::args().any(|arg| arg == flag);
    // `cargo test --benches` gives no argument, and `cargo bench -- --test` this one.
    let effort = if has("--test") || !has("--bench") { TEST } else { FULL };
    let filter: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let measured = |laws: Vec<Law>| -> Vec<Measured> {
        let asked = |law: &Law| filter.iter().all(|part| law.name.contains(part));
        laws.into_iter().filter(asked).map(|law| measure(law, effort)).collect()
    };
    let laws: Vec<Measured> = [streams::laws(), cuts::laws(), heads::laws(), queue::laws()]
        .into_iter()
        .flat_map(measured)
        .collect();
    let connections = measured(connections::laws());
    if has("--markdown") {
        println!(
            "| law | from | to | exponent | ns per unit, first | last |\n|---|---:|---:|---:|---:|---:|"
        );
        laws.iter().chain(&connections).for_each(|law| println!("{}", law.row()));
    } else {
        laws.iter().for_each(Measured::print);
    }
    connections::print(&connections);
}
