//! Either end receives any bytes: in one piece or cut anywhere, they come to the same messages, output, state and end. What
//! is told is what a naive reader makes of them, and what another library does; what is sent in reply is legal, and what is
//! owed.
//!
//! The first byte of an input is the settings, see `Scene`; the others are what the peer sends.

use rfc6455::protocol::{
    CloseCode, CloseStatus, Connection, DataKind, Limits, MaskKeys, ProtocolError, Role, Side, State,
    TextCheck,
};

use super::naive::{self, End, Item, Rules};
use super::scene::{self, Scene};
use super::{another, cuts};

pub fn run(data: &[u8]) {
    let Some(mut scene) = Scene::of(data) else { return };
    // A `Connection` checks text unless told otherwise, and that is a matter of its `Receiver`.
    scene.rules.text = TextCheck::Receiver;
    let naive = naive::read(scene.rules, &scene.wire);
    let mut whole = Outcome::of(&scene, &[&scene.wire]);
    scene::check(&whole.told, whole.fault, &naive);
    whole.check_end(&scene, &naive.1);
    whole.check_output(&scene);
    let messages = messages(&whole.told);
    // The other library has no extensions, and makes room for what a header claims.
    let limits = scene.rules.limits;
    if !scene.rules.rsv1 && !scene.is_closing && limits.frame.max(limits.message) <= 1 << 20 {
        another::check(&scene, &messages, whole.fault);
    }
    for pieces in cuts::ways(&scene.wire) {
        let mut cut = Outcome::of(&scene, &pieces);
        scene::check(&cut.told, cut.fault, &naive);
        cut.check_end(&scene, &naive.1);
        assert_eq!((&cut.output, cut.fault), (&whole.output, whole.fault));
    }
}

/// The whole messages and the control frames, in the order in which they ended.
fn messages(told: &[Item]) -> Vec<Item> {
    let (mut messages, mut begun) = (Vec::new(), Vec::new());
    for item in told {
        if let Item::Data { kind, rsv1, payload, ends, .. } = item {
            begun.extend_from_slice(payload);
            if *ends {
                let payload = std::mem::take(&mut begun);
                // §8.1: it was found to be text while it came.
                assert!(*kind == DataKind::Binary || *rsv1 || std::str::from_utf8(&payload).is_ok());
                messages.push(Item::Data { kind: *kind, rsv1: *rsv1, payload, starts: true, ends: true });
            }
        } else {
            messages.push(item.clone());
        }
    }
    messages
}

struct Outcome {
    connection: Connection,
    told: Vec<Item>,
    fault: Option<ProtocolError>,
    output: Vec<u8>,
}

impl Outcome {
    fn of(scene: &Scene, pieces: &[&[u8]]) -> Self {
        let mut next = 0_u8;
        let keys = MaskKeys::from_source(move |bytes| {
            bytes.fill_with(|| {
                next = next.wrapping_add(37);
                next
            });
            Ok(())
        });
        let role = match scene.rules.peer {
            Side::Client => Role::Server,
            Side::Server => Role::Client(keys.expect("it has keys")),
        };
        let connection = Connection::new(role, scene.rules.limits).allowing(scene.reserved());
        let mut outcome = Self { connection, told: Vec::new(), fault: None, output: Vec::new() };
        if scene.is_closing {
            let closing = outcome.connection.start_close(CloseCode::NORMAL, "bye", &mut outcome.output);
            closing.expect("it is open");
        }
        pieces.iter().for_each(|piece| outcome.receive(&mut piece.to_vec()));
        outcome
    }

    fn receive(&mut self, mut input: &mut [u8]) {
        loop {
            match self.connection.receive(&mut input, &mut self.output) {
                Ok(Some(event)) => scene::add_event(&mut self.told, &event),
                Ok(None) => break,
                Err(fault) => {
                    self.fault = Some(fault);
                    break;
                }
            }
        }
        assert!(input.is_empty(), "all of it is taken");
    }

    /// The state, and what the end of the transport means then (§7.1.4, §7.1.5).
    fn check_end(&mut self, scene: &Scene, end: &End) {
        let close = match self.told.last() {
            Some(Item::Close(Some((code, _)))) => {
                CloseStatus::Code(CloseCode::new(*code).expect("it is legal"))
            }
            _ => CloseStatus::NoCode,
        };
        let (state, eof, status) = match end {
            End::Open(place, _) if scene.is_closing => (State::Closing, Err(*place), CloseStatus::Abnormal),
            End::Open(place, _) => (State::Open, Err(*place), CloseStatus::Abnormal),
            End::Closed => (State::Closed, Ok(()), close),
            End::Illegal(_) => (State::Failed, Ok(()), CloseStatus::Abnormal),
        };
        assert_eq!(self.connection.state(), state);
        assert_eq!(self.connection.fault(), self.fault);
        assert_eq!(self.connection.receive_eof(), eof);
        assert_eq!(self.connection.close_status(), Some(status));
    }

    /// What this end sent: Pongs, and at most one Close, which is the last.
    fn check_output(&self, scene: &Scene) {
        let peer = scene.rules.peer.peer();
        let rules = Rules { peer, limits: Limits::default(), rsv1: false, text: TextCheck::Receiver };
        let (mut sent, end) = naive::read(rules, &self.output);
        let close = sent.pop_if(|item| matches!(item, Item::Close(_)));
        assert!(matches!(end, End::Closed) == close.is_some() && !matches!(end, End::Illegal(_)), "{end:?}");
        match (self.told.last(), self.fault, close) {
            // §5.5.1: nothing is sent after a Close.
            _ if scene.is_closing => assert!(sent.is_empty()),
            // §5.5.1: a Close is answered with the same.
            (Some(Item::Close(body)), _, Some(Item::Close(reply))) => assert_eq!(*body, reply),
            // §7.1.7: the peer is told.
            (_, Some(fault), Some(Item::Close(Some((code, _))))) => {
                assert_eq!(code, fault.close_code().to_u16())
            }
            (_, None, None) => {}
            other => panic!("{other:?}"),
        }
        // §5.5.2: each Ping has its Pong. When much waits to be sent, a Pong waits too (§5.5.3).
        let pings = self.told.iter().filter_map(|item| match item {
            Item::Ping(payload) => Some(Item::Pong(payload.clone())),
            _ => None,
        });
        let pings: Vec<Item> = pings.collect();
        let all_are_answered = self.output.len() <= 4096 && !scene.is_closing;
        assert!(
            if all_are_answered { pings == sent } else { pings.starts_with(&sent) },
            "{pings:?} {sent:?}"
        );
    }
}
