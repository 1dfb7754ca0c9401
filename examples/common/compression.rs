//! The flags of compression (RFC 7692), which are the same in several programs.

use std::error::Error;

use rfc6455::session::Config;

pub(crate) const FLAGS: [&str; 4] = ["--deflate", "--window-bits", "--no-context-takeover", "--level"];

/// Turns compression on as one of these flags says, and takes its value, if it has one, from `words`.
#[cfg(feature = "deflate")]
pub(crate) fn set(
    config: &mut Config,
    flag: &str,
    words: &mut impl Iterator<Item = String>,
) -> Result<(), Box<dyn Error>> {
    use rfc6455::deflate::{Level, WindowBits};

    let deflate = config.deflate.get_or_insert_default();
    // It is compression that is to be tried, so each message goes through it. Elsewhere the default is better:
    // a short message does not get shorter.
    deflate.threshold = 0;
    let mut value = |range| -> Result<u8, Box<dyn Error>> {
        let word = words.next().ok_or_else(|| format!("{flag} lacks its value, {range}"))?;
        word.parse().map_err(|_| format!("{flag} {word}: it takes {range}").into())
    };
    match flag {
        "--window-bits" => {
            let bits = WindowBits::new(value("8 to 15")?).ok_or("--window-bits takes 8 to 15")?;
            (deflate.outgoing.window_bits, deflate.incoming.window_bits) = (bits, bits);
        }
        "--no-context-takeover" => {
            (deflate.outgoing.takeover, deflate.incoming.takeover) = (false, false);
        }
        "--level" => deflate.level = Level::new(value("0 to 9")?).ok_or("--level takes 0 to 9")?,
        _ => {}
    }
    Ok(())
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
