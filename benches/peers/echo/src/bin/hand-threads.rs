//! A hand-written loop of WebSocket frames: unmasked in place, one write for each read, no checks.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use echo::minimal::Frames;

fn main() {
    echo::threads(serve);
}

fn serve(mut stream: TcpStream) -> echo::Result {
    echo::open(&mut stream)?;
    let mut frames = Frames::new(64 << 10);
    loop {
        let len = stream.read(frames.free())?;
        if len == 0 {
            return Ok(());
        }
        let (answers, rest) = frames.answer(len);
        stream.write_all(answers)?;
        frames.keep(rest);
    }
}
