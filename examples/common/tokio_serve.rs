//! An accept loop that no error ends: a task for each connection, and a bounded number of them.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rfc6455::Config;
use rfc6455::handshake::HttpResponse;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::tls::Door;

/// As many at a time are told that the server is full; what comes on top of that is only hung up on.
const REFUSALS: usize = 64;

/// Gives each connection to `handle`, in a task of its own, but not to more than `most` at a time: the next
/// ones get 503.
pub(crate) async fn serve<F, H>(listener: &TcpListener, most: usize, door: &Door, handle: H) -> !
where
    H: Fn(TcpStream, SocketAddr) -> F,
    F: Future<Output = Result<(), Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(most));
    let refusals = Arc::new(Semaphore::new(REFUSALS));
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, perhaps. What could not be accepted waits, so without a pause this
                // would spin.
                log("accept", error);
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            let serving = handle(stream, peer);
            tokio::spawn(async move {
                if let Err(error) = serving.await {
                    log(peer, error);
                }
                drop(place);
            });
        } else if let Ok(place) = Arc::clone(&refusals).try_acquire_owned() {
            let door = door.clone();
            tokio::spawn(async move {
                refuse(stream, &door).await;
                drop(place);
            });
        }
    }
}

/// The request does not matter for this answer, so it is not waited for; but there is none without the handshake of TLS.
async fn refuse(stream: TcpStream, door: &Door) {
    let full = HttpResponse::service_unavailable().text("too many connections\n");
    if let Ok(mut incoming) = door.incoming_in_task(stream, Config::default()).await {
        let _ = incoming.respond(&full).await;
    }
}

/// One line; `eprintln!` would panic when nobody reads it.
pub(crate) fn log(who: impl Display, what: impl Display) {
    let _ = writeln!(io::stderr(), "{who}: {what}");
}
