//! One client: one task reads what it says, another writes what it hears; neither waits for the other.

use std::sync::Arc;

use rfc6455::tokio::{Reader, WebSocket, Writer};
use rfc6455::{Error, Message};
use tokio::net::TcpStream;

use crate::outbox::Outbox;
use crate::queue::Next;
use crate::room::Seat;
use crate::said::{hear, pause_after};

/// Serves a client until its connection has ended.
pub(crate) async fn serve(socket: WebSocket<TcpStream>, seat: &Seat) -> Result<(), Error> {
    let (mut reader, writer) = socket.split();
    tokio::spawn(write(writer, Arc::clone(&seat.outbox)));
    read(&mut reader, seat).await
}

async fn read(reader: &mut Reader<TcpStream>, seat: &Seat) -> Result<(), Error> {
    let mut message = Message::new();
    let mut has_joined = false;
    while reader.read(&mut message).await? {
        hear(&message, seat, &mut has_joined);
        tokio::time::sleep(pause_after(&message)).await;
    }
    Ok(())
}

/// Sends what the outbox gives. This may take as long as the client takes to read: no one waits for it. When it takes nothing for
/// the write timeout, both tasks get that as an error.
async fn write(mut writer: Writer<TcpStream>, outbox: Arc<Outbox>) -> Result<(), Error> {
    loop {
        match outbox.next().await {
            Next::Send(message) => writer.send_prepared(&message).await?,
            Next::Close(code, reason) => return writer.start_close(code, reason).await,
            Next::Stop => return Ok(()),
        }
    }
}
