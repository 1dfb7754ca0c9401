//! What the targets that receive frames have in common: settings and bytes, and what was told.

use rfc6455::frame::Rsv;
use rfc6455::protocol::{Event, Limits, ProtocolError, Side, TextCheck};

use super::cuts;
use super::naive::{self, End, Item, Rule, Rules};

/// What an input stands for. The bits of its first byte, from the lowest: the peer is a client; the frames are masked here,
/// so that the fuzzer can write text; RSV1 is allowed; the caller checks text; two for the limits; this end has sent a Close.
pub(super) struct Scene {
    pub(super) rules: Rules,
    /// This end has sent a Close.
    pub(super) is_closing: bool,
    /// What the peer sends.
    pub(super) wire: Vec<u8>,
}

impl Scene {
    pub(super) fn of(data: &[u8]) -> Option<Self> {
        let (settings, wire) = data.split_first()?;
        let bit = |bit: u8| settings >> bit & 1 == 1;
        let mut limits = Limits::default();
        // No less than the 125 bytes of a control frame, which these limits are not for.
        (limits.frame, limits.message) = match settings >> 4 & 3 {
            0 => (1 << 16, 1 << 17),
            1 => (150, 300),
            2 => (u64::MAX >> 2, 200),
            _ => (130, u64::MAX >> 2),
        };
        let peer = if bit(0) { Side::Client } else { Side::Server };
        let text = if bit(3) { TextCheck::Caller } else { TextCheck::Receiver };
        let wire = if bit(1) { masked(wire) } else { wire.to_vec() };
        Some(Self { rules: Rules { peer, limits, rsv1: bit(2), text }, is_closing: bit(6), wire })
    }

    /// The reserved bits that are allowed.
    pub(super) fn reserved(&self) -> Rsv {
        if self.rules.rsv1 { Rsv::RSV1 } else { Rsv::NONE }
    }
}

/// The frames of `wire`, with a mask where they have none.
fn masked(mut wire: &[u8]) -> Vec<u8> {
    let (mut out, mut number) = (Vec::new(), cuts::numbers(wire));
    while let Some(header) = naive::header(wire) {
        let (head, rest) = wire.split_at(header.len);
        let len = rest.len().min(usize::try_from(header.payload_len).unwrap_or(usize::MAX));
        let (payload, rest) = rest.split_at(len);
        out.extend_from_slice(head);
        if header.key.is_some() {
            out.extend_from_slice(payload);
        } else {
            let key = [(); 4].map(|()| number(256) as u8);
            let at = out.len() - header.len + 1;
            out[at] |= 0x80;
            out.extend_from_slice(&key);
            out.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
        }
        wire = rest;
    }
    out.extend_from_slice(wire);
    out
}

/// Adds what an event tells; what comes of one message with nothing in between becomes one item.
pub(super) fn add_event<P: AsRef<[u8]> + std::fmt::Debug>(items: &mut Vec<Item>, event: &Event<'_, P>) {
    match event {
        Event::Data(chunk) => {
            let payload = chunk.payload.as_ref();
            assert!(chunk.ends || !payload.is_empty(), "an event tells something");
            if let Some(Item::Data { kind, rsv1, payload: before, ends: ends @ false, .. }) = items.last_mut()
            {
                assert!(!chunk.starts && chunk.kind == *kind && chunk.rsv.is_empty() != *rsv1);
                before.extend_from_slice(payload);
                *ends = chunk.ends;
            } else {
                let (kind, rsv1, starts, ends) =
                    (chunk.kind, !chunk.rsv.is_empty(), chunk.starts, chunk.ends);
                items.push(Item::Data { kind, rsv1, payload: payload.to_vec(), starts, ends });
            }
        }
        Event::Ping(payload) => items.push(Item::Ping(payload.to_vec())),
        Event::Pong(payload) => items.push(Item::Pong(payload.to_vec())),
        Event::Close(frame) => {
            let frame = frame.map(|frame| (frame.code.to_u16(), frame.reason.to_owned()));
            items.push(Item::Close(frame));
        }
        other => panic!("{other:?}"),
    }
}

/// Holds what was told, and the fault if there was one, against what a naive reader made of the same.
pub(super) fn check(told: &[Item], fault: Option<ProtocolError>, naive: &(Vec<Item>, End)) {
    let (items, end) = naive;
    match (fault, end) {
        (None, End::Open(..) | End::Closed) => assert_eq!(told, items),
        (Some(fault), End::Illegal(rules)) => {
            assert!(rules.contains(&Rule::of(&fault)), "{fault:?} {rules:?}");
            // How much was told of the message that has the fault depends on the cuts.
            let ((told, told_of_it), (items, of_it)) =
                (split_off_unfinished(told), split_off_unfinished(items));
            assert_eq!(told, items);
            assert!(told_of_it.starts_with(of_it), "{told_of_it:?} {of_it:?}");
        }
        (fault, end) => panic!("{fault:?} {end:?}"),
    }
}

/// All but the message at the end that has not ended, and what there is of its payload.
fn split_off_unfinished(items: &[Item]) -> (&[Item], &[u8]) {
    match items.split_last() {
        Some((Item::Data { payload, ends: false, .. }, before)) => (before, payload),
        _ => (items, &[]),
    }
}
