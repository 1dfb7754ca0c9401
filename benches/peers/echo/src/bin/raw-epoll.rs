//! What the system costs with an event loop: each read is written back as it came, masked.

use echo::Result;
use echo::event_loop::{Output, Protocol, run};

enum Raw {
    Opening(Vec<u8>),
    Open,
}

fn main() -> std::io::Result<()> {
    run::<Raw>(())
}

impl Protocol for Raw {
    type Shared = ();

    fn new((): &()) -> Self {
        Self::Opening(Vec::new())
    }

    fn receive(&mut self, bytes: &mut [u8], (): &mut (), output: &mut Output<'_>) -> Result {
        match self {
            Self::Open => output.write(bytes)?,
            Self::Opening(head) => {
                head.extend_from_slice(bytes);
                if head.ends_with(b"\r\n\r\n") {
                    output.bytes.extend_from_slice(echo::answer(head)?.as_bytes());
                    *self = Self::Open;
                }
            }
        }
        Ok(())
    }
}
