//! Owns how a guessed password is counted and compared, and whose guesses are counted together.
//! Refuses to know what comes after it.
//! Invariant: every guess is charged before it is looked at; a stranger's guesses never slow a browser down in which the owner of the ID has signed in.

use axum::response::Response;
use warifu_core::encoding::sha256;
use warifu_core::time::SECOND;

use crate::App;
use crate::bilingual::Text;
use crate::cookie::Jar;
use crate::failure::Failure;
use crate::origin::Origin;
use crate::page::wait;
use crate::password::{Hash, Typed};
use crate::store::guesses::{Cap, Kind, Patience, Turn};
use crate::token::{Token, TokenId};

/// Under which names a guess is counted.
pub(crate) struct Subject {
    own: TokenId,
    /// What all unknown browsers may guess together.
    all: Option<TokenId>,
}

impl Subject {
    /// Counted by itself.
    pub(crate) fn alone(own: TokenId) -> Self {
        Self { own, all: None }
    }
}

/// What became of a guess.
pub(crate) enum Guess {
    /// It is the password.
    Right,
    /// It is not; so many more before waiting begins.
    Wrong { left: u8 },
    /// It was not looked at: what the person is told.
    Wait(Text),
}

/// Charges a guess, then looks at it; the right one forgives those before it. Without a hash no guess is right, after
/// the same work. What there is no room for is not charged.
pub(crate) async fn guess(
    app: &App,
    kind: Kind,
    subject: Subject,
    hash: Option<Hash>,
    typed: Typed,
) -> Result<Guess, Failure> {
    let seat = app.passwords.seat().ok_or(Failure::Crowded)?;
    let Subject { own, all } = subject;
    let most = app.config.limits.guesses_per_hour;
    let cap = all.map(|subject| Cap { subject, most, within: 3_600 * SECOND });
    let left = match app.store.begin_guess(kind, own, cap, patience(app), app.clock.now()).await? {
        Turn::Wait { ms } => return Ok(Guess::Wait(slow(ms))),
        Turn::Go { left } => left,
    };
    if !app.passwords.matches(seat, hash, typed).await {
        return Ok(Guess::Wrong { left });
    }
    app.store.forgive_guesses(kind, own).await?;
    Ok(Guess::Right)
}

/// As the institution has set it.
fn patience(app: &App) -> Patience {
    let limits = &app.config.limits;
    Patience { free: limits.free_tries, longest: i64::from(limits.longest_wait_minutes) * 60 * SECOND }
}

/// What somebody who has to wait is told.
fn slow(ms: i64) -> Text {
    let time = wait(ms);
    Text::new(
        format!(
            "パスワードの間違いが続いたため、今は確認を止めています。あと{}ほど待ってから、もう一度入力してください。",
            time.ja
        ),
        format!(
            "After several wrong passwords, checking is paused for now. Please wait about {} more, then enter it again.",
            time.en
        ),
    )
}

/// Whose guesses are counted together: those at one `login` from unknown browsers of one line, or those from one known
/// browser. A stranger elsewhere slows nobody down; what strangers everywhere may try together has an end, too.
pub(crate) async fn subject(
    app: &App,
    login: TokenId,
    device: Option<&Token>,
    origin: &Origin,
) -> Result<Subject, Failure> {
    if let Some(device) = device.map(Token::id)
        && app.store.is_known_device(device, login).await?
    {
        return Ok(Subject::alone(sha256(&["known browser".into(), (&login).into(), (&device).into()])));
    }
    let own = sha256(&["unknown browser".into(), (&login).into(), origin.0.as_str().into()]);
    Ok(Subject { own, all: Some(login) })
}

/// Marks the browser of a finished sign-in: strangers' guesses at this login do not slow it down from now on.
pub(crate) async fn remember(
    app: &App,
    jar: Jar,
    login: TokenId,
    device: Option<Token>,
    mut to: Response,
) -> Result<Response, Failure> {
    let device = device.unwrap_or_else(Token::generate);
    app.store.remember_device(device.id(), login, app.clock.now()).await?;
    jar.set(to.headers_mut(), &device, app.config.is_https());
    Ok(to)
}
