//! Owns from where a browser asks, as far as guesses are counted by it.
//! Refuses to believe a header that nobody vouches for.
//! Invariant: one household or one line is one prefix: IPv4 /24, IPv6 /56; nothing finer is kept.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::App;

/// The address prefix that a guess is counted under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin(pub(crate) String);

impl FromRequestParts<App> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let named = if app.config.behind_proxy { last_hop(&parts.headers) } else { None };
        Ok(Self(named.or(peer).map_or_else(|| "unknown".to_owned(), prefix)))
    }
}

/// Only the last hop was written by our own proxy; whatever stands before it, the caller may have made up.
fn last_hop(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let hop = line.rsplit(',').next()?.trim();
    hop.parse().ok().or_else(|| hop.parse().ok().map(|with_port: SocketAddr| with_port.ip()))
}

fn prefix(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{}/24", Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/56", Ipv6Addr::new(a, b, c, d & 0xff00, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_line_have_one_prefix() {
        for (address, wanted) in [
            ("203.0.113.7", "203.0.113.0/24"),
            ("::ffff:203.0.113.255", "203.0.113.0/24"),
            ("2001:db8:1:23ff::1", "2001:db8:1:2300::/56"),
            ("2001:db8:1:2300:ffff::", "2001:db8:1:2300::/56"),
        ] {
            assert_eq!(prefix(address.parse().unwrap()), wanted, "{address}");
        }
    }

    #[test]
    fn only_the_last_hop_is_believed() {
        let hop = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            last_hop(&headers).map(|address| address.to_string())
        };
        assert_eq!(hop(&["1.1.1.1, 2.2.2.2"]).as_deref(), Some("2.2.2.2"));
        assert_eq!(hop(&["1.1.1.1", "2.2.2.2,3.3.3.3"]).as_deref(), Some("3.3.3.3"));
        assert_eq!(hop(&["[2001:db8::1]:443"]).as_deref(), Some("2001:db8::1"));
        for bad in ["", "nobody", "1.1.1.1, unknown"] {
            assert_eq!(hop(&[bad]), None, "{bad}");
        }
    }
}
