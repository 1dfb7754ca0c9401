//! When to look at which connection again: one moment for each, however often its deadline moves.

use std::collections::BTreeSet;
use std::time::Duration;

/// Connections by the moment at which they are to be looked at; each is in it once at most.
#[derive(Default)]
pub(crate) struct Timers(BTreeSet<(Duration, usize)>);

impl Timers {
    /// Sees to it that `key` comes up by `deadline`; `known` is where it is now.
    ///
    /// A deadline that moved away costs nothing: the old moment stays, comes up for nothing, and is set anew then. Those of a
    /// keepalive move with each byte that comes.
    pub(crate) fn set(&mut self, key: usize, known: &mut Option<Duration>, deadline: Option<Duration>) {
        if let Some(deadline) = deadline
            && known.is_none_or(|known| deadline < known)
        {
            self.remove(key, known);
            self.0.insert((deadline, key));
            *known = Some(deadline);
        }
    }

    pub(crate) fn remove(&mut self, key: usize, known: &mut Option<Duration>) {
        if let Some(moment) = known.take() {
            self.0.remove(&(moment, key));
        }
    }

    /// The first one whose moment has come; it is not in here any more.
    pub(crate) fn pop(&mut self, now: Duration) -> Option<usize> {
        self.0.first().filter(|(moment, _)| *moment <= now)?;
        self.0.pop_first().map(|(_, key)| key)
    }

    /// How long there is nothing to do.
    pub(crate) fn wait(&self, now: Duration) -> Option<Duration> {
        self.0.first().map(|(moment, _)| moment.saturating_sub(now))
    }
}
