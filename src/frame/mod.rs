//! Base framing: RFC 6455 §5.2 and §5.3, as pure functions on bytes.
//!
//! This layer knows what one frame looks like. It keeps no state beyond a mask's place, and it neither
//! knows roles nor messages: those are the [`protocol`](crate::protocol) layer's. Relays, sniffers and
//! test tools that work frame by frame stop here.
//!
//! ```
//! use rfc6455::frame::{FrameHeader, Mask, Opcode};
//!
//! // The masked "Hello" of RFC 6455 §5.7.
//! let mut bytes = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
//! let (header, used) = FrameHeader::decode(&bytes)?.expect("the header is whole");
//! assert!(header.fin && header.opcode == Opcode::Text && header.payload_len == 5);
//!
//! let payload = &mut bytes[used..];
//! Mask::new(header.mask.expect("a client masks")).apply(payload);
//! assert_eq!(payload, b"Hello");
//! # Ok::<(), rfc6455::frame::HeaderError>(())
//! ```

mod copy;
mod header;
#[cfg(feature = "std")]
mod io;
mod mask;
mod opcode;

pub(crate) use copy::append;
pub use header::{EncodedHeader, FrameHeader, HeaderError, MAX_CONTROL_PAYLOAD, MAX_HEADER_LEN, Rsv};
pub use mask::Mask;
pub use opcode::{Opcode, ReservedOpcode};
