//! Ed25519 signatures over DSSE envelopes.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::KeyFileError;
use crate::manifest::sha256;

/// What comes before the 32 bytes of an Ed25519 key in a `SubjectPublicKeyInfo` (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A private Ed25519 key. Its `Debug` shows the key's id only.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    id: String,
}

impl SigningKey {
    /// The key in a PEM file of PKCS#8, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] when the text is anything else, an encrypted key included.
    pub fn from_pem(text: &str) -> Result<Self, KeyFileError> {
        let refuse = |why| KeyFileError { kind: "private", why };
        let der = pem(text, "PRIVATE KEY").map_err(refuse)?;
        let pair = Ed25519KeyPair::from_pkcs8(&der)
            .map_err(|_| refuse("the PEM block holds no Ed25519 key in PKCS#8 form"))?;
        let id = key_id(pair.public_key().as_ref());
        Ok(Self { pair, id })
    }

    /// The key's id: the SHA-256 of its public half in DER form (`SubjectPublicKeyInfo`), in hex.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public half in a PEM file, for whoever checks.
    pub fn public_pem(&self) -> String {
        let der = STANDARD.encode(spki(self.pair.public_key().as_ref()));
        format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n")
    }

    /// The signature; the same for the same message each time.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A public Ed25519 key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    raw: Vec<u8>,
    id: String,
}

impl PublicKey {
    /// The key in a PEM file, as `openssl pkey -pubout` writes it.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] when the text is anything else.
    pub fn from_pem(text: &str) -> Result<Self, KeyFileError> {
        let refuse = |why| KeyFileError { kind: "public", why };
        let der = pem(text, "PUBLIC KEY").map_err(refuse)?;
        match der.strip_prefix(&SPKI) {
            Some(raw) if raw.len() == 32 => Ok(Self { raw: raw.to_vec(), id: key_id(raw) }),
            _ => Err(refuse("the PEM block holds no Ed25519 key")),
        }
    }

    /// The key's id, as [`SigningKey::id`].
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the signature is this key's, over this message.
    pub(crate) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.raw).verify(message, signature).is_ok()
    }
}

fn spki(raw: &[u8]) -> Vec<u8> {
    [&SPKI, raw].concat()
}

fn key_id(raw: &[u8]) -> String {
    sha256(&spki(raw))
}

/// The content of the one PEM block with this label.
fn pem(text: &str, label: &str) -> Result<Vec<u8>, &'static str> {
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let inside = text
        .split_once(&begin)
        .and_then(|(_, rest)| rest.split_once(&end))
        .map(|(inside, _)| inside)
        .ok_or("no PEM block of the expected kind")?;
    let base64: String = inside.split_ascii_whitespace().collect();
    STANDARD.decode(base64).map_err(|_| "the PEM block is not base64")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PUBLIC_PEM, private_pem};

    #[test]
    fn the_public_half_is_known() {
        let key = SigningKey::from_pem(&private_pem()).unwrap();
        assert_eq!(key.public_pem(), PUBLIC_PEM);
        let public = PublicKey::from_pem(PUBLIC_PEM).unwrap();
        assert_eq!(public.id(), key.id());
        assert_eq!(format!("{key:?}"), format!("SigningKey {{ id: \"{}\", .. }}", key.id()));
    }

    #[test]
    fn a_signature_is_for_one_message_and_one_key() {
        let key = SigningKey::from_pem(&private_pem()).unwrap();
        let public = PublicKey::from_pem(PUBLIC_PEM).unwrap();
        // RFC 8032, 7.1, test 1: the empty message.
        let expected = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
                        5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
        assert_eq!(hex::encode(key.sign(b"")), expected);
        assert!(public.accepts(b"", &key.sign(b"")));
        assert!(!public.accepts(b"x", &key.sign(b"")));
        assert!(!public.accepts(b"", &[]));
    }

    #[test]
    fn other_files_are_refused() {
        let private = private_pem();
        for text in [
            "",
            "-----BEGIN PRIVATE KEY-----",
            PUBLIC_PEM,
            &private.replace("PRIVATE", "ENCRYPTED PRIVATE"),
            &private.replace("MC4", "MC5"),
            &private.replace("MC4", "M~4"),
        ] {
            assert!(SigningKey::from_pem(text).is_err(), "{text}");
        }
        for text in ["", &private, &PUBLIC_PEM.replace("MCow", "MCox")] {
            assert!(PublicKey::from_pem(text).is_err(), "{text}");
        }
    }
}
