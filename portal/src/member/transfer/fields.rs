//! Owns the fields of 振込・振替: how they are read, filled again, and what is wrong with them.
//! Refuses to know accounts beyond their numbers, limits and codes.
//! Invariant: what was typed stands there again, whatever was wrong with it.

use unicode_normalization::UnicodeNormalization as _;
use warifu_core::ids::{AccountNo, BankNo, BranchNo};
use warifu_core::sign::{AccountType, Amount, Payee, TransactionKind, Transfer};
use warifu_core::text;

use crate::bilingual::{Text, both};
use crate::choice::Choice;
use crate::form::Form;
use crate::page::{Field, Problems, yen};
use crate::store::ledger::Account;
use crate::store::people;

/// The fields of the form beside its key.
pub(super) const NAMES: [&str; 8] =
    ["form", "account", "bank", "branch", "account_type", "number", "payee", "amount"];

/// What was typed.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) account: String,
    pub(super) bank: String,
    pub(super) branch: String,
    pub(super) account_type: String,
    pub(super) number: String,
    pub(super) payee: String,
    pub(super) amount: String,
}

impl Typed {
    pub(super) fn of(form: &Form) -> Self {
        let text = |name| form.text(name).to_owned();
        Self {
            account: text("account"),
            bank: text("bank"),
            branch: text("branch"),
            account_type: text("account_type"),
            number: text("number"),
            payee: text("payee"),
            amount: text("amount"),
        }
    }

    /// As if it had been typed so.
    pub(super) fn again(account: i64, what: &Transfer) -> Self {
        Self {
            account: account.to_string(),
            bank: what.bank.to_string(),
            branch: what.branch.to_string(),
            account_type: what.account_type.to_string(),
            number: what.account.to_string(),
            payee: what.payee_kana.as_str().to_owned(),
            amount: what.amount.yen().to_string(),
        }
    }

    /// The account that pays and the transfer, or what is wrong.
    pub(super) fn read(&self, problems: &mut Problems) -> Option<(i64, Transfer)> {
        let account = self.account.parse().ok();
        if account.is_none() {
            problems.add(
                "account",
                both("お支払いの口座を選んでください。", "Please choose the account to pay from."),
            );
        }
        let bank = BankNo::parse(&self.bank).ok();
        if bank.is_none() {
            problems.add("bank", both("金融機関コードは4桁の数字です。", "The bank code has 4 digits."));
        }
        let branch = BranchNo::parse(&self.branch).ok();
        if branch.is_none() {
            problems.add("branch", both("支店番号は3桁の数字です。", "The branch number has 3 digits."));
        }
        let account_type = AccountType::from_word(&self.account_type);
        if account_type.is_none() {
            problems.add(
                "account_type",
                both("預金種目を選んでください。", "Please choose the kind of account."),
            );
        }
        let number = AccountNo::parse(&self.number).ok();
        if number.is_none() {
            problems.add(
                "number",
                both(
                    "口座番号は7桁の数字です。7桁に足りないときは、先頭に0を付けてください。",
                    "The account number has 7 digits. If yours has fewer, please put 0 in front.",
                ),
            );
        }
        let payee = payee(&self.payee);
        if payee.is_none() {
            problems.add(
                "payee",
                both(
                    "受取人名はカタカナ・英数字で、30文字までで入力してください。",
                    "Please enter the payee in katakana, letters and digits, with up to 30 characters.",
                ),
            );
        }
        let amount = match amount(&self.amount) {
            Ok(amount) => Some(amount),
            Err(words) => {
                problems.add("amount", words);
                None
            }
        };
        let what = Transfer {
            kind: TransactionKind::Transfer,
            bank: bank?,
            branch: branch?,
            account_type: account_type?,
            account: number?,
            payee_kana: payee?,
            amount: amount?,
        };
        Some((account?, what))
    }

    pub(super) fn fields(&self, accounts: &[Account], problems: &Problems) -> Fields {
        let own = accounts.iter().map(|account| {
            let (balance, number) = (yen(account.balance.unsigned_abs()), own_account(account));
            let words = Text::new(
                format!("{}（残高 {}）", number.ja, balance.ja),
                format!("{} (balance {})", number.en, balance.en),
            );
            (account.id.to_string(), words)
        });
        let kinds = AccountType::ALL.iter().map(|kind| (kind.to_string(), label(*kind)));
        let number = |name, label, hint, typed: &str| {
            let field = Field { inputmode: "numeric", ..Field::text(name, label, hint) };
            field.filled(typed).told(problems)
        };
        Fields {
            account: Choice::new(
                "account",
                both("お支払いの口座", "Account to pay from"),
                own,
                &self.account,
                problems,
            ),
            bank: number(
                "bank",
                both("金融機関コード", "Bank code"),
                both("4桁の数字", "4 digits"),
                &self.bank,
            ),
            branch: number(
                "branch",
                both("支店番号", "Branch number"),
                both("3桁の数字", "3 digits"),
                &self.branch,
            ),
            account_type: Choice::new(
                "account_type",
                both("預金種目", "Kind of account"),
                kinds,
                &self.account_type,
                problems,
            ),
            number: number(
                "number",
                both("口座番号", "Account number"),
                both("7桁の数字", "7 digits"),
                &self.number,
            ),
            payee: Field::text(
                "payee",
                both("受取人名（カナ）", "Payee (katakana)"),
                both("例：センボク ハナコ", "In katakana or letters, as the payee’s bank writes it"),
            )
            .filled(&self.payee)
            .told(problems),
            amount: number(
                "amount",
                both("振込金額", "Amount"),
                both("円。例：50,000", "In yen. For example: 50,000"),
                &self.amount,
            ),
        }
    }
}

/// The fields as a page shows them.
pub(super) struct Fields {
    pub(super) account: Choice,
    pub(super) bank: Field,
    pub(super) branch: Field,
    pub(super) account_type: Choice,
    pub(super) number: Field,
    pub(super) payee: Field,
    pub(super) amount: Field,
}

/// 普通
pub(super) fn label(kind: AccountType) -> Text {
    match kind {
        AccountType::Ordinary => both("普通", "Ordinary"),
        AccountType::Current => both("当座", "Current"),
        AccountType::Savings => both("貯蓄", "Savings"),
    }
}

/// `普通 001-1000001`: an account of the member's own.
pub(super) fn own_account(account: &Account) -> Text {
    let (kind, number) = (label(AccountType::Ordinary), format!("{}-{}", account.branch, account.number));
    Text::new(format!("{} {number}", kind.ja), format!("{} {number}", kind.en))
}

/// In the one form that readings have: the characters that the banks' own network knows.
fn payee(typed: &str) -> Option<Payee> {
    let name = people::kana(typed).to_ascii_uppercase();
    let allowed = |c: char| {
        matches!(c, 'ァ'..='ヴ' | 'ー' | '（' | '）') || c.is_ascii_alphanumeric() || "().-/,".contains(c)
    };
    let fits = (1..=30).contains(&name.chars().count()) && name.chars().all(allowed);
    fits.then(|| Payee::try_from(name).ok()).flatten()
}

/// Yen as people type them: `５０，０００円`.
pub(in crate::member) fn amount(typed: &str) -> Result<Amount, Text> {
    let plain: String = typed.nfkc().filter(|c| !matches!(c, ',' | '、' | '円' | '¥' | '\\')).collect();
    // In an account number a dash is a habit; before an amount it would be a sign.
    if plain.chars().any(|c| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}')) {
        return Err(both(
            "金額に「-」は使えません。数字だけで入力してください。",
            "An amount cannot hold a “-”. Please enter digits only.",
        ));
    }
    let digits = text::digits(&plain)
        .map_err(|_| both("金額は数字で入力してください。", "Please enter the amount in digits."))?;
    if digits.is_empty() {
        return Err(both("金額を入力してください。", "Please enter the amount."));
    }
    let yen: Option<u64> = digits.parse().ok();
    yen.and_then(|yen| Amount::try_from(yen).ok())
        .ok_or(both("この金額はお取り扱いできません。", "This amount cannot be transferred."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_names_are_read_as_people_type_them() {
        for fine in ["50000", "５０，０００円", " 50,000 ", "¥50,000", "\\50000"] {
            assert_eq!(amount(fine).unwrap().yen(), 50_000, "{fine}");
        }
        for bad in [
            "",
            "0",
            "-",
            "-5000",
            "5-000",
            "−5000",
            "５ー０００",
            "5\u{2014}000",
            "五万",
            "1.5",
            "9999999999999",
            "99999999999999999999999",
        ] {
            assert!(amount(bad).is_err(), "{bad}");
        }
        for fine in ["センボク ハナコ", "せんぼくはなこ", "ｾﾝﾎﾞｸ ﾊﾅｺ"] {
            assert_eq!(payee(fine).unwrap().as_str(), "センボクハナコ", "{fine}");
        }
        assert_eq!(payee("カ）ワリフ").unwrap().as_str(), "カ)ワリフ");
        for bad in ["", "仙北花子", "セ<b>", &"ア".repeat(31)] {
            assert!(payee(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_an_order_can_be_typed_again() {
        let mut problems = Problems::default();
        assert!(Typed::default().read(&mut problems).is_none());
        for field in NAMES.iter().skip(1) {
            assert!(problems.has(field), "{field}");
        }
        let typed = Typed {
            account: "2".to_owned(),
            bank: "９９９９".to_owned(),
            branch: "001".to_owned(),
            account_type: "ordinary".to_owned(),
            number: "1000002".to_owned(),
            payee: "センボク ハナコ".to_owned(),
            amount: "1,000円".to_owned(),
        };
        let (account, what) = typed.read(&mut Problems::default()).unwrap();
        let again = Typed::again(account, &what).read(&mut Problems::default()).unwrap();
        assert_eq!(again, (2, what));
    }
}
