//! Owns the URL table as it is written, for tests that have to look at all of it.
//! Refuses to know what stands behind an address.
//! Invariant: a route that nobody listed here is found all the same.

const MEMBERS: &str = include_str!("../../../src/routes.rs");
const STAFFS: &str = include_str!("../../../src/staff/mod.rs");

/// Every address of the members' table, or of the staff's, that answers this method.
pub(crate) fn routes(staff: bool, method: &str) -> Vec<&'static str> {
    let table = if staff { STAFFS } else { MEMBERS };
    let call = format!("{method}(");
    let routes = table.split(".route(").skip(1).filter(|route| {
        let handlers = route.split(".route(").next().unwrap_or_default();
        let handlers = handlers.split_once(',').map_or("", |(_, rest)| rest);
        handlers.split(['.', ' ', '\n']).any(|word| word.starts_with(&call))
    });
    let mut found: Vec<_> = routes.filter_map(|route| route.split('"').nth(1)).collect();
    found.sort_unstable();
    found
}

/// The addresses of a list, without what is asked of them, each once.
pub(crate) fn addresses<'a>(listed: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found: Vec<_> =
        listed.into_iter().map(|path| path.split('?').next().unwrap_or_default()).collect();
    found.sort_unstable();
    found.dedup();
    found
}
