//! Public keys: what an auditor checks signatures with, and for which time each counts.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::KeyFileError;
use crate::manifest::sha256;

/// What comes before the 32 bytes of an Ed25519 key in a `SubjectPublicKeyInfo` (RFC 8410).
const ED25519_SPKI: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What comes before the 65 bytes of a P-256 point in a `SubjectPublicKeyInfo` (RFC 5480).
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ECDSA on the curve P-256 with SHA-256; signatures in DER form.
    EcdsaP256,
}

impl Algorithm {
    /// As a person reads it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::EcdsaP256 => "ECDSA P-256",
        }
    }
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: Algorithm,
    raw: Vec<u8>,
    id: String,
}

impl PublicKey {
    pub(crate) fn new(algorithm: Algorithm, raw: &[u8]) -> Self {
        let raw = raw.to_vec();
        let id = sha256(&spki(algorithm, &raw));
        Self { algorithm, raw, id }
    }

    /// The key in a `SubjectPublicKeyInfo`; none for any other kind of key.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        match (der.strip_prefix(&ED25519_SPKI), der.strip_prefix(&P256_SPKI)) {
            (Some(raw), _) if raw.len() == 32 => Some(Self::new(Algorithm::Ed25519, raw)),
            (_, Some(raw)) if raw.len() == 65 => Some(Self::new(Algorithm::EcdsaP256, raw)),
            _ => None,
        }
    }

    /// The key in a PEM file, as `openssl pkey -pubout` writes it: Ed25519 or ECDSA P-256.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] when the text is anything else.
    pub fn from_pem(text: &str) -> Result<Self, KeyFileError> {
        let refuse = |why| KeyFileError { kind: "public", why };
        let der = pem(text, "PUBLIC KEY").map_err(refuse)?;
        Self::from_der(&der).ok_or_else(|| refuse("the PEM block holds no such key"))
    }

    /// The key's id: the SHA-256 of its DER form (`SubjectPublicKeyInfo`), in hex.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How it signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key as a PEM file.
    pub fn to_pem(&self) -> String {
        let lines: Vec<String> = STANDARD
            .encode(spki(self.algorithm, &self.raw))
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// Whether the signature is this key's, over this message.
    pub(crate) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.algorithm {
            Algorithm::Ed25519 => {
                UnparsedPublicKey::new(&ED25519, &self.raw).verify(message, signature)
            }
            Algorithm::EcdsaP256 => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.raw)
                .verify(message, signature),
        }
        .is_ok()
    }
}

/// A public key and the scans it counts for: those that started within its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// The key.
    pub key: PublicKey,
    /// The first moment; `None`: from the beginning.
    pub from: Option<Timestamp>,
    /// The moment from which it counts no more; `None`: without an end.
    pub until: Option<Timestamp>,
}

impl TrustedKey {
    /// Every key of a PEM file. Above a key's block, lines `Valid-From: TIME` and `Valid-Until: TIME`
    /// say for which scans it counts; without them it counts for all. So a file can hold the keys of
    /// many years, one after the other.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] when there is no key in the file, one is of another kind, or a time is none.
    pub fn all_from_pem(text: &str) -> Result<Vec<Self>, KeyFileError> {
        const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
        const END: &str = "-----END PUBLIC KEY-----";
        let refuse = |why| KeyFileError { kind: "public", why };
        let mut found = Vec::new();
        let mut rest = text;
        while let Some((above, block)) = rest.split_once(BEGIN) {
            let Some((block, after)) = block.split_once(END) else {
                return Err(refuse("a PEM block does not end"));
            };
            let key = PublicKey::from_pem(&format!("{BEGIN}{block}{END}"))?;
            let time = |name: &str| {
                let line = above.lines().rev().find_map(|line| line.trim().strip_prefix(name));
                line.map(|text| text.trim().parse::<Timestamp>()).transpose().map_err(|_| {
                    refuse("Valid-From and Valid-Until need a time such as 2026-11-01T00:00:00Z")
                })
            };
            found.push(Self { key, from: time("Valid-From:")?, until: time("Valid-Until:")? });
            rest = after;
        }
        if found.is_empty() { Err(refuse("no PEM block of the expected kind")) } else { Ok(found) }
    }

    /// Whether it counts for a scan that started then.
    pub fn counts_at(&self, started_at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= started_at)
            && self.until.is_none_or(|until| started_at < until)
    }
}

impl From<PublicKey> for TrustedKey {
    fn from(key: PublicKey) -> Self {
        Self { key, from: None, until: None }
    }
}

fn spki(algorithm: Algorithm, raw: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Ed25519 => [&ED25519_SPKI, raw].concat(),
        Algorithm::EcdsaP256 => [&P256_SPKI, raw].concat(),
    }
}

/// The content of the first PEM block with this label.
pub(crate) fn pem(text: &str, label: &str) -> Result<Vec<u8>, &'static str> {
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
    use crate::testing::{EC_PUBLIC_PEM, PUBLIC_PEM, private_pem};

    #[test]
    fn other_files_are_refused() {
        let private = private_pem();
        for text in ["", &private, &PUBLIC_PEM.replace("MCow", "MCox")] {
            assert!(PublicKey::from_pem(text).is_err(), "{text}");
            assert!(TrustedKey::all_from_pem(text).is_err(), "{text}");
        }
        let open = PUBLIC_PEM.replace("-----END", "-----AND");
        assert!(TrustedKey::all_from_pem(&open).is_err());
        let when = format!("Valid-From: yesterday\n{PUBLIC_PEM}");
        assert!(TrustedKey::all_from_pem(&when).unwrap_err().to_string().contains("Valid-From"));
    }

    #[test]
    fn a_file_holds_the_keys_of_many_years() {
        let file = format!(
            "Valid-Until: 2026-01-01T00:00:00Z\n{PUBLIC_PEM}\nThe key in use.\n\
             Valid-From: 2026-01-01T00:00:00Z\n{EC_PUBLIC_PEM}"
        );
        let keys = TrustedKey::all_from_pem(&file).unwrap();
        let algorithms: Vec<_> = keys.iter().map(|key| key.key.algorithm()).collect();
        assert_eq!(algorithms, [Algorithm::Ed25519, Algorithm::EcdsaP256]);
        for (time, expected) in
            [("2025-12-31T23:59:59Z", [true, false]), ("2026-01-01T00:00:00Z", [false, true])]
        {
            let time = time.parse().unwrap();
            assert_eq!(keys.iter().map(|k| k.counts_at(time)).collect::<Vec<_>>(), expected);
        }
        let plain = TrustedKey::all_from_pem(PUBLIC_PEM).unwrap();
        assert_eq!(plain, [PublicKey::from_pem(PUBLIC_PEM).unwrap().into()]);
    }
}
