//! RFC 6455 §7.2.3: how long a client waits before it connects again after an abnormal end.

use core::time::Duration;

#[cfg(feature = "std")]
use crate::entropy::{EntropyError, fill_from_os};

/// §7.2.3: "a random value between 0 and 5 seconds" is said to be reasonable.
const FIRST: Duration = Duration::from_secs(5);
/// A server that is back is found within two minutes, and one that is not costs a try in one to two.
const LONGEST: Duration = Duration::from_secs(120);

/// How long to wait before each next try to connect: a random 0 to 5 s, then 5 to 10 s, 10 to 20 s, and so on up to 60 to 120 s
/// (RFC 6455 §7.2.3). It never ends.
///
/// When a server goes down, all its clients lose their connections at once. If each came back at once, none would get in; so
/// each waits for a while of its own, and longer each time.
///
/// ```
/// use std::time::Duration;
/// use rfc6455::dial::Backoff;
///
/// let mut backoff = Backoff::from_seed(7); // Backoff::from_os() for clients that are not to act alike
/// for delay in backoff.by_ref().take(3) {
///     assert!(delay <= Duration::from_secs(20));
/// }
/// backoff.reset(); // it was connected for a while: the next end is a new one
/// assert!(backoff.next().is_some_and(|delay| delay <= Duration::from_secs(5)));
/// ```
///
/// A client that comes back:
///
/// ```no_run
/// # #[cfg(feature = "std")] fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use std::{thread::sleep, time::{Duration, Instant}};
/// use rfc6455::{Connect, Message, dial::Backoff};
///
/// let connect = Connect::new("ws://example.com/feed")?;
/// let mut backoff = Backoff::from_os()?;
/// loop {
///     let begun = Instant::now();
///     match connect.open() {
///         Ok(mut socket) => {
///             let mut message = Message::new();
///             while let Ok(true) = socket.read(&mut message) {}
///         }
///         Err(error) => eprintln!("{error}"),
///     }
///     if begun.elapsed() > Duration::from_secs(60) {
///         backoff.reset();
///     }
///     sleep(backoff.next().unwrap_or_default());
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    tries: u32,
    state: u64,
}

impl Backoff {
    /// With the randomness of `seed`, of which the same delays follow each time. Nobody gains from foreseeing them, so
    /// `seed` need not be secret; but clients of one server need different ones.
    #[must_use]
    pub const fn from_seed(seed: u64) -> Self {
        Self { first: FIRST, longest: LONGEST, tries: 0, state: seed }
    }

    /// With a seed from the operating system.
    ///
    /// # Errors
    ///
    /// [`EntropyError`] when the system has none to give.
    #[cfg(feature = "std")]
    pub fn from_os() -> Result<Self, EntropyError> {
        let mut seed = [0; 8];
        fill_from_os(&mut seed)?;
        Ok(Self::from_seed(u64::from_ne_bytes(seed)))
    }

    /// Sets the longest delay before the first try; 5 s unless set.
    #[must_use]
    pub const fn first(mut self, delay: Duration) -> Self {
        self.first = delay;
        self
    }

    /// Sets the longest delay of all; 2 minutes unless set.
    #[must_use]
    pub const fn longest(mut self, delay: Duration) -> Self {
        self.longest = delay;
        self
    }

    /// Begins anew: the next delay is as the first. Call it once a connection has proved to be good, rather than as soon as it
    /// is open: else a server that accepts and fails at once is tried as often as one that works.
    pub const fn reset(&mut self) {
        self.tries = 0;
    }

    /// A random part of `whole`.
    fn part_of(&mut self, whole: Duration) -> Duration {
        // SplitMix64, by G. Steele, D. Lea and C. Flood: any seed is good, and any two differ at once.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let nanos = u64::try_from(whole.as_nanos()).unwrap_or(u64::MAX);
        // The upper half of the product is at most `nanos`, each as likely as the others.
        let part = (u128::from(mixed).wrapping_mul(u128::from(nanos).wrapping_add(1))) >> 64;
        Duration::from_nanos(u64::try_from(part).unwrap_or(nanos))
    }
}

impl Iterator for Backoff {
    type Item = Duration;

    /// The next delay; there is always one.
    fn next(&mut self) -> Option<Duration> {
        // §7.2.3: truncated binary exponential.
        let factor = 2_u32.checked_pow(self.tries).unwrap_or(u32::MAX);
        let most = self.first.saturating_mul(factor).min(self.longest);
        // The delays get longer each time, and not only likely so: from the second on, only the upper half is random.
        let least = if self.tries == 0 { Duration::ZERO } else { most.checked_div(2).unwrap_or_default() };
        self.tries = self.tries.saturating_add(1);
        Some(least.saturating_add(self.part_of(most.saturating_sub(least))))
    }
}
