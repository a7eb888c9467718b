//! Credentials from AWS: a secret of Secrets Manager, or a signed token of the Security Token
//! Service, which leaves nothing to store.
//!
//! Access to AWS itself is what the environment gives: a role, variables, a profile.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::error::DisplayErrorContext;
use aws_sdk_sts::operation::get_web_identity_token::GetWebIdentityTokenError;
use secrecy::SecretString;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::credential::CredentialError;
use crate::fault::clean;

/// Seconds for which a signed token is good.
const LIFETIME: i32 = 900;

/// A token is renewed so long before it expires.
const IN_HAND: Duration = Duration::from_mins(2);

/// Whether a place names a secret of Secrets Manager.
pub(crate) fn is_secret(place: &str) -> bool {
    place.starts_with("arn:") && place.split(':').nth(2) == Some("secretsmanager")
}

/// The text of a secret, by its ARN.
pub(crate) async fn secret(arn: &str) -> Result<String, CredentialError> {
    let region = arn.split(':').nth(3).unwrap_or_default().to_owned();
    let config = aws_config::defaults(BehaviorVersion::latest()).region(Region::new(region));
    let client = aws_sdk_secretsmanager::Client::new(&config.load().await);
    let answer = client.get_secret_value().secret_id(arn).send().await;
    let answer = answer.map_err(|error| CredentialError::Aws {
        what: format!("cannot read the secret {arn}"),
        why: clean(&DisplayErrorContext(&error).to_string()),
    })?;
    answer.secret_string().map(str::to_owned).ok_or_else(|| CredentialError::Aws {
        what: format!("cannot read the secret {arn}"),
        why: "it is binary; store the credential as text".to_owned(),
    })
}

/// The identity of this process in AWS, which Microsoft Entra ID trusts as a federated credential.
///
/// Source: `sts:GetWebIdentityToken`. Its issuer is the AWS account's, its subject the role's ARN;
/// `iam:EnableOutboundWebIdentityFederation` switches it on.
#[derive(Clone)]
pub struct WebIdentity {
    client: aws_sdk_sts::Client,
    audience: String,
    kept: Arc<Mutex<Option<(SecretString, Instant)>>>,
}

impl WebIdentity {
    /// The identity that the environment gives, for tokens made out to an audience.
    ///
    /// # Errors
    ///
    /// Without a region: the global endpoint of the service gives no such tokens.
    pub async fn from_environment(audience: &str) -> Result<Self, CredentialError> {
        let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
        Self::of(&config, audience)
    }

    /// The identity of a configuration, for tokens made out to an audience.
    ///
    /// # Errors
    ///
    /// As [`WebIdentity::from_environment`].
    pub fn of(config: &SdkConfig, audience: &str) -> Result<Self, CredentialError> {
        if config.region().is_none() {
            return Err(refused("set AWS_REGION: tokens come from a regional endpoint only"));
        }
        let client = aws_sdk_sts::Client::new(config);
        Ok(Self { client, audience: audience.to_owned(), kept: Arc::default() })
    }

    /// A token that is good for some minutes.
    pub(crate) async fn token(&self) -> Result<SecretString, CredentialError> {
        let mut kept = self.kept.lock().await;
        if let Some((token, renew_at)) = kept.as_ref()
            && *renew_at > Instant::now()
        {
            return Ok(token.clone());
        }
        let asked = self
            .client
            .get_web_identity_token()
            .audience(&self.audience)
            // The one that Entra ID supports.
            .signing_algorithm("RS256")
            .duration_seconds(LIFETIME)
            .send()
            .await;
        let answer = asked.map_err(|error| {
            let is_disabled = error.as_service_error().is_some_and(
                GetWebIdentityTokenError::is_outbound_web_identity_federation_disabled_exception,
            );
            if is_disabled {
                refused("the AWS account does not allow it: run `aws iam enable-outbound-web-identity-federation`")
            } else {
                refused(&DisplayErrorContext(&error).to_string())
            }
        })?;
        let token =
            answer.web_identity_token().ok_or_else(|| refused("the answer has no token"))?;
        let token = SecretString::from(token);
        let life = Duration::from_secs(LIFETIME.unsigned_abs().into());
        *kept = Some((token.clone(), Instant::now() + life.saturating_sub(IN_HAND)));
        Ok(token)
    }
}

fn refused(why: &str) -> CredentialError {
    let what = "AWS gives no signed token for the federated credential".to_owned();
    CredentialError::Aws { what, why: clean(why) }
}

impl fmt::Debug for WebIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WebIdentity")
    }
}
