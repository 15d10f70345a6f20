//! Owns the line between one device and the centre, and breaks it as a schedule says.
//! Refuses to know what the messages mean: it tells them by their path and by their direction.
//! Invariant: without a fault left, every message passes unchanged; what was held back arrives at the latest when it is calm.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use harness::process::until;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use warifu_core::wire::device::{FINISH_PATH, START_PATH};

use crate::http::Message;
use crate::schedule::{Fault, Leg};

/// A place on the line where a test may stop the traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// A request came from the device and was not passed on yet.
    Asked(Leg),
    /// It was passed on, and nothing was heard yet.
    Forwarded(Leg),
    /// The answer came from the centre and was not passed on yet.
    Answered(Leg),
    /// The answer was passed on.
    Returned(Leg),
}

type Stop = (Point, oneshot::Sender<oneshot::Sender<()>>);

#[derive(Default)]
struct State {
    centre: Option<SocketAddr>,
    /// What happens to the next messages of each leg.
    faults: [VecDeque<Fault>; 4],
    /// Requests that will arrive late.
    late: Vec<Message>,
    /// An answer that will be given in place of the next one.
    stale: Option<Message>,
    stop: Option<Stop>,
    broken: usize,
    /// Messages on their way.
    carried: usize,
}

/// A line; it lasts as long as this value.
pub(crate) struct Line {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    carrying: tokio::task::JoinHandle<()>,
}

impl Line {
    /// At a free port; it leads nowhere yet.
    pub(crate) async fn lay() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let state = Arc::new(Mutex::new(State::default()));
        let carried = Arc::clone(&state);
        let carrying = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, Arc::clone(&carried)));
            }
        });
        Self { address, state, carrying }
    }

    /// Where a device reaches it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets it lead to a centre from now on.
    pub(crate) fn lead_to(&self, centre: SocketAddr) {
        lock(&self.state).centre = Some(centre);
    }

    /// What happens to the next messages.
    pub(crate) fn break_by(&self, faults: [Vec<Fault>; 4]) {
        lock(&self.state).faults = faults.map(VecDeque::from);
    }

    /// The faults are over: what was held back arrives now, and all that follows passes.
    pub(crate) async fn calm(&self) {
        lock(&self.state).faults = Default::default();
        until("the messages on their way", Duration::from_secs(60), async || {
            (lock(&self.state).carried == 0).then_some(())
        })
        .await;
        deliver_late(&self.state).await;
        lock(&self.state).stale = None;
    }

    /// How many messages met a fault.
    pub(crate) fn broken(&self) -> usize {
        lock(&self.state).broken
    }

    /// Waits at a point: the first receiver says that it was reached, and the traffic goes on when the sender that it
    /// carries is used or dropped.
    pub(crate) fn stop_at(&self, point: Point) -> oneshot::Receiver<oneshot::Sender<()>> {
        let (reached, wait) = oneshot::channel();
        lock(&self.state).stop = Some((point, reached));
        wait
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.carrying.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Carries one connection of the device, message by message, until something breaks it.
async fn carry(mut near: TcpStream, state: Arc<Mutex<State>>) {
    while let Some(request) = Message::read(&mut near).await {
        let legs = match request.path() {
            Some(path) if path == START_PATH => Some((Leg::M1, Leg::M2)),
            Some(path) if path == FINISH_PATH => Some((Leg::M3, Leg::M4)),
            _ => None,
        };
        lock(&state).carried += 1;
        let carried = match legs {
            Some((there, back)) => exchange(&mut near, &state, request, there, back).await,
            None => pass(&mut near, &state, request).await,
        };
        lock(&state).carried -= 1;
        if carried.is_none() {
            return;
        }
    }
}

async fn pass(near: &mut TcpStream, state: &Mutex<State>, request: Message) -> Option<()> {
    let answer = forward(state, &request, None).await?;
    near.write_all(&answer.bytes()).await.ok()
}

/// `None`: the device hears nothing more on this connection.
async fn exchange(
    near: &mut TcpStream,
    state: &Arc<Mutex<State>>,
    request: Message,
    there: Leg,
    back: Leg,
) -> Option<()> {
    reach(state, Point::Asked(there)).await;
    let answer = match next(state, there) {
        Fault::Pass => forward(state, &request, Some(there)).await,
        Fault::Drop => None,
        Fault::Delay { millis } => {
            tokio::time::sleep(Duration::from_millis(millis.into())).await;
            forward(state, &request, Some(there)).await
        }
        Fault::Double => {
            let (first, second) =
                tokio::join!(forward(state, &request, None), forward(state, &request, Some(there)));
            second.or(first)
        }
        Fault::Late => {
            lock(state).late.push(request);
            return None;
        }
        Fault::Cut { keep, honest: true } => forward(state, &request.cut(keep), Some(there)).await,
        Fault::Cut { keep, honest: false } => {
            // The centre waits for the rest until the line closes.
            let centre = lock(state).centre?;
            let mut far = TcpStream::connect(centre).await.ok()?;
            far.write_all(&request.torn(keep)).await.ok()?;
            return None;
        }
        Fault::Flip { at, bit } => forward(state, &request.flipped(at, bit), Some(there)).await,
    };
    // Everything that waited arrives now, after a message that was sent later.
    deliver_late(state).await;
    let fresh = answer?;
    reach(state, Point::Answered(back)).await;
    let fault = next(state, back);
    let answer = match fault {
        Fault::Late => {
            lock(state).stale = Some(fresh);
            return None;
        }
        _ => lock(state).stale.take().unwrap_or(fresh),
    };
    match fault {
        Fault::Pass | Fault::Late => near.write_all(&answer.bytes()).await.ok()?,
        Fault::Drop => return None,
        Fault::Delay { millis } => {
            tokio::time::sleep(Duration::from_millis(millis.into())).await;
            near.write_all(&answer.bytes()).await.ok()?;
        }
        Fault::Double => {
            let bytes = answer.bytes();
            near.write_all(&[bytes.clone(), bytes].concat()).await.ok()?;
        }
        Fault::Cut { keep, honest: true } => near.write_all(&answer.cut(keep).bytes()).await.ok()?,
        Fault::Cut { keep, honest: false } => {
            near.write_all(&answer.torn(keep)).await.ok()?;
            return None;
        }
        Fault::Flip { at, bit } => near.write_all(&answer.flipped(at, bit).bytes()).await.ok()?,
    }
    reach(state, Point::Returned(back)).await;
    Some(())
}

fn next(state: &Mutex<State>, leg: Leg) -> Fault {
    let mut state = lock(state);
    let fault = state.faults[leg as usize].pop_front().unwrap_or(Fault::Pass);
    state.broken += usize::from(fault != Fault::Pass);
    fault
}

async fn reach(state: &Mutex<State>, point: Point) {
    let stop = {
        let mut state = lock(state);
        if state.stop.as_ref().is_some_and(|(wanted, _)| *wanted == point) { state.stop.take() } else { None }
    };
    if let Some((_, reached)) = stop {
        let (go, wait) = oneshot::channel();
        if reached.send(go).is_ok() {
            // Going on is said by a word or by leaving.
            let _ = wait.await;
        }
    }
}

async fn deliver_late(state: &Mutex<State>) {
    let late = std::mem::take(&mut lock(state).late);
    for request in late {
        // Nobody waits for its answer any more.
        let _ = forward(state, &request, None).await;
    }
}

/// Over a connection of its own, so that a broken one breaks no other message.
async fn forward(state: &Mutex<State>, request: &Message, told: Option<Leg>) -> Option<Message> {
    let centre = lock(state).centre?;
    let mut far = TcpStream::connect(centre).await.ok()?;
    far.write_all(&request.bytes()).await.ok()?;
    if let Some(leg) = told {
        reach(state, Point::Forwarded(leg)).await;
    }
    let answer = Message::read(&mut far).await;
    // An error says that the centre is gone already.
    let _ = far.shutdown().await;
    let _ = far.read(&mut [0]).await;
    answer
}
