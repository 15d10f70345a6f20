//! Owns the service card: how a root key vouches for an institution's name, centre and OPAQUE keys.
//! Refuses to know where roots, cards and sequence numbers are kept.
//! Invariant: nothing of a card is believed before its signature, over the exact bytes, was checked.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::enc;
use crate::ids::ServiceId;
use crate::time::UnixMillis;
use crate::wire::bytes::{Blob, Bytes};
use crate::wire::device::{ServiceCard, SignedCard};

/// Why a card is not believed. The screen says the same for all but [`BadCard::AppTooOld`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCard {
    /// No known root signed these bytes.
    #[error("no known root key signed this card")]
    Signature,
    /// Signed, but not a card of this version.
    #[error("the card is malformed")]
    Malformed,
    /// A card, but of another service.
    #[error("the card is another service's")]
    OtherService,
    /// Older than a card that this device has seen.
    #[error("the card is older than one seen before")]
    Older,
    /// Past its end.
    #[error("the card has expired")]
    Expired,
    /// This app is older than the card allows.
    #[error("the card asks for a newer app")]
    AppTooOld,
}

/// Signs a card with a root key; at the centre only the signing tool and the demo do this.
pub fn sign(card: &ServiceCard, root: &SigningKey) -> SignedCard {
    let bytes = serde_json::to_vec(card).expect("a card of text and numbers has a JSON form");
    let signature = root.sign(&enc!("warifu/v1/card", bytes.as_slice()));
    SignedCard { card: Blob(bytes), signature: Bytes(signature.to_bytes()) }
}

/// What the device expects of a card.
pub struct Expected<'a> {
    /// The root keys that are compiled in, 32 bytes each (RFC 8032).
    pub roots: &'a [[u8; 32]],
    /// The service whose card was asked for.
    pub service_id: &'a ServiceId,
    /// The highest sequence number that this device has seen for it.
    pub seen_seq: u64,
    /// This app's version, as numbers: major, minor, patch.
    pub app: [u64; 3],
    /// The device's clock.
    pub now: UnixMillis,
}

/// Checks the signature over the exact bytes, then everything that the card says.
///
/// # Errors
/// [`BadCard`], the first that applies.
pub fn verify(signed: &SignedCard, expected: &Expected<'_>) -> Result<ServiceCard, BadCard> {
    let message = enc!("warifu/v1/card", signed.card.0.as_slice());
    let signature = Signature::from_bytes(&signed.signature.0);
    let vouched = expected.roots.iter().any(|root| {
        VerifyingKey::from_bytes(root).is_ok_and(|root| root.verify_strict(&message, &signature).is_ok())
    });
    if !vouched {
        return Err(BadCard::Signature);
    }
    let card: ServiceCard = serde_json::from_slice(&signed.card.0).map_err(|_| BadCard::Malformed)?;
    let min_app = version(card.min_app.as_str()).ok_or(BadCard::Malformed)?;
    if card.name.is_empty() || card.opaque_keys.is_empty() || card.opaque_keys.len() > 2 {
        return Err(BadCard::Malformed);
    }
    match () {
        () if card.service_id != *expected.service_id => Err(BadCard::OtherService),
        () if card.seq < expected.seen_seq => Err(BadCard::Older),
        () if card.expires <= expected.now => Err(BadCard::Expired),
        () if expected.app < min_app => Err(BadCard::AppTooOld),
        () => Ok(card),
    }
}

/// `1.2.3` as numbers, for comparison; `None` for any other shape.
pub fn version(text: &str) -> Option<[u64; 3]> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::device::V1;

    fn root(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn card() -> ServiceCard {
        ServiceCard {
            v: V1,
            service_id: ServiceId::parse("10112235").unwrap(),
            name: "仙北信用組合".to_owned(),
            name_kana: "センポクシンヨウクミアイ".to_owned(),
            centre_url: "https://centre.example".to_owned(),
            opaque_keys: vec![Bytes([9; 32])],
            min_app: "0.1.0".to_owned().try_into().unwrap(),
            seq: 7,
            expires: UnixMillis(1_000),
        }
    }

    fn look(signed: &SignedCard, change: impl FnOnce(&mut Expected<'_>)) -> Result<ServiceCard, BadCard> {
        let service_id = card().service_id;
        let roots = [root(1).verifying_key().to_bytes(), root(2).verifying_key().to_bytes()];
        let mut expected = Expected {
            roots: &roots,
            service_id: &service_id,
            seen_seq: 7,
            app: [0, 1, 0],
            now: UnixMillis(999),
        };
        change(&mut expected);
        verify(signed, &expected)
    }

    #[test]
    fn a_card_signed_by_the_current_or_the_spare_root_is_believed() {
        assert_eq!(look(&sign(&card(), &root(1)), |_| ()), Ok(card()));
        assert_eq!(look(&sign(&card(), &root(2)), |_| ()), Ok(card()));
    }

    #[test]
    fn a_card_of_another_root_or_with_any_byte_changed_is_refused() {
        assert_eq!(look(&sign(&card(), &root(3)), |_| ()), Err(BadCard::Signature));
        assert_eq!(look(&sign(&card(), &root(1)), |e| e.roots = &[]), Err(BadCard::Signature));
        let signed = sign(&card(), &root(1));
        for at in 0..signed.card.0.len() {
            let mut changed = signed.clone();
            changed.card.0[at] ^= 1;
            assert_eq!(look(&changed, |_| ()), Err(BadCard::Signature), "byte {at}");
        }
    }

    #[test]
    fn an_old_expired_or_foreign_card_and_an_old_app_are_told_apart() {
        let signed = sign(&card(), &root(1));
        assert_eq!(look(&signed, |e| e.seen_seq = 8), Err(BadCard::Older));
        assert_eq!(look(&signed, |e| e.now = UnixMillis(1_000)), Err(BadCard::Expired));
        assert_eq!(look(&signed, |e| e.app = [0, 0, 9]), Err(BadCard::AppTooOld));
        let other = ServiceId::parse("00000001").unwrap();
        let roots = [root(1).verifying_key().to_bytes()];
        let expected =
            Expected { roots: &roots, service_id: &other, seen_seq: 0, app: [0, 1, 0], now: UnixMillis(0) };
        assert_eq!(verify(&signed, &expected), Err(BadCard::OtherService));
    }

    #[test]
    fn a_signed_text_that_is_not_a_card_is_malformed() {
        let mut nameless = card();
        nameless.name.clear();
        let mut keyless = card();
        keyless.opaque_keys.clear();
        for bad in [nameless, keyless] {
            assert_eq!(look(&sign(&bad, &root(1)), |_| ()), Err(BadCard::Malformed));
        }
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(version("0.10.0") > version("0.9.9"));
        for bad in ["", "1", "1.2", "1.2.3.4", "1.2.x", "-1.0.0"] {
            assert_eq!(version(bad), None, "{bad}");
        }
    }
}
