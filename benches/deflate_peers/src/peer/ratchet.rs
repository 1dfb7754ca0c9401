use bytes::BytesMut;
use ratchet_rs::deflate::{Compression, Deflate, DeflateConfig, DeflateExtProvider};
use ratchet_rs::{Message, PayloadType, SubprotocolRegistry, WebSocket, WebSocketConfig};
use tokio::io::{BufReader, BufWriter};

use crate::wire::Wire;

pub(crate) struct Peer {
    socket: WebSocket<BufReader<BufWriter<Wire>>, Deflate>,
    message: BytesMut,
}

impl Peer {
    pub(crate) async fn open(wire: Wire, takeover: bool) -> Self {
        let config = DeflateConfig {
            request_server_no_context_takeover: !takeover,
            request_client_no_context_takeover: !takeover,
            compression_level: Compression::new(6),
            ..DeflateConfig::default()
        };
        let upgrader = ratchet_rs::accept_with(
            BufReader::new(BufWriter::new(wire)),
            WebSocketConfig::default(),
            DeflateExtProvider::with_config(config),
            SubprotocolRegistry::default(),
        );
        let upgraded = upgrader.await.expect("a request").upgrade().await.expect("it is accepted");
        Self { socket: upgraded.websocket, message: BytesMut::new() }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.socket.write(text, PayloadType::Text).await.expect("it is sent");
        self.socket.flush().await.expect("it is flushed");
    }

    pub(crate) async fn receive(&mut self) -> usize {
        self.message.clear();
        assert_eq!(self.socket.read(&mut self.message).await.expect("the stream is right"), Message::Text);
        self.message.len()
    }
}
