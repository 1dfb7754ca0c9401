//! What one end has put on the wire, in order: what the other end is to be told, and no other thing.

use std::collections::VecDeque;

use rfc6455::protocol::{DataKind, Limits};
use rfc6455::session::Message;

use crate::wire::Frame;

/// Code and reason of a Close that has a body.
pub(crate) type CloseBody = Option<(u16, String)>;

/// Something that an end is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Message(Message),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(CloseBody),
    /// The rule that is broken here asks for this code.
    Fault(u16),
}

/// In the order in which it is on the wire.
#[derive(Debug)]
pub(crate) struct Log {
    /// Each with the number of bytes after which it is to be told.
    entries: VecDeque<(u64, Told)>,
    /// What is on the wire of a message whose end is not.
    pub(crate) begun: Option<(DataKind, Vec<u8>)>,
    limits: Limits,
    bill: Option<Bill>,
    /// The other end reads nothing after a fault or a Close.
    is_over: bool,
}

/// What a message that goes in fragments costs its receiver, by §10.4 and what `Limits` and `Receiver::allowing` say.
#[derive(Debug)]
struct Bill {
    is_compressed: bool,
    len: u64,
    fragments: u64,
    small: u64,
}

impl Log {
    /// For a receiver with these limits.
    pub(crate) fn new(limits: Limits) -> Self {
        Self { entries: VecDeque::new(), begun: None, limits, bill: None, is_over: false }
    }

    pub(crate) fn push(&mut self, at: u64, told: Told) {
        if !self.is_over {
            self.is_over = matches!(told, Told::Close(_) | Told::Fault(_));
            self.entries.push_back((at, told));
        }
    }

    /// A frame of a message: the receiver may find it too much by its header alone.
    pub(crate) fn data_frame(&mut self, at: u64, frame: &Frame) {
        if frame.opcode != 0 {
            let is_compressed = frame.rsv != 0;
            self.bill = Some(Bill { is_compressed, len: 0, fragments: 0, small: 0 });
        }
        let bill = self.bill.as_mut().expect("a continuation has a message");
        let len = frame.payload.len() as u64;
        bill.len += len;
        bill.fragments += 1;
        let is_whole = frame.opcode != 0 && frame.fin;
        bill.small += u64::from(!is_whole && len < 16);
        let Limits { frame: most_frame, message: most, .. } = self.limits;
        let more = |limit: u64| if bill.is_compressed { limit + limit / 8 + 1024 } else { limit };
        let most = more(most) + if bill.is_compressed { 12 * bill.fragments } else { 0 };
        if len > more(most_frame) || bill.len > most {
            self.push(at, Told::Fault(1009));
        } else if 256 * bill.small > most + (64 << 10) {
            self.push(at, Told::Fault(1008));
        }
    }

    /// So much of the message is on the wire: if it is compressed, its receiver finds it too long only now.
    pub(crate) fn content(&mut self, at: u64, kind: DataKind, content: &[u8]) {
        if !self.is_over {
            self.begun = Some((kind, content.into()));
        }
        if content.len() as u64 > self.limits.message {
            self.push(at, Told::Fault(1009));
        }
    }

    /// The end of the message is on the wire.
    pub(crate) fn message(&mut self, at: u64, message: Message) {
        self.content(at, message.kind(), message.as_bytes());
        if !self.is_over {
            self.begun = None;
            self.push(at, Told::Message(message));
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Told> {
        self.entries.pop_front().map(|(_, told)| told)
    }

    /// What is to have been told after so many bytes, and was not.
    pub(crate) fn overdue(&self, bytes: u64) -> Option<&Told> {
        self.entries.front().filter(|(at, _)| *at <= bytes).map(|(_, told)| told)
    }

    pub(crate) fn rest(&self) -> impl Iterator<Item = &Told> {
        self.entries.iter().map(|(_, told)| told)
    }

    /// The next message, or what is on the wire of it.
    pub(crate) fn next_message(&self) -> Option<(DataKind, &[u8])> {
        let logged = self.rest().find_map(|told| match told {
            Told::Message(message) => Some((message.kind(), message.as_bytes())),
            _ => None,
        });
        logged.or(self.begun.as_ref().map(|(kind, bytes)| (*kind, &bytes[..])))
    }
}
