//! Which rooms there are: one at `/`, which is always there, and one for each name, as long as somebody is in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::room::Room;

const LONGEST_NAME: usize = 64;

/// What a path stands for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place<'p> {
    /// The page, which connects to `ws` beside it.
    Page,
    /// The socket of the room of this name; that of the first one is empty.
    Talk(&'p str),
}

impl<'p> Place<'p> {
    /// `/` and `/ws`, `/room/NAME/` and `/room/NAME/ws`.
    pub(crate) fn of(path: &'p str) -> Option<Self> {
        let rest = path.strip_prefix('/')?;
        let (name, rest) = match rest.strip_prefix("room/") {
            Some(named) => named.split_once('/').filter(|(name, _)| is_name(name))?,
            None => ("", rest),
        };
        match rest {
            "" => Some(Place::Page),
            "ws" => Some(Place::Talk(name)),
            _ => None,
        }
    }
}

fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[derive(Default)]
pub(crate) struct Rooms {
    first: Arc<Room>,
    named: Mutex<HashMap<String, Weak<Room>>>,
}

impl Rooms {
    /// The room of this name, which may be a new one.
    pub(crate) fn room(&self, name: &str) -> Arc<Room> {
        if name.is_empty() {
            return Arc::clone(&self.first);
        }
        let mut named = self.lock();
        if let Some(room) = named.get(name).and_then(Weak::upgrade) {
            return room;
        }
        // There are no more rooms than connections, once those are forgotten that all have left.
        named.retain(|_, room| room.strong_count() > 0);
        let room = Arc::<Room>::default();
        named.insert(name.to_string(), Arc::downgrade(&room));
        room
    }

    /// Closes all connections with 1001, and waits until they have ended, but not for long.
    pub(crate) async fn close(&self, patience: Duration) {
        let mut rooms: Vec<_> = self.lock().values().filter_map(Weak::upgrade).collect();
        rooms.push(Arc::clone(&self.first));
        // A room is also one of threads, so it blocks while it waits.
        let close = |room: Arc<Room>| tokio::task::spawn_blocking(move || room.close(patience));
        let closing: Vec<_> = rooms.into_iter().map(close).collect();
        for room in closing {
            let _ = room.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Weak<Room>>> {
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
