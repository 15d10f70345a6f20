//! Owns a model of verification: concurrent requests, crashes, lost replies, retries, stops, reinstatement.
//! Refuses to know SQL, keys and HTTP: it has the protocol's steps (section 6) and nothing else.
//! Invariant: checked over every reachable state, and each guard is shown to be needed by leaving it out alone.

use stateright::{Checker as _, HasDiscoveries, Model, Property};

/// Wrong codes until the token stops.
const LIMIT: u8 = 2;
/// How often staff reinstate, a stop comes from elsewhere (staff, the member's device), and the centre crashes or
/// loses a reply, in one history.
const REINSTATEMENTS: u8 = 1;
const STOPS: u8 = 1;
const FAULTS: u8 = 2;

/// What a request carries: the right code of a step, or a wrong one. Steps count from 1; 0 is "none yet".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Guess {
    Right(u8),
    Wrong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Verdict {
    Accepted,
    Used,
    Wrong,
    Suspended,
}

/// What evaluation asks the write to do: computed from what was read, which may be old by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Finding {
    Fresh(u8),
    Spent,
    /// With the wrong codes that were counted when it was read.
    NoMatch(u8),
}

/// Where one request stands. It lives through crashes by being asked again under the same ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Phase {
    Asked,
    Evaluated(Finding),
    Written(Verdict),
    Answered(Verdict),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Centre {
    is_stopped: bool,
    last_step: u8,
    wrong: u8,
    /// Each request's idempotency row, written once, and where the request stands.
    requests: Vec<(Option<Verdict>, Phase)>,
    /// What must never happen is counted here, outside of what the centre itself knows: how often each step was
    /// accepted …
    accepted: [u8; 3],
    /// … wrong codes that were evaluated and charged, in a row: since the last reinstatement or accepted code …
    judged: u8,
    /// … that a code was accepted or charged while the token was stopped …
    judged_stopped: bool,
    /// … and that a request got another answer than the first that was committed for it.
    two_answers: bool,
    reinstatements: u8,
    stops: u8,
    faults: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    Evaluate(usize),
    Write(usize),
    Answer(usize),
    LoseReply(usize),
    Crash,
    Stop,
    Reinstate,
}

/// What the write is guarded by. Each can be left out, to see what it is for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Guards {
    /// `last_step < s` where a code is accepted.
    step: bool,
    /// `wrong < limit`: where a code is charged as the count that was read, which was below it.
    count: bool,
    /// `state = 'active'`.
    state: bool,
    /// The request's own row: what was answered under its ID before is answered again.
    row: bool,
}

const ALL: Guards = Guards { step: true, count: true, state: true, row: true };

struct Verification {
    guesses: Vec<Guess>,
    guards: Guards,
}

impl Verification {
    /// What is answered and durable from now on; nothing when a guard was lost, which leads to another look.
    fn write(&self, centre: &mut Centre, request: usize, finding: Finding) -> Option<Verdict> {
        if let Some(earlier) = self.earlier(centre, request) {
            return Some(earlier);
        }
        let is_open = !self.guards.state || !centre.is_stopped;
        let verdict = match finding {
            Finding::Spent => Verdict::Used,
            Finding::Fresh(step) => {
                let is_newer = !self.guards.step || centre.last_step < step;
                let is_below = !self.guards.count || centre.wrong < LIMIT;
                if !(is_open && is_newer && is_below) {
                    return None;
                }
                (centre.last_step, centre.wrong, centre.judged) = (step, 0, 0);
                centre.accepted[usize::from(step)] += 1;
                centre.judged_stopped |= centre.is_stopped;
                Verdict::Accepted
            }
            Finding::NoMatch(read) => {
                if !(is_open && (!self.guards.count || centre.wrong == read)) {
                    return None;
                }
                centre.judged += 1;
                centre.judged_stopped |= centre.is_stopped;
                centre.wrong = read + 1;
                if centre.wrong >= LIMIT {
                    centre.is_stopped = true;
                    // The code that stops it is answered as every one after it.
                    Verdict::Suspended
                } else {
                    Verdict::Wrong
                }
            }
        };
        centre.requests[request].0.get_or_insert(verdict);
        Some(verdict)
    }

    fn earlier(&self, centre: &Centre, request: usize) -> Option<Verdict> {
        centre.requests[request].0.filter(|_| self.guards.row)
    }

    fn evaluate(&self, centre: &mut Centre, request: usize) -> Phase {
        if let Some(earlier) = self.earlier(centre, request) {
            return Phase::Written(earlier);
        }
        if centre.is_stopped {
            centre.requests[request].0.get_or_insert(Verdict::Suspended);
            return Phase::Written(Verdict::Suspended);
        }
        Phase::Evaluated(match self.guesses[request] {
            Guess::Right(step) if step > centre.last_step => Finding::Fresh(step),
            Guess::Right(_) => Finding::Spent,
            Guess::Wrong => Finding::NoMatch(centre.wrong),
        })
    }

    /// Requests with the same code are interchangeable: of histories that differ in nothing else one is looked at.
    fn fold(&self, centre: &mut Centre) {
        let mut from = 0;
        for alike in self.guesses.chunk_by(|one, other| one == other) {
            centre.requests[from..from + alike.len()].sort_unstable();
            from += alike.len();
        }
    }
}

impl Model for Verification {
    type State = Centre;
    type Action = Action;

    fn init_states(&self) -> Vec<Centre> {
        vec![Centre {
            is_stopped: false,
            last_step: 0,
            wrong: 0,
            requests: vec![(None, Phase::Asked); self.guesses.len()],
            accepted: [0; 3],
            judged: 0,
            judged_stopped: false,
            two_answers: false,
            reinstatements: 0,
            stops: 0,
            faults: 0,
        }]
    }

    fn actions(&self, centre: &Centre, actions: &mut Vec<Action>) {
        for (request, (_, phase)) in centre.requests.iter().enumerate() {
            match phase {
                Phase::Asked => actions.push(Action::Evaluate(request)),
                Phase::Evaluated(_) => actions.push(Action::Write(request)),
                Phase::Written(_) => {
                    actions.push(Action::Answer(request));
                    if centre.faults < FAULTS {
                        actions.push(Action::LoseReply(request));
                    }
                }
                Phase::Answered(_) => {}
            }
        }
        if centre.faults < FAULTS {
            actions.push(Action::Crash);
        }
        if !centre.is_stopped && centre.stops < STOPS {
            actions.push(Action::Stop);
        }
        if centre.is_stopped && centre.reinstatements < REINSTATEMENTS {
            actions.push(Action::Reinstate);
        }
    }

    fn next_state(&self, last: &Centre, action: Action) -> Option<Centre> {
        let mut centre = last.clone();
        match action {
            Action::Evaluate(request) => centre.requests[request].1 = self.evaluate(&mut centre, request),
            Action::Write(request) => {
                let Phase::Evaluated(finding) = centre.requests[request].1 else { return None };
                let written = self.write(&mut centre, request, finding);
                centre.requests[request].1 = written.map_or(Phase::Asked, Phase::Written);
            }
            Action::Answer(request) => {
                let (first, Phase::Written(verdict)) = centre.requests[request] else { return None };
                centre.two_answers |= first != Some(verdict);
                centre.requests[request].1 = Phase::Answered(verdict);
            }
            Action::LoseReply(request) => {
                centre.faults += 1;
                centre.requests[request].1 = Phase::Asked;
            }
            Action::Crash => {
                centre.faults += 1;
                for (_, phase) in &mut centre.requests {
                    if !matches!(phase, Phase::Answered(_)) {
                        *phase = Phase::Asked;
                    }
                }
            }
            Action::Stop => {
                centre.stops += 1;
                centre.is_stopped = true;
            }
            Action::Reinstate => {
                centre.reinstatements += 1;
                (centre.is_stopped, centre.wrong, centre.judged) = (false, 0, 0);
            }
        }
        self.fold(&mut centre);
        Some(centre)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(TWICE, |_, centre: &Centre| centre.accepted.iter().all(|times| *times <= 1)),
            Property::always(TOO_MANY, |_, centre: &Centre| centre.judged <= LIMIT),
            Property::always(STOPPED, |_, centre: &Centre| !centre.judged_stopped),
            Property::always(TWO_ANSWERS, |_, centre: &Centre| !centre.two_answers),
            Property::sometimes("a code is accepted", |_, centre: &Centre| centre.accepted != [0; 3]),
            Property::sometimes(
                "as many wrong codes are judged as the limit allows",
                |_, centre: &Centre| centre.judged == LIMIT,
            ),
            Property::sometimes("a code is accepted after reinstatement", |_, centre: &Centre| {
                centre.reinstatements > 0 && centre.accepted != [0; 3] && centre.wrong == 0
            }),
            Property::sometimes(
                "a right code is refused as a wrong one is",
                |model: &Self, centre: &Centre| {
                    centre.requests.iter().zip(&model.guesses).any(|((_, phase), guess)| {
                        matches!((phase, guess), (Phase::Answered(Verdict::Suspended), Guess::Right(_)))
                    })
                },
            ),
        ]
    }
}

const TWICE: &str = "no step is accepted twice";
/// A wrong code counts when it is evaluated and charged, also the one that stops the token. An accepted code begins
/// the row anew, as it does at the centre (`wrong = 0`), and so does a reinstatement.
const TOO_MANY: &str = "between reinstatements no more wrong codes in a row are judged than the limit";
const STOPPED: &str = "nothing is accepted or charged while the token is stopped";
const TWO_ANSWERS: &str = "one request gets one answer";

/// Two copies of one code, the next code, and one wrong code more than the limit allows.
fn guesses() -> Vec<Guess> {
    use Guess::{Right, Wrong};
    let wrong = std::iter::repeat_n(Wrong, usize::from(LIMIT) + 1);
    [Right(1), Right(1), Right(2)].into_iter().chain(wrong).collect()
}

#[test]
fn every_history_of_the_guarded_write_keeps_the_promises() {
    let model = Verification { guesses: guesses(), guards: ALL };
    let checked = model.checker().threads(2).spawn_bfs().join();
    println!("{} states, {} of them distinct", checked.state_count(), checked.unique_state_count());
    assert!(checked.unique_state_count() > 10_000, "the model explored next to nothing");
    checked.assert_properties();
}

/// Leaves guards out, and expects that the broken promise is found.
fn found(guards: Guards, promise: &'static str) {
    let model = Verification { guesses: guesses(), guards };
    let checked =
        model.checker().threads(2).finish_when(HasDiscoveries::AnyOf([promise].into())).spawn_bfs().join();
    checked.assert_any_discovery(promise);
}

#[test]
fn without_the_guard_on_the_step_alone_a_code_is_accepted_twice() {
    found(Guards { step: false, ..ALL }, TWICE);
}

#[test]
fn without_the_guard_on_the_count_alone_more_wrong_codes_are_judged_than_the_limit() {
    found(Guards { count: false, ..ALL }, TOO_MANY);
}

#[test]
fn without_the_guard_on_the_state_alone_a_stopped_token_is_judged() {
    found(Guards { state: false, ..ALL }, STOPPED);
}

#[test]
fn without_the_requests_own_row_a_repeated_question_gets_another_answer() {
    found(Guards { row: false, ..ALL }, TWO_ANSWERS);
}
