//! What went wrong with a request, told from status and body.

use std::fmt;

use model::UnavailableReason;
use serde_json::Value;

use crate::aadsts::SignInTrouble;
use crate::endpoints::Service;
use crate::token::SignInError;

/// Characters of a service's words that are kept.
const MOST_WORDS: usize = 300;

/// What went wrong with a request.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    /// The HTTP status; 0 where no answer came.
    pub(crate) status: u16,
    /// The service's code, cleaned; may be empty.
    pub(crate) code: String,
    /// The service's words, or ours, cleaned; may be empty.
    pub(crate) message: String,
}

/// What kind of trouble it is, as far as a caller treats it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The token was refused.
    Unauthorized,
    /// A permission or role is missing.
    Denied,
    /// The service says that a license is missing.
    Unlicensed,
    /// A license or a permission is missing; only the licenses owned can tell which.
    UnlicensedOrDenied,
    /// The object is not there.
    Missing,
    /// This cloud, tenant or version does not offer it.
    Unsupported,
    /// The tenant has no such service at all.
    NoService,
    /// The service is too busy.
    Throttled,
    /// The service failed, or the connection did.
    Unstable,
    /// The link to a next page is no longer good.
    PageExpired,
    /// Some pages came, not all.
    Truncated,
    /// Anything else.
    Failed,
}

impl Kind {
    /// Whether asking again may help.
    pub(crate) const fn is_transient(self) -> bool {
        matches!(self, Self::Throttled | Self::Unstable)
    }
}

/// Codes that mean a missing license. Source: observed answers of the services.
const LICENSE_CODES: &[&str] =
    &["Authentication_RequestFromNonPremiumTenantOrB2CTenant", "AadPremiumLicenseRequired"];

/// Words, in lower case, that mean a missing license, whatever the code.
const LICENSE_WORDS: &[&str] = &[
    "tenant is not licensed for this feature",
    "doesn't have premium license",
    "request not applicable to target tenant",
    "account is not provisioned",
];

/// Words, in lower case, of an Exchange Online that was never set up for the tenant.
const NO_EXCHANGE_WORDS: &[&str] = &["dehydrated", "tenant not enabled", "tenant is not enabled"];

impl Fault {
    /// A fault that no answer told.
    pub(crate) fn new(kind: Kind, message: impl AsRef<str>) -> Self {
        Self { kind, status: 0, code: String::new(), message: clean(message.as_ref()) }
    }

    /// What an answer says that is no success. The body may be anything.
    pub(crate) fn of(service: Service, status: u16, body: &[u8]) -> Self {
        let (code, message) = words(service, body);
        let kind = classify(service, status, &code, &message);
        Self { kind, status, code: clean(&code), message: clean(&message) }
    }

    /// No token, hence no request.
    pub(crate) fn sign_in(error: &SignInError) -> Self {
        let kind = match error.trouble {
            SignInTrouble::Consent | SignInTrouble::Blocked | SignInTrouble::Credential => {
                Kind::Denied
            }
            SignInTrouble::NoResource => Kind::NoService,
            SignInTrouble::Transient => Kind::Throttled,
            SignInTrouble::Setup | SignInTrouble::Tenant | SignInTrouble::Other => Kind::Failed,
        };
        Self { kind, status: error.status, code: String::new(), message: clean(&error.to_string()) }
    }

    /// The same trouble after some pages had come.
    pub(crate) fn after(self, pages: u32) -> Self {
        let message = clean(&format!("page {}: {self}", pages + 1));
        Self { kind: Kind::Truncated, status: 0, code: String::new(), message }
    }

    /// The reason that a snapshot gives. `licensed` is what the tenant's subscriptions say of the
    /// dataset: `None` where they could not be read, or the dataset needs none.
    pub(crate) fn reason(&self, licensed: Option<bool>) -> UnavailableReason {
        let unlicensed = licensed == Some(false);
        match self.kind {
            Kind::Unlicensed => UnavailableReason::NotLicensed,
            Kind::NoService if licensed != Some(true) => UnavailableReason::NotLicensed,
            // Exchange Online refuses without a word what the tenant does not own.
            Kind::Denied if unlicensed && self.message.is_empty() => UnavailableReason::NotLicensed,
            Kind::UnlicensedOrDenied if unlicensed => UnavailableReason::NotLicensed,
            Kind::Unauthorized | Kind::Denied | Kind::UnlicensedOrDenied => {
                UnavailableReason::Forbidden
            }
            Kind::Missing | Kind::Unsupported | Kind::NoService => UnavailableReason::NotSupported,
            Kind::Throttled => UnavailableReason::Throttled,
            Kind::Truncated => UnavailableReason::Truncated,
            Kind::Unstable | Kind::PageExpired | Kind::Failed => UnavailableReason::Failed,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = (self.status > 0).then(|| self.status.to_string());
        let code = (!self.code.is_empty()).then(|| self.code.clone());
        let head: Vec<_> = status.into_iter().chain(code).collect();
        let message = if self.message.is_empty() { "no words" } else { &self.message };
        if head.is_empty() {
            formatter.write_str(message)
        } else {
            write!(formatter, "{}: {message}", head.join(" "))
        }
    }
}

/// The order matters: licenses first, because their refusals wear the status of other troubles.
fn classify(service: Service, status: u16, code: &str, message: &str) -> Kind {
    let lower = message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let refused = matches!(status, 400 | 401 | 403);
    if refused && (LICENSE_CODES.contains(&code) || says(LICENSE_WORDS)) {
        return Kind::Unlicensed;
    }
    if refused && says(&["does not have access to any of the reviews"]) {
        return Kind::UnlicensedOrDenied;
    }
    let mail = matches!(service, Service::Exchange | Service::Compliance);
    if mail && says(NO_EXCHANGE_WORDS) {
        return Kind::NoService;
    }
    if mail && (lower.contains("is not recognized as") || lower.contains("commandnotfound")) {
        return Kind::Denied;
    }
    match status {
        401 => Kind::Unauthorized,
        403 => Kind::Denied,
        400 | 404 if lower.contains("resource not found for the segment") => Kind::Unsupported,
        400 if code == "Directory_ExpiredPageToken"
            || lower.contains("expired or invalid pagination request") =>
        {
            Kind::PageExpired
        }
        404 if code.contains("ResourceNotFound") => Kind::Missing,
        404 | 405 | 410 => Kind::Unsupported,
        429 | 503 | 504 => Kind::Throttled,
        408 | 500 | 502 => Kind::Unstable,
        _ => Kind::Failed,
    }
}

/// Code and message of an error body, wherever they are. Neither is cleaned yet.
fn words(service: Service, body: &[u8]) -> (String, String) {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        let text = String::from_utf8_lossy(body.get(..2048).unwrap_or(body)).into_owned();
        return (String::new(), text);
    };
    let error = value.get("error").unwrap_or(&value);
    if let Value::String(code) = error {
        return (code.clone(), text(&value, "error_description"));
    }
    let mut code = [text(error, "code"), text(error, "errorCode")].concat();
    let mut message = text(error, "message");
    if matches!(service, Service::Exchange | Service::Compliance) {
        message = cmdlet_words(error).unwrap_or(message);
    } else if let Ok(inner) = serde_json::from_str::<Value>(&message)
        && inner.is_object()
    {
        // Some parts of Graph put their own error object, as text, into the message.
        let inner_code = [text(&inner, "errorCode"), text(&inner, "code")].concat();
        if !inner_code.is_empty() {
            code = inner_code;
        }
        message = text(&inner, "message");
    }
    (code, message)
}

/// The words of a cmdlet's error; `error.message` itself is a generic phrase.
fn cmdlet_words(error: &Value) -> Option<String> {
    let inner = error.get("innererror").or_else(|| error.get("innerError"));
    let exception = inner
        .and_then(|inner| inner.get("internalexception"))
        .map(|exception| text(exception, "message"))
        .filter(|message| !message.is_empty());
    exception.or_else(|| {
        let details = error.get("details")?.as_array()?;
        details.iter().map(|detail| text(detail, "message")).find(|it| !it.is_empty()).map(
            |message| match serde_json::from_str::<Value>(&message) {
                Ok(object) if object.is_object() => text(&object, "Message"),
                _ => message.rsplit('|').next().unwrap_or_default().to_owned(),
            },
        )
    })
}

fn text(value: &Value, member: &str) -> String {
    match value.get(member) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// One line of printable text, cut to a length: services and tenants put anything into errors.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned = String::new();
    for (count, word) in text.split(|it: char| it.is_control() || it.is_whitespace()).enumerate() {
        if word.is_empty() {
            continue;
        }
        if count > 0 && !cleaned.is_empty() {
            cleaned.push(' ');
        }
        cleaned.push_str(word);
        if cleaned.len() > 4 * MOST_WORDS {
            break;
        }
    }
    match cleaned.char_indices().nth(MOST_WORDS) {
        Some((end, _)) => format!("{}…", cleaned.get(..end).unwrap_or_default()),
        None => cleaned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(status: u16, body: &str) -> Fault {
        Fault::of(Service::Graph, status, body.as_bytes())
    }

    #[test]
    fn a_missing_license_wears_the_status_of_other_troubles() {
        let pim =
            r#"{"error":{"code":"AadPremiumLicenseRequired","message":"The tenant needs …"}}"#;
        assert_eq!(graph(400, pim).reason(None), UnavailableReason::NotLicensed);
        let report = r#"{"error":{"code":"Authentication_RequestFromNonPremiumTenantOrB2CTenant","message":"Neither tenant is B2C or tenant doesn't have premium license"}}"#;
        assert_eq!(graph(403, report).reason(None), UnavailableReason::NotLicensed);
        let risk = r#"{"error":{"code":"Forbidden","message":"Your tenant is not licensed for this feature."}}"#;
        assert_eq!(graph(403, risk).reason(None), UnavailableReason::NotLicensed);
    }

    #[test]
    fn reviews_are_told_by_the_licenses_owned() {
        let body = r#"{"error":{"code":"AccessDenied","message":"The caller does not have access to any of the reviews."}}"#;
        assert_eq!(graph(403, body).reason(Some(false)), UnavailableReason::NotLicensed);
        assert_eq!(graph(403, body).reason(Some(true)), UnavailableReason::Forbidden);
    }

    #[test]
    fn a_denied_permission_names_status_code_and_message() {
        let body = r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient\r\n privileges.","innerError":{}}}"#;
        let fault = graph(403, body);
        assert_eq!(fault.reason(None), UnavailableReason::Forbidden);
        assert_eq!(fault.to_string(), "403 Authorization_RequestDenied: Insufficient privileges.");
    }

    #[test]
    fn an_error_inside_the_message_is_unpacked() {
        let body = r#"{"error":{"code":"UnknownError","message":"{\"errorCode\":\"PermissionScopeNotGranted\",\"message\":\"missing scope\"}"}}"#;
        assert_eq!(graph(403, body).to_string(), "403 PermissionScopeNotGranted: missing scope");
    }

    #[test]
    fn bodies_that_are_no_json_are_survived() {
        let nul = Fault::of(Service::Exchange, 403, &[0; 64]);
        assert_eq!(nul.reason(Some(true)), UnavailableReason::Forbidden);
        assert_eq!(nul.reason(Some(false)), UnavailableReason::NotLicensed);
        assert_eq!(nul.to_string(), "403: no words");
        let html = graph(502, "<html>\u{7}Bad Gateway</html>");
        assert_eq!(html.kind, Kind::Unstable);
        assert_eq!(html.to_string(), "502: <html> Bad Gateway</html>");
        let long = graph(400, &"x ".repeat(10_000));
        assert!(long.message.chars().count() <= MOST_WORDS + 1);
        assert_eq!(graph(403, "[[[").kind, Kind::Denied);
        assert_eq!(
            graph(403, r#"{"error":{"code":null,"message":[1]}}"#).to_string(),
            "403: no words"
        );
        assert_eq!(Fault::of(Service::Graph, 500, &[0xff, 0xfe, 0]).kind, Kind::Unstable);
    }

    #[test]
    fn a_cmdlet_is_heard_where_it_speaks() {
        let body = |error: &str| Fault::of(Service::Exchange, 400, error.as_bytes());
        let inner = r#"{"error":{"code":"BadRequest","message":"Invalid Operation","details":[{"message":"|A.B|second"}],"innererror":{"internalexception":{"message":"first"}}}}"#;
        assert_eq!(body(inner).to_string(), "400 BadRequest: first");
        let details = r#"{"error":{"code":"BadRequest","message":"Invalid Operation","details":[{"message":"|A.B|second"}]}}"#;
        assert_eq!(body(details).to_string(), "400 BadRequest: second");
        let unknown = r#"{"error":{"code":"BadRequest","message":"Invalid Operation","details":[{"message":"|X|The term 'Get-Y' is not recognized as the name of a cmdlet"}]}}"#;
        assert_eq!(body(unknown).reason(Some(true)), UnavailableReason::Forbidden);
    }

    #[test]
    fn not_offered_here_and_gone_are_two_things() {
        let segment = r#"{"error":{"code":"BadRequest","message":"Resource not found for the segment 'riskyUsers'."}}"#;
        assert_eq!(graph(400, segment).kind, Kind::Unsupported);
        let gone = r#"{"error":{"code":"Request_ResourceNotFound","message":"Resource 'x' does not exist"}}"#;
        assert_eq!(graph(404, gone).kind, Kind::Missing);
        assert_eq!(graph(404, "").kind, Kind::Unsupported);
    }
}
