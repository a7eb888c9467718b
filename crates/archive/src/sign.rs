//! What signs a manifest: a local key, or a key of AWS KMS that nobody ever holds.

use std::error::Error;
use std::fmt;

use aws_config::BehaviorVersion;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use aws_sdk_kms::Client;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{MessageType, SigningAlgorithmSpec};
use sha2::{Digest, Sha256};

use crate::keys::{self, Algorithm, PublicKey};
use crate::{KeyFileError, SignError};

/// How an address of AWS KMS starts; a key's id, ARN or alias follows.
const KMS: &str = "awskms:///";

/// A private key, here or in AWS KMS. Its `Debug` shows the key's id only.
pub struct SigningKey {
    secret: Secret,
    public: PublicKey,
}

enum Secret {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
    Kms { client: Client, key: String },
}

impl SigningKey {
    /// The key in a PEM file of PKCS#8, Ed25519 or ECDSA P-256, as `openssl genpkey` writes it.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] when the text is anything else, an encrypted key included.
    pub fn from_pem(text: &str) -> Result<Self, KeyFileError> {
        let refuse = |why| KeyFileError { kind: "private", why };
        let der = keys::pem(text, "PRIVATE KEY").map_err(refuse)?;
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(&der) {
            let public = PublicKey::new(Algorithm::Ed25519, pair.public_key().as_ref());
            return Ok(Self { secret: Secret::Ed25519(pair), public });
        }
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &der)
            .map_err(|_| refuse("the PEM block holds no such key in PKCS#8 form"))?;
        let public = PublicKey::new(Algorithm::EcdsaP256, pair.public_key().as_ref());
        Ok(Self { secret: Secret::P256(pair), public })
    }

    /// Whether a text is the address of a key in AWS KMS, `awskms:///KEY`, and not a file.
    pub fn is_kms(text: &str) -> bool {
        text.starts_with(KMS)
    }

    /// The key of AWS KMS at an address `awskms:///KEY`, reached with the usual AWS settings. It must be
    /// of the kind `ECC_NIST_P256` for signing; the caller needs `kms:GetPublicKey` and `kms:Sign`.
    ///
    /// # Errors
    ///
    /// [`SignError`] when there is no such key, it is of another kind, or KMS cannot be reached.
    pub async fn kms(address: &str) -> Result<Self, SignError> {
        let settings = aws_config::load_defaults(BehaviorVersion::latest()).await;
        Self::kms_with(Client::new(&settings), address.strip_prefix(KMS).unwrap_or(address)).await
    }

    /// As [`SigningKey::kms`], with a client of the caller's making and the key's id, ARN or alias.
    ///
    /// # Errors
    ///
    /// As [`SigningKey::kms`].
    pub async fn kms_with(client: Client, key: &str) -> Result<Self, SignError> {
        let answer = client.get_public_key().key_id(key).send().await;
        let answer = answer.map_err(|error| failed(key, error))?;
        let der = answer.public_key.unwrap_or_else(|| Blob::new([]));
        let public = PublicKey::from_der(der.as_ref())
            .filter(|public| public.algorithm() == Algorithm::EcdsaP256)
            .ok_or_else(|| SignError {
                key: key.to_owned(),
                transient: false,
                source: "it is no key of the kind ECC_NIST_P256".into(),
            })?;
        Ok(Self { secret: Secret::Kms { client, key: key.to_owned() }, public })
    }

    /// The key's id, as [`PublicKey::id`].
    pub fn id(&self) -> &str {
        self.public.id()
    }

    /// The public half in a PEM file, for whoever checks.
    pub fn public_pem(&self) -> String {
        self.public.to_pem()
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signature: of Ed25519 the same for the same message each time, of ECDSA never.
    pub(crate) async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.secret {
            Secret::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Secret::P256(pair) => {
                let signed = pair.sign(&SystemRandom::new(), message);
                signed.map(|signature| signature.as_ref().to_vec()).map_err(|_| SignError {
                    key: self.id().to_owned(),
                    transient: false,
                    source: "the key cannot be used".into(),
                })
            }
            Secret::Kms { client, key } => {
                // The digest, as KMS takes no more than 4,096 bytes of a message.
                let digest = Sha256::digest(message);
                let answer = client
                    .sign()
                    .key_id(key)
                    .message(Blob::new(digest.to_vec()))
                    .message_type(MessageType::Digest)
                    .signing_algorithm(SigningAlgorithmSpec::EcdsaSha256)
                    .send()
                    .await
                    .map_err(|error| failed(key, error))?;
                let signature = answer.signature.map(Blob::into_inner).unwrap_or_default();
                // A wrong signature is found now, not years later by an auditor.
                if self.public.accepts(message, &signature) {
                    Ok(signature)
                } else {
                    Err(SignError {
                        key: key.clone(),
                        transient: true,
                        source: "KMS answered with a signature that is not of this key".into(),
                    })
                }
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id()).finish_non_exhaustive()
    }
}

fn failed<E, R>(key: &str, error: SdkError<E, R>) -> SignError
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    let transient = match &error {
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
        SdkError::ServiceError(found) => matches!(
            found.err().code(),
            Some("ThrottlingException" | "KMSInternalException" | "DependencyTimeoutException")
        ),
        _ => false,
    };
    SignError { key: key.to_owned(), transient, source: error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{EC_PUBLIC_PEM, PUBLIC_PEM, ec_private_pem, private_pem};

    #[test]
    fn the_public_half_is_known() {
        for (private, public_pem) in
            [(private_pem(), PUBLIC_PEM), (ec_private_pem(), EC_PUBLIC_PEM)]
        {
            let key = SigningKey::from_pem(&private).unwrap();
            assert_eq!(key.public_pem(), public_pem);
            let public = PublicKey::from_pem(public_pem).unwrap();
            assert_eq!(public.id(), key.id());
            assert_eq!(format!("{key:?}"), format!("SigningKey {{ id: \"{}\", .. }}", key.id()));
        }
    }

    #[tokio::test]
    async fn a_signature_is_for_one_message_and_one_key() {
        let ed = SigningKey::from_pem(&private_pem()).unwrap();
        let ec = SigningKey::from_pem(&ec_private_pem()).unwrap();
        // RFC 8032, 7.1, test 1: the empty message.
        let expected = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
                        5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
        assert_eq!(hex::encode(ed.sign(b"").await.unwrap()), expected);
        for (key, other) in [(&ed, &ec), (&ec, &ed)] {
            let signature = key.sign(b"").await.unwrap();
            assert!(key.public().accepts(b"", &signature));
            assert!(!key.public().accepts(b"x", &signature));
            assert!(!key.public().accepts(b"", &[]));
            assert!(!other.public().accepts(b"", &signature));
        }
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
            &ec_private_pem().replace("MIG", "MIH"),
        ] {
            assert!(SigningKey::from_pem(text).is_err(), "{text}");
        }
    }
}
