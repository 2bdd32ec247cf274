//! Work that is finished once it has begun, although whoever asked for it has hung up.
//!
//! HTTP drops the future of an answer at the end of its connection or stream. A command may be committed by then, and not
//! yet in the journal.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;

use super::seat::Seat;
use crate::shutdown::Shutdown;

/// A future that goes on as a task of its own if it is dropped before its end.
pub(crate) struct Work<T: Send + 'static> {
    rest: Option<BoxFuture<'static, T>>,
    /// Held to the end, so that a stop can wait for it.
    shutdown: Shutdown,
    /// Of the connection that it began on.
    seat: Seat,
    abandoned: Abandoned,
}

/// Tells whether anybody still waits for the result.
#[derive(Clone, Debug, Default)]
pub(crate) struct Abandoned(Arc<AtomicBool>);

impl<T: Send + 'static> Work<T> {
    /// Work that can ask whether it is abandoned.
    pub(crate) fn new<F>(shutdown: Shutdown, seat: Seat, work: impl FnOnce(Abandoned) -> F) -> Self
    where
        F: Future<Output = T> + Send + 'static,
    {
        let abandoned = Abandoned::default();
        Self { rest: Some(Box::pin(work(abandoned.clone()))), shutdown, seat, abandoned }
    }
}

impl Abandoned {
    /// Whether nobody waits any more.
    pub(crate) fn is_true(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl<T: Send + 'static> Future for Work<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        // Taken out, so that what panics isn't gone on with.
        let mut rest = self.rest.take().expect("a future isn't polled after its end");
        let polled = rest.as_mut().poll(context);
        if polled.is_pending() {
            self.rest = Some(rest);
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Work<T> {
    fn drop(&mut self) {
        // Outside of a runtime, the process is at its end.
        if let (Some(rest), Ok(runtime)) = (self.rest.take(), tokio::runtime::Handle::try_current()) {
            self.abandoned.0.store(true, Ordering::Release);
            let (shutdown, counted) = (self.shutdown.clone(), self.seat.abandon());
            runtime.spawn(async move {
                rest.await;
                drop((shutdown, counted));
            });
        }
    }
}
