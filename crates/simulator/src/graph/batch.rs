//! `$batch`: up to twenty requests in one.

use serde_json::{Value, json};

use super::Request;
use crate::answer::{Answer, Body, Refusal};
use crate::cloud::{Call, decode_path};
use crate::query::mistake;
use crate::table::text;

/// The most requests in a batch.
const MOST: usize = 20;

/// Answers each part on its own. The order of the answers is not that of the requests, as with the
/// service: here it is the reverse.
pub(crate) fn answer(call: &Call<'_>, request: &Request<'_>) -> Result<Answer, Refusal> {
    if request.method != "POST" {
        return Err(Refusal::unknown(&call.what()));
    }
    let body: Value =
        serde_json::from_slice(request.body).map_err(|_| mistake("the batch is no JSON"))?;
    let parts = body
        .get("requests")
        .and_then(Value::as_array)
        .ok_or_else(|| mistake("the batch has no requests"))?;
    if parts.is_empty() || parts.len() > MOST {
        return Err(mistake(format!("a batch holds 1 to {MOST} requests, not {}", parts.len())));
    }
    let mut answers = Vec::new();
    let mut ids = Vec::new();
    for part in parts {
        let (Some(id), Some(url)) = (text(part, "id"), text(part, "url")) else {
            return Err(mistake("a part of the batch lacks its id or url"));
        };
        if ids.contains(&id) {
            return Err(mistake(format!("the id {id:?} occurs twice in the batch")));
        }
        ids.push(id);
        answers.push(self::part(call, request, part, id, url));
    }
    answers.reverse();
    Ok(Answer::json(200, json!({"responses": answers})))
}

/// One part, as if it had come alone.
fn part(call: &Call<'_>, batch: &Request<'_>, part: &Value, id: &str, url: &str) -> Value {
    let version = if batch.beta { "beta" } else { "v1.0" };
    let (path, query) = url.trim_start_matches('/').split_once('?').unwrap_or((url, ""));
    let header = |wanted: &str| {
        let headers = part.get("headers")?.as_object()?;
        let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.and_then(|(_, value)| value.as_str().map(str::to_owned))
    };
    let path = format!("{version}/{}", decode_path(path.trim_start_matches('/')));
    let headers = header("ConsistencyLevel")
        .map(|value| ("consistencylevel".to_owned(), value))
        .into_iter()
        .collect();
    let method = text(part, "method").unwrap_or("GET").to_ascii_uppercase();
    let inner = Call::new(call.state, "graph", call.tenant, &method, &path, query, headers, &[]);
    let answer = inner.state.fault(&inner).unwrap_or_else(|| {
        if inner.path.ends_with("$batch") {
            super::refuse(&inner, &mistake("a batch holds no batch"))
        } else {
            super::answer(&inner, batch.tenant)
        }
    });
    call.state.note(&inner, &answer, true);

    let mut headers = serde_json::Map::new();
    headers.insert("Content-Type".to_owned(), json!("application/json"));
    for (name, value) in &answer.headers {
        headers.insert((*name).to_owned(), json!(value));
    }
    let body = match answer.body {
        Body::Json(body) => body,
        Body::Bytes(_, bytes) | Body::Cut(bytes) => json!(String::from_utf8_lossy(&bytes)),
        Body::Dropped => Value::Null,
    };
    json!({"id": id, "status": answer.status, "headers": headers, "body": body})
}
