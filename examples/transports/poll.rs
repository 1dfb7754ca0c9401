//! Polling and long polling: a request asks for what is new; with long polling, the answer waits until there
//! is something.
//!
//! The number of the first message that the client lacks is in the path, so a lost answer loses no message.
//! An answer holds all messages from there on, a line each.

use std::io::{self, Read};
use std::thread;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::feed::{self, Next, Seen};
use crate::http::Http;
use crate::measure::{Client, Connections};
use crate::server::Account;

/// The server's side.
pub(crate) fn answer(http: &mut Http, account: &Account, from: usize, wait: Duration) -> io::Result<()> {
    match account.feed.next(from, wait) {
        Next::Messages(numbers) => {
            let body: String = numbers.map(|number| feed::message(account.client, number) + "\n").collect();
            // A cache on the way must not answer the next poll.
            http.respond("200 OK", "Content-Type: text/plain\r\nCache-Control: no-store\r\n", body.as_bytes())
        }
        Next::Nothing => http.respond("204 No Content", "", b""),
        Next::Over => http.respond("410 Gone", "", b""),
    }
}

/// The client's side: a poll in each interval, or the next one at once when that is zero.
pub(crate) fn receive(
    client: &Client,
    path: &str,
    connections: Connections,
    interval: Duration,
) -> Result<Seen, Failure> {
    let mut seen = Seen::none(client.number);
    let mut kept = None;
    // Clients do not poll all at the same moment.
    let mut next = Instant::now() + interval.mul_f64(client.phase);
    loop {
        thread::sleep(next.saturating_duration_since(Instant::now()));
        next = (next + interval).max(Instant::now());

        let mut http = match kept.take() {
            Some(http) => http,
            None => Http::new(client.connect()?),
        };
        let line = format!("GET /{path}/{}/{}", client.number, seen.count());
        http.ask(&line, connections.header(), b"")?;
        let response = http.response()?;
        match response.status {
            200 => {
                for line in response.body.trim_ascii_end().split(|byte| *byte == b'\n') {
                    seen.take(line)?;
                }
            }
            204 => {}
            410 => return Ok(seen),
            status => return Err(format!("status {status}").into()),
        }
        match connections {
            Connections::Kept => kept = Some(http),
            Connections::New => wait_for_end(http)?,
        }
    }
}

/// Waits until the server has hung up. Who does so first keeps the port for a minute or so, and the client
/// would run out of them.
pub(crate) fn wait_for_end(mut http: Http) -> io::Result<()> {
    match http.reader.read(&mut [0])? {
        0 => Ok(()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "more came than the answer")),
    }
}
