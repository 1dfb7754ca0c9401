//! Compressed messages through memory: different JSON-like texts in a row, with and without context takeover.
//!
//! `Session` sends and receives whole messages, frames and masks included; `engine` is the same compressor (flate2 with zlib-rs,
//! level 6) with nothing around it, neither frames nor checks: what `Session` cannot be quicker than.

mod common;

use std::hint::black_box;

use common::deflate::{Engine, receive, session, settings, streams};
use common::{READ, client, consume, json, quick};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rfc6455::protocol::Role;
use rfc6455::session::Message;

const SIZES: [usize; 3] = [256, 1 << 10, 64 << 10];
const TAKEOVER: [(&str, bool); 2] = [("takeover", true), ("no takeover", false)];

/// One pass over all messages of a size per iteration; criterion's throughput is in bytes of messages.
fn compress(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compress");
    for size in SIZES {
        let messages = json::messages(size);
        group.throughput(Throughput::Bytes((size * messages.len()) as u64));
        for (name, takeover) in TAKEOVER {
            let mut server = session(Role::Server, &settings(takeover));
            let mut out = Vec::with_capacity(size + 100);
            group.bench_function(BenchmarkId::new(format!("Session/{name}"), size), |bencher| {
                bencher.iter(|| {
                    for message in &messages {
                        out.clear();
                        server.send(black_box(message), &mut out).expect("the message is sent");
                        consume(&out);
                    }
                });
            });
            let mut engine = Engine::new(takeover);
            group.bench_function(BenchmarkId::new(format!("engine/{name}"), size), |bencher| {
                bencher.iter(|| {
                    for message in &messages {
                        out.clear();
                        engine.compress(black_box(message), &mut out);
                        consume(&out);
                    }
                });
            });
        }
    }
}

/// The same in the other direction, as a server receives it.
fn decompress(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decompress");
    let mut scratch = [0; READ];
    for size in SIZES {
        let messages = json::messages(size);
        group.throughput(Throughput::Bytes((size * messages.len()) as u64));
        for (name, takeover) in TAKEOVER {
            let [first, again] = streams(client(), &settings(takeover), &messages);
            let mut server = session(Role::Server, &settings(takeover));
            let mut message = Message::new();
            receive(&mut server, &mut message, &first, &mut scratch, |_| ());
            group.bench_function(BenchmarkId::new(format!("Session/{name}"), size), |bencher| {
                bencher.iter(|| {
                    let count =
                        receive(&mut server, &mut message, black_box(&again), &mut scratch, |message| {
                            consume(message.as_bytes());
                        });
                    assert_eq!(count, messages.len());
                });
            });
            let mut engine = Engine::new(takeover);
            let [first, again] = engine.payloads(&messages);
            let mut out = Vec::with_capacity(size + 100);
            for payload in &first {
                out.clear();
                engine.decompress(payload, &mut out);
            }
            group.bench_function(BenchmarkId::new(format!("engine/{name}"), size), |bencher| {
                bencher.iter(|| {
                    for payload in &again {
                        out.clear();
                        engine.decompress(black_box(payload), &mut out);
                        consume(&out);
                    }
                });
            });
        }
    }
}

criterion_group!(name = benches; config = quick(); targets = compress, decompress);
criterion_main!(benches);
