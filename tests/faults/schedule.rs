//! Owns what may befall an initialisation: faults of the line, ends of the app, a second device, in any order.
//! Refuses to know how they are brought about.
//! Invariant: every schedule ends; what is left of it is calm.

use proptest::collection::vec;
use proptest::prelude::*;

/// One of the four messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leg {
    /// The device begins.
    M1 = 0,
    /// The centre answers.
    M2 = 1,
    /// The device proves.
    M3 = 2,
    /// The centre seals.
    M4 = 3,
}

/// What happens to one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    Pass,
    /// It never arrives, and the line closes.
    Drop,
    /// It arrives a little later.
    Delay { millis: u8 },
    /// It arrives twice: a request as two at the same moment, an answer as two in a row.
    Double,
    /// It arrives after a later one: a request when its sender has given up on it, an answer to the next question.
    Late,
    /// It ends too early, saying so or not.
    Cut { keep: u16, honest: bool },
    /// One bit of it is another.
    Flip { at: u16, bit: u8 },
}

/// When a device's app ends without a farewell, counted from the moment at which it was asked to do something.
pub(crate) type End = Option<u16>;

/// What one device goes through.
#[derive(Debug, Clone)]
pub(crate) struct Fate {
    /// What happens to the first messages of each leg.
    pub(crate) faults: [Vec<Fault>; 4],
    /// For each start of the app: how long it lives, milliseconds; `None` is until it has done what it can.
    pub(crate) lives: Vec<End>,
}

/// What one issue goes through.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    /// The member's device.
    pub(crate) first: Fate,
    /// Another device with the right start password, at the same time.
    pub(crate) second: Option<Fate>,
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        4 => Just(Fault::Pass),
        3 => Just(Fault::Drop),
        2 => (1..60u8).prop_map(|millis| Fault::Delay { millis }),
        3 => Just(Fault::Double),
        3 => Just(Fault::Late),
        2 => (any::<u16>(), any::<bool>()).prop_map(|(keep, honest)| Fault::Cut { keep, honest }),
        2 => (any::<u16>(), 0..8u8).prop_map(|(at, bit)| Fault::Flip { at, bit }),
    ]
}

fn fate() -> impl Strategy<Value = Fate> {
    let leg = || prop_oneof![9 => vec(fault(), 0..3), 1 => vec(fault(), 3..6)];
    let end = prop_oneof![3 => Just(None), 1 => (0..40u16).prop_map(Some), 1 => (40..900u16).prop_map(Some)];
    ([leg(), leg(), leg(), leg()], vec(end, 1..4)).prop_map(|(faults, lives)| Fate { faults, lives })
}

/// Any schedule.
pub(crate) fn schedule() -> impl Strategy<Value = Schedule> {
    let second = prop_oneof![7 => Just(None), 1 => fate().prop_map(Some)];
    (fate(), second).prop_map(|(first, second)| Schedule { first, second })
}
