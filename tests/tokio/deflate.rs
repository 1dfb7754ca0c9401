//! Compression: RFC 7692, negotiated and used over tokio's streams.

use crate::common::*;
use crate::drip::{Drip, Drops, Polling, however_dropped};
use rfc6455::deflate::{Compress, Deflate};
use rfc6455::protocol::{CloseCode, Role};
use rfc6455::tokio::{Incoming, WebSocket, over};
use rfc6455::{Config, Connect, Message, PreparedMessage};
use tokio::io::DuplexStream;

fn config() -> Config {
    let mut config = Config::default();
    let mut deflate = Deflate::default();
    deflate.threshold = 0;
    config.deflate = Some(deflate);
    config
}

async fn opened() -> (WebSocket<DuplexStream>, WebSocket<DuplexStream>) {
    let (one, other) = tokio::io::duplex(200);
    let serving = tokio::spawn(Incoming::new(other, config()).accept());
    let connect = Connect::new("ws://localhost/").unwrap().config(config());
    let client = soon(over(&connect, one)).await.unwrap();
    (client, soon(serving).await.unwrap().unwrap())
}

#[tokio::test(start_paused = true)]
async fn messages_are_compressed() {
    let (mut client, server) = opened().await;
    assert!(client.session().outgoing_context().is_some() && server.session().incoming_context().is_some());
    let (mut reader, mut writer) = server.split();
    let echo = tokio::spawn(async move {
        let mut message = Message::new();
        while reader.read(&mut message).await? {
            writer.send(&message).await?;
        }
        Ok::<_, rfc6455::Error>(())
    });
    let long = "a line of a long list\n".repeat(5000);
    for _ in 0..3 {
        soon(client.queue(&long)).await.unwrap();
        assert!(client.unwritten() < long.len() / 10, "{}", client.unwritten());
        soon(client.flush()).await.unwrap();
        assert_eq!(message(&mut client).await, Message::from(&*long));
    }
    soon(client.close(CloseCode::NORMAL, "")).await.unwrap();
    soon(echo).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_message_may_go_uncompressed() {
    let (mut client, mut server) = opened().await;
    let text = "the same again ".repeat(20);
    client.queue_with(&text, Compress::Never).await.unwrap();
    assert!(client.unwritten() > text.len());
    let plain = client.unwritten();
    client.queue_with(&text, Compress::Always).await.unwrap();
    assert!(client.unwritten() - plain < text.len() / 2);
    let sending = tokio::spawn(async move {
        client.send_with("secret", Compress::Never).await?;
        client.start_with("in ", Compress::Always).await?;
        client.finish("parts").await?;
        let prepared = PreparedMessage::compressed(&text, &Deflate::default());
        client.send_prepared(&prepared).await.map(|()| text)
    });
    let mut messages = Vec::new();
    for _ in 0..5 {
        messages.push(message(&mut server).await);
    }
    let text = soon(sending).await.unwrap().unwrap();
    assert_eq!(messages, [&*text, &*text, "secret", "in parts", &*text].map(Message::from));
}

/// A message is compressed once, however often its future is polled: else the peer could not read the one behind it.
#[test]
fn a_dropped_future_does_not_spoil_the_context() {
    let agreement = {
        let settings = config().deflate.unwrap();
        let offers = settings.offers();
        settings.accept(&offers).expect("it accepts its own offer")
    };
    however_dropped(|polling| {
        let drip = Drip::new([]);
        let mut socket = WebSocket::new(drip.clone(), Role::Server, Config::default(), Vec::new())
            .with_deflate(&agreement);
        for text in ["one and the same", "one and the same", "one and the same, and more"] {
            let _ = polling.poll(socket.send(text)).map(Result::unwrap);
        }
        polling.until_done(|polling| polling.poll(socket.flush())).unwrap();
        let written = drip.written();
        // What was sent can be read.
        let mut client =
            WebSocket::new(Drip::new(written.clone()), client_role(), Config::default(), Vec::new());
        client = client.with_deflate(&agreement);
        let mut never = Polling::new(Drops::Never);
        let mut message = Message::new();
        for text in ["one and the same", "one and the same", "one and the same, and more"] {
            assert!(never.poll(client.read(&mut message)).unwrap().unwrap());
            assert_eq!(message.as_text(), Some(text));
        }
        written
    });
}
