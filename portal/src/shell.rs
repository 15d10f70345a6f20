//! Owns what surrounds a page: the institution's name, who is signed in, the navigation.
//! Refuses to know any single screen.
//! Invariant: a page of the staff never carries a member's bar, nor a member's page the staff's.

use crate::App;
use crate::session::SignedIn;
use crate::store::staff::{Role, Staff};
use crate::token::Token;

/// Which entry of the global navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    /// トップページ
    Top,
    /// ワンタイムパスワード申請
    Otp,
}

/// What surrounds a page.
pub(crate) struct Shell {
    pub(crate) name: String,
    pub(crate) site: String,
    pub(crate) phone: String,
    pub(crate) phone_hours: String,
    pub(crate) styles: Vec<String>,
    pub(crate) icon: String,
    pub(crate) demo: bool,
    pub(crate) member: Option<Bar>,
    /// Whether it is one of the staff's pages.
    pub(crate) is_staff: bool,
    pub(crate) staff: Option<StaffBar>,
}

/// Which entry of the staff's navigation a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Desk {
    /// 会員の検索
    Search,
    /// 停止解除の承認
    Requests,
    /// 操作の記録
    Log,
    /// Setting up the own token: there is nothing to go to yet.
    OwnToken,
}

/// What a member of staff sees above each page.
pub(crate) struct StaffBar {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) csrf: String,
    pub(crate) here: Desk,
}

/// What a signed-in member sees above each page.
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) csrf: String,
    pub(crate) here: Here,
}

impl Shell {
    /// For a page that belongs to nobody.
    pub(crate) fn bare(app: &App) -> Self {
        let institution = &app.config.institution;
        Self {
            name: institution.name.clone(),
            site: institution.site.clone(),
            phone: institution.phone.clone(),
            phone_hours: institution.phone_hours.clone(),
            styles: app.assets.styles.clone(),
            icon: app.assets.icon.clone(),
            demo: app.config.demo,
            member: None,
            is_staff: false,
            staff: None,
        }
    }

    /// For a page of a signed-in member.
    pub(crate) fn of(app: &App, who: &SignedIn, here: Here) -> Self {
        let bar = Bar { name: who.member.name.clone(), csrf: who.token.csrf(), here };
        Self { member: Some(bar), ..Self::bare(app) }
    }

    /// For a page of the staff's that belongs to nobody.
    pub(crate) fn for_staff(app: &App) -> Self {
        let mut shell = Self { is_staff: true, ..Self::bare(app) };
        shell.styles.push(app.assets.staff_style.clone());
        shell
    }

    /// For a page of a member of staff whose password was right, and whose session is `token`.
    pub(crate) fn of_staff(app: &App, staff: &Staff, token: &Token, here: Desk) -> Self {
        let bar = StaffBar { name: staff.name.clone(), role: staff.role, csrf: token.csrf(), here };
        Self { staff: Some(bar), ..Self::for_staff(app) }
    }

    /// The form key of a signed-in person's page.
    pub(crate) fn csrf(&self) -> &str {
        let staff = self.staff.as_ref().map(|bar| &*bar.csrf);
        staff.or(self.member.as_ref().map(|bar| &*bar.csrf)).unwrap_or_default()
    }

    pub(crate) fn is_top(&self) -> bool {
        self.member.as_ref().is_some_and(|bar| bar.here == Here::Top)
    }

    pub(crate) fn is_otp(&self) -> bool {
        self.member.as_ref().is_some_and(|bar| bar.here == Here::Otp)
    }

    #[cfg(test)]
    pub(crate) fn sample() -> Self {
        Self {
            name: "仙北信用組合".to_owned(),
            site: "インターネットバンキング".to_owned(),
            phone: "0187-00-0000".to_owned(),
            phone_hours: "平日 9:00～17:00".to_owned(),
            styles: vec!["/assets/pages.css".to_owned()],
            icon: "/assets/icon.svg".to_owned(),
            demo: true,
            member: Some(Bar { name: "仙北 太郎".to_owned(), csrf: "key".to_owned(), here: Here::Otp }),
            is_staff: false,
            staff: None,
        }
    }

    #[cfg(test)]
    pub(crate) fn staff_sample(role: Role) -> Self {
        let bar =
            StaffBar { name: "角館 桜子".to_owned(), role, csrf: "key".to_owned(), here: Desk::Search };
        Self { member: None, is_staff: true, staff: Some(bar), ..Self::sample() }
    }
}
