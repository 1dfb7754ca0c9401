//! The client's side: whom it trusts, whom it asks for, and what it speaks inside (RFC 6455 §4.1, step 5).

use std::string::ToString;
use std::sync::{Arc, OnceLock};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::super::{Connect, Error};
use super::HTTP;
use crate::handshake::{Uri, UriError};

/// How a client does TLS.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client(Option<Arc<ClientConfig>>);

impl Connect {
    /// Sets how TLS is done for a `wss` URL: which authorities are trusted, a certificate of the client's own, TLS versions,
    /// cryptography. Without it, the default needs one of the features `native-roots` and `webpki-roots`, or both, and the
    /// cryptography that [`CryptoProvider::install_default`] was given; it is made once in a process.
    ///
    /// A `config` without ALPN gets `http/1.1`, as browsers send it for a WebSocket. One that names protocols is left as it is:
    /// `h2` must not be among them, as RFC 6455 is written for HTTP/1.1.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    /// use rfc6455::{Connect, net::rustls};
    /// use rustls::pki_types::{CertificateDer, pem::PemObject};
    /// # fn open() -> Result<(), Box<dyn std::error::Error>> {
    ///
    /// // Trusts the authority of a company, and no other.
    /// let mut roots = rustls::RootCertStore::empty();
    /// roots.add(CertificateDer::from_pem_file("company.pem")?)?;
    /// let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    /// let socket = Connect::new("wss://intranet.example/feed")?.tls(Arc::new(config)).open()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn tls(self, config: Arc<ClientConfig>) -> Self {
        let config = if config.alpn_protocols.is_empty() { Arc::new(with_alpn(&config)) } else { config };
        self.with_tls(Client(Some(config)))
    }
}

fn with_alpn(config: &ClientConfig) -> ClientConfig {
    let mut config = config.clone();
    config.alpn_protocols.push(HTTP.to_vec());
    config
}

impl Client {
    /// A connection for this URI, at whose handshake nothing is done yet.
    pub(in super::super) fn connection(&self, uri: &Uri) -> Result<ClientConnection, Error> {
        let (config, name) = self.parts(uri)?;
        Ok(ClientConnection::new(config, name)?)
    }

    /// How TLS is done, and whom a certificate for this URI has to name.
    pub(crate) fn parts(&self, uri: &Uri) -> Result<(Arc<ClientConfig>, ServerName<'static>), Error> {
        let config = match &self.0 {
            Some(config) => Arc::clone(config),
            None => default_config()?,
        };
        // A host that no certificate can be for.
        let name = ServerName::try_from(uri.host().to_string()).map_err(|_| UriError::Host)?;
        Ok((config, name))
    }
}

/// To read the system's certificates takes milliseconds, and sessions are resumed where a config is used again.
fn default_config() -> Result<Arc<ClientConfig>, Error> {
    static DEFAULT: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = DEFAULT.get() {
        return Ok(Arc::clone(config));
    }
    let provider = CryptoProvider::get_default().ok_or(Error::CryptoMissing)?;
    let roots = roots();
    if roots.is_empty() {
        return Err(Error::RootsMissing);
    }
    let config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::clone(DEFAULT.get_or_init(|| Arc::new(with_alpn(&config)))))
}

/// All that the features bring, since a feature adds.
fn roots() -> RootCertStore {
    #[cfg_attr(
        not(any(feature = "native-roots", feature = "webpki-roots")),
        expect(unused_mut, reason = "nothing adds")
    )]
    let mut roots = RootCertStore::empty();
    // One that cannot be read or parsed is not trusted, which is all that there is to say of it.
    #[cfg(feature = "native-roots")]
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    #[cfg(feature = "webpki-roots")]
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots
}
