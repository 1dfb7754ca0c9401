//! The steps of a run, kept only when it is run again to be shown.

use std::fmt::Arguments;
use std::time::Duration;

/// Prints the steps, or not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trace {
    Off,
    On,
}

impl Trace {
    pub(crate) fn note(self, now: Duration, who: impl std::fmt::Debug, what: Arguments<'_>) {
        if let Self::On = self {
            let what = what.to_string();
            let shown: String = what.chars().take(160).collect();
            eprintln!("{:>12.6} {who:?} {shown}", now.as_secs_f64());
        }
    }
}

/// Adds a step.
macro_rules! note {
    ($trace:expr, $now:expr, $who:expr, $($what:tt)*) => {
        $trace.note($now, $who, format_args!($($what)*))
    };
}
pub(crate) use note;
