//! Owns what surrounds a page: the institution's name, who is signed in, the navigation.
//! Refuses to know any single screen.
//! Invariant: a page of the staff never carries a member's bar, nor a member's page the staff's.

use warifu_core::time::UnixMillis;

use crate::App;
use crate::bilingual::{Text, both};
use crate::choice::{self, Choice};
use crate::language::{Language, Reader};
use crate::page::{DrawnField, Field, minute};
use crate::session::{self, SignedIn};
use crate::store::sessions::Lifetime;
use crate::store::staff::{Role, Staff};
use crate::token::Token;

/// Which entry of the global navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    /// トップページ
    Top,
    /// ワンタイムパスワード申請
    Otp,
    /// 振込・振替
    Transfer,
    /// 振込・振替限度額の変更
    Limit,
    /// 登録情報の変更
    Details,
}

/// What surrounds a page.
pub(crate) struct Shell {
    pub(crate) language: Language,
    /// Where the other language is switched on.
    pub(crate) switch: String,
    /// What it sends there: after a form, that form without its secrets.
    pub(crate) kept: Vec<(String, String)>,
    pub(crate) name: String,
    pub(crate) site: String,
    pub(crate) phone: String,
    pub(crate) phone_hours: String,
    pub(crate) news: String,
    pub(crate) styles: Vec<String>,
    pub(crate) icon: String,
    pub(crate) demo: bool,
    pub(crate) member: Option<Bar>,
    /// Whether it is one of the staff's pages.
    pub(crate) is_staff: bool,
    pub(crate) staff: Option<StaffBar>,
    pub(crate) ends: Option<Ends>,
}

/// When the session of a page ends.
pub(crate) struct Ends {
    /// Hour and minute in Japan.
    pub(crate) at: String,
    pub(crate) how: Ending,
}

/// What puts a session's end off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Any page that is opened before.
    Idle,
    /// Nothing: the session will have lasted its longest time.
    Last,
    /// The code that is still owed.
    Owing,
}

impl Ends {
    /// Of a session that began at `since`, and is used now.
    fn of(app: &App, since: UnixMillis) -> Self {
        let Lifetime { idle, longest } = session::lifetime(app);
        let (idle, last) = (app.clock.now().plus(idle), since.plus(longest));
        let how = if idle < last { Ending::Idle } else { Ending::Last };
        // The last five signs of `2020/10/31 09:00`.
        Self { at: minute(idle.min(last)).split_off(11), how }
    }
}

/// Which entry of the staff's navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Desk {
    /// 会員の検索
    Search,
    /// 申請と承認
    Requests,
    /// 有効期限が近いトークン
    Expiring,
    /// 本日の集計
    Figures,
    /// 職員の管理
    Accounts,
    /// 操作の記録
    Log,
    /// 監査ログ
    Audit,
    /// ログイン中の端末
    Sessions,
    /// パスワードの変更
    Password,
    /// Setting up the own token: there is nothing to go to yet.
    OwnToken,
}

/// What a member of staff sees above each page.
pub(crate) struct StaffBar {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) administers: bool,
    pub(crate) csrf: String,
    pub(crate) here: Desk,
}

impl StaffBar {
    /// The navigation: address, words, test id, and whether this page belongs to it.
    pub(crate) fn entries(&self) -> Vec<(&'static str, Text, &'static str, bool)> {
        if self.here == Desk::OwnToken {
            return Vec::new();
        }
        let reads = self.role.may_read_the_log();
        [
            (true, Desk::Search, "/staff", both("会員の検索", "Find a member"), "nav-search"),
            (true, Desk::Requests, "/staff/requests", both("申請と承認", "Requests"), "nav-requests"),
            (true, Desk::Expiring, "/staff/expiring", both("有効期限", "Expiring soon"), "nav-expiring"),
            (true, Desk::Figures, "/staff/figures", both("本日の集計", "Today’s figures"), "nav-figures"),
            (
                self.administers,
                Desk::Accounts,
                "/staff/accounts",
                both("職員の管理", "Staff accounts"),
                "nav-accounts",
            ),
            (reads, Desk::Log, "/staff/log", both("操作の記録", "Staff log"), "nav-log"),
            (reads, Desk::Audit, "/staff/audit", both("監査ログ", "Audit log"), "nav-audit"),
            (
                true,
                Desk::Sessions,
                "/staff/sessions",
                both("ログイン中の端末", "Signed-in devices"),
                "nav-sessions",
            ),
            (
                true,
                Desk::Password,
                "/staff/password",
                both("パスワードの変更", "Change your password"),
                "nav-password",
            ),
        ]
        .into_iter()
        .filter(|(is_theirs, ..)| *is_theirs)
        .map(|(_, desk, address, words, name)| (address, words, name, desk == self.here))
        .collect()
    }
}

/// What a signed-in member sees above each page.
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) csrf: String,
    pub(crate) here: Here,
}

impl Bar {
    /// The navigation: address, words, test id, and whether this page belongs to it.
    pub(crate) fn entries(&self) -> [(&'static str, Text, &'static str, bool); 5] {
        [
            (Here::Top, "/", both("トップページ", "Top page"), "nav-top"),
            (Here::Otp, "/otp", both("ワンタイムパスワード申請", "One-time password"), "nav-otp"),
            (Here::Transfer, "/transfer", both("振込・振替", "Transfer"), "nav-transfer"),
            (Here::Limit, "/limit", both("振込・振替限度額の変更", "Transfer limit"), "nav-limit"),
            (Here::Details, "/details", both("登録情報の変更", "Registered data"), "nav-details"),
        ]
        .map(|(here, address, words, name)| (address, words, name, here == self.here))
    }
}

impl Shell {
    /// For a page that belongs to nobody.
    pub(crate) fn bare(app: &App, reader: &Reader) -> Self {
        let institution = &app.config.institution;
        Self {
            language: reader.language,
            switch: reader.switch(),
            kept: reader.kept.clone(),
            name: institution.name.clone(),
            site: institution.site.clone(),
            phone: institution.phone.clone(),
            phone_hours: institution.phone_hours.clone(),
            news: institution.news.clone(),
            styles: app.assets.styles.clone(),
            icon: app.assets.icon.clone(),
            demo: app.config.demo,
            member: None,
            is_staff: false,
            staff: None,
            ends: None,
        }
    }

    /// For a page of a signed-in member.
    pub(crate) fn of(app: &App, who: &SignedIn, here: Here) -> Self {
        let bar = Bar { name: who.member.name.clone(), csrf: who.token.csrf(), here };
        let ends = Some(Ends::of(app, who.since));
        Self { member: Some(bar), ends, ..Self::bare(app, &who.reader) }
    }

    /// The same page for a session that began at `since` and still owes its code.
    pub(crate) fn owing(self, app: &App, since: UnixMillis) -> Self {
        let ends = Ends { how: Ending::Owing, ..Ends::of(app, since) };
        Self { ends: Some(ends), ..self }
    }

    /// The same for a page that is the answer to a form: `place` is where it can be opened again.
    pub(crate) fn at(self, reader: &Reader, place: &str) -> Self {
        Self { switch: reader.at(place).switch(), ..self }
    }

    /// For a page of the staff's that belongs to nobody.
    pub(crate) fn for_staff(app: &App, reader: &Reader) -> Self {
        let mut shell = Self { is_staff: true, ..Self::bare(app, reader) };
        shell.styles.push(app.assets.staff_style.clone());
        shell
    }

    /// For a page of a member of staff whose password was right, and whose session is `token`, begun at `since`.
    pub(crate) fn of_staff(
        app: &App,
        (staff, token): (&Staff, &Token),
        reader: &Reader,
        since: UnixMillis,
        here: Desk,
    ) -> Self {
        let (role, administers) = (staff.role, staff.administers);
        let bar = StaffBar { name: staff.name.clone(), role, administers, csrf: token.csrf(), here };
        Self { staff: Some(bar), ends: Some(Ends::of(app, since)), ..Self::for_staff(app, reader) }
    }

    /// A text in the page's language.
    pub(crate) fn say<'a>(&self, ja: &'a str, en: &'a str) -> &'a str {
        self.language.say(ja, en)
    }

    /// The same, of a text that comes from elsewhere.
    pub(crate) fn tell<'a>(&self, text: &'a Text) -> &'a str {
        self.language.tell(text)
    }

    /// The attribute of what stays in Japanese on an English page: names, and the institution's own texts.
    pub(crate) fn in_japanese(&self) -> &'static str {
        self.language.say("", " lang=\"ja\"")
    }

    pub(crate) fn field<'a>(&self, field: &'a Field) -> DrawnField<'a> {
        field.drawn(self.language)
    }

    pub(crate) fn choice<'a>(&self, choice: &'a Choice) -> choice::Drawn<'a> {
        choice::Drawn { choice, language: self.language }
    }

    /// The form key of a signed-in person's page.
    pub(crate) fn csrf(&self) -> &str {
        let staff = self.staff.as_ref().map(|bar| &*bar.csrf);
        staff.or(self.member.as_ref().map(|bar| &*bar.csrf)).unwrap_or_default()
    }

    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        Self {
            language: Language::Japanese,
            switch: Reader::default().switch(),
            kept: Vec::new(),
            name: "仙北信用組合".to_owned(),
            site: "インターネットバンキング".to_owned(),
            phone: "0187-00-0000".to_owned(),
            phone_hours: "平日 9:00～17:00".to_owned(),
            news: String::new(),
            styles: vec!["/assets/pages.css".to_owned()],
            icon: "/assets/icon.svg".to_owned(),
            demo: true,
            member: Some(Bar { name: "仙北 太郎".to_owned(), csrf: "key".to_owned(), here: Here::Otp }),
            is_staff: false,
            staff: None,
            ends: Some(Ends { at: "09:10".to_owned(), how: Ending::Idle }),
        }
    }

    #[cfg(test)]
    pub(crate) fn staff_sample(role: Role) -> Self {
        let (name, csrf) = ("角館 桜子".to_owned(), "key".to_owned());
        let bar = StaffBar { name, role, administers: true, csrf, here: Desk::Search };
        Self { member: None, is_staff: true, staff: Some(bar), ..Self::sample() }
    }
}
