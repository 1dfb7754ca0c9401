//! Server-Sent Events: one answer that does not end, in the form that a browser's `EventSource` reads.
//!
//! An event is `data: ` and the message on a line, and an empty line. Events with an `id: `, which this
//! leaves out, let a client that has lost its connection go on where it was.

use std::io::{BufRead, Write};

use crate::feed::{self, Next, Seen};
use crate::http::Http;
use crate::measure::Client;
use crate::server::Account;
use crate::{Failure, PATIENCE};

/// The answer's head. The end of the connection is the end of the answer; with `Transfer-Encoding: chunked`,
/// it could be kept, for six bytes more with each event.
const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\
    Cache-Control: no-store\r\nConnection: close\r\n\r\n";

/// The server's side.
pub(crate) fn answer(http: &mut Http, account: &Account) -> Result<(), Failure> {
    let stream = http.reader.get_mut();
    stream.write_all(HEAD.as_bytes())?;
    let mut from = 0;
    loop {
        match account.feed.next(from, PATIENCE / 2) {
            Next::Messages(numbers) => {
                from = numbers.end;
                for number in numbers {
                    let event = format!("data: {}\n\n", feed::message(account.client, number));
                    stream.write_all(event.as_bytes())?;
                }
            }
            // A comment. It keeps proxies from ending a silent connection, and shows when the client is gone.
            Next::Nothing => stream.write_all(b":\n\n")?,
            Next::Over => return Ok(()),
        }
    }
}

/// The client's side.
pub(crate) fn receive(client: &Client) -> Result<Seen, Failure> {
    let mut http = Http::new(client.connect()?);
    http.ask(&format!("GET /events/{}", client.number), "Accept: text/event-stream\r\n", b"")?;
    let status = http.response()?.status;
    if status != 200 {
        return Err(format!("status {status}").into());
    }
    let mut seen = Seen::none(client.number);
    let mut line = Vec::new();
    while http.reader.read_until(b'\n', &mut line)? > 0 {
        // An event may have several lines of data, and other fields; these have not.
        if let Some(data) = line.trim_ascii_end().strip_prefix(b"data: ") {
            seen.take(data)?;
        }
        line.clear();
    }
    Ok(seen)
}
