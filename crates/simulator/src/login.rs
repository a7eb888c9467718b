//! The token endpoint of Microsoft Entra ID, client credentials only.

use std::time::{Duration, Instant, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::answer::{Answer, Refusal};
use crate::cloud::{Audience, Call, Grant};
use crate::graph;
use crate::mix::guid;
use crate::permission::License;
use crate::query::pairs;
use crate::tenant::Tenant;

/// Seconds for which a token is good.
const LIFETIME: u32 = 3599;

/// The resources by scope without `/.default`, with the clouds that have them.
const RESOURCES: &[(&str, Audience, &[&str])] = &[
    ("https://graph.microsoft.com", Audience::Graph, &["commercial", "gcc"]),
    ("https://graph.microsoft.us", Audience::Graph, &["gccHigh"]),
    ("https://dod-graph.microsoft.us", Audience::Graph, &["dod"]),
    ("https://microsoftgraph.chinacloudapi.cn", Audience::Graph, &["china"]),
    ("https://outlook.office365.com", Audience::Exchange, &["commercial", "gcc"]),
    ("https://outlook.office365.us", Audience::Exchange, &["gccHigh"]),
    ("https://outlook-dod.office365.us", Audience::Exchange, &["dod"]),
    ("https://partner.outlook.cn", Audience::Exchange, &["china"]),
    ("https://outlook.office365.cn", Audience::Exchange, &["china"]),
    ("https://ps.compliance.protection.outlook.com", Audience::Compliance, &["commercial", "gcc"]),
    ("https://ps.compliance.protection.office365.us", Audience::Compliance, &["gccHigh", "dod"]),
    ("https://ps.compliance.protection.partner.outlook.cn", Audience::Compliance, &["china"]),
    ("https://management.azure.com", Audience::Azure, &["commercial", "gcc"]),
    ("https://management.usgovcloudapi.net", Audience::Azure, &["gccHigh", "dod"]),
    ("https://management.chinacloudapi.cn", Audience::Azure, &["china"]),
];

/// Why there is no token: status, OAuth error, AADSTS number, words.
struct NoToken(u16, &'static str, u32, String);

/// Answers below `/login`.
pub(crate) fn answer(call: &Call<'_>) -> Answer {
    let segments: Vec<_> = call.path.split('/').collect();
    match (call.method.as_str(), segments.as_slice()) {
        ("POST", [tenant, "oauth2", "v2.0", "token"]) => match token(call, tenant) {
            Ok(body) => Answer::json(200, body),
            Err(error) => refuse(call, &error),
        },
        ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => discovery(call, tenant),
        _ => graph::refuse(call, &Refusal::unknown(&call.what())),
    }
}

fn token(call: &Call<'_>, name: &str) -> Result<Value, NoToken> {
    let form: Vec<_> = pairs(&String::from_utf8_lossy(call.body)).collect();
    let field = |name: &str| {
        form.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str())
    };
    let place = call.state.find(name).ok_or_else(|| {
        NoToken(400, "invalid_request", 90002, format!("Tenant '{name}' not found."))
    })?;
    let Some(tenant) = call.state.tenants.get(place) else {
        return Err(NoToken(400, "invalid_request", 90002, "Tenant not found.".to_owned()));
    };
    if field("grant_type") != "client_credentials" {
        let words = "The grant type is not client_credentials.".to_owned();
        return Err(NoToken(400, "unsupported_grant_type", 70003, words));
    }
    let client = field("client_id");
    if client.is_empty() {
        let words = "The request body must contain 'client_id'.".to_owned();
        return Err(NoToken(400, "invalid_request", 900_144, words));
    }
    if !tenant.app_id().is_some_and(|app| app.eq_ignore_ascii_case(client)) {
        let words = format!("Application '{client}' was not found in the directory.");
        return Err(NoToken(400, "unauthorized_client", 700_016, words));
    }
    credential(tenant, &field)?;
    let (resource, audience) = resource(call, tenant, field("scope"))?;

    let lifetime = call.state.options.token_lifetime.unwrap_or(LIFETIME);
    let token = mint(call, tenant, resource, audience, lifetime);
    let expires = Instant::now() + Duration::from_secs(u64::from(lifetime));
    call.state.keep(token.clone(), Grant { tenant: place, audience, expires });
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": token,
    }))
}

/// Either the secret, or any assertion that has the form of a signed token: the simulator does not
/// know the keys.
fn credential<'a>(tenant: &Tenant, field: &dyn Fn(&str) -> &'a str) -> Result<(), NoToken> {
    let (secret, assertion) = (field("client_secret"), field("client_assertion"));
    if secret.is_empty() && assertion.is_empty() {
        let words = "The request body must contain 'client_assertion' or 'client_secret'.";
        return Err(NoToken(401, "invalid_client", 7_000_218, words.to_owned()));
    }
    if !assertion.is_empty() {
        let bearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let parts: Vec<_> = assertion.split('.').collect();
        let is_token = parts.len() == 3
            && parts.iter().all(|part| !part.is_empty() && URL_SAFE_NO_PAD.decode(part).is_ok());
        if field("client_assertion_type") != bearer || !is_token {
            let words = "The client assertion is not a valid signed token.".to_owned();
            return Err(NoToken(401, "invalid_client", 50027, words));
        }
        return Ok(());
    }
    if secret != tenant.secret() {
        let words = "Invalid client secret provided.".to_owned();
        return Err(NoToken(401, "invalid_client", 7_000_215, words));
    }
    Ok(())
}

fn resource<'a>(
    call: &Call<'_>,
    tenant: &Tenant,
    scope: &'a str,
) -> Result<(&'a str, Audience), NoToken> {
    let Some(resource) = scope.strip_suffix("/.default").filter(|it| !it.contains(' ')) else {
        let words = format!("The provided value for scope '{scope}' is not valid.");
        return Err(NoToken(400, "invalid_scope", 70011, words));
    };
    // Real names, or the names of the services here.
    let here = [
        ("graph", Audience::Graph),
        ("exchange", Audience::Exchange),
        ("compliance", Audience::Compliance),
        ("arm", Audience::Azure),
    ];
    let cloud = tenant.settings().cloud.as_str();
    let audience = RESOURCES
        .iter()
        .find(|(name, _, clouds)| *name == resource && clouds.contains(&cloud))
        .map(|(_, audience, _)| *audience)
        .or_else(|| {
            let local = resource.strip_prefix(&call.state.base)?.trim_matches('/');
            here.iter().find(|(name, _)| *name == local).map(|(_, audience)| *audience)
        })
        .ok_or_else(|| {
            let words = format!("The resource '{resource}' was not found in the tenant.");
            NoToken(400, "invalid_resource", 500_011, words)
        })?;
    let is_mail = matches!(audience, Audience::Exchange | Audience::Compliance);
    if is_mail && !tenant.has(License::Exchange) {
        let words = "The tenant has not subscribed to the service of this resource.".to_owned();
        return Err(NoToken(400, "invalid_client", 650_052, words));
    }
    Ok((resource, audience))
}

/// A token of the usual form, whose signature signs nothing.
fn mint(
    call: &Call<'_>,
    tenant: &Tenant,
    resource: &str,
    audience: Audience,
    lifetime: u32,
) -> String {
    let now =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let settings = tenant.settings();
    let roles = match audience {
        Audience::Graph => settings.graph_permissions.as_slice(),
        Audience::Exchange => settings.exchange_permissions.as_slice(),
        Audience::Compliance => settings.compliance_permissions.as_slice(),
        Audience::Azure => &[],
    };
    let mut claims = json!({
        "aud": resource,
        "iss": format!("https://sts.windows.net/{}/", tenant.id()),
        "iat": now,
        "nbf": now,
        "exp": now + u64::from(lifetime),
        "appid": tenant.app_id(),
        "idtyp": "app",
        "oid": call.tenant.and_then(Tenant::scanner),
        "tid": tenant.id(),
        "wids": settings.directory_roles,
        "ver": "1.0",
        "uti": call.request_id,
    });
    // Without a single consent the claim is absent.
    if let (false, Some(claims)) = (roles.is_empty(), claims.as_object_mut()) {
        claims.insert("roles".to_owned(), json!(roles));
    }
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let header = json!({"typ": "JWT", "alg": "none"});
    format!(
        "{}.{}.{}",
        part(header.to_string()),
        part(claims.to_string()),
        part(guid(1, &call.request_id))
    )
}

fn refuse(call: &Call<'_>, error: &NoToken) -> Answer {
    let NoToken(status, error, number, words) = error;
    let time = call.state.now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let trace = &call.request_id;
    let correlation = call.header("client-request-id").unwrap_or(trace);
    let body = json!({
        "error": error,
        "error_description": format!(
            "AADSTS{number}: {words}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\n\
             Timestamp: {time}"
        ),
        "error_codes": [number],
        "timestamp": time,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
    });
    Answer::json(*status, body)
}

/// What tells the cloud of a tenant, without a credential.
fn discovery(call: &Call<'_>, name: &str) -> Answer {
    let Some(tenant) = call.tenant else {
        let words = format!("Tenant '{name}' not found.");
        return refuse(call, &NoToken(400, "invalid_tenant", 90002, words));
    };
    let (region, sub_scope, host) = match tenant.settings().cloud.as_str() {
        "gcc" => ("NA", json!("GCC"), "graph.microsoft.com"),
        "gccHigh" => ("USGov", json!("DODCON"), "graph.microsoft.us"),
        "dod" => ("USGov", json!("DOD"), "dod-graph.microsoft.us"),
        "china" => ("AS", json!(null), "microsoftgraph.chinacloudapi.cn"),
        _ => ("EU", json!(null), "graph.microsoft.com"),
    };
    let login = format!("{}/login/{}", call.state.base, tenant.id());
    Answer::json(
        200,
        json!({
            "token_endpoint": format!("{login}/oauth2/v2.0/token"),
            "issuer": format!("{login}/v2.0"),
            "tenant_region_scope": region,
            "tenant_region_sub_scope": sub_scope,
            "msgraph_host": host,
        }),
    )
}
