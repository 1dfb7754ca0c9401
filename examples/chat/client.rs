//! One client: one thread reads what it says, another writes what it hears; neither waits for the other.

use std::io;
use std::net::Shutdown;
use std::sync::Arc;
use std::thread;

use rfc6455::net::{self, Reader, Stream, WebSocket, Writer};
use rfc6455::session::Message;

use crate::outbox::Outbox;
use crate::queue::Next;
use crate::room::Seat;
use crate::said::{hear, pause_after};

/// Serves a client until its connection has ended.
pub(crate) fn serve(socket: WebSocket<Stream>, seat: &Seat) -> Result<(), net::Error> {
    let (mut reader, writer) = socket.split();
    let outbox = Arc::clone(&seat.outbox);
    thread::Builder::new().spawn(move || write(writer, &outbox))?;
    read(&mut reader, seat)
}

fn read(reader: &mut Reader<Stream>, seat: &Seat) -> Result<(), net::Error> {
    let mut message = Message::new();
    let mut has_joined = false;
    while reader.read(&mut message)? {
        hear(&message, seat, &mut has_joined);
        thread::sleep(pause_after(&message));
    }
    Ok(())
}

/// Sends what the outbox gives. This may take as long as the client takes to read: no one waits for it.
fn write(mut writer: Writer<Stream>, outbox: &Outbox) {
    let end = loop {
        match outbox.next() {
            Next::Send(message) => match writer.send_prepared(&message) {
                Ok(()) => {}
                Err(error) => break Err(error),
            },
            Next::Close(code, reason) => break writer.start_close(code, reason),
            Next::Stop => break Ok(()),
        }
    };
    // The socket's write timeout: the client has read nothing for so long that a Close would not reach it
    // either. To shut the stream ends the other thread's `read`.
    if let Err(net::Error::Io(_)) = end {
        let _: io::Result<()> = writer.stream().tcp().shutdown(Shutdown::Both);
    }
}
