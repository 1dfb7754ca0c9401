//! What a compressor may refer to (RFC 7692 §7.1.1, §7.1.2): held against decompressors that it does not know, one of which
//! tells how far back the data refer.

use crate::deflate_common::*;
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::stream::InflateState;
use miniz_oxide::{DataFormat, MZError, MZFlush};
use proptest::prelude::*;
use rfc6455::deflate::{Compressor, Deflate, Level};

/// Messages that tempt a compressor to refer back as far as it can: noise that comes again after less than the window, just as
/// much and just more; and text. Each comes twice, so that the whole of it is there, one message back.
fn tempting(bits: u8) -> Vec<Vec<u8>> {
    let mut noise = Noise::new(bits.into());
    let mut messages = vec![json(1500, 1).into_bytes()];
    let near: &[isize] =
        if bits < 11 { &[-270, -263, -262, -261, -7, -6, -5, -1, 0, 1, 2] } else { &[-263, -262, -1, 0, 1] };
    for distance in near.iter().filter_map(|near| window(bits).window().checked_add_signed(*near)) {
        let phrase = noise.bytes(40.min(distance));
        let filler = noise.bytes(distance - phrase.len());
        messages.push([&phrase[..], &filler, &phrase].concat());
    }
    messages.push(json(3000, 2).into_bytes());
    messages.into_iter().flat_map(|message| [message.clone(), message]).collect()
}

fn compressor(bits: u8, takeover: bool, level: u8) -> Compressor {
    let settings = settings(|deflate| {
        deflate.outgoing = context(bits, takeover);
        deflate.level = Level::new(level).expect("it is 0 to 9");
    });
    let agreement = agreement(&settings);
    assert_eq!(agreement.outgoing(), context(bits, takeover));
    agreement.compressor()
}

#[test]
fn no_reference_is_longer_than_the_agreed_window_at_any_level() {
    for bits in 8..=15 {
        let messages = tempting(bits);
        for level in 0..=9 {
            let mut compressor = compressor(bits, true, level);
            let mut naive = naive::Inflater::new(window(bits).window());
            for message in &messages {
                let payload = deflate(&mut compressor, message);
                assert!(naive.message(&payload).as_ref() == Ok(message), "bits {bits}, level {level}");
            }
            let farthest = naive.farthest;
            match (level, bits) {
                (0, _) => assert_eq!(farthest, 0),
                // zlib has no such window; in that of 9 it looks back by 250 at most.
                (_, 8) => assert!((200..=250).contains(&farthest), "level {level}: {farthest}"),
                // Nor does the usual level leave the window unused; others do not search as far.
                (6, _) => assert!(farthest >= window(bits).window() - 270, "bits {bits}: {farthest}"),
                _ => {}
            }
        }
    }
}

#[test]
fn without_takeover_each_message_decodes_by_itself_and_equal_ones_are_equal_bytes() {
    for bits in 8..=15 {
        let messages = tempting(bits);
        for level in [0, 1, 3, 4, 6, 9] {
            let mut compressor = compressor(bits, false, level);
            let mut naive = naive::Inflater::new(window(bits).window());
            for message in &messages {
                let payload = deflate(&mut compressor, message);
                naive.forget();
                assert!(naive.message(&payload).as_ref() == Ok(message), "bits {bits}, level {level}");
                assert_eq!(deflate(&mut compressor, message), payload, "bits {bits}, level {level}");
            }
        }
    }
}

#[test]
fn in_fragments_no_reference_is_longer_either() {
    for bits in 8..=15 {
        for takeover in [true, false] {
            let mut compressor = compressor(bits, takeover, 6);
            let mut naive = naive::Inflater::new(window(bits).window());
            for (size, message) in (0..).map(|i| 1 + i * 61 % 500).zip(tempting(bits)) {
                let mut payload = Vec::new();
                message.chunks(size).for_each(|piece| compressor.fragment(piece, &mut payload));
                compressor.finish(&[], &mut payload);
                if !takeover {
                    naive.forget();
                }
                assert!(naive.message(&payload) == Ok(message), "bits {bits}, {takeover}");
            }
        }
    }
}

#[test]
fn after_a_restart_or_a_release_nothing_is_referred_to() {
    let message = json(500, 4).into_bytes();
    let mut compressor = compressor(15, true, 6);
    let mut naive = naive::Inflater::new(1 << 15);
    let first = deflate(&mut compressor, &message);
    let second = deflate(&mut compressor, &message);
    assert!(second.len() < 20, "it refers back: {second:02x?}");
    for forget in [Compressor::restart, Compressor::release] {
        forget(&mut compressor);
        assert_eq!(deflate(&mut compressor, &message), first);
        assert_eq!(naive.message(&first).as_ref(), Ok(&message));
        // And from there it goes on.
        assert_eq!(deflate(&mut compressor, &message), second);
        naive.forget();
    }
}

/// The decompressor of `miniz_oxide`, for a connection.
fn inflate_by_miniz(state: &mut InflateState, payload: &[u8]) -> Vec<u8> {
    let data = [payload, &TAIL].concat();
    let (mut input, mut all, mut out) = (&data[..], Vec::new(), [0; 1000]);
    loop {
        let result = miniz_oxide::inflate::stream::inflate(state, input, &mut out, MZFlush::None);
        input = &input[result.bytes_consumed..];
        all.extend(&out[..result.bytes_written]);
        match result.status {
            Ok(_) => {}
            // There is nothing more to take or to give.
            Err(MZError::Buf) if input.is_empty() => return all,
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// A message as a compressor of `miniz_oxide` makes it.
fn deflate_by_miniz(compressor: &mut CompressorOxide, message: &[u8]) -> Vec<u8> {
    let mut payload = vec![0; 2 * message.len() + 1000];
    let (status, taken, len) = compress(compressor, message, &mut payload, TDEFLFlush::Sync);
    assert_eq!((status, taken), (TDEFLStatus::Okay, message.len()));
    payload.truncate(len);
    assert!(payload.ends_with(&TAIL), "{payload:02x?}");
    payload.truncate(len - TAIL.len());
    payload
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        (0_usize..5000, any::<u64>()).prop_map(|(len, seed)| json(len, seed).into_bytes()),
        (any::<u8>(), 0_usize..100_000).prop_map(|(byte, len)| vec![byte; len]),
        (40_000_usize..50_000, any::<u64>()).prop_map(|(len, seed)| Noise::new(seed).bytes(len)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn miniz_oxide_decompresses_what_we_compress(
        messages in prop::collection::vec(message(), 1..6), bits in 8_u8..=15, takeover: bool, level in 0_u8..=9,
    ) {
        let mut compressor = compressor(bits, takeover, level);
        let mut state = InflateState::new(DataFormat::Raw);
        for message in messages {
            let payload = deflate(&mut compressor, &message);
            if !takeover {
                state.reset(DataFormat::Raw);
            }
            prop_assert!(inflate_by_miniz(&mut state, &payload) == message);
        }
    }

    #[test]
    fn we_decompress_what_miniz_oxide_compresses(
        messages in prop::collection::vec(message(), 1..6), takeover: bool, level in 1_i32..=10, cut in 1_usize..3000,
    ) {
        let flags = create_comp_flags_from_zip_params(level, -15, 0);
        let mut compressor = CompressorOxide::new(flags);
        let settings = if takeover { Deflate::default() } else { always_alone() };
        let mut decompressor = agreement(&settings).decompressor();
        for message in messages.into_iter().filter(|message| !message.is_empty()) {
            if !takeover {
                compressor.reset();
            }
            let payload = deflate_by_miniz(&mut compressor, &message);
            let pieces: Vec<&[u8]> = payload.chunks(cut).chain([&[][..]]).collect();
            prop_assert!(inflate_pieces(&mut decompressor, &pieces, 1 + cut).as_ref() == Ok(&message));
        }
    }
}
