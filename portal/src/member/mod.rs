//! Owns the member's pages, one file per screen: `show_x` for GET, `submit_x` for POST.
//! Refuses to know how codes are judged and how sessions are kept.
//! Invariant: a handler is a short story: verify the form, load, act, save once, redirect.

pub(crate) mod activate;
pub(crate) mod cancel;
mod challenge;
pub(crate) mod code;
pub(crate) mod confirm;
mod confirmation_password;
pub(crate) mod details;
pub(crate) mod history;
pub(crate) mod issue;
pub(crate) mod issued;
pub(crate) mod limit;
pub(crate) mod lost_phone;
pub(crate) mod mail_again;
mod mail_twice;
pub(crate) mod mailed_password;
pub(crate) mod menu;
pub(crate) mod progress;
pub(crate) mod readdress;
mod renewal;
pub(crate) mod resend;
pub(crate) mod resync;
pub(crate) mod revoke;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod stop;
pub(crate) mod suspended;
pub(crate) mod top;
pub(crate) mod transfer;
