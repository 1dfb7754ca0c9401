//! Bytes mean the same however they are cut: RFC 6455 §5.2 to §8.1 know no reads.

use crate::common::vectors::{Vector, vector_limits, vectors};
use crate::common::*;
use bytes::BytesMut;
use rfc6455::protocol::{CloseStatus, DataKind, ProtocolError, State};

/// All that can be known of an endpoint after some input.
#[derive(Debug, PartialEq)]
struct Outcome {
    seen: Vec<Seen>,
    part: Option<(DataKind, Vec<u8>)>,
    error: Option<ProtocolError>,
    out: Vec<u8>,
    state: State,
    status: Option<CloseStatus>,
}

impl Outcome {
    fn of(mut end: End, error: Option<ProtocolError>) -> Self {
        // Of wrong text, the part before the fault is told or not, as it came.
        let part = end.part.take().filter(|_| error.is_none());
        let (state, status) = (end.connection.state(), end.connection.close_status());
        Self { seen: end.seen, part, error, out: end.out, state, status }
    }
}

/// Hears `pieces` of the vector's bytes as slices.
fn slices<'p>(vector: &Vector, pieces: impl IntoIterator<Item = &'p [u8]>) -> Outcome {
    let mut end = End::with(vector.from.peer(), vector_limits());
    let mut error = None;
    for piece in pieces {
        let result = end.hear_bytes(piece).err();
        assert!(error.is_none() || error == result, "the same error each time");
        error = result;
    }
    Outcome::of(end, error)
}

/// Hears `pieces` as `BytesMut`.
fn owned<'p>(vector: &Vector, pieces: impl IntoIterator<Item = &'p [u8]>) -> Outcome {
    let mut end = End::with(vector.from.peer(), vector_limits());
    let mut error = None;
    for piece in pieces {
        let mut input = BytesMut::from(piece);
        error = end.hear_input(&mut input).err();
        assert!(input.is_empty(), "input was left over");
    }
    Outcome::of(end, error)
}

/// In one read, which has to come to what the vector says.
fn whole(vector: &Vector) -> Outcome {
    let outcome = slices(vector, [&vector.bytes[..]]);
    assert_eq!(outcome.error.map(Into::into), vector.fault, "{}", vector.name);
    outcome
}

/// Vectors that are not too long to be cut everywhere.
fn short(longest: usize) -> impl Iterator<Item = Vector> {
    vectors().into_iter().filter(move |vector| vector.bytes.len() <= longest)
}

#[test]
fn one_cut_anywhere_changes_nothing() {
    for vector in short(2500) {
        let whole = whole(&vector);
        assert_eq!(owned(&vector, [&vector.bytes[..]]), whole, "{}", vector.name);
        for cut in 0..=vector.bytes.len() {
            let (head, tail) = vector.bytes.split_at(cut);
            assert_eq!(slices(&vector, [head, tail]), whole, "{} cut at {cut}", vector.name);
            assert_eq!(owned(&vector, [head, tail]), whole, "{} cut at {cut}", vector.name);
        }
    }
}

#[test]
fn two_cuts_anywhere_change_nothing() {
    for vector in short(60) {
        let whole = whole(&vector);
        for second in 0..=vector.bytes.len() {
            for first in 0..=second {
                let (head, tail) = vector.bytes.split_at(second);
                let (head, middle) = head.split_at(first);
                let pieces = [head, middle, tail];
                assert_eq!(slices(&vector, pieces), whole, "{} at {first}, {second}", vector.name);
                assert_eq!(owned(&vector, pieces), whole, "{} at {first}, {second}", vector.name);
            }
        }
    }
}

#[test]
fn a_byte_at_a_time_changes_nothing() {
    for vector in short(2500) {
        let whole = whole(&vector);
        let (bytes, name) = (&vector.bytes, vector.name);
        assert_eq!(slices(&vector, bytes.chunks(1)), whole, "{name}");
        assert_eq!(owned(&vector, bytes.chunks(1)), whole, "{name}");
        // Reads of nothing do nothing.
        let pieces = bytes.chunks(1).flat_map(|octet| [octet, b""]);
        assert_eq!(slices(&vector, pieces), whole, "{name}");
    }
}

#[test]
fn long_vectors_in_reads_of_any_size_are_the_same() {
    for vector in vectors() {
        let whole = whole(&vector);
        for size in [1, 7, 125, 1000, 4096, 65_536] {
            if vector.bytes.len() / size < 20_000 {
                assert_eq!(slices(&vector, vector.bytes.chunks(size)), whole, "{} by {size}", vector.name);
                assert_eq!(owned(&vector, vector.bytes.chunks(size)), whole, "{} by {size}", vector.name);
            }
        }
    }
}

#[test]
fn both_sides_are_told_the_same_by_the_same_vector() {
    let told = |vector: &Vector| (slices(vector, [&vector.bytes[..]]).seen, vector.name);
    let all = vectors();
    let (client, server) = all.split_at(all.len() / 2);
    for (client, server) in client.iter().zip(server) {
        assert_eq!(told(client), told(server));
    }
}

#[test]
fn the_naive_reader_agrees_on_each_vector() {
    use crate::common::naive::{Verdict, read};
    for vector in vectors() {
        let (seen, verdict) = read(vector.from, &vector.bytes);
        let outcome = whole(&vector);
        let limits = vector.fault.is_some_and(|fault| fault.section == "10.4");
        if !limits {
            assert_eq!(outcome.seen, seen, "{}", vector.name);
        }
        match vector.fault {
            None => assert_eq!(verdict, Verdict::Legal, "{}", vector.name),
            // It looks at whole frames only, and knows no limits.
            Some(_) => assert!(verdict != Verdict::Legal || limits, "{}", vector.name),
        }
    }
}
