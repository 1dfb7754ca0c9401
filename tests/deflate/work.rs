//! What a peer's bytes may cost (RFC 6455 §10.4), where the length of what comes out does not say it: RFC 7692 §7.2.3.4.

use crate::pair::*;
use rfc6455::deflate::{Decompressor, Deflate, Inflated};
use rfc6455::protocol::ProtocolError;
use rfc6455::session::{Config, SessionError};

fn decompressor() -> Decompressor {
    let deflate = Deflate::default();
    deflate.accept(&deflate.offers()).expect("it fits itself").decompressor()
}

/// A stored block with BFINAL.
fn final_block(data: &[u8]) -> Vec<u8> {
    let len = (data.len() as u16).to_le_bytes();
    [&[0x01, len[0], len[1], !len[0], !len[1]], data].concat()
}

/// What a message is that comes in pieces of this length; `None` when it is invalid.
fn decompress(decompressor: &mut Decompressor, payload: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(payload.len() + 1);
    let (last, others) = payload
        .chunks(size)
        .collect::<Vec<_>>()
        .split_last()
        .map(|(last, others)| (*last, others.to_vec()))?;
    for mut piece in others {
        assert_eq!(decompressor.decompress(&mut piece, &mut out).ok()?, Inflated::Done);
    }
    assert_eq!(decompressor.finish(&mut &last[..], &mut out).ok()?, Inflated::Done);
    Some(out)
}

#[test]
fn a_block_with_bfinal_for_each_few_bytes_passes() {
    for size in [1, 7, usize::MAX] {
        let mut decompressor = decompressor();
        let message = [final_block(b"abc").repeat(10_000), vec![0x00]].concat();
        // A message has no more of them because another had less.
        for _ in 0..3 {
            assert_eq!(decompress(&mut decompressor, &message, size), Some(b"abc".repeat(10_000)));
        }
    }
}

#[test]
fn a_few_empty_blocks_with_bfinal_pass_and_no_more() {
    for size in [1, 2, 3, usize::MAX] {
        let most = (0..100_usize).take_while(|&count| {
            let message = [[0x03, 0x00].repeat(count), vec![0x00]].concat();
            decompress(&mut decompressor(), &message, size).is_some()
        });
        assert_eq!(most.count(), 6, "0 to 5, in pieces of {size}");
        let mut decompressor = decompressor();
        for _ in 0..1000 {
            assert_eq!(decompress(&mut decompressor, &[0x03, 0x00, 0x00], size).as_deref(), Some(&b""[..]));
        }
    }
}

#[test]
fn a_flood_of_blocks_with_bfinal_fails_the_connection() {
    let deflate = Deflate::default();
    let agreement = deflate.accept(&deflate.offers()).expect("it fits itself");
    let mut server = End::server(Config::default());
    server.session = server.session.with_deflate(&agreement);
    let flood = [[0x03, 0x00].repeat(1_000_000), vec![0x00]].concat();
    let told = server.take_in(&client_frame(0xc2, &flood), SECOND);
    let error = SessionError::Protocol(ProtocolError::InvalidCompressedData);
    assert_eq!(told, [Told::Failed(error)]);
    assert_eq!(server.take_out()[2..4], 1007_u16.to_be_bytes());
}
