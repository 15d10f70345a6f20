//! Owns which of the app's tokens an action is about, and the list of them.
//! Refuses to know how a token makes its codes and where its keys lie.
//! Invariant: with one token nobody is asked to choose; a pending initialisation comes first, and keeps nobody from
//! the others.

use warifu_core::japan;
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::vault::{Failure, Opened, Token, Vault as _};

use crate::expiry::Expiring;
use crate::refusal::Refusal;
use crate::session::Session;
use crate::vault::{Place, Slot};
use crate::view::{TokenLine, View, Whose};

/// What the member is looking at. Forgotten when the app is closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum At {
    /// Wherever the stored state leads.
    #[default]
    Start,
    /// 複数のトークン.
    List,
    /// 初期設定, perhaps beside tokens that are there.
    Form,
    /// One token.
    Slot(u64),
}

impl Session {
    /// 複数のトークン.
    pub(crate) fn list_tokens(&self) -> View {
        self.go(At::List);
        self.look(false)
    }

    /// One token of the list.
    pub(crate) fn choose_token(&self, slot: u64) -> View {
        self.go(At::Slot(slot));
        self.look(false)
    }

    /// 追加.
    pub(crate) fn add_token(&self) -> Result<View, Refusal> {
        self.place()?.free()?.ok_or(Refusal::VaultFull)?;
        self.go(At::Form);
        Ok(self.look(false))
    }

    /// Whose token the page is about that is on; none where it is about no single one.
    pub(crate) fn whose(&self) -> Result<Option<Whose>, Refusal> {
        let place = self.place()?;
        let Some(slot) = self.slot(&place)? else { return Ok(None) };
        let slots = place.slots()?;
        let serial = match place.vault(slot).open() {
            Ok(Opened::Ready(token)) => Some(token.facts.serial.to_string()),
            _ => None,
        };
        let has_others = slots.len() > 1;
        let listed = slots.into_iter().find(|listed| listed.slot == slot);
        Ok(listed.map(|Slot { institution, .. }| Whose { institution, serial, has_others }))
    }

    /// The slot that an action is about.
    pub(crate) fn slot(&self, place: &Place) -> Result<Option<u64>, Refusal> {
        let slots = place.slots()?;
        Ok(match (self.at(), slots.as_slice()) {
            (At::Slot(chosen), slots) => slots.iter().any(|listed| listed.slot == chosen).then_some(chosen),
            (At::Start, [only]) => Some(only.slot),
            _ => None,
        })
    }

    /// The screen of what the member is looking at.
    pub(crate) fn seen_token(&self, place: &Place, may_ask: bool) -> Result<View, Refusal> {
        let slots = place.slots()?;
        match (self.at(), slots.as_slice()) {
            (At::Form, slots) => Ok(View::Setup { has_tokens: !slots.is_empty() }),
            (At::Start, [only]) => self.seen_slot(place, only, may_ask),
            (At::Start | At::List, []) => Ok(View::Setup { has_tokens: false }),
            (At::Start | At::List, slots) => self.seen_list(place, slots, may_ask),
            (At::Slot(chosen), slots) => match slots.iter().find(|listed| listed.slot == chosen) {
                Some(listed) => self.seen_slot(place, listed, may_ask),
                None => self.seen_from_the_start(place, may_ask),
            },
        }
    }

    fn seen_from_the_start(&self, place: &Place, may_ask: bool) -> Result<View, Refusal> {
        self.go(At::Start);
        self.seen_token(place, may_ask)
    }

    fn seen_slot(&self, place: &Place, listed: &Slot, may_ask: bool) -> Result<View, Refusal> {
        match place.vault(listed.slot).asking(may_ask).open()? {
            // It was leaving, and is gone from the list now.
            Opened::Empty => self.seen_from_the_start(place, may_ask),
            opened => self.seen_opened(opened, listed, place.slots()?.len() > 1),
        }
    }

    fn seen_opened(&self, opened: Opened, listed: &Slot, has_others: bool) -> Result<View, Refusal> {
        match opened {
            Opened::Empty => Err(Refusal::NoToken),
            Opened::Pending(..) => Ok(View::Resuming { waits_for: None, retry_in_s: 0, has_others }),
            Opened::Ready(token) => {
                let now = self.makes_codes(&token)?;
                let expiring = Expiring::at(token.facts.expires_at, now);
                Ok(match expiring {
                    _ if !listed.done_read => View::done(&token, self.clock.ahead_of(&token.centre_url)),
                    Some(said) if said.is_news(listed.expiry_read) => View::of_expiring(&token, said),
                    _ => {
                        let ahead = self.clock.ahead_of(&token.centre_url);
                        View::of(&token, expiring, self.standing(listed.slot), ahead)
                    }
                })
            }
        }
    }

    fn seen_list(&self, place: &Place, slots: &[Slot], may_ask: bool) -> Result<View, Refusal> {
        let mut tokens = Vec::with_capacity(slots.len());
        for listed in slots {
            let opened = match place.vault(listed.slot).asking(may_ask).open() {
                // One lock is before all of them: nobody is asked ten times.
                Err(Failure::Locked) => return Err(Refusal::VaultLocked),
                Ok(Opened::Empty) => continue,
                other => other,
            };
            let facts = match &opened {
                Ok(Opened::Ready(token)) => Some(&token.facts),
                _ => None,
            };
            let serial = facts.map(|facts| facts.serial.to_string());
            let started_on = facts.map(|facts| japan::day(facts.started_on));
            let expiring = facts.and_then(|facts| Expiring::at(facts.expires_at, self.clock.on_show()));
            let days_left = expiring.map(|said| said.days);
            let has_others = slots.len() > 1;
            let seen =
                opened.map_err(Refusal::from).and_then(|opened| self.seen_opened(opened, listed, has_others));
            if self.at() == At::Start && matches!(seen, Ok(View::Resuming { .. } | View::Done { .. })) {
                self.go(At::Slot(listed.slot));
                return seen;
            }
            tokens.push(TokenLine {
                slot: listed.slot,
                institution: listed.institution.clone(),
                serial,
                started_on,
                standing: self.standing(listed.slot),
                trouble: seen.err(),
                days_left,
            });
        }
        match tokens.as_slice() {
            [] => self.seen_from_the_start(place, may_ask),
            [first, ..] if first.is_useless() && tokens.iter().all(|line| line.trouble == first.trouble) => {
                Err(first.trouble.unwrap_or(Refusal::NoToken))
            }
            _ => Ok(View::Tokens { tokens, can_add: place.free()?.is_some() }),
        }
    }

    /// Erases the slots whose keys are proven to be useless on this device.
    pub(crate) fn remove_useless(&self, place: &Place) -> Result<(), Refusal> {
        for listed in place.slots()? {
            let vault = place.vault(listed.slot);
            if matches!(vault.open(), Err(Failure::ForeignDevice | Failure::KeyMissing)) {
                vault.erase()?;
            }
        }
        Ok(())
    }

    /// This moment, when it lies within what a token is for. A clock from before it was made is wrong beyond doubt.
    pub(crate) fn makes_codes(&self, token: &Token) -> Result<UnixMillis, Refusal> {
        let now = self.clock.of_centre(&token.centre_url);
        if now.0 < 0 || now < token.facts.started_on.plus(-DAY) {
            return Err(Refusal::ClockWrong);
        }
        if now >= token.facts.expires_at { Err(Refusal::Expired) } else { Ok(now) }
    }
}
