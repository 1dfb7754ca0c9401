//! What an echo server can be told on its command line, whichever adapter it is made with.

use std::error::Error;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use rfc6455::handshake::{HttpResponse, OriginPolicy, Request};
use rfc6455::session::{Config, Keepalive};

use crate::compression;

const PAGE: &str = "<!doctype html><title>echo</title><p>This is an echo server for WebSockets.";

/// What all connections have in common.
pub(crate) struct Echo {
    pub(crate) config: Config,
    pub(crate) origins: OriginPolicy,
    pub(crate) subprotocols: Vec<String>,
    /// The credentials that a client has to send, in base64.
    credentials: Option<String>,
    pub(crate) page: HttpResponse,
    pub(crate) unauthorized: HttpResponse,
}

impl Echo {
    pub(crate) fn admits(&self, request: &Request) -> bool {
        let Some(credentials) = &self.credentials else { return true };
        let sent = request.headers().get("Authorization").and_then(|value| value.split_once(' '));
        sent.is_some_and(|(scheme, sent)| {
            scheme.eq_ignore_ascii_case("Basic") && is_same(sent.trim(), credentials)
        })
    }
}

/// Looks at each byte even if the first one differs, so that the time it takes does not tell how much of a
/// guess was right.
fn is_same(guess: &str, secret: &str) -> bool {
    let differences = guess.bytes().zip(secret.bytes()).fold(0, |all, (one, other)| all | (one ^ other));
    guess.len() == secret.len() && differences == 0
}

/// The command line.
pub(crate) type Words = std::iter::Skip<std::env::Args>;

/// The address to listen on, how many connections there may be at a time, and the rest. What `own` knows is a flag of one program
/// alone; it takes its values from the words.
pub(crate) fn arguments(
    mut own: impl FnMut(&str, &mut Words) -> Result<bool, Box<dyn Error>>,
) -> Result<(String, usize, Echo), Box<dyn Error>> {
    let (mut address, mut most) = (String::from("127.0.0.1:9001"), 10_000);
    let mut keepalive = Keepalive::new(Duration::from_secs(30), Duration::from_secs(30));
    let mut origins = Vec::new();
    let mut echo = Echo {
        config: Config::default(),
        origins: OriginPolicy::Any,
        subprotocols: Vec::new(),
        credentials: None,
        page: HttpResponse::ok("text/html; charset=utf-8", PAGE)?,
        unauthorized: HttpResponse::unauthorized(r#"Basic realm="echo", charset="UTF-8""#)?,
    };
    let mut words = std::env::args().skip(1);
    while let Some(flag) = words.next() {
        if !flag.starts_with('-') {
            address = flag;
            continue;
        }
        if compression::FLAGS.contains(&flag.as_str()) {
            compression::set(&mut echo.config, &flag, &mut words)?;
            continue;
        }
        if own(&flag, &mut words)? {
            continue;
        }
        let value = words.next().ok_or_else(|| format!("{flag} is unknown or lacks its value"))?;
        let bytes = || value.parse().map_err(|error| format!("{flag} {value}: {error}"));
        match flag.as_str() {
            "--max-message" => echo.config.limits.message = bytes()?,
            "--max-frame" => echo.config.limits.frame = bytes()?,
            "--handshake-timeout" => echo.config.handshake_timeout = seconds(&value)?,
            "--write-timeout" => echo.config.write_timeout = Some(seconds(&value)?),
            "--ping-interval" => keepalive.interval = seconds(&value)?,
            "--ping-timeout" => keepalive.timeout = seconds(&value)?,
            "--subprotocol" => echo.subprotocols.push(value),
            "--origin" => origins.push(value),
            "--auth" => echo.credentials = Some(BASE64_STANDARD.encode(value)),
            "--max-connections" => most = value.parse()?,
            _ => return Err(format!("there is no flag {flag}").into()),
        }
    }
    echo.config.keepalive = Some(keepalive);
    if !origins.is_empty() {
        echo.origins = OriginPolicy::List(origins);
    }
    Ok((address, most, echo))
}

fn seconds(value: &str) -> Result<Duration, Box<dyn Error>> {
    Ok(Duration::try_from_secs_f64(value.parse()?)?)
}
