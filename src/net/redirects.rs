//! Following redirects over TCP: RFC 6455 §4.1.

use super::{Connect, Error, WebSocket};
use crate::dial::Redirects;

impl Connect {
    /// Calls `open` for this, and again for where the server sends instead, as often as is allowed.
    pub(super) fn following<S>(
        &self,
        open: impl Fn(&Self) -> Result<WebSocket<S>, Error>,
    ) -> Result<WebSocket<S>, Error> {
        let mut result = open(self);
        if self.route.redirects == 0 {
            return result;
        }
        let mut redirects = Redirects::new(self.route.redirects);
        let mut connect = self.clone();
        while let Err(Error::Refused(answer)) = &result {
            let Some(redirect) = redirects.follow(&connect.uri, answer)? else { break };
            connect.request = redirect.request(&connect.request);
            connect.uri = redirect.uri().clone();
            result = open(&connect);
        }
        result
    }
}
