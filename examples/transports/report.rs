//! Prints what was measured: as tables for people, or a line of JSON each for a script.

use std::time::Duration;

use crate::feed::LEN;
use crate::load::Load;
use crate::measure::Outcome;

pub(crate) fn print_title(load: Load) {
    let what = match load {
        Load::Flood(time) => format!("server to client, one after another, for {time:?}"),
        Load::Upload(time) => format!("client to server, one after another, for {time:?}"),
        Load::Paced { mean, time } => {
            format!(
                "server to client, at random moments, every {mean:?} for each client on average, for {time:?}"
            )
        }
    };
    println!("\nmessages of {LEN} bytes, {what}");
    print!("{:37}{:>8}{:>10}{:>10}{:>10}{:>13}", "", "clients", "messages", "B up", "B down", "connections");
    match load {
        Load::Paced { .. } => println!("{:>12}{:>12}", "median ms", "p99 ms"),
        _ => println!("{:>12}{:>12}", "messages/s", "CPU us"),
    }
}

/// Bytes, connections and processor time per message.
pub(crate) fn print_row(outcome: &Outcome) {
    let Outcome { transport, clients, messages, up, down, connections, .. } = outcome;
    let [up, down, connections] = [*up, *down, *connections].map(|total| outcome.per_message(total as f64));
    print!("{:37}{clients:8}{messages:10}{up:10.1}{down:10.1}{connections:13.5}", transport.to_string());
    if let Load::Paced { .. } = outcome.load {
        println!("{:12.3}{:12.3}", millis(outcome.quantile(0.5)), millis(outcome.quantile(0.99)));
    } else {
        let cpu = outcome.cpu_micros().map_or(String::from("-"), |cpu| format!("{cpu:.1}"));
        println!("{:12.0}{cpu:>12}", outcome.per_second());
    }
}

pub(crate) fn print_json(outcome: &Outcome) {
    let Outcome { transport, clients, messages, up, down, connections, .. } = outcome;
    let load = match outcome.load {
        Load::Flood(_) => "flood",
        Load::Upload(_) => "upload",
        Load::Paced { .. } => "paced",
    };
    print!(
        r#"{{"load": "{load}", "transport": "{transport}", "clients": {clients}, "messages": {messages}, "#
    );
    print!(r#""up": {up}, "down": {down}, "connections": {connections}, "#);
    if let Load::Paced { .. } = outcome.load {
        let [median, p99] = [0.5, 0.99].map(|share| millis(outcome.quantile(share)));
        println!(r#""median_ms": {median:.4}, "p99_ms": {p99:.4}}}"#);
    } else {
        let cpu = outcome.cpu_micros().map_or(String::from("null"), |cpu| format!("{cpu:.3}"));
        println!(r#""per_second": {:.1}, "cpu_us": {cpu}}}"#, outcome.per_second());
    }
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

    /// The latency that this share of the messages does not exceed.
    fn quantile(&self, share: f64) -> Duration {
        let rank = (self.latencies.len() as f64 * share).ceil() as usize;
        self.latencies.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
