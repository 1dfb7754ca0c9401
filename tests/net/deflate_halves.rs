//! Compression by two halves at once: RFC 7692 §6. The compressor is apart from the session while it works, and whatever the
//! other half does meanwhile, the peer gets each message.

use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use crate::common_net::*;
use rfc6455::deflate::{Compress, Deflate, Memory, Pool};
use rfc6455::net::{Reader, Writer};
use rfc6455::session::{Config, Message, PreparedMessage};

const MESSAGES: usize = 400;

/// The message of this number: some repeat what went before, and some are longer than a window.
fn message(number: usize) -> String {
    let line = format!("{{\"number\": {}, \"of\": {}}}\n", number % 7, number % 13);
    line.repeat([1, 3, 40, 2000][number % 4])
}

fn write(mut writer: Writer<TcpStream>, deflate: &Deflate) -> Writer<TcpStream> {
    for number in 0..MESSAGES {
        let text = message(number);
        match number % 11 {
            0..=3 => writer.send(&text),
            4 => writer.send_with(&text, Compress::Never),
            5 => writer.send_with(&text, Compress::Always),
            6 => writer.send_prepared(&PreparedMessage::compressed(&text, deflate)),
            7 => writer.queue(&text),
            8 => writer.queue_with(&text, Compress::Always),
            9 => writer
                .start_with("", Compress::Always)
                .and_then(|()| writer.append(&text))
                .and_then(|()| writer.finish("")),
            _ => writer.start(&text).and_then(|()| writer.ping(b"?")).and_then(|()| writer.finish("")),
        }
        .unwrap();
    }
    writer.flush().unwrap();
    writer
}

fn read(mut reader: Reader<TcpStream>) -> Reader<TcpStream> {
    let mut received = Message::new();
    for number in 0..MESSAGES {
        assert!(reader.read(&mut received).unwrap());
        assert_eq!(received.as_text(), Some(&*message(number)), "{number}");
    }
    reader
}

#[test]
fn both_ends_write_while_they_read() {
    let policies =
        [Memory::Kept, Memory::KeptFor(Duration::ZERO), Memory::KeptFor(MILLI), Memory::Shared(Pool::new(1))];
    for contexts in policies {
        watched(move || {
            let mut deflate = Deflate::default();
            deflate.memory = contexts;
            let mut config = Config::default();
            config.deflate = Some(deflate.clone());
            let (client, server) = websockets(config.clone(), config);
            assert!(
                client.session().outgoing_context().is_some_and(|context| context.window_bits.get() == 15)
            );
            assert_eq!(client.session().incoming_context(), server.session().outgoing_context());
            let ends = [client, server].map(|socket| {
                let (reader, writer) = socket.split();
                let deflate = deflate.clone();
                (thread::spawn(move || read(reader)), thread::spawn(move || write(writer, &deflate)))
            });
            // Neither half is dropped before the other end is done.
            let halves = ends.map(|(reader, writer)| (reader.join().unwrap(), writer.join().unwrap()));
            drop(halves);
        });
    }
}
