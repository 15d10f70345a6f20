//! Owns the bytes that lead to the keys in a TPM: what TPM2_Create gave back, one pair per key.
//! Refuses to know what the TPM does with them.
//! Invariant: the private half is encrypted by the TPM for itself; no other reads it.

use tss_esapi::Error;
use tss_esapi::WrapperErrorKind::WrongParamSize;
use tss_esapi::structures::{Private, Public};
use tss_esapi::traits::{Marshall as _, UnMarshall as _};

/// What one key is loaded from.
pub(super) struct Key {
    /// Encrypted by the TPM.
    pub(super) private: Private,
    /// Says what the key may be used for.
    pub(super) public: Public,
}

/// The three keys of a token, in the order of their purposes.
pub(super) struct Way(pub(super) Vec<Key>);

impl Way {
    /// For the slot's record.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        for key in &self.0 {
            for half in [key.private.value(), &key.public.marshall()?] {
                let length = u16::try_from(half.len()).map_err(|_| Error::WrapperError(WrongParamSize))?;
                bytes.extend_from_slice(&length.to_be_bytes());
                bytes.extend_from_slice(half);
            }
        }
        Ok(bytes)
    }

    /// The inverse; `None` for anything else.
    pub(super) fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut keys = Vec::with_capacity(3);
        while !bytes.is_empty() {
            let private = Private::try_from(half(&mut bytes)?).ok()?;
            let public = Public::unmarshall(half(&mut bytes)?).ok()?;
            keys.push(Key { private, public });
        }
        (keys.len() == 3).then_some(Self(keys))
    }
}

fn half<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (half, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *bytes = rest;
    Some(half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_lead_to_no_key_are_refused() {
        for bad in [&[][..], &[0], &[0, 9, 1], &[0, 1, 7, 0, 1, 7], &[0xff; 700]] {
            assert!(Way::from_bytes(bad).is_none(), "{bad:?}");
        }
    }
}
