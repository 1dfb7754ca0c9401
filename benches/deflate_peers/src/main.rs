//! One implementation of permessage-deflate as a server, in memory; `run` builds one program for each and compares them.
//!
//! ```text
//! deflate_peers record DIR                            streams of a client, for all to receive; only with feature `ours`
//! deflate_peers DIR send|receive SIZE yes|no MILLIS   prints: nanoseconds of the processor per message, bytes sent per message
//! ```

#[path = "../../common/json.rs"]
mod json;
mod peer;
mod wire;

use std::env;
use std::fs;
use std::time::Duration;

use cpu_time::ThreadTime;
use wire::Wire;

/// What a client sends to open the connection.
const REQUEST: &str = "GET / HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

/// What it offers, and what was agreed on where no opening handshake is made.
pub(crate) fn offer(takeover: bool) -> &'static str {
    if takeover {
        "permessage-deflate"
    } else {
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
    }
}

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        #[cfg(feature = "ours")]
        ["record", dir] => peer::record(dir),
        [dir, direction, size, takeover, millis] => {
            let size = size.parse().expect("a number");
            let span = Duration::from_millis(millis.parse().expect("a number"));
            measure(dir, direction, size, takeover == "yes", span);
        }
        _ => panic!("see the top of main.rs"),
    }
}

fn measure(dir: &str, direction: &str, size: usize, takeover: bool, span: Duration) {
    let messages = json::messages(size);
    let stream = |part| fs::read(format!("{dir}/{size}-{takeover}-{part}")).expect("it was recorded");
    let request = format!("{REQUEST}Sec-WebSocket-Extensions: {}\r\n\r\n", offer(takeover));
    let wire = Wire::new(request.into_bytes(), stream("first"), stream("again"));
    let written = wire.written();
    peer::block_on(async {
        let mut peer = peer::Peer::open(wire, takeover).await;
        let mut pass = async || match direction {
            "send" => {
                for message in &messages {
                    peer.send(message).await;
                }
            }
            _ => {
                for message in &messages {
                    assert_eq!(peer.receive().await, message.len());
                }
            }
        };
        pass().await;
        let (mut passes, begun, before) = (0, ThreadTime::now(), written.get());
        while begun.elapsed() < span {
            pass().await;
            passes += 1;
        }
        let count = (passes * messages.len()) as f64;
        println!("{} {}", begun.elapsed().as_nanos() as f64 / count, (written.get() - before) as f64 / count);
    });
}
