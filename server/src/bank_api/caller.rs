//! Owns who calls the bank API and about which member.
//! Refuses to know what is asked.
//! Invariant: without a key of an institution no handler runs; keys are never logged.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use warifu_core::ids::{MemberId, TransactionId};

use crate::app::App;
use crate::edge::{Failure, Refused};
use crate::service::institution::{by_key, by_key_lately};
use crate::store::institutions::Institution;

/// The institution whose key came with the request.
pub(crate) struct Caller(pub(crate) Institution);

/// The same for calls that come by the thousand: a key that was ended counts for one second more.
pub(crate) struct FrequentCaller(pub(crate) Institution);

type Lookup = fn(&App, &str) -> Result<Option<Institution>, Failure>;

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        institution(parts, app, by_key).map(Self)
    }
}

impl FromRequestParts<Arc<App>> for FrequentCaller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        institution(parts, app, by_key_lately).map(Self)
    }
}

fn institution(parts: &Parts, app: &App, look_up: Lookup) -> Result<Institution, Failure> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Refused::UNKNOWN_KEY.into());
    };
    let key = value.to_str().ok().and_then(|text| {
        let (scheme, key) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    let institution = match key {
        Some(key) => look_up(app, key)?,
        None => None,
    };
    Ok(institution.ok_or(Refused::UNKNOWN_KEY)?)
}

/// The member that the path names.
pub(crate) struct Member(pub(crate) MemberId);

impl FromRequestParts<Arc<App>> for Member {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let path = Path::<String>::from_request_parts(parts, app).await;
        let member = path.ok().and_then(|Path(text)| text.parse().ok());
        Ok(Self(member.ok_or(Refused::MEMBER_NOT_FOUND)?))
    }
}

/// The member and the transaction that the path names.
pub(crate) struct MemberTransaction(pub(crate) MemberId, pub(crate) TransactionId);

impl FromRequestParts<Arc<App>> for MemberTransaction {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let path = Path::<(String, String)>::from_request_parts(parts, app).await;
        let Ok(Path((member, transaction))) = path else { return Err(Refused::MEMBER_NOT_FOUND.into()) };
        let member = member.parse().map_err(|_| Refused::MEMBER_NOT_FOUND)?;
        Ok(Self(member, transaction.parse().map_err(|_| Refused::TRANSACTION_NOT_FOUND)?))
    }
}

/// What the query of a look says.
pub(crate) struct Wish<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Wish<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        let Query(wish) = query.map_err(|_| Refused::malformed("The query is not what this call takes."))?;
        Ok(Self(wish))
    }
}
