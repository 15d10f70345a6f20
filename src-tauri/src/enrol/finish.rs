//! Owns the end of 初期設定: M3 for M4 over the stored keys, at once and after every restart, and the wait in between.
//! Refuses to know the form, the start password and where keys lie.
//! Invariant: a stored initialisation ends only by M4, by a refusal of its very M3, or after its day; how it ended is on
//! the disk before its keys are gone.

use std::sync::Arc;

use rand::Rng as _;
use rand::rngs::OsRng;
use warifu_core::enrol::device::Resume;
use warifu_core::issue::PENDING_FOR;
use warifu_core::vault::{Opened, Purpose, Token, Vault as _};
use warifu_core::wire::device::{EnrolFinish, EnrolFinished};

use super::Turn;
use crate::refusal::{Refusal, Refused};
use crate::session::{Session, blocking};
use crate::tokens::At;
use crate::vault::Ending;
use crate::view::View;

/// The longest pause between two tries of M3, seconds.
const LONGEST_PAUSE: u64 = 300;

/// M3, and what its answer means.
pub(super) async fn finish(session: &Arc<Session>, turn: &mut Turn) -> Result<View, Refusal> {
    let Some(Waiting { slot, resume, m3 }) = blocking(session, pending).await? else {
        return Ok(blocking(session, |session| session.look(false)).await);
    };
    let why = match session.centre.finish(&resume.centre_url, &m3).await {
        Ok(m4) => match blocking(session, move |session| commit(session, slot, &m4)).await? {
            Some(view) => return Ok(view),
            // Not what the centre sealed: it was damaged on its way, and the centre repeats it.
            None => Refused::from(Refusal::CentreBusy),
        },
        Err(why) => why,
    };
    if is_late(session, &resume) {
        return blocking(session, move |session| give_up(session, slot, Ending::Unfinished)).await;
    }
    if why.code == Refusal::EnrolRefused {
        return blocking(session, move |session| give_up(session, slot, Ending::Refused)).await;
    }
    let retry_in_s = pause(turn.failures).max(why.wait_s.unwrap_or(0));
    turn.failures = turn.failures.saturating_add(1);
    let waits_for = if why.code == Refusal::Offline { why.code } else { Refusal::CentreBusy };
    let has_others =
        blocking(session, |session| Ok::<_, Refusal>(session.place()?.slots()?.len() > 1)).await?;
    Ok(View::Resuming { waits_for: Some(waits_for), retry_in_s, has_others })
}

/// A clock that was set back to before the agreement cannot tell how long it has been: then the centre decides.
fn is_late(session: &Session, resume: &Resume) -> bool {
    session.clock.now().0.saturating_sub(resume.agreed_at.0) > PENDING_FOR
}

/// A stored initialisation and its M3: the same bytes each time. The member may look at another token meanwhile, so
/// nothing that comes after goes by what is on show.
struct Waiting {
    slot: u64,
    resume: Resume,
    m3: EnrolFinish,
}

fn pending(session: &Session) -> Result<Option<Waiting>, Refusal> {
    let place = session.place()?;
    let Some(slot) = session.slot(&place)? else { return Ok(None) };
    let vault = place.vault(slot);
    let Opened::Pending(resume, _) = vault.open()? else { return Ok(None) };
    let proof = vault.hmac(Purpose::Totp, &resume.storage_proof_message())?;
    let m3 = resume.m3(proof);
    Ok(Some(Waiting { slot, resume: *resume, m3 }))
}

/// `None` when M4 does not open.
fn commit(session: &Session, slot: u64, m4: &EnrolFinished) -> Result<Option<View>, Refusal> {
    let place = session.place()?;
    let vault = place.vault(slot);
    if let Opened::Pending(resume, m4_key) = vault.open()? {
        let Ok(facts) = resume.open_reply(&m4_key, m4) else { return Ok(None) };
        vault.commit(&Token::new(&resume, facts))?;
        // A process that died between noting an ending and erasing left the note behind.
        place.note_ending(None)?;
    }
    Ok(Some(session.look(false)))
}

fn give_up(session: &Session, slot: u64, how: Ending) -> Result<View, Refusal> {
    let place = session.place()?;
    place.note_ending(Some(how))?;
    place.vault(slot).erase()?;
    if session.at() == At::Slot(slot) {
        session.go(At::Start);
    }
    Err(how.into())
}

/// Seconds until the next try: doubling from two, with up to a quarter more so that devices do not knock together.
fn pause(failures: u32) -> u64 {
    let seconds = 2u64.saturating_pow(failures.saturating_add(1)).min(LONGEST_PAUSE);
    seconds + OsRng.gen_range(0..=seconds / 4)
}
