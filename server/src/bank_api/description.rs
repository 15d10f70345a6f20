//! Owns the description of the bank API for programs (OpenAPI).
//! Refuses to repeat types: the schemas are those of the wire.
//! Invariant: it names exactly the routes that there are; a test holds both together.

use axum::Json;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{codes, members, oversight, signing, stops};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Warifu bank API",
        description = "What an institution asks the token centre about its own members. A verdict is an answer (200); \
            anything else that is not a success is a Refusal, to be told apart by its code.",
        license(name = "Apache-2.0 OR MIT"),
    ),
    tags(
        (name = "members", description = "発行, 中止, 停止解除, 登録状況"),
        (name = "codes", description = "利用開始, 認証, 利用解除"),
        (name = "signing", description = "取引認証"),
        (name = "oversight", description = "有効期限, 件数, 監査記録"),
    ),
    paths(
        openapi,
        members::status, members::history, members::issue, members::cancel, members::resend, members::readdress,
        stops::suspend, stops::reinstate, stops::release,
        oversight::expiring, oversight::figures, oversight::audit, oversight::verify_audit,
        signing::register, signing::sign,
        codes::activate, codes::verify, codes::revoke, codes::resync,
    ),
    modifiers(&Key)
)]
struct Description;

struct Key;

impl Modify for Key {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let key = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        description.components.get_or_insert_default().add_security_scheme("key", key);
    }
}

/// The description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// This description. Needs no key.
#[utoipa::path(
    get,
    path = "/bank/v1/openapi.json",
    tag = "members",
    responses((status = 200, description = "OpenAPI 3.1"))
)]
pub(crate) async fn openapi() -> Json<utoipa::openapi::OpenApi> {
    Json(description())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_description_names_exactly_the_routes_that_there_are() {
        let routes: BTreeSet<_> = crate::routes::table()
            .into_iter()
            .filter(|(_, path, _)| path.starts_with("/bank/"))
            .map(|(method, path, _)| (method.as_str().to_lowercase(), path.to_owned()))
            .collect();
        let description = serde_json::to_value(description()).unwrap();
        let mut described = BTreeSet::new();
        for (path, methods) in description["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                described.insert((method.clone(), path.clone()));
            }
        }
        assert_eq!(routes, described);
    }

    #[test]
    fn every_type_that_is_mentioned_is_described() {
        let text = serde_json::to_string(&description()).unwrap();
        let description: serde_json::Value = serde_json::from_str(&text).unwrap();
        let schemas = description["components"]["schemas"].as_object().unwrap();
        for part in text.split("\"#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
        for name in ["IssueRequest", "Answer", "MemberStatus", "Refusal"] {
            assert!(schemas.contains_key(name), "{name}");
        }
    }

    #[test]
    fn the_page_for_people_names_every_call_and_every_refusal() {
        let page = include_str!("../../../docs/bank-api.md");
        for (_, path, _) in crate::routes::table() {
            assert!(!path.starts_with("/bank/") || page.contains(path), "{path}");
        }
        let description = serde_json::to_value(description()).unwrap();
        let calls =
            description["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
        for response in calls.flat_map(|(_, call)| call["responses"].as_object().unwrap().values()) {
            for code in response["description"].as_str().unwrap().split('`').skip(1).step_by(2) {
                assert!(page.contains(&format!("`{code}`")), "{code}");
            }
        }
    }
}
