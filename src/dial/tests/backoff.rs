//! RFC 6455 §7.2.3: how long a client waits before it tries again.

use core::time::Duration;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn delays(seed: u64, count: usize) -> Vec<Duration> {
    Backoff::from_seed(seed).take(count).collect()
}

#[test]
fn the_delays_are_random_within_bounds_that_double() {
    for seed in 0..1000 {
        let delays = delays(seed, 12);
        for (delay, (least, most)) in delays
            .iter()
            .zip([(0, 5), (5, 10), (10, 20), (20, 40), (40, 80)].into_iter().chain([(60, 120); 7]))
        {
            assert!((least * SECOND..=most * SECOND).contains(delay), "{seed}: {delays:?}");
        }
    }
}

#[test]
fn each_part_of_a_bound_is_as_likely() {
    let mut tenths = [0; 10];
    for seed in 0..10_000 {
        tenths[usize::try_from(delays(seed, 1)[0].as_millis() / 500).unwrap().min(9)] += 1;
    }
    assert!(tenths.iter().all(|count| (850..1150).contains(count)), "{tenths:?}");
}

#[test]
fn one_seed_gives_the_same_and_another_one_others() {
    assert_eq!(delays(7, 20), delays(7, 20));
    assert_ne!(delays(7, 1), delays(8, 1));
}

/// The first numbers of SplitMix64 for the seed 0, as its authors' program prints them.
#[test]
fn the_generator_is_the_one_that_was_chosen() {
    let longest = Duration::from_nanos(u64::MAX);
    let mut backoff = Backoff::from_seed(0).first(longest).longest(longest);
    for number in [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F] {
        assert_eq!(backoff.next(), Some(Duration::from_nanos(number)));
        backoff.reset();
    }
}

#[test]
fn reset_begins_with_the_first_delay_and_other_chances() {
    let mut backoff = Backoff::from_seed(1);
    let first = backoff.next().unwrap();
    assert!(backoff.by_ref().nth(5).unwrap() >= 60 * SECOND);
    backoff.reset();
    let again = backoff.next().unwrap();
    assert!(again <= 5 * SECOND && again != first);
}

#[test]
fn bounds_can_be_set_and_are_never_exceeded() {
    let mut backoff = Backoff::from_seed(3).first(SECOND / 10).longest(SECOND);
    assert!(backoff.next().unwrap() <= SECOND / 10);
    assert!(backoff.take(1000).skip(3).all(|delay| (SECOND / 2..=SECOND).contains(&delay)));
    assert!(Backoff::from_seed(3).first(Duration::ZERO).take(50).all(|delay| delay.is_zero()));
    assert!(Backoff::from_seed(3).longest(SECOND).take(50).all(|delay| delay <= SECOND));
    let endless = Backoff::from_seed(3).first(Duration::MAX).longest(Duration::MAX);
    assert_eq!(endless.take(100).count(), 100);
}

#[cfg(feature = "std")]
#[test]
fn the_system_gives_seeds_that_differ() {
    let first = |_| Backoff::from_os().unwrap().next().unwrap();
    let seen: alloc::collections::BTreeSet<_> = (0..100).map(first).collect();
    assert!(seen.len() > 90);
}
