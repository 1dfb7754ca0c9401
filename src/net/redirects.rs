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
        let (mut redirects, mut connect) = (Redirects::new(self.route.redirects), self.clone());
        while connect.follow(&mut redirects, &result)? {
            result = open(&connect);
        }
        result
    }

    /// Turns to where the server sends, if it does and that is allowed; `false` when `result` is the last one.
    pub(crate) fn follow<T>(
        &mut self,
        redirects: &mut Redirects,
        result: &Result<T, Error>,
    ) -> Result<bool, Error> {
        let Err(Error::Refused(answer)) = result else { return Ok(false) };
        if self.route.redirects == 0 {
            return Ok(false);
        }
        let Some(redirect) = redirects.follow(&self.uri, answer)? else { return Ok(false) };
        self.request = redirect.request(&self.request);
        self.uri = redirect.uri().clone();
        Ok(true)
    }
}
