use futures::{SinkExt, StreamExt};
use sockudo_ws::stream::CompressedWebSocketStream;
use sockudo_ws::{Config, DeflateConfig, Message};

use crate::wire::Wire;

pub(crate) struct Peer(CompressedWebSocketStream<Wire>);

impl Peer {
    pub(crate) async fn open(wire: Wire, takeover: bool) -> Self {
        let deflate = DeflateConfig {
            server_no_context_takeover: !takeover,
            client_no_context_takeover: !takeover,
            compression_threshold: 0,
            ..DeflateConfig::default()
        };
        Self(CompressedWebSocketStream::server(wire.opened(), Config::default(), deflate))
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text.to_owned())).await.expect("it is sent");
    }

    pub(crate) async fn receive(&mut self) -> usize {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => text.len(),
            other => panic!("{other:?}"),
        }
    }
}
