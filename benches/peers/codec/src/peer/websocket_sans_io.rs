//! It takes frames apart, and leaves to the application to read, to hold to the protocol, to put messages together, to check
//! texts, which is done here with the quickest there is, and to choose keys, for which the counter of `minimum` serves. It
//! has no handshake.

use std::io::{IoSlice, Read};

use websocket_sans_io::{
    FrameInfo, Opcode, WebsocketFrameDecoder, WebsocketFrameEncoder, WebsocketFrameEvent,
};

use super::{Contestant, NONE, Way};
use crate::messages::Payload;
use crate::tally::Tally;
use crate::wire::Wire;

pub(crate) const CONTESTANT: Contestant = Contestant {
    name: "websocket-sans-io",
    decode: &[
        Way("16k", decode::<{ 16 << 10 }>),
        Way("64k", decode::<{ 64 << 10 }>),
        Way("4k", decode::<{ 4 << 10 }>),
    ],
    encode_server: &[Way("", encode_server)],
    encode_client: &[Way("", encode_client::<true>), Way("in place", encode_client::<false>)],
    ..NONE
};

fn decode<const READ: usize>(mut wire: Wire, tally: &mut Tally) {
    let mut decoder = WebsocketFrameDecoder::new();
    let (mut scratch, mut message, mut started) = ([0; READ], Vec::new(), false);
    loop {
        let len = wire.read(&mut scratch).expect("memory can be read");
        if len == 0 {
            return;
        }
        let mut at = 0;
        loop {
            let input = &mut scratch[at..len];
            let Ok(result) = decoder.add_data(input);
            at += result.consumed_bytes;
            match result.event {
                Some(WebsocketFrameEvent::Start { frame_info, .. }) => {
                    check(&frame_info, started, message.len());
                    started = true;
                }
                Some(WebsocketFrameEvent::PayloadChunk { .. }) => {
                    message.extend_from_slice(&input[..result.consumed_bytes]);
                }
                Some(WebsocketFrameEvent::End { frame_info, original_opcode }) if frame_info.fin => {
                    match original_opcode {
                        Opcode::Text => tally.text(simdutf8::basic::from_utf8(&message).expect("it is text")),
                        Opcode::Binary => tally.message(&message),
                        other => panic!("{other:?}"),
                    }
                    message.clear();
                    started = false;
                }
                Some(WebsocketFrameEvent::End { .. }) => {}
                None if result.consumed_bytes == 0 => break,
                None => {}
            }
        }
    }
}

/// What the protocol asks of a frame. Control frames do not come here; they would be another branch.
fn check(frame: &FrameInfo, started: bool, len: usize) {
    const MOST: u64 = 16 << 20;
    assert!(frame.is_reasonable() && frame.mask.is_some() && frame.opcode.is_data());
    assert_eq!(frame.opcode == Opcode::Continuation, started);
    assert!(frame.payload_length <= MOST - len as u64);
}

fn info(payload: &Payload, mask: Option<[u8; 4]>) -> FrameInfo {
    FrameInfo {
        opcode: Opcode::Binary,
        payload_length: payload.bytes.len() as u64,
        mask,
        fin: true,
        reserved: 0,
    }
}

fn encode_server(mut wire: Wire, payload: &Payload, times: usize) {
    let mut encoder = WebsocketFrameEncoder::new();
    for _ in 0..times {
        let header = encoder.start_frame(&info(payload, None));
        wire.put_all(&[IoSlice::new(&header), IoSlice::new(&payload.bytes)]);
    }
}

/// It masks in place, so the message is copied first, unless it is the application's own.
fn encode_client<const COPY: bool>(mut wire: Wire, payload: &Payload, times: usize) {
    let mut encoder = WebsocketFrameEncoder::new();
    let (mut masked, mut key) = (payload.bytes.to_vec(), 0x9e37_79b9_u32);
    for _ in 0..times {
        key = key.wrapping_add(0x9e37_79b9);
        if COPY {
            masked.copy_from_slice(&payload.bytes);
        }
        let header = encoder.start_frame(&info(payload, Some(key.to_ne_bytes())));
        encoder.transform_frame_payload(&mut masked);
        wire.put_all(&[IoSlice::new(&header), IoSlice::new(&masked)]);
    }
}
