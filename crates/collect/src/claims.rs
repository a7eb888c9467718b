//! What a token says of its bearer. Nothing is decided by it that the services decide themselves.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// The claims of a token that help to tell what is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// Application permissions granted on the service, by name; empty where nothing is consented.
    pub roles: Vec<String>,
    /// Template ids of the directory roles that the scanner's service principal holds.
    #[serde(rename = "wids")]
    pub directory_roles: Vec<String>,
    /// The object id of the scanner's service principal in the tenant.
    #[serde(rename = "oid")]
    pub principal: Option<String>,
}

impl Claims {
    /// Reads a token without checking it; `None` when it has another form: only the service that it
    /// is for has to understand it.
    pub(crate) fn of(token: &SecretString) -> Option<Self> {
        let payload = token.expose_secret().split('.').nth(1)?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_its_roles_and_any_other_text_tells_nothing() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"roles":["A.Read.All"],"wids":["w"],"oid":"o"}"#);
        let token = |text: &str| Claims::of(&SecretString::from(text));
        let claims = token(&format!("x.{payload}.y")).unwrap();
        assert_eq!(claims.roles, ["A.Read.All"]);
        assert_eq!(claims.directory_roles, ["w"]);
        let none = URL_SAFE_NO_PAD.encode(r#"{"tid":"t"}"#);
        assert_eq!(token(&format!("x.{none}.y")).unwrap(), Claims::default());
        assert_eq!(token("opaque"), None);
        assert_eq!(token("a.!.c"), None);
    }
}
