//! The name of a preview: which port of which attempt it is, signed, so that nobody can make one up.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use platform::boxes::PreviewOf;
use sha2::Sha256;
use uuid::Uuid;

/// Signs names. Kept by the server, in its data directory.
#[derive(Clone)]
pub struct Key([u8; Key::BYTES]);

/// What is signed besides the name, so that no signature of anything else is one of a preview.
const PURPOSE: &[u8] = b"belay preview 1";
/// Attempt, host and port.
const NAMED: usize = 16 + 1 + 2;
/// How much of the signature is in the name: 128 bits, which leave it short enough for a label of a host name.
const SIGNED: usize = 16;

impl Key {
    /// How long a key is.
    pub const BYTES: usize = 32;

    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// The name of a preview: 56 lower-case letters and digits.
    #[must_use]
    pub fn name(&self, of: PreviewOf) -> String {
        let mut bytes = named(of).to_vec();
        let signature = self.over(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&signature[..SIGNED]);
        BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()
    }

    /// What a name is for; `None` for one that this key has not signed.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<PreviewOf> {
        let bytes = BASE32_NOPAD.decode(name.to_ascii_uppercase().as_bytes()).ok()?;
        let (named, signature) = bytes.split_at_checked(NAMED)?;
        if signature.len() != SIGNED || self.over(named).verify_truncated_left(signature).is_err() {
            return None;
        }
        Some(PreviewOf {
            attempt: Uuid::from_slice(&named[..16]).ok()?,
            host: named[16],
            port: u16::from_be_bytes([named[17], named[18]]),
        })
    }

    fn over(&self, named: &[u8]) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.chain_update(PURPOSE).chain_update(named)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

fn named(of: PreviewOf) -> [u8; NAMED] {
    let mut bytes = [0; NAMED];
    bytes[..16].copy_from_slice(of.attempt.as_bytes());
    bytes[16] = of.host;
    bytes[17..].copy_from_slice(&of.port.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF: PreviewOf =
        PreviewOf { attempt: Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0007), host: 1, port: 8080 };

    #[test]
    fn a_name_says_what_it_is_for_and_fits_a_host_name() {
        let key = Key::new([7; Key::BYTES]);
        let name = key.name(OF);
        assert_eq!(name.len(), 56);
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{name}");
        assert_eq!(key.read(&name), Some(OF));
        assert_eq!(key.read(&name.to_ascii_uppercase()), Some(OF), "host names know no case");
    }

    #[test]
    fn nobody_makes_up_a_name() {
        let key = Key::new([7; Key::BYTES]);
        let name = key.name(OF);
        for at in 0..name.len() {
            let mut other = name.clone().into_bytes();
            other[at] = if other[at] == b'a' { b'b' } else { b'a' };
            assert_eq!(key.read(std::str::from_utf8(&other).expect("letters")), None, "letter {at}");
        }
        assert_eq!(Key::new([8; Key::BYTES]).read(&name), None, "another server's");
        for wrong in ["", "a", &name[..55], &name[..32], &format!("{name}aa"), "…"] {
            assert_eq!(key.read(wrong), None, "{wrong}");
        }
    }
}
