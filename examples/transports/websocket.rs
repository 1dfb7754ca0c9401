//! WebSocket: a connection in both directions. Here each is used alone, to see what it costs.

use std::io::Write;
use std::time::Instant;

use rfc6455::handshake::{self, OriginPolicy, Upgrade};
use rfc6455::net::{Connect, WebSocket};
use rfc6455::protocol::{CloseCode, Role};
use rfc6455::session::{Config, Message};

use crate::counted::Counted;
use crate::feed::{self, Next, Seen};
use crate::http::Http;
use crate::measure::Client;
use crate::server::Account;
use crate::{Failure, PATIENCE};

/// Opens a WebSocket on a connection of which `http` has read the request.
pub(crate) fn open(mut http: Http, request: &handshake::Request) -> Result<WebSocket<Counted>, Failure> {
    let upgrade = Upgrade::from_request(request).and_then(|upgrade| {
        // Any page in the world may ask a visitor's browser to connect here.
        OriginPolicy::SameHost.check(request)?;
        Ok(upgrade)
    });
    let mut answer = Vec::new();
    let accept = upgrade.map(Upgrade::accept).inspect_err(|error| error.response().write(&mut answer));
    if let Ok(accept) = &accept {
        accept.write(&mut answer);
    }
    http.reader.get_mut().write_all(&answer)?;
    accept?;
    // A client need not wait for the answer before it sends its first frame.
    let unread = http.reader.buffer().to_vec();
    Ok(WebSocket::new(http.reader.into_inner(), Role::Server, Config::default(), unread))
}

/// The server's side, which sends. One that also expects messages splits its WebSocket, as the example `chat`
/// does.
pub(crate) fn send(mut socket: WebSocket<Counted>, account: &Account) -> Result<(), Failure> {
    let mut from = 0;
    loop {
        match account.feed.next(from, PATIENCE / 2) {
            Next::Messages(numbers) => {
                from = numbers.end;
                for number in numbers {
                    socket.send(feed::message(account.client, number).as_str())?;
                }
            }
            Next::Nothing => socket.ping(b"")?,
            Next::Over => break,
        }
    }
    socket.close(CloseCode::NORMAL, "")?;
    Ok(())
}

/// The server's side, which takes messages.
pub(crate) fn take(mut socket: WebSocket<Counted>, account: &Account) -> Result<(), Failure> {
    let mut message = Message::new();
    while socket.read(&mut message)? {
        account.uploaded().take(message.as_bytes())?;
    }
    Ok(())
}

/// The client's side.
pub(crate) fn receive(client: &Client) -> Result<Seen, Failure> {
    let mut socket = connect(client, "events")?;
    let (mut seen, mut message) = (Seen::none(client.number), Message::new());
    while socket.read(&mut message)? {
        seen.take(message.as_bytes())?;
    }
    Ok(seen)
}

/// The client's side that sends, and how many messages it sent. The server has read them all when it answers
/// the Close.
pub(crate) fn upload(client: &Client, until: Instant) -> Result<usize, Failure> {
    let mut socket = connect(client, "messages")?;
    let mut count = 0;
    while Instant::now() < until {
        socket.send(feed::message(client.number, count).as_str())?;
        count += 1;
    }
    socket.close(CloseCode::NORMAL, "")?;
    Ok(count)
}

fn connect(client: &Client, path: &str) -> Result<WebSocket<Counted>, Failure> {
    let connect = Connect::new(&format!("ws://localhost/{path}/{}", client.number))?;
    Ok(connect.over_socket(client.connect()?, Counted::socket)?.finish()?)
}
