//! Owns 取引認証: what a transfer is shown as, and the code that says yes to it.
//! Refuses to know the centre: nothing is sent.
//! Invariant: a QR is shown only when the centre that shares the key made it, and its code is for what was shown.

use serde::{Deserialize, Serialize};
use warifu_core::ids::AccountNo;
use warifu_core::otp::Step;
use warifu_core::sign::{self, Amount, Challenge, Qr, TransactionKind};
use warifu_core::text;
use warifu_core::vault::{Opened, Purpose, Token, Vault as _};

use crate::refusal::Refusal;
use crate::session::Session;
use crate::tokens::At;
use crate::vault::Place;
use crate::view::CodeView;

/// What the member wants to say yes to.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Transaction {
    /// The text of the QR code.
    Qr {
        /// As it was read or pasted.
        text: String,
    },
    /// Typed from the institution's page.
    Typed {
        /// The payee's account.
        account: String,
        /// Yen.
        amount: String,
    },
}

/// What is shown before the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Shown {
    /// The institution's name, from its card.
    institution: String,
    /// What only the QR brings.
    payee: Option<Payee>,
    /// The account's number.
    account: String,
    /// Yen.
    amount: u64,
}

/// Where the money goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Payee {
    bank: String,
    branch: String,
    account_type: &'static str,
    name: String,
}

/// A transaction that belongs to one of the tokens here.
struct Matched {
    slot: u64,
    challenge: Challenge,
    shown: Shown,
}

impl Session {
    /// What the member is asked to look at.
    pub(crate) fn read_transaction(&self, transaction: &Transaction) -> Result<Shown, Refusal> {
        let matched = self.matched(&*self.place()?, transaction)?;
        self.go(At::Slot(matched.slot));
        Ok(matched.shown)
    }

    /// 確認しました: the code for it.
    pub(crate) fn sign(&self, transaction: &Transaction) -> Result<CodeView, Refusal> {
        let place = self.place()?;
        let matched = self.matched(&place, transaction)?;
        let vault = place.vault(matched.slot);
        let Opened::Ready(token) = vault.open()? else { return Err(Refusal::NoToken) };
        loop {
            let step = Step::at(self.makes_codes(&token)?);
            let code = sign::code(&vault, &matched.challenge, step)?;
            if Step::at(self.clock.on_show()) == step {
                return Ok(self.shown(&code, step));
            }
        }
    }

    fn matched(&self, place: &Place, transaction: &Transaction) -> Result<Matched, Refusal> {
        match transaction {
            Transaction::Qr { text } => self.matched_qr(place, text),
            Transaction::Typed { account, amount } => {
                let slot = self.slot(place)?.ok_or(Refusal::NoToken)?;
                let Opened::Ready(token) = place.vault(slot).open()? else { return Err(Refusal::NoToken) };
                let (account, amount) = typed(account, amount).ok_or(Refusal::FormIncomplete)?;
                let challenge =
                    Challenge::typed(&token.service_id, TransactionKind::Transfer, &account, amount);
                let shown = Shown {
                    institution: token.institution.clone(),
                    payee: None,
                    account: account.to_string(),
                    amount: amount.yen(),
                };
                Ok(Matched { slot, challenge, shown })
            }
        }
    }

    /// Several tokens of one institution may be here, an old one beside its renewal: the tag tells for which it was made.
    fn matched_qr(&self, place: &Place, text: &str) -> Result<Matched, Refusal> {
        let qr = Qr::parse(text.trim()).map_err(|_| Refusal::SignRefused)?;
        for listed in place.slots()? {
            let vault = place.vault(listed.slot);
            let token = match vault.open() {
                Ok(Opened::Ready(token)) if token.service_id == qr.service_id => token,
                _ => continue,
            };
            if qr.is_genuine(&vault.hmac(Purpose::Txn, &qr.tag_message())?) {
                return Ok(Matched {
                    slot: listed.slot,
                    challenge: qr.challenge(),
                    shown: shown(&token, &qr),
                });
            }
        }
        Err(Refusal::SignRefused)
    }
}

fn shown(token: &Token, qr: &Qr) -> Shown {
    let transfer = &qr.transfer;
    Shown {
        institution: token.institution.clone(),
        payee: Some(Payee {
            bank: transfer.bank.to_string(),
            branch: transfer.branch.to_string(),
            account_type: transfer.account_type.as_str(),
            name: transfer.payee_kana.as_str().to_owned(),
        }),
        account: transfer.account.to_string(),
        amount: transfer.amount.yen(),
    }
}

/// Full-width digits, blanks, hyphens and the commas of an amount are read as they were meant.
fn typed(account: &str, amount: &str) -> Option<(AccountNo, Amount)> {
    let account = AccountNo::parse(account).ok()?;
    let amount = text::digits(&amount.replace([',', '，'], "")).ok()?;
    Some((account, Amount::try_from(amount.parse::<u64>().ok()?).ok()?))
}
