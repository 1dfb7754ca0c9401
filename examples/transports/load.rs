//! What is to be carried in a measurement, and when.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::server::Account;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// From server to client, as fast as the client takes it.
    Flood(Duration),
    /// From client to server, as fast as the server takes it.
    Upload(Duration),
    /// From server to client, at random moments.
    Paced { mean: Duration, time: Duration },
}

/// Clients have so long to connect before the first event.
const HEAD_START: Duration = Duration::from_millis(100);

/// Emits events at random moments for clients at random. So each client has its own, apart by `mean` on
/// average, whatever the others have (a Poisson process).
pub(crate) fn emit(accounts: &[Arc<Account>], mean: Duration, time: Duration) {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let begin = Instant::now() + HEAD_START;
    let mean = mean.div_f64(accounts.len() as f64);
    let mut after = Duration::ZERO;
    loop {
        // Never the logarithm of zero.
        after += mean.mul_f64(-(1.0 - random.share()).ln());
        if after > time {
            return;
        }
        thread::sleep((begin + after).saturating_duration_since(Instant::now()));
        let chosen = (random.share() * accounts.len() as f64) as usize;
        accounts[chosen].feed.emit();
    }
}

/// The same in each run (xorshift64*, by Marsaglia and Vigna).
struct Random(u64);

impl Random {
    /// From 0 to less than 1.
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
