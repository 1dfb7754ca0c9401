//! A `Receiver` is given any bytes, with any of its settings: however they are cut, and in whatever kind of buffer, what it
//! tells is what a naive reader makes of them. A fault is found at the byte that shows it, and is told again.
//!
//! The first byte of an input is the settings, see `Scene`; the others are what the peer sends.

use bytes::BytesMut;
use rfc6455::protocol::{Input, ProtocolError, Receiver};

use super::cuts;
use super::naive::{self, End, Item};
use super::scene::{self, Scene};

pub fn run(data: &[u8]) {
    let Some(scene) = Scene::of(data) else { return };
    let naive = naive::read(scene.rules, &scene.wire);
    let check = |mut run: Run| {
        scene::check(&run.told, run.fault, &naive);
        let due = if let End::Open(_, due) = naive.1 { due } else { 0 };
        assert_eq!(run.receiver.payload_remaining(), due);
        // What comes behind the end is not looked at.
        if !matches!(naive.1, End::Open(..)) {
            let (told, fault) = (run.told.len(), run.fault);
            run.receive(&mut BytesMut::from(&b"\x81\x01!"[..]));
            assert_eq!((told, fault), (run.told.len(), run.fault));
        }
    };
    let mut whole = Run::new(&scene);
    whole.receive(&mut &mut scene.wire.clone()[..]);
    check(whole);
    let mut owned = Run::new(&scene);
    owned.receive(&mut BytesMut::from(&scene.wire[..]));
    check(owned);
    for pieces in cuts::ways(&scene.wire) {
        let mut run = Run::new(&scene);
        pieces.iter().for_each(|piece| run.receive(&mut &mut piece.to_vec()[..]));
        check(run);
    }
    if scene.wire.len() <= 40 {
        faults_are_found_at_once(&scene);
    }
}

fn faults_are_found_at_once(scene: &Scene) {
    let mut run = Run::new(scene);
    for (at, byte) in scene.wire.iter().enumerate() {
        run.receive(&mut &mut [*byte][..]);
        let (_, end) = naive::read(scene.rules, &scene.wire[..=at]);
        assert_eq!(run.fault.is_some(), matches!(end, End::Illegal(_)), "at byte {at}");
    }
}

struct Run {
    receiver: Receiver,
    told: Vec<Item>,
    fault: Option<ProtocolError>,
}

impl Run {
    fn new(scene: &Scene) -> Self {
        let rules = scene.rules;
        let receiver = Receiver::new(rules.peer, rules.limits, rules.text).allowing(scene.reserved());
        Self { receiver, told: Vec::new(), fault: None }
    }

    fn receive<I: Input>(&mut self, input: &mut I) {
        loop {
            match self.receiver.receive(input) {
                Ok(Some(event)) => scene::add_event(&mut self.told, &event),
                Ok(None) => break,
                Err(fault) => {
                    assert!(self.fault.is_none_or(|before| before == fault), "it is told again");
                    self.fault = Some(fault);
                    break;
                }
            }
        }
        // All input is taken, so there is nothing more to tell.
        assert!(self.receiver.receive(input).is_ok_and(|event| event.is_none()) || self.fault.is_some());
    }
}
