//! A session receives any bytes at any times, and the application does anything: nothing panics, text is text, deadlines
//! do not stand still, and what is sent is legal for the peer to receive.

use std::time::Duration;

use arbitrary::Arbitrary;
use rfc6455::protocol::{CloseCode, Connection, Limits, MaskKeys, Role};
use rfc6455::session::{Config, Keepalive, Message, Received, Session};

#[derive(Arbitrary, Debug)]
enum Action {
    Receive(Vec<u8>),
    Wait(u16),
    Text(String),
    Binary(Vec<u8>),
    Start(String),
    Append(String),
    Finish(String),
    Ping(Vec<u8>),
    Close(u16, String),
    Eof,
}

pub fn run(data: &[u8]) {
    super::taken_apart(data, check);
}

fn check(actions: Vec<Action>) {
    let mut config = Config::default();
    config.limits.message = 1 << 16;
    config.keepalive = Some(Keepalive::new(Duration::from_millis(900), Duration::from_millis(500)));
    config.idle_timeout = Some(Duration::from_secs(30));
    let mut now = Duration::ZERO;
    let mut session = Session::new(Role::Server, &config, now);
    let (mut output, mut message) = (Vec::new(), Message::new());
    let keys = MaskKeys::from_source(|bytes| {
        bytes.fill(7);
        Ok(())
    });
    let mut peer = Connection::new(Role::Client(keys.expect("it has keys")), Limits::default());
    for action in actions {
        let _ = match action {
            Action::Receive(mut bytes) => {
                let mut input = &mut bytes[..];
                while let Ok(Some(received)) = session.receive(&mut input, &mut message, now, &mut output) {
                    if received == Received::Message {
                        assert!(message.len() <= 1 << 16);
                    }
                }
                Ok(())
            }
            Action::Wait(millis) => {
                now += Duration::from_millis(u64::from(millis));
                let failed = session.tick(now, &mut output).is_err();
                assert!(failed || session.deadline().is_none_or(|deadline| deadline > now));
                Ok(())
            }
            Action::Text(text) => session.send(&text, &mut output),
            Action::Binary(bytes) => session.send(&bytes, &mut output),
            Action::Start(text) => session.start(&text, &mut output),
            Action::Append(text) => session.append(&text, &mut output),
            Action::Finish(text) => session.finish(&text, &mut output),
            Action::Ping(payload) => session.ping(&payload, &mut output),
            Action::Close(code, reason) => match CloseCode::new(code) {
                Ok(code) => session.start_close(code, &reason, now, &mut output),
                Err(_) => Ok(()),
            },
            Action::Eof => {
                let _ = session.receive_eof();
                Ok(())
            }
        };
        let mut input = &mut output[..];
        let mut replies = Vec::new();
        while peer.receive(&mut input, &mut replies).expect("what is sent is legal").is_some() {}
        output.clear();
    }
}
