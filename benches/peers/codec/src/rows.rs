//! What is measured: for each cell of the tables, who takes part in it and how.

use std::time::Duration;

use cpu_time::ThreadTime;

use crate::handshake::{Answering, BROWSER, SHORT, answer};
use crate::messages::{self, Kind, Payload};
use crate::peer::{self, Contestant, Decode, Encode, Way, Ways};
use crate::tally::{Tally, consume};
use crate::wire::{Ends, Wire};

pub(crate) const SIZES: [usize; 7] = [8, 64, 125, 1 << 10, 16 << 10, 64 << 10, 1 << 20];

/// How much a read gives at most: as from a socket with small reads, with those of most servers, and all that is asked for.
pub(crate) const READS: [usize; 3] = [4 << 10, 16 << 10, usize::MAX];

/// A cell of a table.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) row: Row,
    pub(crate) kind: &'static str,
    /// Of the message, or of the request that is answered.
    pub(crate) size: usize,
    pub(crate) reads: usize,
    /// Where in a page of memory the stream begins that is decoded: how fast it is copied depends on that.
    pub(crate) place: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    Decode(Kind),
    EncodeServer,
    EncodeClient,
    Accept,
    Connect,
}

impl Row {
    /// As it is given on the command line.
    pub(crate) const NAMES: [(&'static str, Self); 7] = [
        ("decode", Self::Decode(Kind::Binary)),
        ("decode-ascii", Self::Decode(Kind::Ascii)),
        ("decode-multi-byte", Self::Decode(Kind::MultiByte)),
        ("encode-server", Self::EncodeServer),
        ("encode-client", Self::EncodeClient),
        ("handshake-server", Self::Accept),
        ("handshake-client", Self::Connect),
    ];

    pub(crate) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, row)| *row == self).expect("each row has a name").0
    }

    pub(crate) fn cells(self) -> Vec<Cell> {
        let cell = |kind, size, reads| Cell { row: self, kind, size, reads, place: 0 };
        match self {
            Self::Decode(kind) => {
                READS.iter().flat_map(|reads| SIZES.map(|size| cell(kind.name(), size, *reads))).collect()
            }
            Self::EncodeServer | Self::EncodeClient => {
                SIZES.map(|size| cell(Kind::Binary.name(), size, usize::MAX)).to_vec()
            }
            Self::Accept => [("short", SHORT), ("browser", BROWSER)]
                .map(|(kind, text)| cell(kind, text.len(), usize::MAX))
                .to_vec(),
            Self::Connect => vec![cell("short", SHORT.len(), usize::MAX)],
        }
    }
}

/// So many passes: tells the time of the processor and how many messages that were, or how they were wrong.
type Run = Box<dyn Fn(usize) -> Result<(Duration, usize), String>>;

/// A contestant that is ready to run.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) way: &'static str,
    run: Run,
}

impl Entry {
    pub(crate) fn run(&self, passes: usize) -> Result<(Duration, usize), String> {
        (self.run)(passes)
    }
}

pub(crate) fn entries(cell: Cell) -> Vec<Entry> {
    match cell.row {
        Row::Decode(kind) => {
            let payload = Payload::new(kind, cell.size);
            let stream = messages::stream(&payload, cell.place);
            collect(|contestant| contestant.decode, |run| decoding(run, payload.clone(), stream, cell.reads))
        }
        Row::EncodeServer => {
            let payload = Payload::new(Kind::Binary, cell.size);
            collect(|contestant| contestant.encode_server, |run| encoding(run, payload.clone(), 0))
        }
        Row::EncodeClient => {
            let payload = Payload::new(Kind::Binary, cell.size);
            collect(|contestant| contestant.encode_client, |run| encoding(run, payload.clone(), 4))
        }
        Row::Accept => {
            let request = if cell.kind == "short" { SHORT } else { BROWSER };
            let open = |accept: peer::Accept| {
                handshake(move || (Wire::new(request.as_bytes(), 1, usize::MAX), accept))
            };
            collect(|contestant| contestant.accept, open)
        }
        Row::Connect => {
            let open =
                |connect: peer::Connect| handshake(move || (Wire::over(Answering::default()), connect));
            let mut entries = collect(|contestant| contestant.connect, open);
            entries.insert(0, Entry { name: "minimum", way: "the answer alone", run: answering() });
            entries
        }
    }
}

fn collect<F: Copy + 'static>(ways: impl Fn(&Contestant) -> Ways<F>, run: impl Fn(F) -> Run) -> Vec<Entry> {
    let entry = |contestant: &Contestant, Way(way, function): Way<F>| Entry {
        name: contestant.name,
        way,
        run: run(function),
    };
    peer::ALL
        .iter()
        .flat_map(|contestant| ways(contestant).iter().map(|way| entry(contestant, *way)).collect::<Vec<_>>())
        .collect()
}

fn decoding(decode: Decode, payload: Payload, (bytes, count): (&'static [u8], usize), at_once: usize) -> Run {
    Box::new(move |passes| {
        let (wire, mut tally) = (Wire::new(bytes, passes, at_once), Tally::new(&payload));
        let start = ThreadTime::now();
        decode(wire, &mut tally);
        let span = start.elapsed();
        let expected = (count * passes, count * passes * payload.bytes.len());
        if (tally.messages, tally.bytes) != expected {
            return Err(format!("{} messages of {} bytes, not {expected:?}", tally.messages, tally.bytes));
        }
        Ok((span, expected.0))
    })
}

/// A pass is a message; `key` is how many bytes longer its header is.
fn encoding(encode: Encode, payload: Payload, key: usize) -> Run {
    let header = match payload.bytes.len() {
        0..126 => 2,
        126..0x1_0000 => 4,
        _ => 10,
    };
    let frame = header + key + payload.bytes.len();
    Box::new(move |passes| {
        let wire = Wire::sink();
        let written = wire.written();
        let start = ThreadTime::now();
        encode(wire, &payload, passes);
        let span = start.elapsed();
        if written.count() != frame * passes {
            return Err(format!("{} bytes written, not {}", written.count(), frame * passes));
        }
        Ok((span, passes))
    })
}

/// A pass is a handshake, on a wire of its own.
fn handshake<E: Ends + 'static>(open: impl Fn() -> (Wire<E>, fn(Wire<E>)) + 'static) -> Run {
    Box::new(move |passes| {
        let mut last = 0;
        let start = ThreadTime::now();
        for _ in 0..passes {
            let (wire, handshake) = open();
            let written = wire.written();
            handshake(wire);
            last = written.count();
        }
        let span = start.elapsed();
        if last == 0 {
            return Err("nothing was written".to_owned());
        }
        Ok((span, passes))
    })
}

/// What making the answer takes, which is part of each client's figure.
fn answering() -> Run {
    Box::new(|passes| {
        let start = ThreadTime::now();
        for _ in 0..passes {
            consume(&answer(std::hint::black_box(SHORT.as_bytes())));
        }
        Ok((start.elapsed(), passes))
    })
}
