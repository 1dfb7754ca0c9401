//! Writes what was measured: as tables for people, or a line of JSON each for a script.

use std::io::{self, Write};

use crate::feed::LEN;
use crate::load::Load;
use crate::measure::Outcome;

pub(crate) fn title(out: &mut impl Write, load: Load) -> io::Result<()> {
    let what = match load {
        Load::Flood(time) => format!("server to client, one after another, for {time:?}"),
        Load::Upload(time) => format!("client to server, one after another, for {time:?}"),
        Load::Paced { mean, time } => {
            format!("server to client, at random moments, one in {mean:?} for each client, for {time:?}")
        }
    };
    let last = match load {
        Load::Paced { .. } => ["median ms", "p99 ms"],
        Load::Flood(_) | Load::Upload(_) => ["messages/s", "CPU us"],
    };
    writeln!(out, "\nmessages of {LEN} bytes, {what}")?;
    write!(out, "{:37}{:>8}{:>10}{:>10}{:>10}", "", "clients", "messages", "B up", "B down")?;
    writeln!(out, "{:>13}{:>12}{:>12}", "connections", last[0], last[1])
}

/// Bytes, connections and processor time per message.
pub(crate) fn row(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let Outcome { transport, load, clients, messages, up, down, connections, .. } = outcome;
    let [up, down, connections] = [*up, *down, *connections].map(|total| outcome.per_message(total as f64));
    let transport = transport.to_string();
    write!(out, "{transport:37}{clients:8}{messages:10}{up:10.1}{down:10.1}{connections:13.5}")?;
    if let Load::Paced { .. } = load {
        return writeln!(out, "{:12.3}{:12.3}", outcome.quantile(0.5), outcome.quantile(0.99));
    }
    let cpu = outcome.cpu_micros().map_or(String::from("-"), |cpu| format!("{cpu:.1}"));
    writeln!(out, "{:12.0}{cpu:>12}", outcome.per_second())
}

/// The same with totals.
pub(crate) fn json(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let Outcome { transport, clients, messages, up, down, connections, .. } = outcome;
    let load = match outcome.load {
        Load::Flood(_) => "flood",
        Load::Upload(_) => "upload",
        Load::Paced { .. } => "paced",
    };
    write!(out, r#"{{"load": "{load}", "transport": "{transport}", "clients": {clients}, "#)?;
    write!(out, r#""messages": {messages}, "up": {up}, "down": {down}, "connections": {connections}, "#)?;
    if let Load::Paced { .. } = outcome.load {
        let [median, p99] = [0.5, 0.99].map(|share| outcome.quantile(share));
        return writeln!(out, r#""median_ms": {median:.4}, "p99_ms": {p99:.4}}}"#);
    }
    let cpu = outcome.cpu_micros().map_or(String::from("null"), |cpu| format!("{cpu:.3}"));
    writeln!(out, r#""per_second": {:.1}, "cpu_us": {cpu}}}"#, outcome.per_second())
}

impl Outcome {
    fn per_message(&self, total: f64) -> f64 {
        total / self.messages.max(1) as f64
    }

    fn per_second(&self) -> f64 {
        self.messages as f64 / self.time.as_secs_f64()
    }

    fn cpu_micros(&self) -> Option<f64> {
        Some(self.per_message(self.cpu?.as_secs_f64() * 1e6))
    }

    /// The latency in milliseconds that this share of the messages does not exceed.
    fn quantile(&self, share: f64) -> f64 {
        let rank = (self.latencies.len() as f64 * share).ceil() as usize;
        self.latencies.get(rank.saturating_sub(1)).map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
    }
}
