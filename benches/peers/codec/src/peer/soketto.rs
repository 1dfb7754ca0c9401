//! It leaves to the application to check texts, which is done here with the quickest there is, and to buffer the transport,
//! which its examples do as here.

use futures::io::{BufReader, BufWriter};
use soketto::handshake::server::Response;
use soketto::handshake::{Client, Server, ServerResponse};
use soketto::{Data, Mode, connection::Builder};

use super::{Contestant, Way};
use crate::handshake::{Answering, HOST, PATH};
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::{Wire, now};

pub(crate) const CONTESTANT: Contestant = Contestant {
    name: "soketto",
    decode: &[
        Way("8k", decode::<{ 8 << 10 }>), // the default of the buffer
        Way("64k", decode::<{ 64 << 10 }>),
        Way("16k", decode::<{ 16 << 10 }>),
        Way("4k", decode::<{ 4 << 10 }>),
    ],
    encode_server: &[
        Way("BufWriter", |wire, payload, times| encode(BufWriter::new(wire), Mode::Server, payload, times)),
        Way("", |wire, payload, times| encode(wire, Mode::Server, payload, times)),
    ],
    encode_client: &[
        Way("BufWriter", |wire, payload, times| encode(BufWriter::new(wire), Mode::Client, payload, times)),
        Way("", |wire, payload, times| encode(wire, Mode::Client, payload, times)),
        Way("in place", mask_in_place),
    ],
    accept: &[Way("", accept)],
    connect: &[Way("", connect)],
};

fn decode<const READ: usize>(wire: Wire, tally: &mut Tally) {
    let (_sender, mut receiver) = Builder::new(BufReader::with_capacity(READ, wire), Mode::Server).finish();
    let mut message = Vec::new();
    now(async {
        loop {
            message.clear();
            match receiver.receive_data(&mut message).await {
                Ok(Data::Text(_)) => tally.text(simdutf8::basic::from_utf8(&message).expect("it is text")),
                Ok(Data::Binary(_)) => tally.message(&message),
                Err(_) => return,
            }
        }
    });
}

fn encode<S>(wire: S, mode: Mode, payload: &Payload, times: usize)
where
    S: futures::io::AsyncRead + futures::io::AsyncWrite + Unpin,
{
    let (mut sender, _receiver) = Builder::new(wire, mode).finish();
    now(async {
        for _ in 0..times {
            sender.send_binary(&payload.bytes).await.expect("it is sent");
            sender.flush().await.expect("it is flushed");
        }
    });
}

/// The payload is the application's own.
fn mask_in_place(wire: Wire, payload: &Payload, times: usize) {
    let (mut sender, _receiver) = Builder::new(wire, Mode::Client).finish();
    let mut own = payload.bytes.to_vec();
    now(async {
        for _ in 0..times {
            sender.send_binary_mut(&mut own).await.expect("it is sent");
            sender.flush().await.expect("it is flushed");
        }
    });
}

fn accept(wire: Wire) {
    now(async {
        let mut server = Server::new(BufReader::new(BufWriter::new(wire)));
        let key = server.receive_request().await.expect("a request").key();
        server.send_response(&Response::Accept { key, protocol: None }).await.expect("it is accepted");
        drop(server.into_builder().finish());
    });
}

fn connect(wire: Wire<Answering>) {
    now(async {
        let mut client = Client::new(BufReader::new(BufWriter::new(wire)), HOST, PATH);
        let answer = client.handshake().await.expect("an answer");
        assert!(matches!(answer, ServerResponse::Accepted { .. }));
        drop(client.into_builder().finish());
    });
}
