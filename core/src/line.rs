//! Owns from which line somebody asks, as far as guesses and requests are counted by it.
//! Refuses to know requests, and to believe a header that nobody vouches for: only who is behind a proxy gives one.
//! Invariant: one household or one line is one prefix: IPv4 /24, IPv6 /56; nothing finer is kept.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The prefix of whoever asks: of the last hop that the lines of `X-Forwarded-For` name, else of the peer.
pub fn prefix<'a>(peer: Option<IpAddr>, forwarded: impl DoubleEndedIterator<Item = &'a [u8]>) -> String {
    last_hop(forwarded).or(peer).map_or_else(|| "unknown".to_owned(), shortened)
}

/// Only the last hop was written by our own proxy; whatever stands before it, the caller may have made up.
fn last_hop<'a>(mut lines: impl DoubleEndedIterator<Item = &'a [u8]>) -> Option<IpAddr> {
    let line = std::str::from_utf8(lines.next_back()?).ok()?;
    let hop = line.rsplit(',').next()?.trim();
    hop.parse().ok().or_else(|| hop.parse().ok().map(|with_port: SocketAddr| with_port.ip()))
}

fn shortened(address: IpAddr) -> String {
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
    fn addresses_of_one_line_have_one_prefix_and_only_the_last_hop_is_believed() {
        const PEER: &str = "192.0.2.1";
        const OF_THE_PEER: &str = "192.0.2.0/24";
        let rows: [(&str, &[&str], &str); 17] = [
            ("203.0.113.7", &[], "203.0.113.0/24"),
            ("203.0.113.255", &[], "203.0.113.0/24"),
            ("::ffff:203.0.113.7", &[], "203.0.113.0/24"),
            ("2001:db8:1:23ff::1", &[], "2001:db8:1:2300::/56"),
            ("2001:db8:1:2300:ffff::", &[], "2001:db8:1:2300::/56"),
            ("", &[], "unknown"),
            ("", &["203.0.113.7"], "203.0.113.0/24"),
            (PEER, &["1.1.1.1, 2.2.2.2"], "2.2.2.0/24"),
            (PEER, &["1.1.1.1", "2.2.2.2,3.3.3.3"], "3.3.3.0/24"),
            (PEER, &["2001:db8::1"], "2001:db8::/56"),
            (PEER, &["[2001:db8::1]:443"], "2001:db8::/56"),
            (PEER, &["203.0.113.7:443"], "203.0.113.0/24"),
            (PEER, &["::ffff:203.0.113.7"], "203.0.113.0/24"),
            (PEER, &[""], OF_THE_PEER),
            (PEER, &["nobody"], OF_THE_PEER),
            (PEER, &["1.1.1.1, unknown"], OF_THE_PEER),
            (PEER, &["1.1.1.1", "unknown"], OF_THE_PEER),
        ];
        for (peer, forwarded, wanted) in rows {
            let lines = forwarded.iter().map(|line| line.as_bytes());
            assert_eq!(prefix(peer.parse().ok(), lines), wanted, "{peer} {forwarded:?}");
        }
        assert_eq!(prefix(PEER.parse().ok(), [&b"\xff"[..]].into_iter()), OF_THE_PEER);
    }
}
