use futures::SinkExt;
use yawc::{CompressionLevel, Frame, Options, Role, WebSocket};

use crate::wire::Wire;

pub(crate) struct Peer(WebSocket<Wire>);

impl Peer {
    pub(crate) async fn open(wire: Wire, takeover: bool) -> Self {
        let mut options = Options::default()
            .with_compression_level(CompressionLevel::new(6))
            .with_compression_threshold(0)
            .with_utf8();
        if !takeover {
            options = options.server_no_context_takeover().client_no_context_takeover();
        }
        let agreed = Some(crate::offer(takeover));
        let socket = WebSocket::from_stream_with_extensions(wire.opened(), Role::Server, agreed, options);
        Self(socket.expect("it is agreed on"))
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.0.send(Frame::text(text.to_owned())).await.expect("it is sent");
    }

    pub(crate) async fn receive(&mut self) -> usize {
        self.0.next_frame().await.expect("the stream is right").payload().len()
    }
}
