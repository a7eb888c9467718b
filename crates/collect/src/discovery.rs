//! Which tenant a domain belongs to, and in which cloud it lives: asked without any credential.

use model::{Cloud, Id};
use serde::Deserialize;

use crate::client::http;
use crate::endpoints::Endpoints;
use crate::fault::clean;

/// What anybody may know of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// The tenant's id.
    pub id: Id,
    /// The cloud; `None` where the answer does not tell.
    pub cloud: Option<Cloud>,
}

/// Why nothing is known of a tenant.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// No tenant has this id or domain, in the clouds that were asked.
    #[error("no tenant is called {0}")]
    Unknown(String),
    /// There is no answer, or none that makes sense.
    #[error("cannot ask which tenant {name} is: {why}")]
    Unanswered {
        /// The id or domain.
        name: String,
        /// Why, in the words of the connection.
        why: String,
    },
}

/// Asks the token service at the endpoints' address for a tenant by id or domain.
///
/// # Errors
///
/// When there is no such tenant, or no answer.
pub async fn discover(endpoints: &Endpoints, name: &str) -> Result<Discovered, DiscoveryError> {
    #[derive(Deserialize)]
    struct Configuration {
        issuer: String,
        #[serde(default)]
        tenant_region_scope: Option<String>,
        #[serde(default)]
        tenant_region_sub_scope: Option<String>,
        #[serde(default)]
        msgraph_host: Option<String>,
    }
    let unanswered = |why: String| DiscoveryError::Unanswered { name: clean(name), why };
    let url = format!("{}/{name}/v2.0/.well-known/openid-configuration", endpoints.login);
    let sent = http()
        .map_err(|error| unanswered(error.to_string()))?
        .get(&url)
        .timeout(std::time::Duration::from_secs(20))
        .send()
        .await
        .map_err(|error| unanswered(crate::client::cause(&error)))?;
    let status = sent.status().as_u16();
    if matches!(status, 400 | 404) {
        return Err(DiscoveryError::Unknown(clean(name)));
    }
    let body = sent.bytes().await.map_err(|error| unanswered(crate::client::cause(&error)))?;
    let answer: Configuration = serde_json::from_slice(&body)
        .map_err(|_| unanswered(format!("status {status} with an answer of another shape")))?;
    let id = answer.issuer.split('/').find(|part| is_guid(part));
    let id = id.ok_or_else(|| unanswered("the answer names no tenant".to_owned()))?;
    let scope = [&answer.tenant_region_scope, &answer.tenant_region_sub_scope];
    let scope = scope.map(|word| word.as_deref().unwrap_or_default().to_ascii_uppercase());
    let host = answer.msgraph_host.unwrap_or_default();
    Ok(Discovered { id: Id::from(id), cloud: cloud(&scope, &host) })
}

/// The cloud by the words of the answer. Which words there are is not documented in full: what is
/// not known here tells nothing.
fn cloud([scope, sub_scope]: &[String; 2], graph: &str) -> Option<Cloud> {
    match (scope.as_str(), sub_scope.as_str(), graph) {
        (_, "DOD", _) | (_, _, "dod-graph.microsoft.us") => Some(Cloud::Dod),
        (_, "DODCON", _) | (_, _, "graph.microsoft.us") => Some(Cloud::GccHigh),
        (_, _, "microsoftgraph.chinacloudapi.cn") => Some(Cloud::China),
        (_, "GCC", _) => Some(Cloud::Gcc),
        ("USGOV" | "USG", ..) => Some(Cloud::GccHigh),
        (_, "", "graph.microsoft.com") => Some(Cloud::Commercial),
        _ => None,
    }
}

fn is_guid(text: &str) -> bool {
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cloud_is_told_or_left_open() {
        let of = |scope: &str, sub_scope: &str, graph: &str| {
            cloud(&[scope.to_owned(), sub_scope.to_owned()], graph)
        };
        assert_eq!(of("EU", "", "graph.microsoft.com"), Some(Cloud::Commercial));
        assert_eq!(of("NA", "GCC", "graph.microsoft.com"), Some(Cloud::Gcc));
        assert_eq!(of("USGOV", "DODCON", "graph.microsoft.us"), Some(Cloud::GccHigh));
        assert_eq!(of("USG", "", ""), Some(Cloud::GccHigh));
        assert_eq!(of("USGOV", "DOD", "dod-graph.microsoft.us"), Some(Cloud::Dod));
        assert_eq!(of("AS", "", "microsoftgraph.chinacloudapi.cn"), Some(Cloud::China));
        assert_eq!(of("NA", "NEW", "graph.microsoft.com"), None);
    }
}
