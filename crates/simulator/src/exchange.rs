//! `InvokeCommand`, behind which the cmdlets of Exchange Online and of Security & Compliance run.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Refusal};
use crate::cloud::Call;
use crate::graph;
use crate::mix::mix;
use crate::permission::License;
use crate::query::Query;
use crate::table::{Table, text};
use crate::tenant::Tenant;

const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";

/// Template ids of the directory roles that may call cmdlets at all: Compliance, Exchange, Exchange
/// Recipient, Global, Helpdesk and Security Administrator, Global Reader, Security Reader.
const ROLES: &[&str] = &[
    "17315797-102d-40b4-93e0-432062caca18",
    "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "31392ffb-586c-42d1-9346-e59415a2cc4e",
    "62e90394-69f5-4237-9190-012177145e10",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "194ae4cb-b126-40b2-bd5b-6091b380977d",
    GLOBAL_READER,
    "5d6b6bb7-de71-4623-b4af-96380a352509",
];

/// Records on a page when the client does not say.
const PAGE: usize = 1000;

/// A cmdlet.
struct Cmdlet {
    name: &'static str,
    /// The dataset it answers with.
    data: &'static str,
    parameters: &'static [&'static str],
    /// Whether only a role that reads everything may call it; policies and rules are open to
    /// Security Reader too.
    global_reader: bool,
    license: Option<License>,
    /// Whether it lives at the compliance end.
    compliance: bool,
}

impl Cmdlet {
    /// A cmdlet of policies or rules.
    const fn policy(name: &'static str, data: &'static str) -> Self {
        let parameters = &["Identity"];
        Self { name, data, parameters, global_reader: false, license: None, compliance: false }
    }

    /// A cmdlet of mailboxes or users, which only a role that reads everything may call.
    const fn recipients(
        name: &'static str,
        data: &'static str,
        parameters: &'static [&'static str],
    ) -> Self {
        Self { parameters, global_reader: true, ..Self::policy(name, data) }
    }

    const fn licensed(self, license: License) -> Self {
        Self { license: Some(license), ..self }
    }

    const fn compliance(self) -> Self {
        Self { compliance: true, ..self }
    }
}

const MAILBOXES: &[&str] =
    &["Identity", "ResultSize", "RecipientTypeDetails", "Properties", "PropertySets"];

#[rustfmt::skip]
const CMDLETS: &[Cmdlet] = &[
    Cmdlet::policy("Get-AcceptedDomain", "exchangeAcceptedDomains"),
    Cmdlet::policy("Get-AdminAuditLogConfig", "exchangeAdminAuditLogConfig"),
    Cmdlet::policy("Get-AntiPhishPolicy", "exchangeAntiPhishPolicies"),
    Cmdlet::policy("Get-AntiPhishRule", "exchangeAntiPhishRules"),
    Cmdlet::policy("Get-ATPBuiltInProtectionRule", "exchangeAtpBuiltInProtectionRules").licensed(License::Defender),
    Cmdlet::policy("Get-AtpPolicyForO365", "exchangeAtpPolicyForO365").licensed(License::Defender),
    Cmdlet::policy("Get-ATPProtectionPolicyRule", "exchangeAtpProtectionPolicyRules").licensed(License::Defender),
    Cmdlet::policy("Get-AuthenticationPolicy", "exchangeAuthenticationPolicies"),
    Cmdlet::recipients("Get-CASMailbox", "exchangeCasMailboxes", MAILBOXES),
    Cmdlet::policy("Get-CASMailboxPlan", "exchangeCasMailboxPlans"),
    Cmdlet::recipients("Get-ElevatedAccessApprovalPolicy", "exchangeElevatedAccessApprovalPolicies", &["Identity"]).licensed(License::Lockbox),
    Cmdlet::policy("Get-EmailTenantSettings", "exchangeEmailTenantSettings").licensed(License::DefenderP2),
    Cmdlet::policy("Get-EOPProtectionPolicyRule", "exchangeEopProtectionPolicyRules"),
    Cmdlet::recipients("Get-EXOCasMailbox", "exchangeCasMailboxes", MAILBOXES),
    Cmdlet::recipients("Get-EXOMailbox", "exchangeMailboxes", MAILBOXES),
    Cmdlet::policy("Get-HostedConnectionFilterPolicy", "exchangeHostedConnectionFilterPolicies"),
    Cmdlet::policy("Get-HostedContentFilterPolicy", "exchangeHostedContentFilterPolicies"),
    Cmdlet::policy("Get-HostedContentFilterRule", "exchangeHostedContentFilterRules"),
    Cmdlet::policy("Get-HostedOutboundSpamFilterPolicy", "exchangeHostedOutboundSpamFilterPolicies"),
    Cmdlet::policy("Get-HostedOutboundSpamFilterRule", "exchangeHostedOutboundSpamFilterRules"),
    Cmdlet::recipients("Get-Mailbox", "exchangeMailboxes", MAILBOXES),
    Cmdlet::recipients("Get-MailboxAuditBypassAssociation", "exchangeMailboxAuditBypassAssociations", &["Identity", "ResultSize"]),
    Cmdlet::policy("Get-MalwareFilterPolicy", "exchangeMalwareFilterPolicies"),
    Cmdlet::policy("Get-MalwareFilterRule", "exchangeMalwareFilterRules"),
    Cmdlet::recipients("Get-OrganizationConfig", "exchangeOrganizationConfig", &[]),
    Cmdlet::policy("Get-ProtectionAlert", "exchangeProtectionAlerts").compliance(),
    Cmdlet::policy("Get-RemoteDomain", "exchangeRemoteDomains"),
    Cmdlet::policy("Get-SafeAttachmentPolicy", "exchangeSafeAttachmentPolicies").licensed(License::Defender),
    Cmdlet::policy("Get-SafeAttachmentRule", "exchangeSafeAttachmentRules").licensed(License::Defender),
    Cmdlet::policy("Get-SafeLinksPolicy", "exchangeSafeLinksPolicies").licensed(License::Defender),
    Cmdlet::policy("Get-SafeLinksRule", "exchangeSafeLinksRules").licensed(License::Defender),
    Cmdlet::policy("Get-TransportConfig", "exchangeTransportConfig"),
    Cmdlet::recipients("Get-TransportRule", "exchangeTransportRules", &["Identity", "ResultSize", "State"]),
    Cmdlet::policy("Get-UnifiedAuditLogRetentionPolicy", "exchangeUnifiedAuditLogRetentionPolicies").compliance(),
    Cmdlet::recipients("Get-User", "exchangeUsers", &["Identity", "ResultSize", "RecipientTypeDetails", "IsVIP"]),
];

/// The cmdlet that a request names; `None` when it is no request for one.
pub(crate) fn cmdlet_name(call: &Call<'_>) -> Option<String> {
    if !matches!(call.service, "exchange" | "compliance") {
        return None;
    }
    let body: Value = serde_json::from_slice(call.body).ok()?;
    body.pointer("/CmdletInput/CmdletName")?.as_str().map(str::to_owned)
}

/// Answers below `/exchange` and `/compliance`.
pub(crate) fn answer(call: &Call<'_>, tenant: &Tenant) -> Answer {
    let is_compliance = call.service == "compliance";
    let segments: Vec<_> = call.path.split('/').collect();
    match (call.method.as_str(), segments.as_slice()) {
        ("POST", [admin, "beta", _, "InvokeCommand"]) if admin.eq_ignore_ascii_case("adminapi") => {
        }
        // Real clients learn the host of the tenant's region by a redirect; here it is this one.
        ("GET", [admin, "v1.0", _, "EXOModuleFile"])
            if is_compliance && admin.eq_ignore_ascii_case("adminapi") =>
        {
            return Answer::json(200, json!({"value": []}));
        }
        ("POST", [_, "v1.0", _, "InvokeCommand"]) => {
            return Answer { unknown: true, ..Answer::bytes(405, "text/plain", Vec::new()) };
        }
        _ => return graph::refuse(call, &Refusal::unknown(&call.what())),
    }
    let settings = tenant.settings();
    let granted = if is_compliance {
        &settings.compliance_permissions
    } else {
        &settings.exchange_permissions
    };
    let has_app_role = granted.iter().any(|it| it == "Exchange.ManageAsApp");
    let needs_one = !is_compliance || ["gccHigh", "dod"].contains(&settings.cloud.as_str());
    if needs_one && !has_app_role {
        return Answer::bytes(401, "text/plain", Vec::new());
    }
    let reads = |role: &str| settings.directory_roles.iter().any(|held| held == role);
    if !ROLES.iter().any(|role| reads(role)) {
        return speechless();
    }
    let body: Value = serde_json::from_slice(call.body).unwrap_or_default();
    let name = body.pointer("/CmdletInput/CmdletName").and_then(Value::as_str).unwrap_or_default();
    let Some(Value::Object(parameters)) = body.pointer("/CmdletInput/Parameters") else {
        return failed(400, "System.ArgumentException", "Parameters must be an object.", true);
    };
    // The audit settings can be asked for at either end, and mean nothing at this one.
    if is_compliance && name.eq_ignore_ascii_case("Get-AdminAuditLogConfig") {
        let settings = json!({
            "Identity": "Admin Audit Log Settings",
            "Name": "Admin Audit Log Settings",
            "UnifiedAuditLogIngestionEnabled": false,
        });
        return page(call, tenant, &Table { rows: vec![settings], made: None });
    }
    let found = CMDLETS
        .iter()
        .find(|row| row.name.eq_ignore_ascii_case(name) && row.compliance == is_compliance);
    let Some(cmdlet) = found else {
        return Answer { unknown: true, ..speechless() };
    };
    if cmdlet.license.is_some_and(|license| !tenant.has(license)) {
        return speechless();
    }
    let reads_all = [
        GLOBAL_READER,
        "62e90394-69f5-4237-9190-012177145e10",
        "29232cdf-9323-42fd-ade2-1d097af3e4de",
    ];
    if cmdlet.global_reader && !reads_all.iter().any(|role| reads(role)) {
        let words = format!("User is not allowed to call {}", cmdlet.name);
        return failed(403, "System.UnauthorizedAccessException", &words, false);
    }
    match select(cmdlet, parameters, tenant) {
        Ok(records) => page(call, tenant, &records),
        Err(answer) => answer,
    }
}

/// The records that the parameters ask for.
fn select<'t>(
    cmdlet: &Cmdlet,
    parameters: &Map<String, Value>,
    tenant: &'t Tenant,
) -> Result<Cow<'t, Table>, Answer> {
    let asked = |name: &str| {
        let found = parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    };
    for name in parameters.keys().filter(|name| !name.contains('@')) {
        if !cmdlet.parameters.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(failed(
                400,
                "Microsoft.Exchange.AdminApi.CommandInvocation.AmbiguousParameterSetException",
                &format!("Parameter set cannot be resolved using the named parameters. {name}"),
                true,
            ));
        }
    }
    let table = tenant.table(cmdlet.data).map_or_else(Cow::default, Cow::Borrowed);
    let chooses = |name: &&str| asked(name).is_some_and(|value| !value.is_null());
    if !["Identity", "RecipientTypeDetails", "IsVIP", "State"].iter().any(chooses) {
        return Ok(table);
    }
    let is_vip = asked("IsVIP") == Some(&Value::Bool(true));
    // Of the people that a recipe makes nobody is a priority account.
    let mut records: Vec<Value> =
        if is_vip { table.rows.clone() } else { table.iter().map(Cow::into_owned).collect() };
    // An identity of null returns all objects.
    if let Some(identity) = asked("Identity").and_then(Value::as_str) {
        records.retain(|record| {
            [
                "Identity",
                "Name",
                "PrimarySmtpAddress",
                "UserPrincipalName",
                "ExternalDirectoryObjectId",
            ]
            .iter()
            .any(|key| text(record, key).is_some_and(|it| it.eq_ignore_ascii_case(identity)))
        });
        if records.is_empty() {
            return Err(failed(
                404,
                "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
                &format!("The object '{identity}' couldn't be found."),
                false,
            ));
        }
    }
    let kinds: Vec<_> = match asked("RecipientTypeDetails") {
        Some(Value::String(kind)) => kind.split(',').map(|kind| kind.trim().to_owned()).collect(),
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(|kind| kind.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    if !kinds.is_empty() {
        records.retain(|record| {
            let kind = text(record, "RecipientTypeDetails");
            kind.is_some_and(|kind| kinds.iter().any(|it| it.eq_ignore_ascii_case(kind)))
        });
    }
    if is_vip {
        records.retain(|record| record.get("VIP") == Some(&Value::Bool(true)));
    }
    if let Some(state) = asked("State").and_then(Value::as_str) {
        records.retain(|record| text(record, "State") == Some(state));
    }
    Ok(Cow::Owned(Table { rows: records, made: None }))
}

/// One page of the records, with the side annotations of the service.
fn page(call: &Call<'_>, tenant: &Tenant, records: &Table) -> Answer {
    // The continuation is kept at the server that the anchor chose, for this very command.
    let anchor = call.header("x-anchormailbox").unwrap_or_default();
    let of = format!("{} {anchor} {:x}", tenant.id(), mix(0, &String::from_utf8_lossy(call.body)));
    let Ok(query) = Query::parse(&call.query, &of) else {
        let words = "Expired or Invalid pagination request. Default Expiry time is 00:30:00";
        return failed(400, "System.InvalidOperationException", words, true);
    };
    let preferred = call
        .header("prefer")
        .and_then(|prefer| prefer.split("odata.maxpagesize=").nth(1))
        .and_then(|size| size.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    let size = call.state.options.page_size.unwrap_or(PAGE).min(preferred.unwrap_or(PAGE)).max(1);
    let start = query.start.unwrap_or(0);
    let end = start.saturating_add(size).min(records.len());
    let shown: Vec<_> = (start..end)
        .filter_map(|place| records.get(place))
        .map(|record| annotated(&record, query.select.as_deref()))
        .collect();

    let base = &call.state.base;
    let (service, path) = (call.service, &call.path);
    let root = path.trim_end_matches("/InvokeCommand");
    let mut body = Map::new();
    let host = "https://outlook.office365.com";
    let context = format!("{host}/{root}/$metadata#Collection(Exchange.GenericHashTable)");
    body.insert("@odata.context".to_owned(), json!(context));
    body.insert("adminapi.warnings@odata.type".to_owned(), json!("#Collection(String)"));
    let mut warnings = Vec::new();
    if end < records.len() {
        warnings.push("There are more results available than are displayed.");
        let link = format!("{base}/{service}/{path}?{}", query.next(end, &of));
        body.insert("@odata.nextLink".to_owned(), json!(link));
    }
    body.insert("@adminapi.warnings".to_owned(), json!(warnings));
    body.insert("value".to_owned(), Value::Array(shown));
    Answer::json(200, Value::Object(body))
}

/// A record as the service sends it: with the types of its values beside them.
fn annotated(record: &Value, select: Option<&[String]>) -> Value {
    let Some(members) = record.as_object() else { return record.clone() };
    let mut shown = Map::new();
    for (name, value) in members {
        if select.is_some_and(|names| !names.iter().any(|wanted| wanted == name)) {
            continue;
        }
        let kind = match value {
            Value::Number(_) => Some(("data.type", "System.Int32")),
            Value::Array(_) => Some(("odata.type", "#Collection(String)")),
            Value::String(_) if name == "Guid" || name == "ImmutableId" => {
                Some(("data.type", "System.Guid"))
            }
            Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => {
                Some(("data.type", "System.DateTime"))
            }
            _ => None,
        };
        if let Some((mark, kind)) = kind {
            shown.insert(format!("{name}@{mark}"), json!(kind));
        }
        shown.insert(name.clone(), value.clone());
    }
    Value::Object(shown)
}

/// What the service sends when the role is missing or the cmdlet is not there: no words at all.
fn speechless() -> Answer {
    Answer::bytes(403, "application/json", vec![0; 64])
}

fn failed(status: u16, kind: &str, words: &str, unknown: bool) -> Answer {
    let (code, message) = match status {
        403 => ("Forbidden", "Access denied"),
        404 => ("NotFound", "Not found"),
        _ => ("BadRequest", "Invalid Operation"),
    };
    let body = json!({"error": {
        "code": code,
        "message": message,
        "details": [{"code": "Client", "target": "", "message": format!("|{kind}|{words}")}],
        "innererror": {
            "message": message,
            "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
            "stacktrace": "",
            "internalexception": {"message": words, "type": kind, "stacktrace": ""},
        },
        "adminapi.warnings@odata.type": "#Collection(String)",
        "@adminapi.warnings": [],
    }});
    Answer { unknown, ..Answer::json(status, body) }
}
