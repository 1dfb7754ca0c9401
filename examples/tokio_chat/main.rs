//! A chat for browsers with as many rooms as there are names for them, in tasks of tokio's.
//!
//! ```text
//! cargo run --example tokio_chat --features tokio -- 127.0.0.1:8080
//! ```
//!
//! Open the address that it prints in two windows, or `/room/garden/` behind it, which is a room of its own. Ctrl-C ends it, and
//! tells every page why.
//!
//! It is `chat` over again, with its page and its rooms, and shows what tasks do in place of threads:
//! [`split`](rfc6455::tokio::WebSocket::split) for one that reads and one that writes;
//! [`PreparedMessage`](rfc6455::PreparedMessage), encoded once for all; a bound on each thing that a client could make
//! grow; and a slow reader that no one waits for.
//!
//! * `rooms.rs`: which rooms there are
//! * `outbox.rs`: what waits to be sent to one client, for the task that sends it
//! * `client.rs`: the two tasks of one client
//! * `room.rs`, `queue.rs`, `said.rs`, `settings.rs` and `page.html` in `../chat`: what it has in common with `chat`

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use rfc6455::handshake::{HttpResponse, OriginPolicy};
use rfc6455::tokio::Incoming;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

mod client;
mod outbox;
#[path = "../chat/queue.rs"]
mod queue;
#[path = "../chat/room.rs"]
mod room;
mod rooms;
#[path = "../chat/said.rs"]
mod said;
#[path = "../chat/settings.rs"]
mod settings;
#[path = "../common/tls.rs"]
mod tls;
#[path = "../common/tokio_serve.rs"]
mod tokio_serve;

use room::Room;
use rooms::{Place, Rooms};
use settings::{MOST_CONNECTIONS, PATIENCE, config};

const PAGE: &str = include_str!("../chat/page.html");

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tokio_serve::log("tokio_chat", error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result {
    let address = std::env::args().nth(1).unwrap_or_else(|| String::from("127.0.0.1:8080"));
    let listener = TcpListener::bind(&address).await.map_err(|error| format!("{address}: {error}"))?;
    let interrupted = Arc::new(Notify::new());
    let interrupt = Arc::clone(&interrupted);
    ctrlc::set_handler(move || interrupt.notify_one())?;
    writeln!(io::stdout(), "chat on http://{}/", listener.local_addr()?)?;
    io::stdout().flush()?;

    let rooms = Arc::<Rooms>::default();
    let everyone = Arc::clone(&rooms);
    tokio::spawn(async move {
        let door = tls::Door::default();
        tokio_serve::serve(&listener, MOST_CONNECTIONS, &door, move |stream, _| {
            answer(stream, Arc::clone(&everyone))
        })
        .await;
    });
    interrupted.notified().await;
    rooms.close(PATIENCE).await;
    Ok(())
}

async fn answer(stream: TcpStream, rooms: Arc<Rooms>) -> Result {
    let mut incoming = Incoming::new(stream, config());
    let request = incoming.request().await?;
    match (request.method(), Place::of(request.path())) {
        ("GET" | "HEAD", Some(Place::Page)) => {
            incoming.respond(&HttpResponse::ok("text/html; charset=utf-8", PAGE)?).await?;
        }
        (_, Some(Place::Talk(name))) => {
            let room = rooms.room(name);
            talk(incoming, &room).await?;
        }
        _ => incoming.respond(&HttpResponse::not_found()).await?,
    }
    Ok(())
}

async fn talk(mut incoming: Incoming<TcpStream>, room: &Arc<Room>) -> Result {
    // Any page in the world may ask a visitor's browser to connect here. Only our own may talk.
    let upgrade = incoming.upgrade(&OriginPolicy::SameHost).await?;
    let Some(seat) = room.enter() else {
        return Ok(incoming.respond(&HttpResponse::service_unavailable()).await?);
    };
    Ok(client::serve(incoming.open(&upgrade.accept()).await?, &seat).await?)
}
