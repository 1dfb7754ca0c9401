//! What the clients of the Autobahn testsuite's fuzzing server have in common: where that is, and with which settings to connect.

use std::error::Error;

use rfc6455::net::Connect;
use rfc6455::session::Config;

use crate::{compression, tls};

const AGENT: &str = "rfc6455";

/// The fuzzing server, which is told by the path what to do.
pub(crate) struct Fuzzer {
    url: String,
    config: Config,
    /// Whom to trust with TLS: a file.
    authority: Option<String>,
}

impl Fuzzer {
    /// As the program's arguments say.
    pub(crate) fn from_arguments() -> Result<Self, Box<dyn Error>> {
        let (mut url, mut config, mut authority) = (None, Config::default(), None);
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                flag if compression::FLAGS.contains(&flag) => {
                    compression::set(&mut config, flag, &mut words)?
                }
                "--ca" => authority = Some(words.next().ok_or("--ca needs a file")?),
                flag if flag.starts_with("--") => return Err(format!("there is no flag {flag}").into()),
                address => url = Some(address.trim_end_matches('/').to_string()),
            }
        }
        // Some of the cases ask for this, and one of the fuzzing servers does so only if it was offered.
        #[cfg(feature = "deflate")]
        if let Some(deflate) = &mut config.deflate {
            deflate.outgoing.takeover = false;
        }
        Ok(Self { url: url.ok_or("there is no URL: URL [--deflate] [--ca FILE]")?, config, authority })
    }

    pub(crate) fn case_count(&self) -> Result<Connect, Box<dyn Error>> {
        self.at("/getCaseCount")
    }

    pub(crate) fn case(&self, case: u32) -> Result<Connect, Box<dyn Error>> {
        self.at(&format!("/runCase?case={case}&agent={AGENT}"))
    }

    pub(crate) fn reports(&self) -> Result<Connect, Box<dyn Error>> {
        self.at(&format!("/updateReports?agent={AGENT}"))
    }

    fn at(&self, path: &str) -> Result<Connect, Box<dyn Error>> {
        let connect = Connect::new(&format!("{}{path}", self.url))?.config(self.config.clone());
        match &self.authority {
            Some(authority) => tls::trust(connect, authority),
            None => Ok(connect),
        }
    }
}
