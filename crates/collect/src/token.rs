//! Tokens: one for each service of a tenant, kept until shortly before they expire.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::aadsts::{SignInTrouble, meaning};
use crate::credential::Credential;
use crate::endpoints::{Endpoints, Service};
use crate::fault::clean;
use crate::limits::Limits;
use crate::traffic::Counters;
use crate::wait::Waits;

/// A token is renewed so long before it expires.
const IN_HAND: Duration = Duration::from_mins(5);

/// The token service is too busy: wait at least so long.
const BUSY: u32 = 90_055;

/// Why the token service gives no token.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no token for {}: {}{advice}{}", service.words(), Code(*code), Trace(trace_id, correlation_id))]
pub struct SignInError {
    /// The service the token was for.
    pub service: Service,
    /// What can be done about it.
    pub trouble: SignInTrouble,
    /// The AADSTS number; `None` where the token service gave none.
    pub code: Option<u32>,
    /// A sentence for the operator.
    pub advice: String,
    /// The HTTP status; 0 where no answer came.
    pub status: u16,
    /// For Microsoft's support; may be empty.
    pub trace_id: String,
    /// For Microsoft's support; may be empty.
    pub correlation_id: String,
}

struct Code(Option<u32>);

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |code| write!(formatter, "AADSTS{code}: "))
    }
}

struct Trace<'a>(&'a str, &'a str);

impl fmt::Display for Trace<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() && self.1.is_empty() {
            return Ok(());
        }
        write!(formatter, " (trace id {}, correlation id {})", self.0, self.1)
    }
}

/// The tokens of one tenant.
pub(crate) struct Tokens<'a> {
    http: &'a reqwest::Client,
    endpoints: &'a Endpoints,
    limits: &'a Limits,
    pub(crate) counters: &'a Counters,
    credential: &'a Credential,
    tenant: &'a str,
    client_id: &'a str,
    deadline: Instant,
    kept: [Mutex<Option<Kept>>; 4],
}

/// What is known of a service's token: the token, or the trouble that lasts.
type Kept = Result<Token, SignInError>;

#[derive(Clone)]
struct Token {
    text: SecretString,
    renew_at: Instant,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(
        http: &'a reqwest::Client,
        endpoints: &'a Endpoints,
        (limits, counters): (&'a Limits, &'a Counters),
        credential: &'a Credential,
        (tenant, client_id): (&'a str, &'a str),
        deadline: Instant,
    ) -> Self {
        let kept = Service::ALL.map(|_| Mutex::default());
        Self { http, endpoints, limits, counters, credential, tenant, client_id, deadline, kept }
    }

    /// A token for a service, from the cache while it is good for some minutes. A trouble that lasts
    /// is kept too: asking again and again is itself an error.
    pub(crate) async fn get(&self, service: Service) -> Result<SecretString, SignInError> {
        // The lock is held while asking, so that many callers ask once.
        let mut kept = self.kept(service).lock().await;
        match kept.as_ref() {
            Some(Ok(token)) if token.renew_at > Instant::now() => return Ok(token.text.clone()),
            Some(Err(error)) => return Err(error.clone()),
            Some(Ok(_)) | None => {}
        }
        let asked = self.ask(service).await;
        let text = asked.as_ref().map(|token| token.text.clone()).map_err(Clone::clone);
        *kept = match asked {
            Err(error) if error.trouble == SignInTrouble::Transient => None,
            lasting => Some(lasting),
        };
        text
    }

    /// Forgets a token that the service refused, unless it has been renewed meanwhile.
    pub(crate) async fn forget(&self, service: Service, refused: &SecretString) {
        let mut kept = self.kept(service).lock().await;
        let is_it = |token: &Token| token.text.expose_secret() == refused.expose_secret();
        if kept.as_ref().is_some_and(|kept| kept.as_ref().is_ok_and(is_it)) {
            *kept = None;
        }
    }

    const fn kept(&self, service: Service) -> &Mutex<Option<Kept>> {
        let [graph, exchange, compliance, azure] = &self.kept;
        match service {
            Service::Graph => graph,
            Service::Exchange => exchange,
            Service::Compliance => compliance,
            Service::Azure => azure,
        }
    }

    /// Asks until there is a token, the trouble is one that lasts, or the tries are used up.
    async fn ask(&self, service: Service) -> Result<Token, SignInError> {
        let mut waits = Waits::new(self.limits, self.counters, self.deadline);
        loop {
            let (error, retry_after) = match self.ask_once(service).await {
                Ok(token) => return Ok(token),
                Err(failed) => failed,
            };
            let busy = error.code == Some(BUSY) || error.status == 429;
            let passes = error.trouble == SignInTrouble::Transient;
            if passes {
                self.counters.trouble(busy);
            }
            let least = (error.code == Some(BUSY)).then_some(Duration::from_mins(1));
            if !passes || !waits.again(busy, retry_after.or(least)).await {
                return Err(error);
            }
        }
    }

    async fn ask_once(&self, service: Service) -> Result<Token, (SignInError, Option<Duration>)> {
        let failed = |trouble, status, advice: String| SignInError {
            service,
            trouble,
            code: None,
            advice,
            status,
            trace_id: String::new(),
            correlation_id: String::new(),
        };
        let url = format!("{}/{}/oauth2/v2.0/token", self.endpoints.login, self.tenant);
        let proof =
            self.credential.fields(self.client_id, &url).await.map_err(|error| {
                (failed(SignInTrouble::Setup, 0, clean(&error.to_string())), None)
            })?;
        let scope = self.endpoints.scope(service);
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", self.client_id),
            ("scope", &scope),
        ];
        form.extend(proof.iter().map(|(name, value)| (*name, value.expose_secret())));
        self.counters.request();
        let left = self.deadline.saturating_duration_since(Instant::now());
        let sent = self
            .http
            .post(&url)
            .header("Accept", "application/json")
            .header("client-request-id", uuid::Uuid::new_v4().to_string())
            .timeout(self.limits.request_timeout.min(left))
            .form(&form)
            .send()
            .await;
        let response = sent.map_err(|error| {
            let advice =
                format!("the token service cannot be reached: {}", crate::client::cause(&error));
            (failed(SignInTrouble::Transient, 0, advice), None)
        })?;
        let status = response.status().as_u16();
        let retry_after = crate::wait::retry_after(response.headers());
        let body = response.bytes().await.unwrap_or_default();
        if status == 200
            && let Ok(granted) = serde_json::from_slice::<Granted>(&body)
        {
            let life = Duration::from_secs(granted.expires_in);
            // A very short life is used to its half.
            let usable = life.checked_sub(IN_HAND).unwrap_or(life / 2).max(life / 2);
            return Ok(Token {
                text: SecretString::from(granted.access_token),
                renew_at: Instant::now() + usable,
            });
        }
        Err((refusal(&failed, status, &body), retry_after))
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default = "an_hour")]
    expires_in: u64,
}

const fn an_hour() -> u64 {
    3600
}

/// What a refusal means, told by its number and never by its words.
fn refusal(
    failed: &dyn Fn(SignInTrouble, u16, String) -> SignInError,
    status: u16,
    body: &[u8],
) -> SignInError {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Refused {
        error: String,
        error_description: String,
        error_codes: Vec<u32>,
        trace_id: String,
        correlation_id: String,
    }
    let refused: Refused = serde_json::from_slice(body).unwrap_or_default();
    let known = refused.error_codes.iter().find_map(|code| meaning(*code));
    let (trouble, advice) = match known {
        Some(meaning) => (meaning.trouble, meaning.advice.to_owned()),
        None if status == 429 || status >= 500 => {
            (SignInTrouble::Transient, format!("the token service answers with status {status}"))
        }
        None => {
            let words = refused.error_description.lines().next().unwrap_or_default();
            let words = [refused.error.as_str(), words].join(" ");
            (SignInTrouble::Other, format!("status {status}: {}", clean(&words)))
        }
    };
    let code = known.map(|meaning| meaning.code).or(refused.error_codes.first().copied());
    SignInError {
        code,
        trace_id: clean(&refused.trace_id),
        correlation_id: clean(&refused.correlation_id),
        ..failed(trouble, status, advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> SignInError {
        let failed = |trouble, status, advice| SignInError {
            service: Service::Graph,
            trouble,
            code: None,
            advice,
            status,
            trace_id: String::new(),
            correlation_id: String::new(),
        };
        refusal(&failed, status, body.as_bytes())
    }

    #[test]
    fn a_number_becomes_a_sentence_and_the_text_does_not_count() {
        let error = refused(
            401,
            r#"{"error":"invalid_client","error_description":"AADSTS700016: misleading","error_codes":[7000222],"trace_id":"t-1","correlation_id":"c-1"}"#,
        );
        assert_eq!(error.trouble, SignInTrouble::Credential);
        assert_eq!(
            error.to_string(),
            "no token for Microsoft Graph: AADSTS7000222: The secret has expired. Create a new \
             credential; a certificate or federation is better. (trace id t-1, correlation id c-1)"
        );
    }

    #[test]
    fn an_unknown_number_keeps_the_first_line_of_the_words() {
        let error = refused(
            400,
            r#"{"error":"x","error_description":"AADSTS1: what\r\nTrace ID: 5","error_codes":[1]}"#,
        );
        assert_eq!(error.trouble, SignInTrouble::Other);
        assert!(error.to_string().contains("AADSTS1: status 400: x AADSTS1: what"));
        assert!(!error.to_string().contains("Trace ID"));
    }

    #[test]
    fn any_body_is_survived() {
        assert_eq!(refused(503, "<html>").trouble, SignInTrouble::Transient);
        assert_eq!(refused(400, "").trouble, SignInTrouble::Other);
        assert_eq!(refused(400, r#"{"error_codes":["x"]}"#).trouble, SignInTrouble::Other);
    }
}
