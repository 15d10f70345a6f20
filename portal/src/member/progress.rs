//! Owns how far a トークン発行 has come, in words: 送付先, the mail's fate, what may still be tried, what was tried.
//! Refuses to know which page shows it, and start passwords: the centre has counted them.
//! Invariant: the true cause stands here and nowhere else, for the member who is signed in.

use warifu_core::wire::bank::{
    AttemptOutcome, AttemptStatus, IssueState, IssueStatus, MailState, MailStatus, MemberStatus, Registration,
};

use crate::bilingual::{Text, both};
use crate::page::minute;
use crate::token::Token;

/// The state of a member's newest issue.
pub(super) struct Progress {
    /// Only while something can still become of the issue.
    pub(super) mailing: Option<Mailing>,
    /// Only while the app can still be initialised: until when, and how many start passwords may be tried.
    pub(super) open: Option<(String, u8)>,
    /// Only between 初期設定 and 利用開始.
    pub(super) activate_by: Option<String>,
    /// When and what, newest first.
    pub(super) attempts: Vec<(String, Text)>,
    pub(super) next: Text,
}

/// Where the mails go, and what became of the newest.
pub(super) struct Mailing {
    pub(super) to: String,
    pub(super) fate: Option<Fate>,
    pub(super) can_resend: bool,
    /// Which press of 再送 this is.
    pub(super) form: String,
    /// The page to come back to.
    pub(super) place: &'static str,
}

pub(super) struct Fate {
    pub(super) is_failed: bool,
    pub(super) words: Text,
}

const FIRST: Text = both(
    "メールの案内からアプリを入れ、サービスID、ユーザID、利用開始パスワードで初期設定をしてください。",
    "Install the app as the mail says, and do the initial setup with your service ID, user ID and start password.",
);
const RETRY: Text = both(
    "サービスID、ユーザID、利用開始パスワードを確かめて、アプリでもう一度初期設定をしてください。利用開始パスワードがわからないときは、「トークン発行」からやり直してください。",
    "Please check the service ID, the user ID and the start password, and do the initial setup in the app again. If you do not know the start password, begin again with “Issue a token”.",
);
const ACTIVATE: Text = both(
    "「ワンタイムパスワード利用開始」で、初期設定を済ませたアプリの番号を入力してください。",
    "Under “Start using the token”, enter the code of the app that you have set up.",
);
const WHOSE: Text = both(
    "先に初期設定を済ませた端末がお客さまのものなら、その端末の番号で利用を開始してください。お心当たりがなければ、利用を開始せず、利用開始の画面の「申込を中止する」からお取りやめください。",
    "If the device that was set up first is yours, start using the token with the code of that device. If it is not, do not start using it, and choose “Cancel the application” on the page “Start using the token”.",
);
const ANEW: Text = both(
    "もう一度トークン発行をお申し込みください。新しいユーザIDをお知らせします。",
    "Please have a new token issued. You will get a new user ID.",
);

impl Progress {
    /// `None` when there is nothing to tell.
    pub(super) fn of(status: &MemberStatus) -> Option<Self> {
        let issue = status.issue.as_ref()?;
        if matches!(status.registration, Registration::Active | Registration::Suspended) {
            return None;
        }
        let is_living = status.registration == Registration::Issued;
        if !is_living && issue.attempts.is_empty() {
            return None;
        }
        let is_open = is_living && issue.state == IssueState::Open;
        Some(Self {
            mailing: is_living.then(|| Mailing::of(issue, status.mail.as_ref(), "menu")),
            open: is_open.then(|| (minute(issue.expires_at), issue.attempts_left)),
            activate_by: status.token.as_ref().and_then(|token| token.activate_by).map(minute),
            attempts: issue
                .attempts
                .iter()
                .map(|attempt| (minute(attempt.at), words(attempt.outcome)))
                .collect(),
            next: next(issue, is_living),
        })
    }
}

impl Mailing {
    pub(super) fn of(issue: &IssueStatus, mail: Option<&MailStatus>, place: &'static str) -> Self {
        Self {
            to: issue.mail.to_string(),
            fate: mail.map(|mail| Fate::of(issue, mail)),
            can_resend: issue.state == IssueState::Open,
            form: Token::generate().cookie(),
            place,
        }
    }
}

impl Fate {
    fn of(issue: &IssueStatus, mail: &MailStatus) -> Self {
        // Until the app is initialised, the newest mail to the issue's own address is the one that tells how.
        let which = if mail.to != issue.mail {
            Text::new(format!("{}へのお知らせのメール", mail.to), format!("The mail to {}", mail.to))
        } else if issue.state == IssueState::Open {
            both("「トークン発行のご案内」", "The mail about the issue of your token")
        } else {
            both("お知らせのメール", "The mail")
        };
        let Text { ja, en } = which;
        let at = minute(mail.at);
        let words = match mail.state {
            MailState::Sent => Text::new(
                format!(
                    "{ja}を{at}に送りました。届かないときは、迷惑メールの設定と送付先をお確かめください。"
                ),
                format!(
                    "{en} was sent at {at}. If it does not arrive, please check your spam filter and the address."
                ),
            ),
            MailState::Queued => Text::new(
                format!("{ja}をお送りしています。届くまで、少し時間がかかることがあります。"),
                format!("{en} is on its way. It may take a little while to arrive."),
            ),
            MailState::Failed => Text::new(
                format!(
                    "{ja}を送れませんでした（{at}）。送付先を確かめ、違うときは「宛先の変更」から直してください。"
                ),
                format!(
                    "{en} could not be sent ({at}). Please check the address, and if it is wrong, correct it with “Change the address”."
                ),
            ),
        };
        Self { is_failed: mail.state == MailState::Failed, words }
    }
}

/// The true cause of what became of an attempt.
pub(crate) fn words(outcome: AttemptOutcome) -> Text {
    match outcome {
        AttemptOutcome::Unfinished => both(
            "初期設定は終わりませんでした。利用開始パスワードが違うか、通信が途中で切れています。",
            "The initial setup was not finished: the start password was wrong, or the connection broke off.",
        ),
        AttemptOutcome::Enrolled => both("初期設定が済みました。", "The initial setup was done."),
        AttemptOutcome::TooLate => both(
            "利用開始パスワードは合っていましたが、先に別の端末で初期設定が済んでいました。",
            "The start password was right, but another device had been set up first.",
        ),
        AttemptOutcome::Expired => {
            both("初期設定の期限が過ぎていました。", "The time for the initial setup was over.")
        }
        AttemptOutcome::Exhausted => both(
            "利用開始パスワードを試せる回数が、もう残っていませんでした。",
            "No tries of the start password were left.",
        ),
        AttemptOutcome::Used => both(
            "このユーザIDでの初期設定は、もう済んでいました。",
            "The initial setup with this user ID had been done already.",
        ),
        AttemptOutcome::Cancelled => both(
            "このユーザIDの申込は、取り消されていました。",
            "The application for this user ID had been cancelled.",
        ),
    }
}

fn next(issue: &IssueStatus, is_living: bool) -> Text {
    let newest = issue.attempts.first().map(|AttemptStatus { outcome, .. }| *outcome);
    match (issue.state, newest) {
        _ if !is_living => ANEW,
        (IssueState::Open, None) => FIRST,
        (IssueState::Open, Some(_)) => RETRY,
        (IssueState::Used, Some(AttemptOutcome::TooLate | AttemptOutcome::Used)) => WHOSE,
        (IssueState::Used, _) => ACTIVATE,
        (IssueState::Exhausted | IssueState::Expired | IssueState::Cancelled, _) => ANEW,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use warifu_core::time::UnixMillis;

    fn status(registration: Registration, state: IssueState, outcomes: &[AttemptOutcome]) -> MemberStatus {
        let at = UnixMillis(1_795_000_000_000);
        let attempts = outcomes.iter().map(|outcome| AttemptStatus { at, outcome: *outcome }).collect();
        let mail = |text: &str| text.to_owned().try_into().unwrap();
        MemberStatus {
            registration,
            issue: Some(IssueStatus {
                service_id: "10112235".parse().unwrap(),
                user_id: "999800000001".parse().unwrap(),
                state,
                attempts_left: 3,
                expires_at: at,
                mail: mail("taro@data-bank.example"),
                attempts,
            }),
            token: None,
            ended: None,
            renewal: None,
            mail: Some(MailStatus { to: mail("taro@data-bank.example"), state: MailState::Sent, at }),
        }
    }

    #[test]
    fn every_outcome_has_words_of_its_own_and_something_to_do_next() {
        let mut seen = std::collections::HashSet::new();
        for outcome in AttemptOutcome::ALL {
            assert!(seen.insert(words(*outcome).ja), "{outcome:?} shares its words");
            for state in IssueState::ALL {
                let registration =
                    if *state == IssueState::Open { Registration::Issued } else { Registration::None };
                let progress = Progress::of(&status(registration, *state, &[*outcome])).unwrap();
                assert!(progress.next.ja.ends_with('。') && progress.attempts.len() == 1);
            }
        }
    }

    #[test]
    fn a_dead_issue_offers_neither_resending_nor_another_address() {
        let progress =
            Progress::of(&status(Registration::None, IssueState::Exhausted, &[AttemptOutcome::Exhausted]));
        let progress = progress.unwrap();
        assert!(progress.mailing.is_none() && progress.open.is_none() && progress.next == ANEW);
        assert!(Progress::of(&status(Registration::None, IssueState::Expired, &[])).is_none());
        assert!(Progress::of(&status(Registration::Active, IssueState::Used, &[])).is_none());
    }

    #[test]
    fn an_initialised_app_that_another_device_came_after_asks_whose_it_is() {
        let issued = |outcomes: &[_]| Progress::of(&status(Registration::Issued, IssueState::Used, outcomes));
        let (late, fine) = (AttemptOutcome::TooLate, AttemptOutcome::Enrolled);
        assert_eq!(issued(&[late, fine]).unwrap().next, WHOSE);
        let progress = issued(&[fine]).unwrap();
        assert_eq!(progress.next, ACTIVATE);
        assert!(!progress.mailing.unwrap().can_resend);
    }

    #[test]
    fn a_mail_to_another_address_than_the_issues_is_named() {
        let mut status = status(Registration::Issued, IssueState::Open, &[]);
        for state in MailState::ALL {
            status.mail.as_mut().unwrap().state = *state;
            let mailing = Progress::of(&status).unwrap().mailing.unwrap();
            let fate = mailing.fate.unwrap();
            assert!(
                fate.words.ja.starts_with("「トークン発行のご案内」") && !fate.words.ja.contains("taro@")
            );
            assert_eq!(fate.is_failed, *state == MailState::Failed);
        }
        status.mail.as_mut().unwrap().to = "old@data-bank.example".to_owned().try_into().unwrap();
        let mailing = Progress::of(&status).unwrap().mailing.unwrap();
        assert!(mailing.fate.unwrap().words.ja.starts_with("old@data-bank.example"));
    }
}
