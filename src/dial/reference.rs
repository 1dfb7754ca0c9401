//! RFC 3986 §5.2: what a reference means where it was found.
//!
//! What comes out is read as any ws URI is, so nothing is let through here that is not let through there.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::redirect_error::RedirectError;
use crate::handshake::Uri;

/// The URI of a WebSocket that `reference` means at `base`. http and https stand for ws and wss.
pub(super) fn resolve(base: &Uri, reference: &str) -> Result<Uri, RedirectError> {
    // §3.5: a fragment is for whoever shows the document, and is not part of what is asked for.
    let reference = reference.split('#').next().unwrap_or_default();
    let scheme = if base.is_secure() { "wss" } else { "ws" };
    let absolute = if let Some((scheme, rest)) = split_scheme(reference) {
        let scheme = websocket_scheme(scheme)?;
        let rest = rest.strip_prefix("//").ok_or(RedirectError::Scheme)?;
        with_authority(scheme, rest)
    } else if let Some(rest) = reference.strip_prefix("//") {
        with_authority(scheme, rest)
    } else {
        format!("{scheme}://{}{}", base.host_header(), resource(base.resource(), reference))
    };
    Uri::parse(&absolute).map_err(RedirectError::Location)
}

/// §3.1: the scheme, if there is one, and what stands behind its colon.
fn split_scheme(reference: &str) -> Option<(&str, &str)> {
    let end = reference.find([':', '/', '?'])?;
    let (scheme, rest) = reference.split_at_checked(end)?;
    Some((scheme, rest.strip_prefix(':')?))
}

/// RFC 6455 §4.1 and RFC 9110 §4.2: http is what ws is before the upgrade, and https what wss is.
fn websocket_scheme(scheme: &str) -> Result<&'static str, RedirectError> {
    match scheme.to_ascii_lowercase().as_str() {
        "ws" | "http" => Ok("ws"),
        "wss" | "https" => Ok("wss"),
        _ => Err(RedirectError::Scheme),
    }
}

fn with_authority(scheme: &str, rest: &str) -> String {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, reference) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let (path, query) = split_query(reference);
    format!("{scheme}://{authority}{}{query}", without_dots(path))
}

/// §5.2.2: the path and the query of a reference that has no authority.
fn resource(base: &str, reference: &str) -> String {
    let (path, query) = split_query(reference);
    let (base_path, base_query) = split_query(base);
    if path.is_empty() {
        let query = if query.is_empty() { base_query } else { query };
        return format!("{base_path}{query}");
    }
    if path.starts_with('/') {
        return format!("{}{query}", without_dots(path));
    }
    // §5.2.3: beside what was asked for.
    let folder = base_path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{}{query}", without_dots(&format!("{folder}/{path}")))
}

/// The query keeps its question mark, so that an empty one is not none.
fn split_query(resource: &str) -> (&str, &str) {
    let end = resource.find('?').unwrap_or(resource.len());
    resource.split_at_checked(end).unwrap_or((resource, ""))
}

/// §5.2.4: a path without `.` and `..` in it.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        if segment == ".." {
            kept.pop();
        }
        if !matches!(segment, "." | "..") {
            kept.push(segment);
        } else if segments.peek().is_none() {
            // What stood before it is a folder.
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}
