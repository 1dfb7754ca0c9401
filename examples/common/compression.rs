//! The flags of compression (RFC 7692), which are the same in several programs.

use std::error::Error;

use rfc6455::session::Config;

pub(crate) const FLAGS: [&str; 9] = [
    "--deflate",
    "--window-bits",
    "--outgoing-window-bits",
    "--incoming-window-bits",
    "--no-context-takeover",
    "--no-outgoing-takeover",
    "--no-incoming-takeover",
    "--level",
    "--threshold",
];

/// Turns compression on as one of these flags says, and takes its value, if it has one, from `words`.
#[cfg(feature = "deflate")]
pub(crate) fn set(
    config: &mut Config,
    flag: &str,
    words: &mut impl Iterator<Item = String>,
) -> Result<(), Box<dyn Error>> {
    use rfc6455::deflate::{Context, Deflate, Level, WindowBits};

    // It is compression that is to be tried, so each message goes through it. Elsewhere the default is better:
    // a short message does not get shorter.
    let deflate = config.deflate.get_or_insert_with(|| {
        let mut deflate = Deflate::default();
        deflate.threshold = 0;
        deflate
    });
    let (outgoing, incoming) = (&mut deflate.outgoing, &mut deflate.incoming);
    let memory: &mut [&mut Context] = match flag {
        _ if flag.contains("outgoing") => &mut [outgoing],
        _ if flag.contains("incoming") => &mut [incoming],
        _ => &mut [outgoing, incoming],
    };
    match flag {
        _ if flag.ends_with("window-bits") => {
            let bits = value(flag, words, "8 to 15", WindowBits::new)?;
            memory.iter_mut().for_each(|context| context.window_bits = bits);
        }
        _ if flag.ends_with("takeover") => {
            memory.iter_mut().for_each(|context| context.takeover = false);
        }
        "--level" => deflate.level = value(flag, words, "0 to 9", Level::new)?,
        "--threshold" => deflate.threshold = value(flag, words, "a number of bytes", Some)?,
        _ => {}
    }
    Ok(())
}

#[cfg(feature = "deflate")]
fn value<N: std::str::FromStr, T>(
    flag: &str,
    words: &mut impl Iterator<Item = String>,
    range: &str,
    of: impl Fn(N) -> Option<T>,
) -> Result<T, Box<dyn Error>> {
    let word = words.next().ok_or_else(|| format!("{flag} lacks its value, {range}"))?;
    let value = word.parse().ok().and_then(of);
    value.ok_or_else(|| format!("{flag} {word}: it takes {range}").into())
}

#[cfg(not(feature = "deflate"))]
pub(crate) fn set(
    _: &mut Config,
    flag: &str,
    _: &mut impl Iterator<Item = String>,
) -> Result<(), Box<dyn Error>> {
    Err(format!("{flag}: this was built without compression; `cargo run --features deflate` builds it in")
        .into())
}
