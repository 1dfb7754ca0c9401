//! RFC 6455 §9.1: the names and parameters of extensions.
//!
//! An `Extension` holds tokens only, so writing one always gives a valid header.
//! What a parameter means is the matter of whoever implements the extension.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::build_error::BuildError;
use super::list::{Cursor, MAX_ELEMENTS};
use super::token::{as_token, is_token};

/// One element of `Sec-WebSocket-Extensions`: a name and its parameters (RFC 6455 §9.1).
///
/// ```
/// use rfc6455::handshake::Extension;
///
/// let offer = Extension::new("permessage-deflate")?
///     .param("server_no_context_takeover", None)?
///     .param("client_max_window_bits", Some("10"))?;
/// assert_eq!(
///     offer.to_string(),
///     "permessage-deflate; server_no_context_takeover; client_max_window_bits=10",
/// );
/// # Ok::<(), rfc6455::handshake::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Extension {
    name: String,
    params: Vec<Param>,
}

/// A parameter of an [`Extension`]: a name, with or without a value (RFC 6455 §9.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Param {
    name: String,
    value: Option<String>,
}

impl Extension {
    /// An extension without parameters.
    ///
    /// # Errors
    ///
    /// [`BuildError::ExtensionToken`] if `name` is not a token.
    pub fn new(name: &str) -> Result<Self, BuildError> {
        Ok(Self { name: token(name)?, params: Vec::new() })
    }

    /// An extension of names and values that are known to be tokens.
    #[cfg(feature = "deflate")]
    pub(crate) fn of_tokens(name: &'static str, params: Vec<(&'static str, Option<String>)>) -> Self {
        let params = params.into_iter().map(|(name, value)| Param { name: String::from(name), value });
        Self { name: String::from(name), params: params.collect() }
    }

    /// Appends a parameter.
    ///
    /// # Errors
    ///
    /// [`BuildError::ExtensionToken`] if `name` or `value` is not a token.
    pub fn param(mut self, name: &str, value: Option<&str>) -> Result<Self, BuildError> {
        let param = Param { name: token(name)?, value: value.map(token).transpose()? };
        self.params.push(param);
        Ok(self)
    }

    /// The extension's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameters, in order; the same name may occur twice.
    #[must_use]
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// The extensions of all `values`, in order, or `None` if a value breaks the grammar, or if there are more than
    /// [`MAX_ELEMENTS`] with their parameters.
    pub(super) fn parse_all<'a>(values: impl Iterator<Item = &'a [u8]>) -> Option<Vec<Self>> {
        // §11.3.2: several headers in a request are one list.
        let (mut found, mut room) = (Vec::new(), MAX_ELEMENTS);
        for value in values {
            Self::parse_list(value, &mut found, &mut room)?;
        }
        Some(found)
    }

    fn parse_list(value: &[u8], found: &mut Vec<Self>, room: &mut usize) -> Option<()> {
        // §9.1: extension-list = 1#extension
        let mut cursor = Cursor::new(value);
        loop {
            found.push(Self::parse_one(&mut cursor, room)?);
            if cursor.at_end() {
                return Some(());
            }
            cursor.eat(b',')?;
        }
    }

    fn parse_one(cursor: &mut Cursor<'_>, room: &mut usize) -> Option<Self> {
        // §9.1: extension = extension-token *( ";" extension-param )
        *room = room.checked_sub(1)?;
        let name = String::from(cursor.token()?);
        let mut params = Vec::new();
        while cursor.eat(b';').is_some() {
            *room = room.checked_sub(1)?;
            params.push(Param::parse(cursor)?);
        }
        Some(Self { name, params })
    }
}

impl Param {
    /// The parameter's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameter's value, without quotes.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    fn parse(cursor: &mut Cursor<'_>) -> Option<Self> {
        // §9.1: extension-param = token [ "=" ( token | quoted-string ) ]
        let name = String::from(cursor.token()?);
        if cursor.eat(b'=').is_none() {
            return Some(Self { name, value: None });
        }
        let value = if cursor.peek() == Some(b'"') {
            // §9.1: a quoted value must be a token once its quotes are gone.
            String::from(as_token(&cursor.quoted_string()?)?)
        } else {
            String::from(cursor.token()?)
        };
        Some(Self { name, value: Some(value) })
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.params.iter().try_for_each(|param| write!(f, "; {param}"))
    }
}

impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.value.iter().try_for_each(|value| write!(f, "={value}"))
    }
}

fn token(text: &str) -> Result<String, BuildError> {
    if is_token(text.as_bytes()) {
        Ok(String::from(text))
    } else {
        Err(BuildError::ExtensionToken(String::from(text)))
    }
}
