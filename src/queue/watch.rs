//! A watch of its own, for Rust programs that want nothing else of a queue.

#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::time::Duration;

use crate::client::Client;
use crate::error::Error;
use crate::watch::RoomEvent;

use super::{Event, Queue, QueueOptions};

/// The news of one room, one after the other: an iterator that waits, or an async one by
/// [`Watch::next_event`].
///
/// After an error there is nothing more. Dropping it ends the watch.
#[derive(Debug)]
pub struct Watch {
    /// `None` after the end.
    queue: Option<Queue>,
}

impl Watch {
    pub(crate) fn new(
        client: &Client,
        appid: &str,
        confid: &str,
        interval: Duration,
    ) -> Result<Watch, Error> {
        let queue = Queue::without_descriptor(QueueOptions::default())?;
        queue.watch_meeting(client, appid, confid, interval, 0)?;
        Ok(Watch { queue: Some(queue) })
    }

    /// The next news, for any executor to await. Dropping the future loses nothing.
    pub async fn next_event(&mut self) -> Option<Result<RoomEvent, Error>> {
        let queue = self.queue.as_ref()?;
        let event = poll_fn(|context| queue.poll_take(context.waker())).await;
        self.told(event)
    }

    fn told(&mut self, event: Event) -> Option<Result<RoomEvent, Error>> {
        if let Event::Room { event, .. } = event {
            return Some(Ok(event));
        }
        self.queue = None;
        match event {
            Event::Ended { error, .. } => Some(Err(error)),
            _ => None,
        }
    }
}

impl Iterator for Watch {
    type Item = Result<RoomEvent, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let queue = self.queue.as_ref()?;
        let event = queue.take(None).unwrap_or(Event::Closed);
        self.told(event)
    }
}
