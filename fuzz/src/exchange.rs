//! Two sessions with compression, and two applications that do anything: what is sent is what comes.

use std::collections::VecDeque;
use std::time::Duration;

use arbitrary::Arbitrary;
use rfc6455::deflate::{Compress, Context, Deflate, Level, Memory, Pool, WindowBits};
use rfc6455::protocol::{Data, MaskKeys, Role};
use rfc6455::session::{Config, Message, PreparedMessage, Received, Session};

#[derive(Arbitrary, Debug)]
struct Input {
    client: Settings,
    server: Settings,
    actions: Vec<(bool, Action)>,
}

#[derive(Arbitrary, Debug)]
struct Settings {
    level: u8,
    threshold: u8,
    outgoing: (u8, bool),
    incoming: (u8, bool),
    memory: Policy,
}

#[derive(Arbitrary, Debug)]
enum Policy {
    Kept,
    KeptFor(u8),
    Shared(bool),
}

#[derive(Arbitrary, Debug)]
enum Action {
    Send(Content),
    SendWith(Content, bool),
    Prepared(Content, Settings),
    Start(Content, Option<bool>),
    Append(Content),
    Finish(Content),
    Ping,
    Wait(u8),
    /// The other end gets what was sent, in pieces of this length.
    Deliver(u8, bool),
}

/// So many times the same.
#[derive(Arbitrary, Debug)]
struct Content(Vec<u8>, u8);

impl Content {
    fn bytes(&self) -> Vec<u8> {
        self.0.repeat(usize::from(self.1))
    }
}

impl Settings {
    fn deflate(&self, pool: &Pool) -> Deflate {
        let context = |(bits, takeover): (u8, bool)| Context {
            window_bits: WindowBits::new(8 + bits % 8).expect("it is 8 to 15"),
            takeover,
        };
        let mut deflate = Deflate::default();
        deflate.level = Level::new(self.level % 10).expect("it is 0 to 9");
        deflate.threshold = usize::from(self.threshold);
        (deflate.outgoing, deflate.incoming) = (context(self.outgoing), context(self.incoming));
        deflate.require_incoming = false;
        deflate.memory = match self.memory {
            Policy::Kept => Memory::Kept,
            Policy::KeptFor(millis) => Memory::KeptFor(Duration::from_millis(millis.into())),
            Policy::Shared(true) => Memory::Shared(pool.clone()),
            Policy::Shared(false) => Memory::Shared(Pool::new(0)),
        };
        deflate
    }
}

struct End {
    session: Session,
    /// Sent and not yet given to the other end.
    out: Vec<u8>,
    /// What the other end is to get.
    sent: VecDeque<Vec<u8>>,
    /// The message that is being sent in fragments.
    begun: Option<Vec<u8>>,
    /// Parts of the message that is being received.
    parts: Vec<u8>,
}

impl End {
    fn new(session: Session) -> Self {
        Self { session, out: Vec::new(), sent: VecDeque::new(), begun: None, parts: Vec::new() }
    }

    fn act(&mut self, action: &Action, pool: &Pool) {
        let Self { session, out, sent, begun, .. } = self;
        let compress = |always: bool| if always { Compress::Always } else { Compress::Never };
        match action {
            Action::Send(content) => {
                let bytes = content.bytes();
                if session.send(&bytes, out).is_ok() {
                    sent.push_back(bytes);
                }
            }
            Action::SendWith(content, always) => {
                let bytes = content.bytes();
                if session.send_with(&bytes, compress(*always), out).is_ok() {
                    sent.push_back(bytes);
                }
            }
            Action::Prepared(content, settings) => {
                let bytes = content.bytes();
                let message = PreparedMessage::compressed(Data::Binary(&bytes), &settings.deflate(pool));
                assert_eq!(message.payload(), bytes);
                if session.send_prepared(&message, out).is_ok() {
                    sent.push_back(bytes);
                }
            }
            Action::Start(content, always) => {
                let bytes = content.bytes();
                let started = match always {
                    Some(always) => session.start_with(&bytes, compress(*always), out),
                    None => session.start(&bytes, out),
                };
                assert_eq!(started.is_ok(), begun.is_none());
                if started.is_ok() {
                    *begun = Some(bytes);
                }
            }
            Action::Append(content) => {
                let bytes = content.bytes();
                let appended = session.append(&bytes, out).is_ok();
                assert_eq!(appended, begun.is_some());
                begun.iter_mut().for_each(|begun| begun.extend_from_slice(&bytes));
            }
            Action::Finish(content) => {
                let bytes = content.bytes();
                let finished = session.finish(&bytes, out).is_ok();
                assert_eq!(finished, begun.is_some());
                sent.extend(begun.take().map(|begun| [begun, bytes].concat()));
            }
            Action::Ping => session.ping(b"?", out).expect("it is open"),
            Action::Wait(_) | Action::Deliver(..) => {}
        }
    }

    /// Gets what the other end sent.
    fn receive(&mut self, from: &mut Self, len: u8, in_parts: bool, now: Duration) {
        let mut message = Message::new();
        let mut wire = std::mem::take(&mut from.out);
        for piece in wire.chunks_mut(usize::from(len).max(1) * 16) {
            let mut input = piece;
            loop {
                let received = if in_parts {
                    self.session.receive_part(&mut input, &mut message, now, &mut self.out)
                } else {
                    self.session.receive(&mut input, &mut message, now, &mut self.out)
                };
                match received.expect("what is sent is legal") {
                    Some(Received::Part) => self.parts.extend_from_slice(message.as_bytes()),
                    Some(Received::Message) => {
                        self.parts.extend_from_slice(message.as_bytes());
                        assert_eq!(Some(std::mem::take(&mut self.parts)), from.sent.pop_front());
                    }
                    Some(_) => {}
                    None => break,
                }
            }
        }
        if from.begun.is_none() {
            assert_eq!(from.sent.len(), 0, "all that was sent has come");
        }
    }
}

pub fn run(data: &[u8]) {
    super::taken_apart(data, |input: Input| check(&input));
}

fn check(input: &Input) {
    let pool = Pool::new(1);
    let (client, server) = (input.client.deflate(&pool), input.server.deflate(&pool));
    let accepted = server.accept(&client.offers()).expect("nothing is required");
    let agreed = client.agree(&[accepted.extension().clone()]).expect("it fits").expect("it is there");

    let mut now = Duration::ZERO;
    let keys = MaskKeys::from_source(|bytes| {
        bytes.fill(7);
        Ok(())
    });
    let role = Role::Client(keys.expect("it has keys"));
    let config = Config::default();
    let mut client = End::new(Session::new(role, &config, now).with_deflate(&agreed));
    let mut server = End::new(Session::new(Role::Server, &config, now).with_deflate(&accepted));
    for (by_client, action) in &input.actions {
        let (this, other) = if *by_client { (&mut client, &mut server) } else { (&mut server, &mut client) };
        match action {
            Action::Wait(millis) => {
                now += Duration::from_millis((*millis).into());
                for end in [this, other] {
                    end.session.tick(now, &mut end.out).expect("there is no deadline that fails");
                    assert!(
                        end.session.deadline().is_none_or(|deadline| deadline > now),
                        "time does not stand still"
                    );
                }
            }
            Action::Deliver(len, in_parts) => other.receive(this, *len, *in_parts, now),
            action => this.act(action, &pool),
        }
    }
    server.receive(&mut client, 255, false, now);
    client.receive(&mut server, 255, true, now);
}
