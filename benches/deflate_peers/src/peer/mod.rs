//! Each with the same three calls: open a connection as a server, send a text, receive a message and give its length.
//! Every message is compressed. The level is 6 where it can be chosen.

#[cfg(feature = "ours")]
#[path = "ours.rs"]
mod chosen;
#[cfg(feature = "ratchet")]
#[path = "ratchet.rs"]
mod chosen;
#[cfg(feature = "sockudo-ws")]
#[path = "sockudo.rs"]
mod chosen;
#[cfg(feature = "soketto")]
#[path = "soketto.rs"]
mod chosen;
#[cfg(feature = "yawc")]
#[path = "yawc.rs"]
mod chosen;

pub(crate) use chosen::*;

/// In a runtime of one thread, which is what the processor's time is measured of.
#[cfg(feature = "tokio")]
pub(crate) fn block_on(future: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future);
}

/// Nothing waits here.
#[cfg(not(feature = "tokio"))]
pub(crate) fn block_on(future: impl Future<Output = ()>) {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(std::pin::pin!(future).poll(&mut context).is_ready());
}
