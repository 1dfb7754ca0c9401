//! How news reaches a client: polling, long polling, Server-Sent Events and WebSocket, side by side.
//!
//! ```text
//! cargo run --release --example transports
//! ```
//!
//! It takes less than a minute, `--quick` a few seconds; `--json` prints a line of JSON for each measurement.
//! All four transports are served on one port of the loopback interface, with a thread for each connection,
//! so that what differs is the transport. What came out on one machine is in `docs/transports.md`.
//!
//! It also shows how a WebSocket is opened on an HTTP server that is not this crate's: `http.rs` reads heads
//! with `httparse`, and `websocket.rs` goes on from there.
//!
//! * `poll.rs`, `sse.rs`, `websocket.rs`, `post.rs`: a transport each, the server's side and the client's
//! * `feed.rs`: the messages; `load.rs`: when they are emitted
//! * `server.rs`, `http.rs`, `counted.rs`: the server, HTTP/1.1 with keep-alive, streams that count bytes
//! * `measure.rs`, `cpu.rs`, `report.rs`: a measurement, and what is printed of it

use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

mod counted;
mod cpu;
mod feed;
mod http;
mod load;
mod measure;
mod poll;
mod post;
mod report;
mod server;
mod sse;
mod websocket;

use load::Load;
use measure::{Connections, Transport};
use server::Server;

/// What can end a thread that serves or measures.
type Failure = Box<dyn Error + Send + Sync>;

/// How long anything on the loopback interface may take before something is wrong.
const PATIENCE: Duration = Duration::from_secs(10);

/// Between two polls: that of a page which shows news, and that of one which wants them at once.
const INTERVALS: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(10)];

/// Between two events for one client, on average.
const MEAN: Duration = Duration::from_millis(10);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("transports: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Arguments {
    is_quick: bool,
    is_json: bool,
}

fn arguments() -> Result<Arguments, Failure> {
    let mut arguments = Arguments { is_quick: false, is_json: false };
    for flag in std::env::args().skip(1) {
        match flag.as_str() {
            "--quick" => arguments.is_quick = true,
            "--json" => arguments.is_json = true,
            _ => return Err(format!("there is no flag {flag}; there are --quick and --json").into()),
        }
    }
    Ok(arguments)
}

fn run() -> Result<(), Failure> {
    let Arguments { is_quick, is_json } = arguments()?;
    let (crowd, flood, paced) = match is_quick {
        true => (4, Duration::from_millis(50), Duration::from_millis(150)),
        false => (100, Duration::from_secs(1), Duration::from_secs(2)),
    };
    let out = &mut io::stdout().lock();
    let server = Server::start()?;
    for (load, transports) in [
        (Load::Flood(flood), &flooded()[..]),
        (Load::Upload(flood), &uploading()[..]),
        (Load::Paced { mean: MEAN, time: paced }, &paced_by_events()[..]),
    ] {
        if !is_json {
            report::title(out, load)?;
        }
        for clients in [1, crowd] {
            for transport in transports {
                let outcome = measure::run(&server, *transport, load, clients)
                    .map_err(|error| format!("{transport}, {clients} clients: {error}"))?;
                if is_json { report::json(out, &outcome)? } else { report::row(out, &outcome)? }
            }
        }
    }
    server.stop()
}

/// Polls that follow each other without a pause.
fn flooded() -> [Transport; 5] {
    [
        Transport::Poll(Connections::New, Duration::ZERO),
        Transport::Poll(Connections::Kept, Duration::ZERO),
        Transport::LongPoll,
        Transport::Sse,
        Transport::WebSocket,
    ]
}

fn uploading() -> [Transport; 3] {
    [Transport::Post(Connections::New), Transport::Post(Connections::Kept), Transport::WebSocket]
}

fn paced_by_events() -> [Transport; 7] {
    let [slow, fast] = INTERVALS;
    [
        Transport::Poll(Connections::New, slow),
        Transport::Poll(Connections::Kept, slow),
        Transport::Poll(Connections::New, fast),
        Transport::Poll(Connections::Kept, fast),
        Transport::LongPoll,
        Transport::Sse,
        Transport::WebSocket,
    ]
}
