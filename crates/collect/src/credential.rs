//! What the scanner proves its identity with.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use model::SignInMethod;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::aws::{self, WebIdentity};

/// Seconds for which a signed assertion is good. The service caps nothing and advises short.
const LIFETIME: i64 = 600;

/// What the scanner proves its identity with. Its `Debug` prints nothing of it.
#[derive(Clone)]
pub enum Credential {
    /// The secret of the application.
    Secret(SecretString),
    /// A certificate of the application with its private key.
    Certificate(Certificate),
    /// A token of another identity provider that the application trusts.
    Federated(SecretString),
    /// A token of AWS that the application trusts, fetched anew before it expires.
    Aws(WebIdentity),
}

/// A certificate with its private key, from a PEM file that has both.
#[derive(Clone)]
pub struct Certificate {
    key: SecretString,
    /// SHA-256 over the DER form, as the `x5t#S256` header wants it.
    thumbprint: String,
}

/// A credential that cannot be had, or is none.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The place has a form that is not known here.
    #[error(
        "expected the credential's place as \"env:NAME\", \"file:PATH\" or the ARN of a secret of \
         AWS Secrets Manager, found {0:?}"
    )]
    Place(String),
    /// The environment variable is not set, or no text.
    #[error("the environment variable {0} with the credential is not set")]
    Environment(String),
    /// The file cannot be read.
    #[error("cannot read the credential's file {path}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The place is there and holds nothing.
    #[error("the credential at {0} is empty")]
    Empty(String),
    /// Not a PEM file with a certificate and its RSA key.
    #[error("the certificate's file lacks {0}")]
    Pem(&'static str),
    /// AWS does not give it.
    #[error("{what}: {why}")]
    Aws {
        /// What was wanted.
        what: String,
        /// In the service's words.
        why: String,
    },
    /// The key signs nothing.
    #[error("the certificate's private key cannot sign")]
    Key(#[source] jsonwebtoken::errors::Error),
}

/// Fetches the credential from where a profile says that it is kept: `env:NAME`, an environment
/// variable, `file:PATH`, or the ARN of a secret of AWS Secrets Manager. With the method
/// `federated` and no place, nothing is kept: AWS signs a token for `audience`, see
/// [`crate::Endpoints::federated_audience`].
///
/// # Errors
///
/// As [`resolve`], and when AWS refuses.
pub async fn fetch(
    method: SignInMethod,
    place: &str,
    audience: &str,
) -> Result<Credential, CredentialError> {
    if method == SignInMethod::Federated && place.is_empty() {
        return WebIdentity::from_environment(audience).await.map(Credential::Aws);
    }
    if aws::is_secret(place) {
        let text = aws::secret(place).await?;
        if text.trim().is_empty() {
            return Err(CredentialError::Empty(place.to_owned()));
        }
        return Credential::new(method, text.trim());
    }
    resolve(method, place)
}

/// Takes the credential from this machine: `env:NAME`, an environment variable, or `file:PATH`. White space around it does not count.
///
/// # Errors
///
/// When the place is not of these, holds nothing, or holds no certificate where one is expected.
pub fn resolve(method: SignInMethod, place: &str) -> Result<Credential, CredentialError> {
    let text = if let Some(name) = place.strip_prefix("env:") {
        std::env::var(name).map_err(|_| CredentialError::Environment(name.to_owned()))?
    } else if let Some(path) = place.strip_prefix("file:") {
        std::fs::read_to_string(path)
            .map_err(|source| CredentialError::File { path: path.to_owned(), source })?
    } else {
        return Err(CredentialError::Place(place.to_owned()));
    };
    if text.trim().is_empty() {
        return Err(CredentialError::Empty(place.to_owned()));
    }
    Credential::new(method, text.trim())
}

impl Credential {
    /// A credential from its text: the secret, the PEM file's content, or the other provider's
    /// token.
    ///
    /// # Errors
    ///
    /// When a certificate is expected and the text is none with its private key.
    pub fn new(method: SignInMethod, text: &str) -> Result<Self, CredentialError> {
        Ok(match method {
            SignInMethod::Secret => Self::Secret(SecretString::from(text)),
            SignInMethod::Certificate => Self::Certificate(Certificate::from_pem(text)?),
            SignInMethod::Federated => Self::Federated(SecretString::from(text)),
        })
    }

    /// The fields that a token request carries to prove the identity.
    pub(crate) async fn fields(
        &self,
        client_id: &str,
        token_endpoint: &str,
    ) -> Result<Vec<(&'static str, SecretString)>, CredentialError> {
        let assertion = match self {
            Self::Secret(secret) => return Ok(vec![("client_secret", secret.clone())]),
            Self::Federated(token) => token.clone(),
            Self::Aws(identity) => identity.token().await?,
            Self::Certificate(certificate) => certificate.sign(client_id, token_endpoint)?,
        };
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        Ok(vec![("client_assertion_type", kind.into()), ("client_assertion", assertion)])
    }
}

impl Certificate {
    /// Reads a certificate and its RSA key from one PEM text, in either order.
    ///
    /// # Errors
    ///
    /// When either is missing.
    pub fn from_pem(pem: &str) -> Result<Self, CredentialError> {
        let der = block(pem, "CERTIFICATE")
            .map(|block| {
                let body = block.lines().filter(|line| !line.starts_with("-----"));
                body.flat_map(|line| line.trim().chars()).collect::<String>()
            })
            .and_then(|body| STANDARD.decode(body).ok())
            .ok_or(CredentialError::Pem("a block BEGIN CERTIFICATE"))?;
        let key = ["PRIVATE KEY", "RSA PRIVATE KEY"]
            .iter()
            .find_map(|label| block(pem, label))
            .ok_or(CredentialError::Pem("a block BEGIN PRIVATE KEY"))?;
        EncodingKey::from_rsa_pem(key.as_bytes()).map_err(CredentialError::Key)?;
        Ok(Self {
            key: SecretString::from(key),
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(der)),
        })
    }

    /// A fresh assertion for one tenant's token endpoint.
    fn sign(&self, client_id: &str, token_endpoint: &str) -> Result<SecretString, CredentialError> {
        #[derive(serde::Serialize)]
        struct Claims<'a> {
            aud: &'a str,
            iss: &'a str,
            sub: &'a str,
            jti: String,
            nbf: i64,
            iat: i64,
            exp: i64,
        }
        let now = Timestamp::now().as_second();
        let claims = Claims {
            aud: token_endpoint,
            iss: client_id,
            sub: client_id,
            jti: uuid::Uuid::new_v4().to_string(),
            nbf: now,
            iat: now,
            exp: now + LIFETIME,
        };
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(self.thumbprint.clone());
        let key = EncodingKey::from_rsa_pem(self.key.expose_secret().as_bytes())
            .map_err(CredentialError::Key)?;
        jsonwebtoken::encode(&header, &claims, &key)
            .map(SecretString::from)
            .map_err(CredentialError::Key)
    }
}

/// The first block of that label, markers included.
fn block<'a>(pem: &'a str, label: &str) -> Option<&'a str> {
    let begin = pem.find(&format!("-----BEGIN {label}-----"))?;
    let end_marker = format!("-----END {label}-----");
    let rest = pem.get(begin..)?;
    let end = rest.find(&end_marker)?;
    rest.get(..end + end_marker.len())
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credential")
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Certificate")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_nothing_of_it() {
        let secret = Credential::new(SignInMethod::Secret, "hunter2").unwrap();
        assert_eq!(format!("{secret:?}"), "Credential");
    }

    #[test]
    fn a_place_that_is_none_says_what_was_expected() {
        let message = |place| resolve(SignInMethod::Secret, place).unwrap_err().to_string();
        assert!(message("vault:x").contains("env:NAME"));
        assert!(message("env:NO_SUCH_VARIABLE_HERE").contains("NO_SUCH_VARIABLE_HERE"));
        assert!(message("file:/no/such/file").contains("/no/such/file"));
    }

    #[tokio::test]
    async fn an_assertion_is_signed_for_one_endpoint_with_the_certificate_named() {
        use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
        use aws_lc_rs::signature::KeyPair as _;

        let key = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        let block = |label: &str, bytes: &[u8]| {
            let body = STANDARD.encode(bytes);
            let lines: Vec<_> =
                body.as_bytes().chunks(64).map(|it| std::str::from_utf8(it).unwrap()).collect();
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
        };
        let certificate = b"the certificate, as far as a thumbprint goes";
        let pem = block("CERTIFICATE", certificate) + &block("PRIVATE KEY", der.as_ref());

        let credential = Credential::new(SignInMethod::Certificate, &pem).unwrap();
        let endpoint = "https://login.example/t/oauth2/v2.0/token";
        let fields = credential.fields("app", endpoint).await.unwrap();
        assert_eq!(fields[0].1.expose_secret().rsplit(':').next(), Some("jwt-bearer"));
        let assertion = fields[1].1.expose_secret();
        let header = jsonwebtoken::decode_header(assertion).unwrap();
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(certificate));
        assert_eq!(header.x5t_s256, Some(thumbprint));
        let mut validation = jsonwebtoken::Validation::new(Algorithm::PS256);
        validation.set_audience(&["https://login.example/t/oauth2/v2.0/token"]);
        validation.set_issuer(&["app"]);
        let public = jsonwebtoken::DecodingKey::from_rsa_der(key.public_key().as_ref());
        let claims =
            jsonwebtoken::decode::<serde_json::Value>(assertion, &public, &validation).unwrap();
        assert_eq!(claims.claims["sub"], "app");
    }

    #[test]
    fn a_file_without_certificate_or_key_says_which() {
        let message = |pem: &str| {
            let error = Credential::new(SignInMethod::Certificate, pem).unwrap_err();
            error.to_string()
        };
        assert!(message("secret").contains("BEGIN CERTIFICATE"));
        let certificate = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n";
        assert!(message(certificate).contains("BEGIN PRIVATE KEY"));
    }
}
