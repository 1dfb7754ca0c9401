//! The flags that say how to get to a server, which are the same in several programs.

use std::error::Error;

use rfc6455::dial::Proxy;
use rfc6455::net::Connect;

/// Sets what a flag says, which is one of these or none at all.
pub(crate) fn set(connect: Connect, flag: &str, value: &str) -> Result<Connect, Box<dyn Error>> {
    Ok(match (flag, value) {
        ("--proxy", "env") => connect.proxy_from_env()?,
        ("--proxy", url) => connect.proxy(Proxy::parse(url)?),
        ("--redirects", limit) => connect.redirects(limit.parse()?),
        _ => return Err(format!("there is no flag {flag}").into()),
    })
}
