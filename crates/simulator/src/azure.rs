//! Azure Resource Manager: the diagnostic settings of Microsoft Entra ID, and nothing else.

use serde_json::{Value, json};

use crate::answer::{Answer, Body, Refusal};
use crate::cloud::Call;
use crate::graph;
use crate::query::pairs;
use crate::tenant::Tenant;

/// Versions of the interface that answer.
const VERSIONS: &[&str] = &["2017-04-01", "2017-04-01-preview"];

/// Answers below `/arm`.
pub(crate) fn answer(call: &Call<'_>, tenant: &Tenant) -> Answer {
    if call.method != "GET" || call.path != "providers/microsoft.aadiam/diagnosticSettings" {
        return graph::refuse(call, &Refusal::unknown(&call.what()));
    }
    let version = pairs(&call.query).find(|(name, _)| name == "api-version");
    if !version.is_some_and(|(_, version)| VERSIONS.contains(&version.as_str())) {
        let words = "The api-version query parameter is missing or not supported.";
        let refused = error(400, "MissingApiVersionParameter", words);
        return Answer { unknown: true, ..refused };
    }
    if tenant.settings().directory_roles.is_empty() {
        let app = tenant.app_id().unwrap_or_default();
        let words = format!(
            "The client '{app}' with object id '{app}' does not have authorization to perform \
             action 'microsoft.aadiam/diagnosticSettings/read' over scope \
             '/providers/microsoft.aadiam'."
        );
        return error(403, "AuthorizationFailed", &words);
    }
    let settings: Vec<Value> = tenant
        .table("diagnosticSettings")
        .map(|table| table.iter().map(std::borrow::Cow::into_owned).collect())
        .unwrap_or_default();
    Answer::json(200, json!({"value": settings}))
        .with("x-ms-ratelimit-remaining-tenant-reads", "11999")
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    let body = Body::Json(json!({"error": {"code": code, "message": message}}));
    Answer { body, ..Answer::bytes(status, "application/json", Vec::new()) }
}
