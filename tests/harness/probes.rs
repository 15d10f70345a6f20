//! Owns the two probes of the guarded write: many copies of one right code, and many wrong ones, all at once.
//! Refuses to know which database stands behind the centres, and who wins.
//! Invariant: what is counted is what an institution would see, member by member.

use reqwest::StatusCode;
use serde_json::json;

use crate::asked::{Question, Reply, all, client};
use crate::centre::request_id;
use crate::scene::Scene;

/// Codes that are raced for, and copies of each.
pub const TOKENS: usize = 100;
const COPIES: usize = 64;
/// A few at a time, so that no centre turns a request away for being busy.
const AT_A_TIME: usize = 4;
/// Wrong codes at once.
pub const GUESSES: usize = 1_000;
/// Wrong codes until a token stops; the one that stops it is answered as every one after it.
const LIMIT: usize = 5;

/// Asks for [`TOKENS`] members' codes, [`COPIES`] of each at once: one of each is accepted, the others are used.
pub async fn race(scene: &Scene) {
    let client = client();
    for some in (0..TOKENS).collect::<Vec<_>>().chunks(AT_A_TIME) {
        scene.clock.leave_at_least(20);
        let mut questions = Vec::new();
        for _ in 0..COPIES {
            for member in some {
                let code = scene.code(*member, scene.clock.step());
                questions.push((*member, Question::new(&client, &scene.centres[0], *member, &code)));
            }
        }
        let replies = all(questions, &scene.centres).await;
        for member in some {
            let own = replies.iter().filter(|(asked, _)| asked == member).map(|(_, reply)| reply);
            let count = |wanted: &str| own.clone().filter(|reply| **reply == Reply::of(wanted)).count();
            // A status instead of a verdict, whichever, would be one answer fewer.
            let counted = (count("accepted"), count("used"));
            assert_eq!(counted, (1, COPIES - 1), "member {member}: {:?}", own.collect::<Vec<_>>());
        }
    }
}

/// Asks for one member with [`GUESSES`] wrong codes at once: exactly one fewer than the limit are answered as wrong,
/// all others as those of a stopped token. Then the right code is answered by the same bytes as a wrong one.
pub async fn guess(scene: &Scene) {
    let client = client();
    let wrong = scene.wrong(0);
    let ask = || ((), Question::new(&client, &scene.centres[0], 0, &wrong));
    let replies = all((0..GUESSES).map(|_| ask()).collect(), &scene.centres).await;
    let count = |wanted: &str| replies.iter().filter(|(_, reply)| *reply == Reply::of(wanted)).count();
    let counted = (count("wrong"), count("suspended"));
    let others = || {
        let known = [Reply::of("wrong"), Reply::of("suspended")];
        replies.iter().map(|(_, reply)| reply).filter(|reply| !known.contains(reply)).collect::<Vec<_>>()
    };
    assert_eq!(counted, (LIMIT - 1, GUESSES + 1 - LIMIT), "{:?}", others());
    for centre in &scene.centres {
        let right = scene.code(0, scene.clock.step());
        let mut said = Vec::new();
        for code in [&right, &wrong] {
            let question = json!({ "request_id": request_id(), "purpose": "sign_in", "code": code });
            said.push(centre.ask("s-0", "verify", &question).await);
        }
        assert_eq!(said[0], said[1], "a stopped token tells nothing of a guess");
        assert_eq!((said[0].status, &said[0].json()["verdict"]), (StatusCode::OK, &json!("suspended")));
    }
}
