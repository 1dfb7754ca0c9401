//! An accept loop that no error ends: a thread for each connection, and a bounded number of them.

use std::fmt::Display;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rfc6455::handshake::HttpResponse;
use rfc6455::session::Config;

use crate::tls::Door;

/// As many at a time are told that the server is full; what comes on top of that is only hung up on.
const REFUSALS: usize = 64;

/// Gives each connection to `handle`, in a thread of its own, but not to more than `most` at a time: the next
/// ones get 503.
pub(crate) fn serve<F>(listener: &TcpListener, most: usize, door: &Door, handle: F) -> !
where
    F: Fn(TcpStream, SocketAddr) + Send + Sync + 'static,
{
    let handle = Arc::new(handle);
    // Each thread holds a clone, and gives it back however it ends, by a panic too. So the strong count is
    // that of the threads.
    let threads = Arc::new(());
    loop {
        let (stream, peer) = match listener.accept() {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, perhaps. What could not be accepted waits, so without a pause this
                // would spin.
                log("accept", error);
                thread::sleep(Duration::from_millis(100));
                continue;
            }
        };
        let (thread, handle, door) = (Arc::clone(&threads), Arc::clone(&handle), door.clone());
        let served = Arc::strong_count(&threads).saturating_sub(2);
        let serve = move || {
            let _thread = thread;
            if served < most { handle(stream, peer) } else { refuse(stream, &door) }
        };
        // When there is no thread to be had, `serve` is dropped, and the stream with it.
        if served < most.saturating_add(REFUSALS)
            && let Err(error) = thread::Builder::new().spawn(serve)
        {
            log(peer, error);
        }
    }
}

/// The request does not matter for this answer, so it is not waited for; but there is none without the handshake of TLS.
fn refuse(stream: TcpStream, door: &Door) {
    let full = HttpResponse::service_unavailable().text("too many connections\n");
    let Ok(mut incoming) = door.incoming(stream, Config::default()) else { return };
    if !door.is_tls() || incoming.request().is_ok() {
        let _ = incoming.respond(&full);
    }
}

/// One line; `eprintln!` would panic when nobody reads it.
pub(crate) fn log(who: impl Display, what: impl Display) {
    let _ = writeln!(io::stderr(), "{who}: {what}");
}
