//! Owns how far a トークン発行 has come, in words: 送付先, the mail's fate, what may still be tried, what was tried.
//! Refuses to know which page shows it, and start passwords: the centre has counted them.
//! Invariant: the true cause stands here and nowhere else, for the member who is signed in.

use warifu_core::wire::bank::{
    AttemptOutcome, AttemptStatus, IssueState, IssueStatus, MailState, MailStatus, MemberStatus, Registration,
};

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
    pub(super) attempts: Vec<(String, &'static str)>,
    pub(super) next: &'static str,
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
    pub(super) words: String,
}

const FIRST: &str =
    "メールの案内からアプリを入れ、サービスID、ユーザID、利用開始パスワードで初期設定をしてください。";
const RETRY: &str = "サービスID、ユーザID、利用開始パスワードを確かめて、アプリでもう一度初期設定をしてください。利用開始パスワードがわからないときは、「トークン発行」からやり直してください。";
const ACTIVATE: &str =
    "「ワンタイムパスワード利用開始」で、初期設定を済ませたアプリの番号を入力してください。";
const WHOSE: &str = "先に初期設定を済ませた端末がお客さまのものなら、その端末の番号で利用を開始してください。お心当たりがなければ、利用を開始せず、利用開始の画面の「申込を中止する」からお取りやめください。";
const ANEW: &str = "もう一度トークン発行をお申し込みください。新しいユーザIDをお知らせします。";

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
            format!("{}へのお知らせのメール", mail.to)
        } else if issue.state == IssueState::Open {
            "「トークン発行のご案内」".to_owned()
        } else {
            "お知らせのメール".to_owned()
        };
        let at = minute(mail.at);
        let words = match mail.state {
            MailState::Sent => format!(
                "{which}を{at}に送りました。届かないときは、迷惑メールの設定と送付先をお確かめください。"
            ),
            MailState::Queued => {
                format!("{which}をお送りしています。届くまで、少し時間がかかることがあります。")
            }
            MailState::Failed => {
                format!(
                    "{which}を送れませんでした（{at}）。送付先を確かめ、違うときは「宛先の変更」から直してください。"
                )
            }
        };
        Self { is_failed: mail.state == MailState::Failed, words }
    }
}

/// The true cause of what became of an attempt.
pub(crate) fn words(outcome: AttemptOutcome) -> &'static str {
    match outcome {
        AttemptOutcome::Unfinished => {
            "初期設定は終わりませんでした。利用開始パスワードが違うか、通信が途中で切れています。"
        }
        AttemptOutcome::Enrolled => "初期設定が済みました。",
        AttemptOutcome::TooLate => {
            "利用開始パスワードは合っていましたが、先に別の端末で初期設定が済んでいました。"
        }
        AttemptOutcome::Expired => "初期設定の期限が過ぎていました。",
        AttemptOutcome::Exhausted => "利用開始パスワードを試せる回数が、もう残っていませんでした。",
        AttemptOutcome::Used => "このユーザIDでの初期設定は、もう済んでいました。",
        AttemptOutcome::Cancelled => "このユーザIDの申込は、取り消されていました。",
    }
}

fn next(issue: &IssueStatus, is_living: bool) -> &'static str {
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
            assert!(seen.insert(words(*outcome)), "{outcome:?} shares its words");
            for state in IssueState::ALL {
                let registration =
                    if *state == IssueState::Open { Registration::Issued } else { Registration::None };
                let progress = Progress::of(&status(registration, *state, &[*outcome])).unwrap();
                assert!(progress.next.ends_with('。') && progress.attempts.len() == 1);
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
            assert!(fate.words.starts_with("「トークン発行のご案内」") && !fate.words.contains("taro@"));
            assert_eq!(fate.is_failed, *state == MailState::Failed);
        }
        status.mail.as_mut().unwrap().to = "old@data-bank.example".to_owned().try_into().unwrap();
        let mailing = Progress::of(&status).unwrap().mailing.unwrap();
        assert!(mailing.fate.unwrap().words.starts_with("old@data-bank.example"));
    }
}
