//! Owns what is accepted as a mail address.
//! Refuses to know whether anybody reads there.
//! Invariant: nothing that could end a header line or begin another address passes.

use serde::{Deserialize, Serialize};

/// A mail address: printable ASCII without blanks, one `@` with something on both sides, at most 254 bytes.
/// Nothing that could end a header line or begin another address passes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct MailAddress(String);

impl MailAddress {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for MailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<MailAddress> for String {
    fn from(address: MailAddress) -> Self {
        address.0
    }
}

impl TryFrom<String> for MailAddress {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        const BAD: &str = "not a mail address";
        let Some((local, domain)) = text.split_once('@') else { return Err(BAD) };
        let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
        let label = |l: &str| {
            !l.is_empty()
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let fits = text.len() <= 254 && (1..=64).contains(&local.len());
        if fits && local.bytes().all(atom) && domain.contains('.') && domain.split('.').all(label) {
            Ok(Self(text))
        } else {
            Err(BAD)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_could_break_a_header_is_refused() {
        for bad in [
            "",
            "a",
            "@b.c",
            "a@",
            "a@b",
            "a b@c.d",
            "a@b.c\r\nBcc: d@e.f",
            "a@b.c,d@e.f",
            "<a@b.c>",
            "a@b@c.d",
            "ａ@b.c",
            "a@-b.c",
            "a@b..c",
            "\"a\"@b.c",
        ] {
            assert!(MailAddress::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
        for fine in ["taro@data-bank.co.jp", "a.b..c.@docomo.example.jp", "x+y@z.example"] {
            assert!(MailAddress::try_from(fine.to_owned()).is_ok(), "{fine}");
        }
    }
}
