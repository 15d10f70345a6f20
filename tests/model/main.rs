//! Owns a model of verification: concurrent requests, crashes, lost replies, retries, reinstatement.
//! Refuses to know SQL, keys and HTTP: it has the protocol's steps (section 6) and nothing else.
//! Invariant: checked over every reachable state: no step is accepted twice, no more than `LIMIT` wrong
//! codes in a row are judged between reinstatements, and one request ID never gets two answers.

use stateright::{Checker as _, Model, Property};

/// Wrong codes until the token stops.
const LIMIT: u8 = 2;
/// How often staff reinstate, and the centre crashes or loses a reply, in one history.
const REINSTATEMENTS: u8 = 1;
const FAULTS: u8 = 2;

/// What a request carries: the right code of a step, or a wrong one. Steps count from 1; 0 is "none yet".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Guess {
    Right(u8),
    Wrong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Verdict {
    Accepted,
    Used,
    Wrong,
    Suspended,
}

/// What evaluation asks the write to do: computed from what was read, which may be old by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Finding {
    Fresh(u8),
    Spent,
    NoMatch,
}

/// Where one request stands. It lives through crashes by being asked again under the same ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    Asked,
    Evaluated(Finding),
    Written(Verdict),
    Answered(Verdict),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Centre {
    suspended: bool,
    last_step: u8,
    wrong: u8,
    /// The idempotency rows: one per request.
    rows: Vec<Option<Verdict>>,
    phases: Vec<Phase>,
    /// What must never happen is counted here, outside of what the centre itself knows.
    accepted: Vec<u8>,
    /// Wrong codes that were answered as such since the last accepted one or reinstatement.
    judged: u8,
    two_answers: bool,
    reinstatements: u8,
    faults: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    Evaluate(usize),
    Write(usize),
    Answer(usize),
    LoseReply(usize),
    Crash,
    Reinstate,
}

/// Whether the write is guarded as the protocol says, or (to see that the model can fail) not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    Guarded,
    Unguarded,
}

struct Verification {
    requests: Vec<Guess>,
    write: Write,
}

impl Verification {
    fn write(&self, centre: &mut Centre, request: usize, finding: Finding) -> Option<Verdict> {
        if let Some(earlier) = centre.rows[request] {
            return Some(earlier);
        }
        let guarded = self.write == Write::Guarded;
        let open = !guarded || (!centre.suspended && centre.wrong < LIMIT);
        let verdict = match finding {
            Finding::Fresh(step) if open && (!guarded || centre.last_step < step) => {
                centre.last_step = step;
                (centre.wrong, centre.judged) = (0, 0);
                centre.accepted.push(step);
                Verdict::Accepted
            }
            Finding::NoMatch if open => {
                centre.wrong += 1;
                centre.suspended |= centre.wrong >= LIMIT;
                Verdict::Wrong
            }
            // The guard was lost: read again.
            Finding::Fresh(_) | Finding::NoMatch if centre.suspended => Verdict::Suspended,
            Finding::Fresh(_) | Finding::Spent => Verdict::Used,
            Finding::NoMatch => return None,
        };
        if verdict == Verdict::Wrong {
            centre.judged += 1;
        }
        centre.rows[request] = Some(verdict);
        Some(verdict)
    }
}

impl Model for Verification {
    type State = Centre;
    type Action = Action;

    fn init_states(&self) -> Vec<Centre> {
        vec![Centre {
            suspended: false,
            last_step: 0,
            wrong: 0,
            rows: vec![None; self.requests.len()],
            phases: vec![Phase::Asked; self.requests.len()],
            accepted: Vec::new(),
            judged: 0,
            two_answers: false,
            reinstatements: 0,
            faults: 0,
        }]
    }

    fn actions(&self, centre: &Centre, actions: &mut Vec<Action>) {
        for (request, phase) in centre.phases.iter().enumerate() {
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
        if centre.suspended && centre.reinstatements < REINSTATEMENTS {
            actions.push(Action::Reinstate);
        }
    }

    fn next_state(&self, last: &Centre, action: Action) -> Option<Centre> {
        let mut centre = last.clone();
        match action {
            Action::Evaluate(request) => {
                centre.phases[request] = match (centre.rows[request], self.requests[request]) {
                    (Some(earlier), _) => Phase::Written(earlier),
                    (None, _) if centre.suspended => {
                        centre.rows[request] = Some(Verdict::Suspended);
                        Phase::Written(Verdict::Suspended)
                    }
                    (None, Guess::Right(step)) if step > centre.last_step => {
                        Phase::Evaluated(Finding::Fresh(step))
                    }
                    (None, Guess::Right(_)) => Phase::Evaluated(Finding::Spent),
                    (None, Guess::Wrong) => Phase::Evaluated(Finding::NoMatch),
                };
            }
            Action::Write(request) => {
                let Phase::Evaluated(finding) = centre.phases[request] else { return None };
                centre.phases[request] = match self.write(&mut centre, request, finding) {
                    Some(verdict) => Phase::Written(verdict),
                    None => Phase::Asked,
                };
            }
            Action::Answer(request) => {
                let Phase::Written(verdict) = centre.phases[request] else { return None };
                centre.two_answers |= centre.rows[request] != Some(verdict);
                centre.phases[request] = Phase::Answered(verdict);
            }
            Action::LoseReply(request) => {
                centre.faults += 1;
                centre.phases[request] = Phase::Asked;
            }
            Action::Crash => {
                centre.faults += 1;
                for phase in &mut centre.phases {
                    if !matches!(phase, Phase::Answered(_)) {
                        *phase = Phase::Asked;
                    }
                }
            }
            Action::Reinstate => {
                centre.reinstatements += 1;
                (centre.suspended, centre.wrong, centre.judged) = (false, 0, 0);
            }
        }
        Some(centre)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("no step is accepted twice", |_, centre: &Centre| {
                let mut steps = centre.accepted.clone();
                steps.sort_unstable();
                steps.windows(2).all(|pair| pair[0] != pair[1])
            }),
            Property::always(
                "no more wrong codes in a row are judged than the limit",
                |_, centre: &Centre| centre.judged <= LIMIT,
            ),
            Property::always("one request gets one answer", |_, centre: &Centre| !centre.two_answers),
            Property::sometimes("a code is accepted", |_, centre: &Centre| !centre.accepted.is_empty()),
            Property::sometimes("a code is accepted after reinstatement", |_, centre: &Centre| {
                centre.reinstatements > 0 && !centre.accepted.is_empty() && centre.wrong == 0
            }),
            Property::sometimes(
                "a right code is refused as a wrong one is",
                |model: &Self, centre: &Centre| {
                    centre.phases.iter().zip(&model.requests).any(|(phase, guess)| {
                        matches!((phase, guess), (Phase::Answered(Verdict::Suspended), Guess::Right(_)))
                    })
                },
            ),
        ]
    }
}

fn requests() -> Vec<Guess> {
    use Guess::{Right, Wrong};
    vec![Right(1), Right(1), Right(2), Wrong, Wrong]
}

#[test]
fn every_history_of_the_guarded_write_keeps_the_promises() {
    let model = Verification { requests: requests(), write: Write::Guarded };
    let checked = model.checker().threads(2).spawn_bfs().join();
    println!("{} states, {} of them distinct", checked.state_count(), checked.unique_state_count());
    assert!(checked.unique_state_count() > 10_000, "the model explored next to nothing");
    checked.assert_properties();
}

#[test]
fn without_the_guard_the_model_finds_the_double_accept() {
    let model = Verification { requests: requests(), write: Write::Unguarded };
    let checked = model.checker().threads(2).spawn_bfs().join();
    checked.assert_any_discovery("no step is accepted twice");
}
