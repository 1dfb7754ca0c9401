//! What a peer may make this end handle: RFC 6455 §10.4.
//!
//! Each limit is compared with what a header claims, before anything is read, copied or allocated for it.

/// Bounds on what is received (RFC 6455 §10.4); `u64::MAX` is none. Both are in bytes of payload, and both are inclusive.
///
/// ```
/// use rfc6455::protocol::Limits;
///
/// let mut limits = Limits::default();
/// assert_eq!((limits.frame, limits.message), (16 << 20, 16 << 20));
/// limits.message = 64 << 10; // a chat needs no more
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest payload of one data frame; a longer one is refused on its header, with 1009. Default 16 MiB.
    pub frame: u64,
    /// The longest message, whole or as the sum of its fragments; 1009. Default 16 MiB: what the Autobahn testsuite sends
    /// at most, and a size that a thousand peers at once can fill on a common server.
    pub message: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { frame: 16 << 20, message: 16 << 20 }
    }
}

impl Limits {
    /// The same for a message whose bytes an extension has transformed, as RFC 7692 does: what is to be bounded is what they
    /// stand for, by whoever transforms them back. These bytes may be a little more: even what cannot be compressed grows by
    /// less than an eighth in any compressor, and by a few bytes where a fragment ends. So what they cost is bounded, too.
    pub(super) const fn of_transformed(self, fragments: u32) -> Self {
        let message = enlarged(self.message).saturating_add((fragments as u64).saturating_mul(FRAGMENT_END));
        Self { frame: enlarged(self.frame), message }
    }
}

/// At the end of a fragment a compressor ends a block, with a header of 5 bytes at most, and adds an empty one of 5. It is less
/// than the shortest fragment that is not [billed](FragmentBill), so that fragments come to an end.
const FRAGMENT_END: u64 = 12;

const fn enlarged(limit: u64) -> u64 {
    limit.saturating_add(limit / 8).saturating_add(1024)
}

/// A fragment shorter than this moves so little data that its header is what it costs.
const SMALL_FRAGMENT: u64 = 16;
/// What a small fragment is billed, in bytes: about what handling a frame costs, in bytes copied in the same time.
const SMALL_FRAGMENT_COST: u64 = 256;
/// What is always granted, so that under any message limit a message may come in 256 tiny fragments.
const GRANT: u64 = 64 << 10;

/// The cost of a fragmented message that the message limit does not see: the frames that carry (next to) nothing.
///
/// Without it, empty fragments would keep a message going for ever. It is a cost and not a count, so that a peer
/// which streams in fragments of a sensible size is never cut off.
#[derive(Clone, Copy, Debug)]
pub(super) struct FragmentBill {
    small: u32,
}

impl FragmentBill {
    pub(super) const fn new() -> Self {
        Self { small: 0 }
    }

    /// Adds a fragment of `len` bytes; false when the message has become too costly.
    pub(super) fn add(&mut self, len: u64, limits: &Limits) -> bool {
        if len < SMALL_FRAGMENT {
            self.small = self.small.saturating_add(1);
        }
        // More than can be counted is more than any limit allows, unless there is none.
        let cost = match self.small {
            u32::MAX => u64::MAX,
            small => u64::from(small).saturating_mul(SMALL_FRAGMENT_COST),
        };
        cost <= limits.message.saturating_add(GRANT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_that_cannot_be_counted_are_too_many_unless_there_is_no_limit() {
        let mut bill = FragmentBill { small: u32::MAX - 1 };
        assert!(!bill.add(0, &Limits { frame: u64::MAX, message: u64::MAX - GRANT - 1 }));
        assert!(bill.add(0, &Limits { frame: u64::MAX, message: u64::MAX }));
    }
}
