//! Compressed payloads, as RFC 7692 §7.2 has them: the examples, any cut, any blocks, and what is none.

use crate::deflate_common::blocks::{Blocks, bomb, fixed};
use crate::deflate_common::*;
use proptest::prelude::*;
use rfc6455::deflate::{Decompressor, Deflate, Inflated, Level};

fn decompressor() -> Decompressor {
    agreement(&Deflate::default()).decompressor()
}

fn decompressor_alone() -> Decompressor {
    agreement(&always_alone()).decompressor()
}

/// The examples of §7.2.3, by their sections: each a message "Hello", some of them after another.
fn examples() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("7.2.3.1: one block", vec![0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]),
        ("7.2.3.2: context takeover", vec![0xf2, 0x00, 0x11, 0x00, 0x00]),
        ("7.2.3.3: a stored block", vec![0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00]),
        ("7.2.3.4: BFINAL", vec![0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]),
        ("7.2.3.2 again, over the BFINAL", vec![0xf2, 0x00, 0x11, 0x00, 0x00]),
        (
            "7.2.3.5: two blocks",
            vec![0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00],
        ),
    ]
}

#[test]
fn the_examples_of_the_rfc_decompress() {
    for room in [1, 2, 3, 1000] {
        let mut decompressor = decompressor();
        for (section, payload) in examples() {
            let message = inflate_pieces(&mut decompressor, &[&payload], room);
            assert_eq!(message.as_deref(), Ok(&b"Hello"[..]), "{section}");
        }
        // §7.2.3.6: an empty message.
        assert_eq!(inflate_pieces(&mut decompressor, &[&[0x00]], room), Ok(vec![]));
    }
}

#[test]
fn hello_compresses_to_the_examples_of_the_rfc_without_the_tail() {
    let mut compressor = agreement(&Deflate::default()).compressor();
    // §7.2.3.1, §7.2.3.2, §7.2.3.6.
    assert_eq!(deflate(&mut compressor, b"Hello"), [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
    assert_eq!(deflate(&mut compressor, b"Hello"), [0xf2, 0x00, 0x11, 0x00, 0x00]);
    assert_eq!(deflate(&mut compressor, b""), [0x00]);
    let mut stored = agreement(&settings(|deflate| deflate.level = Level::new(0).unwrap())).compressor();
    let payload = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    assert_eq!(deflate(&mut stored, b"Hello"), payload, "§7.2.3.3");
}

#[test]
fn what_is_sent_ends_with_a_stripped_empty_block() {
    let mut naive = naive::Inflater::new(1 << 15);
    let mut compressor = agreement(&Deflate::default()).compressor();
    for len in (0..300).chain([5_000, 70_000, 200_000]) {
        for message in [json(len, len as u64).into_bytes(), Noise::new(len as u64).bytes(len)] {
            let payload = deflate(&mut compressor, &message);
            // The header of a stored block is in the last byte, and what belongs to it is not here.
            assert!(!payload.is_empty() && !payload.ends_with(&TAIL), "{len}");
            assert_eq!(naive.message(&payload).as_ref(), Ok(&message), "{len}");
        }
    }
}

#[test]
fn an_empty_message_is_one_zero_byte_for_either_end() {
    for settings in [Deflate::default(), always_alone()] {
        let agreement = agreement(&settings);
        let (mut compressor, mut decompressor) = (agreement.compressor(), agreement.decompressor());
        for message in [&b""[..], b"", b"Hello", b"", b"Hello", b""] {
            let payload = deflate(&mut compressor, message);
            assert!(!message.is_empty() || payload == [0x00], "{payload:02x?}");
            assert_eq!(inflate(&mut decompressor, &payload).as_deref(), Ok(message));
        }
        // A message may be empty in other ways, too: no payload is none of them.
        for payload in [&[0x02, 0x00][..], &[0x00, 0x00, 0x00, 0xff, 0xff, 0x00], &[0x03, 0x00, 0x00]] {
            assert_eq!(inflate(&mut decompressor, payload).as_deref(), Ok(&b""[..]), "{payload:02x?}");
        }
        assert_eq!(inflate(&mut decompressor, &[]), Err(Invalid));
    }
}

/// Messages of one connection, each with what it stands for.
fn bodies() -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let mut bodies: Vec<_> = examples()
        .into_iter()
        .map(|(section, payload)| (section.to_owned(), payload, b"Hello".to_vec()))
        .collect();
    let mut add = |name: &str, blocks: Blocks, text: &str| {
        bodies.push((name.to_owned(), blocks.payload(), text.as_bytes().to_vec()));
    };
    add("many blocks", fixed("a").header(false, 1).literals("bc").end().stored(false, b"def"), "abcdef");
    add("stored blocks", Blocks::new().stored(false, b"ab").stored(false, b"").stored(false, b"c"), "abc");
    add(
        "empty blocks",
        fixed("").header(false, 1).end().stored(false, b"").header(true, 1).end().align(),
        "",
    );
    let bfinal = fixed("ab").header(true, 1).literals("cd").end().align();
    add("BFINAL inside", bfinal.header(false, 1).literals("e").back(4, 5).end(), "abcdeabcd");
    add("BFINAL in a stored block", Blocks::new().stored(true, b"ab").stored(true, b"cd"), "abcd");
    add("BFINAL at the end", Blocks::new().header(true, 1).literals("xyz").end().align(), "xyz");
    add(
        "a reference over three blocks with BFINAL",
        Blocks::new().header(false, 1).back(7, 7).end(),
        "abcdxyz",
    );
    let mut compressor = agreement(&Deflate::default()).compressor();
    let mut add = |name: &str, message: Vec<u8>| {
        // It stands for itself: what this compressor has seen is not all that the other end has.
        compressor.restart();
        bodies.push((name.to_owned(), deflate(&mut compressor, &message), message));
    };
    add("a block with codes of its own", json(1000, 1).into_bytes());
    add("a long one", json(3000, 2).into_bytes());
    add("noise", Noise::new(3).bytes(300));
    bodies
}

#[test]
fn a_payload_may_be_cut_anywhere() {
    for (room, cuts) in [(1, 60), (5, 60), (1000, 300)] {
        for cut in 0..cuts {
            let mut decompressor = decompressor();
            for (name, payload, expected) in bodies() {
                let (first, rest) = payload.split_at(cut.min(payload.len()));
                let (second, third) = rest.split_at(rest.len() / 2);
                let message = inflate_pieces(&mut decompressor, &[first, second, third], room);
                assert_eq!(message, Ok(expected), "{name}, cut after {cut}, room for {room}");
            }
        }
    }
}

#[test]
fn a_payload_may_come_a_byte_at_a_time() {
    for room in [1, 1000] {
        // The last fragment may be empty.
        for last in [None, Some(&[][..])] {
            let mut decompressor = decompressor();
            for (name, payload, expected) in bodies() {
                let pieces: Vec<&[u8]> = payload.chunks(1).chain(last).collect();
                assert_eq!(inflate_pieces(&mut decompressor, &pieces, room), Ok(expected), "{name}");
            }
        }
    }
}

#[test]
fn what_is_compressed_in_fragments_decompresses_as_one() {
    let text = json(3000, 7).into_bytes();
    for settings in [Deflate::default(), always_alone()] {
        let agreement = agreement(&settings);
        for size in [1, 7, 100, 2999, 3000] {
            let (mut compressor, mut decompressor) = (agreement.compressor(), agreement.decompressor());
            let mut naive = naive::Inflater::new(1 << 15);
            for _ in 0..2 {
                let mut payload = Vec::new();
                for piece in text.chunks(size) {
                    compressor.fragment(piece, &mut payload);
                    compressor.fragment(&[], &mut payload);
                }
                compressor.finish(&[], &mut payload);
                assert_eq!(inflate(&mut decompressor, &payload).as_ref(), Ok(&text), "{size}");
                assert_eq!(naive.message(&payload).as_ref(), Ok(&text), "{size}");
                naive.forget();
                if agreement.outgoing().takeover {
                    break;
                }
            }
        }
    }
}

#[test]
fn a_fragment_says_all_that_it_was_given() {
    let agreement = agreement(&Deflate::default());
    let (mut compressor, mut decompressor) = (agreement.compressor(), agreement.decompressor());
    let mut out = Vec::with_capacity(1000);
    for piece in ["one ", "two ", "three"] {
        let mut payload = Vec::new();
        compressor.fragment(piece.as_bytes(), &mut payload);
        out.clear();
        assert_eq!(decompressor.decompress(&mut &payload[..], &mut out), Ok(Inflated::Done));
        assert_eq!(out, piece.as_bytes());
    }
}

#[test]
fn with_bfinal_the_next_message_still_decodes_and_refers_back_over_it() {
    for alone in [false, true] {
        let mut decompressor = if alone { decompressor_alone() } else { decompressor() };
        let last = Blocks::new().header(true, 1).literals("Hello").end().align().payload();
        for _ in 0..3 {
            assert_eq!(inflate(&mut decompressor, &last).as_deref(), Ok(&b"Hello"[..]));
        }
        let stored = Blocks::new().stored(true, b", world").payload();
        assert_eq!(inflate(&mut decompressor, &stored).as_deref(), Ok(&b", world"[..]));
        let reference = Blocks::new().header(false, 1).back(10, 12).end().payload();
        let expected = if alone { Err(Invalid) } else { Ok(&b"Hello, wor"[..]) };
        assert_eq!(inflate(&mut decompressor, &reference).as_deref(), expected.as_ref().copied());
    }
}

#[test]
fn a_window_that_goes_round_is_taken_over_behind_bfinal() {
    // The longest distance there is, again and again, over blocks with BFINAL and into the oldest byte of the window.
    let mut noise = Noise::new(11);
    let first = noise.bytes(32_768);
    let mut decompressor = decompressor();
    let mut naive = naive::Inflater::new(1 << 15);
    let stored = Blocks::new().stored(true, &first).payload();
    assert_eq!(inflate(&mut decompressor, &stored).as_ref(), Ok(&first));
    naive.message(&stored).unwrap();
    for round in 0..50 {
        let literals = noise.bytes(round * 137);
        let blocks = Blocks::new().header(round % 3 == 0, 1).back(10, 32_768);
        let blocks = literals.iter().fold(blocks, |blocks, &byte| blocks.literal(byte)).back(3, 32_768).end();
        let payload = blocks.align_if(round % 3 == 0).payload();
        let expected = naive.message(&payload).unwrap();
        assert_eq!(inflate(&mut decompressor, &payload), Ok(expected), "{round}");
        if round % 5 == 0 {
            assert!(decompressor.release());
        }
    }
}

#[test]
fn a_reference_to_before_the_first_message_is_invalid() {
    for distance in [1, 2, 5, 32_768] {
        let payload = Blocks::new().header(false, 1).back(3, distance).end().payload();
        assert_eq!(inflate(&mut decompressor(), &payload), Err(Invalid), "{distance}");
    }
    let mut decompressor = decompressor();
    assert!(inflate(&mut decompressor, &fixed("Hello").payload()).is_ok());
    let payload = Blocks::new().header(false, 1).back(5, 6).end().payload();
    assert_eq!(inflate(&mut decompressor, &payload), Err(Invalid));
}

#[test]
fn without_context_takeover_a_message_cannot_refer_to_the_one_before() {
    let mut decompressor = decompressor_alone();
    assert!(inflate(&mut decompressor, &fixed("Hello").payload()).is_ok());
    let payload = Blocks::new().header(false, 1).back(5, 5).end().payload();
    assert_eq!(inflate(&mut decompressor, &payload), Err(Invalid));
}

/// Data that are none, with a reason.
fn wrong() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("nothing", vec![]),
        ("a reserved block type", vec![0xff, 0xff, 0xff]),
        ("a reserved block type behind a block", fixed("abc").header(false, 3).payload()),
        ("a stored block with a wrong complement", vec![0x00, 0x05, 0x00, 0x00, 0x00, b'H', 0x00]),
        (
            "a reserved length",
            Blocks::new().header(false, 1).literal(b'a').code(0b1100_0110, 8).end().payload(),
        ),
        (
            "a reserved distance",
            Blocks::new().header(false, 1).literal(b'a').code(1, 7).code(30, 5).end().payload(),
        ),
        ("too many codes", Blocks::new().header(false, 2).bits(30, 5).bits(0, 9).bits(0, 64).payload()),
        ("no end behind literals", Blocks::new().header(false, 1).literals("Hello").align().bytes()),
        ("a block without the header of the next", fixed("éé").bytes()),
        ("BFINAL and no block behind it", vec![0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]),
        (
            "a tail that was not taken off",
            vec![0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff],
        ),
        ("a tail alone", TAIL.to_vec()),
        ("garbage behind the end", vec![0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x55]),
        ("garbage behind BFINAL", vec![0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0xff, 0x00]),
    ]
}

#[test]
fn data_that_are_none_are_invalid_in_one_piece_and_byte_by_byte() {
    for (name, payload) in wrong() {
        assert!(naive::Inflater::new(1 << 15).message(&payload).is_err(), "{name}");
        for mut decompressor in [decompressor(), decompressor_alone()] {
            assert_eq!(inflate(&mut decompressor, &payload), Err(Invalid), "{name}");
        }
        for mut decompressor in [decompressor(), decompressor_alone()] {
            let pieces: Vec<&[u8]> = payload.chunks(1).chain([&[][..]]).collect();
            assert_eq!(inflate_pieces(&mut decompressor, &pieces, 1), Err(Invalid), "{name}");
        }
    }
}

#[test]
fn what_came_before_the_fault_is_there() {
    let mut out = Vec::with_capacity(1000);
    let payload = fixed("good").header(false, 3).payload();
    let error = decompressor().decompress(&mut &payload[..], &mut out).unwrap_err();
    assert_eq!(error.to_string(), "invalid compressed data (RFC 7692 §7.2.2)");
    assert_eq!(out, b"good");
}

#[test]
fn a_message_cut_short_anywhere_is_invalid() {
    let mut bodies = bodies();
    // Codes of its own in several blocks, and the longest table of them that zlib makes.
    let mut compressor = agreement(&Deflate::default()).compressor();
    let mixed: Vec<u8> =
        (0..20).flat_map(|i| [json(60, i).into_bytes(), Noise::new(i).bytes(30)].concat()).collect();
    bodies.push(("mixed".into(), deflate(&mut compressor, &mixed), mixed));
    let mut invalid = 0;
    for (name, payload, _) in &bodies {
        for len in 0..payload.len() {
            let cut = &payload[..len];
            // A cut may leave a whole message by chance, where a block ends and the header of another begins.
            let mut naive = naive::Inflater::new(1 << 15);
            naive.message(&fixed("...............Hello").payload()).unwrap();
            let expected = naive.message(cut).map_err(|_| Invalid);
            invalid += usize::from(expected.is_err());
            for settings in [Deflate::default(), always_alone()] {
                let mut decompressor = agreement(&settings).decompressor();
                inflate(&mut decompressor, &fixed("...............Hello").payload()).unwrap();
                let result = inflate(&mut decompressor, cut);
                // As two reads or fragments would give it.
                let (first, last) = cut.split_at(len.saturating_sub(1 + len % 4));
                let mut again = agreement(&settings).decompressor();
                inflate(&mut again, &fixed("...............Hello").payload()).unwrap();
                let mut out = Vec::with_capacity(1 << 20);
                let in_two = again
                    .decompress(&mut &first[..], &mut out)
                    .and_then(|_| again.finish(&mut &last[..], &mut out))
                    .map(|_| out)
                    .map_err(|_| Invalid);
                assert_eq!(in_two, result, "{name}, {len} of {}", payload.len());
                if settings.incoming.takeover {
                    assert_eq!(result, expected, "{name}, {len} of {}", payload.len());
                } else {
                    assert!(expected.is_ok() || result.is_err(), "{name}, {len} of {}", payload.len());
                }
            }
        }
    }
    assert!(invalid > 1000, "{invalid}");
}

#[test]
fn a_message_that_ends_inside_a_table_of_codes_is_invalid() {
    // One literal, the end of its block, and the beginning of a block with codes of its own: of 316 lengths of codes, each is 0
    // or 8, said in one bit. Whatever bits follow, it takes them for such lengths, up to the last one.
    let table = |kept: usize| {
        let table = Blocks::new().header(false, 1).literal(b'a').end();
        let table = table.header(false, 2).bits(29, 5).bits(29, 5).bits(1, 4);
        let table = [0, 0, 0, 1, 1].into_iter().fold(table, |table, length| table.bits(length, 3));
        let mut bytes = table.bits(0, 64).bytes();
        bytes.truncate(kept);
        bytes
    };
    for kept in 3..14 {
        let payload = table(kept);
        assert!(naive::Inflater::new(1 << 15).message(&payload).is_err(), "{kept}");
        assert_eq!(inflate(&mut decompressor_alone(), &payload), Err(Invalid), "alone, {kept}");
        assert_eq!(inflate(&mut decompressor(), &payload), Err(Invalid), "{kept}");
    }
}

#[test]
fn a_table_that_takes_more_than_the_probe_is_no_end_either() {
    // Of all that begin in four bytes this is one of those that take most: 900 bits of any probe.
    let payload = [0x6c, 0xa0, 0x2d, 0x09];
    for prefix in [&[][..], &fixed("a").payload()] {
        let payload = [prefix, if prefix.is_empty() { &[] } else { &TAIL }, &payload].concat();
        assert!(naive::Inflater::new(1 << 15).message(&payload).is_err());
        assert_eq!(inflate(&mut decompressor(), &payload), Err(Invalid));
    }
}

#[test]
fn whatever_a_message_of_two_bytes_is_it_ends_where_it_may_or_is_invalid() {
    let all = (0..=u16::MAX).map(|bytes| bytes.to_le_bytes().to_vec());
    // And of three: each beginning of a table, but not with any number of codes.
    let tables = (0..1_usize << 11).flat_map(|rest| {
        [0, 1, 29].into_iter().flat_map(move |literals| {
            [0, 1, 29].into_iter().map(move |distances| {
                let table = Blocks::new().header(false, 2).bits(literals, 5).bits(distances, 5);
                table.bits(rest, 11).bytes()
            })
        })
    });
    for payload in all.chain(tables) {
        let expected = naive::Inflater::new(1 << 15).message(&payload).map_err(|_| Invalid);
        assert_eq!(inflate(&mut decompressor(), &payload), expected, "{payload:02x?}");
    }
}

#[test]
fn what_the_tail_makes_of_a_short_code_is_what_a_naive_decompressor_makes_of_it() {
    // "a", "b" and the end of the block in one bit and in two, so that the tail is taken for them: a table that ends with the
    // payload, or up to seven bits behind it, and all that may stand there.
    let table = |before: usize, lengths: [usize; 3]| {
        let nine_bits = |blocks: Blocks, _| blocks.literal(0xe9);
        let table = (0..before).fold(Blocks::new().header(false, 1), nine_bits).end();
        let table = table.header(false, 2).bits(0, 5).bits(0, 5).bits(14, 4);
        // Of the codes in which lengths are told: one bit for many zeros, and two for 1 and for 2.
        let codes = [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2];
        let table = codes.into_iter().fold(table, |table, length| table.bits(length, 3));
        let zeros = |table: Blocks, count: usize| table.code(0, 1).bits(count - 11, 7);
        let length = |table: Blocks, length: usize| table.code(length + 1, 2);
        let table = length(length(zeros(table, 97), lengths[0]), lengths[1]);
        length(length(zeros(zeros(table, 138), 19), lengths[2]), 1)
    };
    let mut outcomes = [0, 0];
    for (before, lengths) in
        (0..8).flat_map(|before| [[1, 2, 2], [2, 1, 2], [2, 2, 1]].map(|it| (before, it)))
    {
        for (count, rest) in (0..9).flat_map(|count| (0..1 << count).map(move |rest| (count, rest))) {
            let payload = table(before, lengths).bits(rest, count).bytes();
            let expected = naive::Inflater::new(1 << 15).message(&payload).map_err(|_| Invalid);
            outcomes[usize::from(expected.is_ok())] += 1;
            assert_eq!(inflate(&mut decompressor(), &payload), expected, "{payload:02x?}");
        }
    }
    assert!(outcomes.iter().all(|count| *count > 100), "{outcomes:?}");
}

#[test]
fn the_bomb_is_what_it_claims_to_be() {
    let (payload, zeros) = bomb(2000);
    assert!(payload.len() <= 2000 && zeros > 1000 * 2000);
    let expected = vec![0; zeros as usize];
    assert!(naive::Inflater::new(1 << 15).message(&payload).as_ref() == Ok(&expected));
    assert!(inflate(&mut decompressor(), &payload).as_ref() == Ok(&expected));
}

/// Random data, good and bad: each alone would be refused soon.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let random = prop::collection::vec(any::<u8>(), 0..200);
    let good = any::<u64>().prop_map(|seed| {
        let text = json(1 + seed as usize % 2000, seed);
        deflate(&mut agreement(&Deflate::default()).compressor(), text.as_bytes())
    });
    let broken = (good.clone(), prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4));
    let broken = broken.prop_map(|(mut payload, changes)| {
        changes.into_iter().for_each(|(at, to)| *at.get_mut(&mut payload[..]) = to);
        payload
    });
    prop_oneof![random, good, broken]
}

proptest! {
    #[test]
    fn any_bytes_give_what_a_naive_decompressor_gives_or_an_error(
        payloads in prop::collection::vec(payload(), 1..6),
        takeover: bool,
        room in prop_oneof![Just(1_usize), 2..50_usize, Just(5000)],
        piece in prop_oneof![1_usize..4, Just(1000)],
    ) {
        let mut decompressor = if takeover { decompressor() } else { decompressor_alone() };
        let mut naive = naive::Inflater::new(1 << 15);
        for payload in payloads {
            let pieces: Vec<&[u8]> = payload.chunks(piece).chain([&[][..]]).collect();
            let result = inflate_pieces(&mut decompressor, &pieces, room);
            if !takeover {
                naive.forget();
            }
            match naive.message(&payload) {
                Ok(message) => prop_assert_eq!(result, Ok(message)),
                Err(_) => {
                    prop_assert_eq!(result, Err(Invalid));
                    break;
                }
            }
        }
    }
}
