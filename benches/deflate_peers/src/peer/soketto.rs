use soketto::extension::deflate::Deflate;
use soketto::handshake::server::{Response, Server};
use soketto::{Mode, Receiver, Sender};
use tokio::io::{BufReader, BufWriter};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};

use crate::wire::Wire;

type Stream = Compat<BufReader<BufWriter<Wire>>>;

pub(crate) struct Peer {
    sender: Sender<Stream>,
    receiver: Receiver<Stream>,
    message: Vec<u8>,
}

impl Peer {
    pub(crate) async fn open(wire: Wire, _: bool) -> Self {
        let mut server = Server::new(BufReader::new(BufWriter::new(wire)).compat());
        server.add_extension(Box::new(Deflate::new(Mode::Server)));
        let key = server.receive_request().await.expect("a request").key();
        server.send_response(&Response::Accept { key, protocol: None }).await.expect("it is accepted");
        let (sender, receiver) = server.into_builder().finish();
        Self { sender, receiver, message: Vec::new() }
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.sender.send_text(text).await.expect("it is sent");
        self.sender.flush().await.expect("it is flushed");
    }

    pub(crate) async fn receive(&mut self) -> usize {
        self.message.clear();
        self.receiver.receive_data(&mut self.message).await.expect("the stream is right");
        self.message.len()
    }
}
