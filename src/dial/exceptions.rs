//! What is connected to without a proxy: the grammar of `NO_PROXY`, a convention of programs.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv6Addr};

/// The hosts that no proxy leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Exceptions(Vec<Exception>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Exception {
    hosts: Hosts,
    /// That port alone.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Hosts {
    All,
    /// A name and those below it, in lower case.
    Domain(String),
    /// The addresses that begin with so many bits of this one.
    Network(IpAddr, u32),
}

impl Exceptions {
    /// Reads a list, and passes over what is not understood.
    pub(super) fn parse(list: &str) -> Self {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace());
        Self(entries.filter(|entry| !entry.is_empty()).filter_map(Exception::parse).collect())
    }

    /// Whether `host` and `port` are among them.
    pub(super) fn hold(&self, host: &str, port: u16) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host);
        self.0
            .iter()
            .any(|exception| exception.port.is_none_or(|only| only == port) && exception.hosts.hold(host))
    }
}

impl Exception {
    fn parse(entry: &str) -> Option<Self> {
        if let Some((address, prefix)) = entry.split_once('/') {
            return Some(Self { hosts: Hosts::network(address, prefix)?, port: None });
        }
        if let Ok(address) = entry.parse::<Ipv6Addr>() {
            return Some(Self { hosts: Hosts::address(IpAddr::V6(address)), port: None });
        }
        let (host, port) = match entry.rsplit_once(':') {
            // The colon may be one of an IPv6 address.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (entry, None),
        };
        Some(Self { hosts: Hosts::parse(host)?, port })
    }
}

impl Hosts {
    fn parse(host: &str) -> Option<Self> {
        if host == "*" {
            return Some(Self::All);
        }
        if let Some(literal) = host.strip_prefix('[') {
            let address = literal.strip_suffix(']')?.parse().ok()?;
            return Some(Self::address(IpAddr::V6(address)));
        }
        if let Ok(address) = host.parse() {
            return Some(Self::address(IpAddr::V4(address)));
        }
        let name = host.strip_prefix('*').unwrap_or(host);
        let name = name.strip_prefix('.').unwrap_or(name);
        (!name.is_empty()).then(|| Self::Domain(name.to_ascii_lowercase()))
    }

    const fn address(address: IpAddr) -> Self {
        Self::Network(address, if address.is_ipv4() { 32 } else { 128 })
    }

    fn network(address: &str, prefix: &str) -> Option<Self> {
        let address: IpAddr = address.parse().ok()?;
        let prefix = prefix.parse().ok()?;
        (prefix <= if address.is_ipv4() { 32 } else { 128 }).then_some(Self::Network(address, prefix))
    }

    fn hold(&self, host: &str) -> bool {
        match self {
            Self::All => true,
            Self::Domain(name) => host
                .strip_suffix(name.as_str())
                .is_some_and(|before| before.is_empty() || before.ends_with('.')),
            Self::Network(network, prefix) => {
                let alike = host.parse().ok().and_then(|address| begin_alike(*network, address));
                alike.is_some_and(|bits| bits >= *prefix)
            }
        }
    }
}

/// How many bits two addresses of a kind have in common before the first in which they differ.
const fn begin_alike(one: IpAddr, other: IpAddr) -> Option<u32> {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => Some((one.to_bits() ^ other.to_bits()).leading_zeros()),
        (IpAddr::V6(one), IpAddr::V6(other)) => Some((one.to_bits() ^ other.to_bits()).leading_zeros()),
        _ => None,
    }
}
