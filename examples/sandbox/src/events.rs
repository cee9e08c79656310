//! Tells pages what happens, as server-sent events. Nobody waits for a page: one that does not keep
//! up loses its stream, comes again, and begins with the state of that moment.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use http_body::Frame;
use serde::Serialize;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::Interval;

/// How many may listen at once.
const LISTENERS: usize = 64;

/// How far a listener may fall behind, in events.
const BEHIND: usize = 2048;

/// How often a stream on which nothing happens shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

#[derive(Default)]
pub(crate) struct Listeners(Vec<Sender<Bytes>>);

/// The body of an answer that goes on.
pub(crate) struct Stream {
    events: Receiver<Bytes>,
    heartbeat: Interval,
}

impl Listeners {
    /// A new one, which is told this first; none when there are too many.
    pub(crate) fn add(&mut self, first: Bytes) -> Option<Stream> {
        self.0.retain(|listener| !listener.is_closed());
        if self.0.len() == LISTENERS {
            return None;
        }
        let (sender, events) = mpsc::channel(BEHIND);
        sender.try_send(first).ok()?;
        self.0.push(sender);
        Some(Stream { events, heartbeat: tokio::time::interval(HEARTBEAT) })
    }

    /// The event is made only when somebody listens.
    pub(crate) fn tell<T: Serialize>(&mut self, name: &str, data: impl FnOnce() -> T) {
        if self.0.is_empty() {
            return;
        }
        let event = event(name, &data());
        self.0.retain(|listener| listener.try_send(event.clone()).is_ok());
    }
}

/// JSON has no line ends of its own, so it is one line of data.
pub(crate) fn event(name: &str, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into()
}

impl HttpBody for Stream {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(event) = self.events.poll_recv(context) {
            return Poll::Ready(event.map(|event| Ok(Frame::data(event))));
        }
        self.heartbeat
            .poll_tick(context)
            .map(|_| Some(Ok(Frame::data(Bytes::from_static(b":\n\n")))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(test: impl FnOnce()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _inside = runtime.enter();
        test();
    }

    #[test]
    fn one_that_does_not_keep_up_is_let_go_and_the_others_stay() {
        inside(|| {
            let mut listeners = Listeners::default();
            let mut slow = listeners.add(Bytes::from_static(b"first")).unwrap();
            let mut fast = listeners.add(Bytes::from_static(b"first")).unwrap();
            fast.events.try_recv().unwrap();
            for number in 0..BEHIND {
                listeners.tell("x", || number);
                fast.events.try_recv().unwrap();
            }
            assert_eq!(listeners.0.len(), 1);
            assert_eq!(slow.events.try_recv().unwrap(), "first");
            assert_eq!(slow.events.try_recv().unwrap(), "event: x\ndata: 0\n\n");
        });
    }

    #[test]
    fn there_is_room_for_so_many_and_again_when_one_has_gone() {
        inside(|| {
            let mut listeners = Listeners::default();
            let mut streams: Vec<Stream> = Vec::new();
            for _ in 0..LISTENERS {
                streams.push(listeners.add(Bytes::new()).unwrap());
            }
            assert!(listeners.add(Bytes::new()).is_none());
            streams.pop();
            assert!(listeners.add(Bytes::new()).is_some());
        });
    }

    #[test]
    fn nothing_is_written_when_nobody_listens() {
        Listeners::default().tell("x", || -> u8 { panic!("made for nobody") });
    }
}
