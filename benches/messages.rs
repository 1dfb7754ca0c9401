//! Messages through memory: decoded from reads as a socket gives them, and encoded into a buffer that is used again.

mod common;

use std::hint::black_box;
use std::io::Read;
use std::time::Duration;

use common::{READ, Wire, ascii, client, consume, multi_byte, quick, stream};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rfc6455::protocol::{Connection, Data, DataKind, Event, Limits, Role, Sender};
use rfc6455::session::{Config, Message, Received, Session};

const SIZES: [usize; 7] = [8, 64, 125, 1 << 10, 16 << 10, 64 << 10, 1 << 20];

/// Payloads of this size, of each kind that costs differently.
fn payloads(size: usize) -> [(&'static str, Message); 3] {
    [
        ("binary", Message::from(vec![b'x'; size])),
        ("ascii", Message::from(ascii(size))),
        ("multi-byte", Message::from(multi_byte(size))),
    ]
}

/// The role that is measured, by name: a server receives masked frames, a client sends them.
const ROLES: [(&str, MakeRole); 2] = [("server", || Role::Server), ("client", client)];

type MakeRole = fn() -> Role;

fn peer_of(role: &Role) -> Role {
    match role {
        Role::Server => client(),
        Role::Client(_) => Role::Server,
    }
}

/// One pass over a stream per iteration; criterion's throughput in elements is messages per second.
fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    let mut scratch = [0; READ];
    for (role_name, role) in ROLES {
        for size in SIZES {
            for (kind, payload) in payloads(size) {
                let (bytes, count) = stream(peer_of(&role()), &payload);
                group.throughput(Throughput::Elements(count as u64));
                for (reads, at_once) in [("16k", READ), ("4k", 4 << 10)] {
                    let mut session = Session::new(role(), &Config::default(), Duration::ZERO);
                    let mut message = Message::new();
                    let name = format!("Session/{role_name}/{kind}/{reads}");
                    group.bench_function(BenchmarkId::new(name, size), |bencher| {
                        bencher.iter(|| {
                            let wire = Wire::new(black_box(&bytes), at_once);
                            assert_eq!(whole(&mut session, &mut message, wire, &mut scratch), count);
                        });
                    });
                    let mut connection = Connection::new(role(), Limits::default());
                    let name = format!("Connection/{role_name}/{kind}/{reads}");
                    group.bench_function(BenchmarkId::new(name, size), |bencher| {
                        bencher.iter(|| {
                            let wire = Wire::new(black_box(&bytes), at_once);
                            assert_eq!(in_place(&mut connection, wire, &mut scratch), count);
                        });
                    });
                }
            }
        }
    }
}

/// Whole messages, checked, in storage that is used again.
fn whole(session: &mut Session, message: &mut Message, mut wire: Wire<'_>, scratch: &mut [u8]) -> usize {
    let (mut out, mut count) = (Vec::new(), 0);
    loop {
        let len = wire.read(scratch).expect("memory can be read");
        if len == 0 {
            return count;
        }
        let mut input = &mut scratch[..len];
        while let Some(received) =
            session.receive(&mut input, message, Duration::ZERO, &mut out).expect("the stream is right")
        {
            if received == Received::Message {
                consume(message.as_bytes());
                count += 1;
            }
        }
    }
}

/// Chunks, checked, in the buffer that was read into.
fn in_place(connection: &mut Connection, mut wire: Wire<'_>, scratch: &mut [u8]) -> usize {
    let (mut out, mut count) = (Vec::new(), 0);
    loop {
        let len = wire.read(scratch).expect("memory can be read");
        if len == 0 {
            return count;
        }
        let mut input = &mut scratch[..len];
        while let Some(event) = connection.receive(&mut input, &mut out).expect("the stream is right") {
            if let Event::Data(chunk) = event {
                consume(chunk.payload);
                count += usize::from(chunk.ends);
            }
        }
    }
}

/// One message per iteration.
fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for size in SIZES {
        let mut payload = vec![b'x'; size];
        group.throughput(Throughput::Bytes(size as u64));
        for (role_name, role) in ROLES {
            for (kind, message) in payloads(size) {
                let mut session = Session::new(role(), &Config::default(), Duration::ZERO);
                let mut out = Vec::with_capacity(size + 14);
                let name = format!("send/{role_name}/{kind}");
                group.bench_function(BenchmarkId::new(name, size), |bencher| {
                    bencher.iter(|| {
                        out.clear();
                        session.send(black_box(&message), &mut out).expect("the message is sent");
                        consume(&out);
                    });
                });
            }
        }
        let mut server = Sender::new(Role::Server);
        group.bench_function(BenchmarkId::new("header_for/server", size), |bencher| {
            bencher.iter(|| server.header_for(black_box(Data::Binary(&payload))));
        });
        let mut client = Sender::new(client());
        group.bench_function(BenchmarkId::new("mask_in_place/client", size), |bencher| {
            bencher.iter(|| client.mask_in_place(DataKind::Binary, black_box(&mut payload)));
        });
    }
}

criterion_group!(name = benches; config = quick(); targets = decode, encode);
criterion_main!(benches);
