//! One exchange on a connection: what its [`Seat`] has to know of the request that comes in and of the answer that goes out.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use super::seat::{Counted, Held, Seat};
use crate::portal::answer::Shared;

/// The largest piece in which a body is given to HTTP, which keeps no more of it than it has been given.
const PIECE: usize = 16 * 1024;
/// What an exchange takes beside its headers and bodies, in bytes.
const EXCHANGE: usize = 4 * 1024;
/// How much of a request's body counts as what lies there, in bytes. Of longer ones there are few.
const BEGINNING: usize = 64 * 1024;
/// What lies ready of a body whose length isn't known, in bytes.
const UNKNOWN: u64 = 16 * 1024;

/// An exchange, as long as the server has no answer yet.
#[derive(Clone, Debug)]
pub(crate) struct Turn(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    seat: Seat,
    stage: Mutex<Stage>,
}

#[derive(Debug)]
enum Stage {
    /// The peer sends.
    Receiving,
    /// The server works. Its connection isn't let go.
    Working {
        _working: Counted,
        _ours: Counted,
    },
    /// The server waits for something else to happen.
    Waiting {
        _ours: Counted,
    },
    Over,
}

/// What an answer needs for itself.
#[derive(Clone, Debug)]
pub(crate) enum Reserved {
    /// Until it is ready to go out.
    UntilReady(Arc<OwnedSemaphorePermit>),
    /// Until it has gone out.
    UntilSent(Arc<OwnedSemaphorePermit>),
}

impl Turn {
    /// It waits for something that others do: if somebody needs the place, its connection may go.
    pub(crate) fn waits(&self) {
        self.set(|stage| match stage {
            Stage::Working { _ours, .. } => Stage::Waiting { _ours },
            other => other,
        });
    }

    /// Whether its connection is there for questions of health alone.
    pub(crate) fn is_spare(&self) -> bool {
        self.0.seat.is_spare()
    }

    fn begin(seat: &Seat) -> Self {
        Self(Arc::new(Inner { seat: seat.clone(), stage: Mutex::new(Stage::Receiving) }))
    }

    /// The request is all there.
    fn received(&self) {
        self.0.seat.moved();
        let (_working, _ours) = (self.0.seat.working(), self.0.seat.ours());
        self.set(|stage| match stage {
            Stage::Receiving => Stage::Working { _working, _ours },
            other => other,
        });
    }

    fn set(&self, next: impl FnOnce(Stage) -> Stage) {
        let mut stage = self.0.stage.lock().unwrap_or_else(PoisonError::into_inner);
        *stage = next(std::mem::replace(&mut *stage, Stage::Over));
    }
}

/// Ends a [`Turn`], however that comes.
struct End(Turn);

impl Drop for End {
    fn drop(&mut self) {
        self.0.set(|_| Stage::Over);
    }
}

impl Seat {
    /// One exchange: the request is given to this, and the answer is made ready to go out.
    pub(crate) async fn exchange<F>(
        &self,
        request: hyper::Request<Incoming>,
        serve: impl FnOnce(Request, Turn) -> F,
    ) -> Response
    where
        F: Future<Output = Response>,
    {
        self.moved();
        let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
        let mut held = self.holds_nothing();
        held.add(EXCHANGE + fields.sum::<usize>());
        self.ready().await;

        let turn = Turn::begin(self);
        let end = End(turn.clone());
        if request.body().is_end_stream() {
            turn.received();
        }
        let (turn_of_body, held_of_body) = (turn.clone(), self.holds_nothing());
        let request = request
            .map(|body| Body::new(Received { body, turn: turn_of_body, held: held_of_body, counted: 0 }));
        let mut response = serve(request, turn).await;

        let reserved = response.extensions_mut().remove::<Reserved>();
        if response.extensions_mut().remove::<Shared>().is_none() {
            let bytes = response.body().size_hint().exact().unwrap_or(UNKNOWN);
            let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
            self.house().time_to_read(bytes).await;
            held.add(bytes);
        }
        let kept = match reserved {
            Some(Reserved::UntilSent(permit)) => Some(permit),
            Some(Reserved::UntilReady(permit)) => {
                drop(permit);
                None
            }
            None => None,
        };
        drop(end);
        self.moved();
        let seat = self.clone();
        response.map(|body| {
            Body::new(Sent { body, rest: Bytes::new(), seat, waits: None, _held: held, _kept: kept })
        })
    }
}

/// The body of a request.
struct Received {
    body: Incoming,
    turn: Turn,
    /// The beginning of it lies there until the rest has come.
    held: Held,
    counted: usize,
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                let length = frame.data_ref().map_or(0, Bytes::len);
                self.turn.0.seat.carried(length);
                let more = length.min(BEGINNING - self.counted);
                self.counted += more;
                self.held.add(more);
            }
            Some(Err(_)) | None => self.turn.received(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer, in pieces.
struct Sent {
    body: Body,
    /// Of the last piece.
    rest: Bytes,
    seat: Seat,
    /// While the server has nothing to send, and knows that there will be more.
    waits: Option<Counted>,
    _held: Held,
    _kept: Option<Arc<OwnedSemaphorePermit>>,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
                if self.waits.is_none() {
                    self.waits = Some(self.seat.ours());
                }
                return Poll::Pending;
            };
            self.waits = None;
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => self.rest = data,
                Some(Ok(Err(other))) => return Poll::Ready(Some(Ok(other))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        let length = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(length);
        self.seat.carried(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, body) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        // The upper bound first: the lower one may not pass it.
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(body.lower() + rest);
        hint
    }
}
