//! Messages as applications send them: no two are equal, but all have the same keys and the same kinds of values.

/// The most text of one set: with context takeover a message is not to find itself in the window when the set comes again.
const SET: usize = 128 << 10;

/// Texts of exactly this many bytes, which differ: a report of a device each, cut where it is long enough.
pub(crate) fn messages(len: usize) -> Vec<String> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    (0..(SET / len).max(4)).map(|number| message(&mut random, number, len)).collect()
}

fn message(random: &mut Random, number: usize, len: usize) -> String {
    let mut text = format!(r#"{{"type":"report","seq":{},"items":["#, 17_000 + number);
    while text.len() < len {
        let (user, device, status) = (random.below(40_000), random.below(400), random.below(4));
        let status = ["active", "idle", "error", "maintenance"][status as usize];
        let word = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"]
            [random.below(8) as usize];
        text.push_str(&format!(
            r#"{{"id":"{:016x}","time":17{:08}.{:03},"user":{user},"device":"dev-{device:03}","status":"{status}","#,
            random.next(),
            random.below(100_000_000),
            random.below(1000),
        ));
        text.push_str(&format!(
            r#""temperature":{}.{:02},"load":0.{:04},"note":"{word} {}","ok":{}}},"#,
            random.below(60),
            random.below(100),
            random.below(10_000),
            random.below(1000),
            status != "error",
        ));
    }
    text.truncate(len);
    text
}

/// The same numbers each time (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
