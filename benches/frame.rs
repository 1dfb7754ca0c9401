//! The parts of a frame: masking, the header, and the check of text.

mod common;

use std::hint::black_box;

use common::{ascii, multi_byte, quick};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rfc6455::frame::{FrameHeader, Mask, Opcode, Rsv};
use rfc6455::protocol::Utf8Stream;

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

fn mask(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mask");
    for len in [8, 16, 64, 125, 1 << 10, 16 << 10, 64 << 10, 1 << 20] {
        let mut payload = vec![7; len];
        group.throughput(Throughput::Bytes(len as u64));
        group.bench_function(BenchmarkId::new("apply", len), |bencher| {
            bencher.iter(|| Mask::new(black_box(KEY)).apply(black_box(&mut payload)));
        });
    }
}

fn utf8(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("utf8");
    for len in [64, 1 << 10, 64 << 10] {
        for (kind, text) in [("ascii", ascii(len)), ("multi-byte", multi_byte(len))] {
            group.throughput(Throughput::Bytes(text.len() as u64));
            group.bench_function(BenchmarkId::new(format!("Utf8Stream/{kind}"), len), |bencher| {
                bencher.iter(|| {
                    let mut stream = Utf8Stream::new();
                    let whole = stream.push(black_box(text.as_bytes())).map(|(_, rest)| rest.len());
                    (whole, stream.finish())
                });
            });
            group.bench_function(BenchmarkId::new(format!("std/{kind}"), len), |bencher| {
                bencher.iter(|| str::from_utf8(black_box(text.as_bytes())).map(str::len));
            });
        }
    }
}

fn header(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("header");
    for (name, payload_len, mask) in [
        ("2 bytes", 125, None),
        ("6 bytes", 125, Some(KEY)),
        ("8 bytes", 1 << 10, Some(KEY)),
        ("14 bytes", 1 << 20, Some(KEY)),
    ] {
        let header = FrameHeader { fin: true, rsv: Rsv::NONE, opcode: Opcode::Binary, mask, payload_len };
        let bytes = header.encode().expect("the header is legal");
        group.bench_function(BenchmarkId::new("decode", name), |bencher| {
            bencher.iter(|| FrameHeader::decode(black_box(&bytes)));
        });
        group.bench_function(BenchmarkId::new("encode", name), |bencher| {
            bencher.iter(|| black_box(&header).encode());
        });
    }
}

criterion_group!(name = benches; config = quick(); targets = mask, utf8, header);
criterion_main!(benches);
