//! From client to server without a WebSocket: a POST for each message. Polling and Server-Sent Events need it
//! beside them.

use std::io;
use std::time::Instant;

use crate::Failure;
use crate::feed;
use crate::http::Http;
use crate::measure::{Client, Connections};
use crate::poll::wait_for_end;
use crate::server::Account;

/// The server's side.
pub(crate) fn answer(http: &mut Http, message: &[u8], account: &Account) -> io::Result<()> {
    match account.uploaded().take(message) {
        Ok(()) => http.respond("204 No Content", "", b""),
        Err(error) => {
            http.respond("400 Bad Request", "Content-Type: text/plain\r\n", error.to_string().as_bytes())
        }
    }
}

/// The client's side, and how many messages it sent. It waits for each answer, as a page does that wants the
/// order kept.
pub(crate) fn upload(client: &Client, connections: Connections, until: Instant) -> Result<usize, Failure> {
    let (mut count, mut kept) = (0, None);
    while Instant::now() < until {
        let mut http = match kept.take() {
            Some(http) => http,
            None => Http::new(client.connect()?),
        };
        let fields = format!("Content-Type: application/json\r\n{}", connections.header());
        let message = feed::message(client.number, count);
        http.ask(&format!("POST /messages/{}", client.number), &fields, message.as_bytes())?;
        let status = http.response()?.status;
        if status != 204 {
            return Err(format!("status {status}").into());
        }
        count += 1;
        match connections {
            Connections::Kept => kept = Some(http),
            Connections::New => wait_for_end(http)?,
        }
    }
    Ok(count)
}
