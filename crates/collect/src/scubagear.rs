//! The provider export of ScubaGear, CISA's assessment tool, becomes a snapshot.
//!
//! Only spelling and place change: objects of Microsoft Graph get Graph's spelling, times of
//! PowerShell become times, objects of Exchange Online stay. What the export lacks stays
//! unavailable, with what exactly is missing. ScubaGear reads eight directory roles and the accounts
//! that hold them, not all roles and users; datasets made of these say so in their member `partial`,
//! and `users` is never made of them.

mod rewrite;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use model::{
    Cloud, Collected, Collector, Data, Dataset, Id, Members, Snapshot, TenantInfo, Unavailable,
    UnavailableReason,
};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::records::{quoted, with_members};
use rewrite::{Spelling, rewrite};

/// A text that is no export of ScubaGear.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not JSON; the cause tells line and column.
    #[error("not valid JSON")]
    Json(#[from] serde_json::Error),
    /// JSON of something else.
    #[error(
        "expected a provider export of ScubaGear, an object with members such as \
         \"conditional_access_policies\" or \"protection_policy_rules\""
    )]
    NotScubaGear,
    /// Neither UTF-8 nor UTF-16.
    #[error("the text is neither UTF-8 nor UTF-16")]
    Encoding,
}

/// The members of an export.
type Export<'a> = BTreeMap<String, &'a RawValue>;

/// A member of the export that is a dataset of ours.
struct Source {
    data: Data,
    /// The member's name.
    key: &'static str,
    /// What ScubaGear calls the command that fills it.
    command: &'static str,
    spelling: Spelling,
    /// Whether every tenant has some: an empty list says that the command failed.
    never_empty: bool,
    /// Whether the command only works with Defender for Office 365.
    defender: bool,
}

const fn graph(data: Data, key: &'static str, command: &'static str) -> Source {
    let spelling = Spelling::Camel;
    Source { data, key, command, spelling, never_empty: false, defender: false }
}

const fn exchange(data: Data, key: &'static str, command: &'static str) -> Source {
    Source { spelling: Spelling::Pascal, ..graph(data, key, command) }
}

impl Source {
    const fn never_empty(self) -> Self {
        Self { never_empty: true, ..self }
    }

    const fn defender(self) -> Self {
        Self { defender: true, ..self }
    }
}

/// Members that are a dataset as they are.
#[rustfmt::skip]
static SOURCES: &[Source] = &[
    graph(Data::ConditionalAccessPolicies, "conditional_access_policies", "Get-MgBetaIdentityConditionalAccessPolicy"),
    graph(Data::AuthorizationPolicy, "authorization_policies", "Get-MgBetaPolicyAuthorizationPolicy").never_empty(),
    graph(Data::GroupSettings, "directory_settings", "Get-MgBetaDirectorySetting"),
    graph(Data::Domains, "domain_settings", "Get-MgBetaDomain").never_empty(),
    graph(Data::AppManagementPolicy, "default_app_management_policy", "Get-MgBetaPolicyDefaultAppManagementPolicy").never_empty(),
    exchange(Data::ExchangeEopProtectionPolicyRules, "protection_policy_rules", "Get-EOPProtectionPolicyRule"),
    exchange(Data::ExchangeAtpProtectionPolicyRules, "atp_policy_rules", "Get-ATPProtectionPolicyRule").defender(),
    exchange(Data::ExchangeAtpBuiltInProtectionRules, "built_in_protection_rules", "Get-ATPBuiltInProtectionRule").defender(),
    exchange(Data::ExchangeAntiPhishPolicies, "anti_phish_policies", "Get-AntiPhishPolicy"),
    exchange(Data::ExchangeAntiPhishRules, "anti_phish_rules", "Get-AntiPhishRule"),
    exchange(Data::ExchangeHostedContentFilterPolicies, "hosted_content_filter_policies", "Get-HostedContentFilterPolicy"),
    exchange(Data::ExchangeHostedContentFilterRules, "hosted_content_filter_rules", "Get-HostedContentFilterRule"),
    exchange(Data::ExchangeMalwareFilterPolicies, "anti_malware_policies", "Get-MalwareFilterPolicy"),
    exchange(Data::ExchangeMalwareFilterRules, "anti_malware_rules", "Get-MalwareFilterRule"),
    exchange(Data::ExchangeSafeLinksPolicies, "safe_links_policies", "Get-SafeLinksPolicy").defender(),
    exchange(Data::ExchangeSafeLinksRules, "safe_links_rules", "Get-SafeLinksRule").defender(),
    exchange(Data::ExchangeSafeAttachmentPolicies, "safe_attachment_policies", "Get-SafeAttachmentPolicy").defender(),
    exchange(Data::ExchangeSafeAttachmentRules, "safe_attachment_rules", "Get-SafeAttachmentRule").defender(),
    exchange(Data::ExchangeAtpPolicyForO365, "atp_policy_for_o365", "Get-AtpPolicyForO365").defender(),
    exchange(Data::ExchangeProtectionAlerts, "protection_alerts", "Get-ProtectionAlert"),
    exchange(Data::ExchangeAdminAuditLogConfig, "admin_audit_log_config", "Get-AdminAuditLogConfig").never_empty(),
    exchange(Data::ExchangeUnifiedAuditLogRetentionPolicies, "unified_audit_log_retention_policies", "Get-UnifiedAuditLogRetentionPolicy"),
    exchange(Data::ExchangeRemoteDomains, "remote_domains", "Get-RemoteDomain"),
    exchange(Data::ExchangeAcceptedDomains, "accepted_domains", "Get-AcceptedDomain").never_empty(),
    exchange(Data::ExchangeTransportConfig, "transport_config", "Get-TransportConfig").never_empty(),
    exchange(Data::ExchangeTransportRules, "transport_rule", "Get-TransportRule"),
    exchange(Data::ExchangeHostedConnectionFilterPolicies, "conn_filter", "Get-HostedConnectionFilterPolicy"),
    exchange(Data::ExchangeOrganizationConfig, "org_config", "Get-OrganizationConfig").never_empty(),
];

/// Other members by which an export is known.
const MARKS: &[&str] = &[
    "baseline_version",
    "module_version",
    "scuba_config",
    "tenant_details",
    "authentication_method",
    "privileged_roles",
    "privileged_users",
    "privileged_service_principals",
    "service_plans",
    "license_information",
    "aad_unsuccessful_commands",
    "spf_records",
    "dkim_config",
    "dkim_records",
    "dmarc_records",
    "sharing_policy",
    "dlp_compliance_policies",
    "defender_license",
];

/// Makes a snapshot of an export's bytes: UTF-8 or UTF-16, with or without a byte order mark.
///
/// # Errors
///
/// When the bytes are no text, the text is no JSON, or the JSON is no export of ScubaGear.
pub fn import_bytes(export: &[u8]) -> Result<Snapshot, ImportError> {
    import(&text(export).ok_or(ImportError::Encoding)?)
}

/// Makes a snapshot of an export: ScubaGear's `ProviderSettingsExport.json`, or its
/// `ScubaResults.json`, which holds the same under `Raw`.
///
/// A cut-down export without a time is dated 1970-01-01, one without a tenant id has the zero GUID.
///
/// # Errors
///
/// When the text is no JSON, or is no export of ScubaGear.
pub fn import(export: &str) -> Result<Snapshot, ImportError> {
    let export = export.strip_prefix('\u{feff}').unwrap_or(export);
    let mut members: Export<'_> = serde_json::from_str(export).map_err(|error| {
        if error.is_data() { ImportError::NotScubaGear } else { ImportError::Json(error) }
    })?;
    if let Some(raw) = members.get("Raw") {
        members = serde_json::from_str(raw.get()).map_err(|_| ImportError::NotScubaGear)?;
    }
    let known = |key: &&str| members.contains_key(*key);
    if !MARKS.iter().any(known) && !SOURCES.iter().any(|source| known(&source.key)) {
        return Err(ImportError::NotScubaGear);
    }
    Ok(Importer { failed: failed_commands(&members), members }.snapshot())
}

/// One import.
struct Importer<'a> {
    members: Export<'a>,
    /// Commands that did not succeed.
    failed: BTreeSet<String>,
}

impl<'a> Importer<'a> {
    fn snapshot(&self) -> Snapshot {
        let mut datasets: BTreeMap<String, Dataset> = Data::ALL
            .iter()
            .map(|data| {
                let detail = format!("ScubaGear does not export {}", data.words());
                (data.name().to_owned(), Dataset::Unavailable(Unavailable::not_collected(&detail)))
            })
            .collect();
        for source in SOURCES {
            datasets.insert(source.data.name().to_owned(), self.dataset(source));
        }
        let others = [
            (Data::Organization, self.organization()),
            (Data::SubscribedSkus, self.subscribed_skus()),
            (Data::AuthenticationMethodsPolicy, self.authentication_methods_policy()),
            (Data::RoleDefinitions, self.role_definitions()),
            (Data::RoleAssignmentScheduleInstances, self.role_assignments()),
            (Data::RoleManagementPolicyAssignments, self.role_settings()),
        ];
        datasets.extend(others.map(|(data, dataset)| (data.name().to_owned(), dataset)));
        for (name, key) in [
            ("scubagearPrivilegedUsers", "privileged_users"),
            ("scubagearPrivilegedServicePrincipals", "privileged_service_principals"),
        ] {
            datasets.extend(self.by_id(key).map(|dataset| (name.to_owned(), dataset)));
        }
        let mut other = Members::new();
        if let Some(config) = self.members.get("scuba_config") {
            other.insert("scubaConfig".to_owned(), (*config).to_owned());
        }
        Snapshot {
            tenant: self.tenant(),
            taken_at: self.taken_at(),
            collector: Collector {
                name: "ScubaGear".to_owned(),
                version: self.string("module_version").unwrap_or_default(),
            },
            datasets,
            other,
        }
    }

    /// A member that is a string.
    fn string(&self, key: &str) -> Option<String> {
        serde_json::from_str(self.members.get(key)?.get()).ok()
    }

    fn tenant(&self) -> TenantInfo {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Details {
            tenant_id: Option<Id>,
            display_name: Option<String>,
        }
        #[derive(Deserialize)]
        struct Organization {
            id: Option<Id>,
        }
        #[derive(Deserialize)]
        struct Config {
            #[serde(rename = "M365Environment")]
            environment: Option<String>,
        }
        let details = self.list("tenant_details").ok().flatten().unwrap_or_default();
        let details = details.first().and_then(|it| serde_json::from_str::<Details>(it.get()).ok());
        let (tenant_id, display_name) =
            details.map_or((None, None), |it| (it.tenant_id, it.display_name));
        let organization = match self.organization() {
            Dataset::Collected(it) => serde_json::from_str::<Vec<Organization>>(it.records.get()),
            Dataset::Unavailable(_) => Ok(Vec::new()),
        };
        let organization = organization.unwrap_or_default().into_iter().next();
        let config = self.members.get("scuba_config");
        let config = config.and_then(|it| serde_json::from_str::<Config>(it.get()).ok());
        let environment = config.and_then(|it| it.environment).unwrap_or_default();
        TenantInfo {
            id: organization
                .and_then(|it| it.id)
                .or(tenant_id)
                .or_else(|| self.string("tenant_id").map(Id::from))
                .unwrap_or_else(|| Id::from("00000000-0000-0000-0000-000000000000")),
            display_name: display_name.unwrap_or_default(),
            cloud: match environment.to_ascii_lowercase().as_str() {
                "gcc" => Cloud::Gcc,
                "gcchigh" => Cloud::GccHigh,
                "dod" => Cloud::Dod,
                _ => Cloud::Commercial,
            },
        }
    }

    /// When the export was made. Older ones say it in words only.
    fn taken_at(&self) -> Timestamp {
        let exact = self.string("timestamp_zulu").and_then(|text| text.parse().ok());
        exact
            .or_else(|| {
                let text = self.string("date")?;
                let date = text.get(..19)?;
                let date = DateTime::strptime("%m/%d/%Y %H:%M:%S", date).ok()?;
                Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
            })
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The objects of a member: a list without its nulls, or a single object, or nothing. `None`
    /// when there is no such member.
    fn list(&self, key: &str) -> Result<Option<Vec<&'a RawValue>>, Dataset> {
        let Some(value) = self.members.get(key) else { return Ok(None) };
        let text = value.get();
        let list = match text.bytes().next() {
            Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(text).unwrap_or_default(),
            Some(b'{') if is_empty(text) => Vec::new(),
            Some(b'{') => vec![*value],
            Some(b'n') => Vec::new(),
            _ => return Err(failed(&format!("the export's `{key}` is no list"))),
        };
        // PowerShell writes an empty list as a list of one null.
        Ok(Some(list.into_iter().filter(|item| item.get() != "null").collect()))
    }

    /// The dataset of a member that needs nothing but another spelling.
    fn dataset(&self, source: &Source) -> Dataset {
        let list = match self.list(source.key) {
            Ok(Some(list)) => list,
            Ok(None) => return missing(source.key),
            Err(failed) => return failed,
        };
        if list.is_empty() {
            if source.defender && self.string_of("defender_license").as_deref() == Some("false") {
                return Dataset::Unavailable(Unavailable {
                    reason: UnavailableReason::NotLicensed,
                    detail: "the export says that the tenant has no Defender for Office 365 \
                             (`defender_license` is false)"
                        .to_owned(),
                    source: source.command.to_owned(),
                    at: None,
                });
            }
            if self.failed.contains(source.command) {
                return failed(&format!("ScubaGear's {} did not succeed", source.command));
            }
            if source.never_empty {
                return failed(&format!("the export's `{}` is empty", source.key));
            }
        }
        let records = list.iter().map(|record| match source.spelling {
            Spelling::Camel => rewrite(record.get(), Spelling::Camel),
            Spelling::Pascal => named(&rewrite(record.get(), Spelling::Pascal)),
        });
        collected(&format!("{} ({})", source.key, source.command), records, None)
    }

    /// A member as raw JSON.
    fn string_of(&self, key: &str) -> Option<String> {
        self.members.get(key).map(|value| value.get().to_owned())
    }

    fn organization(&self) -> Dataset {
        const KEY: &str = "tenant_details";
        #[derive(Deserialize)]
        struct Details<'a> {
            #[serde(borrow, default, rename = "AADAdditionalData")]
            organization: Option<&'a RawValue>,
        }
        let list = match self.list(KEY) {
            Ok(Some(list)) => list,
            Ok(None) => return missing(KEY),
            Err(failed) => return failed,
        };
        let first = list.first().and_then(|it| serde_json::from_str::<Details<'_>>(it.get()).ok());
        // Without the organization object an absent `onPremisesSyncEnabled` would mean "never".
        let Some(organization) = first.and_then(|it| it.organization) else {
            return missing("tenant_details[].AADAdditionalData");
        };
        let single = [organization];
        let objects = serde_json::from_str::<Vec<&RawValue>>(organization.get());
        let objects = objects.as_deref().unwrap_or(&single);
        let objects = objects.iter().filter(|it| it.get().starts_with('{'));
        let records: Vec<_> = objects.map(|it| rewrite(it.get(), Spelling::Camel)).collect();
        if records.is_empty() {
            return missing("tenant_details[].AADAdditionalData");
        }
        collected("tenant_details (Get-MgBetaOrganization)", records.into_iter(), None)
    }

    /// The export has the service plans that are switched on and the subscriptions, but not which
    /// plan belongs to which: the plans become a subscription of their own.
    fn subscribed_skus(&self) -> Dataset {
        #[derive(Deserialize, Default)]
        #[serde(rename_all = "PascalCase", default)]
        struct Subscription {
            prepaid_units: Option<Units>,
        }
        #[derive(Deserialize, Default, Clone, Copy)]
        #[serde(rename_all = "PascalCase", default)]
        struct Units {
            enabled: Option<i64>,
            warning: Option<i64>,
        }
        let plans = match self.list("service_plans") {
            Ok(Some(plans)) => plans,
            Ok(None) => return missing("service_plans"),
            Err(failed) => return failed,
        };
        let command = "Get-MgBetaSubscribedSku";
        if plans.is_empty() && self.failed.contains(command) {
            return failed(&format!("ScubaGear's {command} did not succeed"));
        }
        let plans: Vec<_> = plans
            .iter()
            .map(|plan| {
                let plan = rewrite(plan.get(), Spelling::Camel);
                // ScubaGear exports the plans with this status only.
                with_members(&plan, &[("provisioningStatus", "\"Success\"")])
            })
            .collect();
        let subscriptions = match self.list("license_information") {
            Ok(list) => list,
            Err(failed) => return failed,
        };
        let (mut enabled, mut warning) = (0, 0);
        for subscription in subscriptions.iter().flatten() {
            let parsed = serde_json::from_str::<Subscription>(subscription.get());
            let units = parsed.unwrap_or_default().prepaid_units.unwrap_or_default();
            enabled = enabled.max(units.enabled.unwrap_or(0));
            warning = warning.max(units.warning.unwrap_or(0));
        }
        if subscriptions.is_none() {
            enabled = 1;
        }
        let status = if enabled == 0 && warning > 0 { "Warning" } else { "Enabled" };
        let all_plans = format!(
            r#"{{"skuPartNumber":"(all service plans)","capabilityStatus":"{status}","prepaidUnits":{{"enabled":{enabled},"warning":{warning}}},"servicePlans":[{}]}}"#,
            plans.join(",")
        );
        let subscriptions = subscriptions.unwrap_or_default();
        let subscriptions = subscriptions.iter().map(|it| rewrite(it.get(), Spelling::Camel));
        collected(
            "license_information, service_plans (Get-MgBetaSubscribedSku)",
            subscriptions.chain([all_plans]),
            Some("which plan belongs to which subscription is not exported"),
        )
    }

    fn authentication_methods_policy(&self) -> Dataset {
        const KEY: &str = "authentication_method";
        #[derive(Deserialize)]
        struct Method<'a> {
            #[serde(borrow, default)]
            authentication_method_policy: Option<&'a RawValue>,
            #[serde(borrow, default)]
            authentication_method_feature_settings: Option<&'a RawValue>,
        }
        let list = match self.list(KEY) {
            Ok(Some(list)) => list,
            Ok(None) => return missing(KEY),
            Err(failed) => return failed,
        };
        let command = "Get-MgBetaPolicyAuthenticationMethodPolicy";
        let Some(method) =
            list.first().and_then(|it| serde_json::from_str::<Method<'_>>(it.get()).ok())
        else {
            let detail = if self.failed.contains(command) {
                format!("ScubaGear's {command} did not succeed")
            } else {
                format!("the export's `{KEY}` is empty")
            };
            return failed(&detail);
        };
        let object = |value: Option<&'a RawValue>| value.filter(|it| it.get().starts_with('{'));
        // An absent policy would read as one whose migration is over.
        let Some(policy) = object(method.authentication_method_policy) else {
            return missing("authentication_method[].authentication_method_policy");
        };
        let policy = rewrite(policy.get(), Spelling::Camel);
        let settings = method
            .authentication_method_feature_settings
            .filter(|it| it.get().starts_with('['))
            .map(|it| rewrite(it.get(), Spelling::Camel));
        let members = serde_json::from_str::<Members>(&policy).unwrap_or_default();
        if settings.is_none() && !members.contains_key("authenticationMethodConfigurations") {
            return missing("authentication_method[].authentication_method_feature_settings");
        }
        let settings = settings.unwrap_or_default();
        let policy = with_members(&policy, &[("authenticationMethodConfigurations", &settings)]);
        collected(&format!("{KEY} ({command})"), [policy].into_iter(), None)
    }

    /// ScubaGear's privileged roles; an error is the dataset to return instead.
    fn roles(&self) -> Result<Vec<Role<'a>>, Dataset> {
        const KEY: &str = "privileged_roles";
        let list = self.list(KEY)?.ok_or_else(|| missing(KEY))?;
        if list.is_empty() {
            let command = "Get-PrivilegedRole";
            return Err(if self.failed.contains(command) {
                failed(&format!("ScubaGear's {command} did not succeed"))
            } else {
                failed(&format!("the export's `{KEY}` is empty"))
            });
        }
        list.iter()
            .map(|role| serde_json::from_str(role.get()))
            .collect::<Result<_, _>>()
            .map_err(|error| failed(&format!("the export's `{KEY}` has another shape: {error}")))
    }

    fn role_definitions(&self) -> Dataset {
        let roles = match self.roles() {
            Ok(roles) => roles,
            Err(dataset) => return dataset,
        };
        let records = roles.iter().map(|role| {
            let (id, name) = (quoted(&role.template_id), quoted(&role.display_name));
            format!(r#"{{"id":{id},"templateId":{id},"displayName":{name},"isBuiltIn":true}}"#)
        });
        collected("privileged_roles (Get-PrivilegedRole)", records, Some(PRIVILEGED_ONLY))
    }

    fn role_assignments(&self) -> Dataset {
        let roles = match self.roles() {
            Ok(roles) => roles,
            Err(dataset) => return dataset,
        };
        if roles.iter().all(|role| role.assignments.is_none()) {
            return missing("privileged_roles[].Assignments");
        }
        let mut records = Vec::new();
        for role in &roles {
            let id = quoted(&role.template_id);
            records.extend(
                objects(role.assignments)
                    .map(|it| rewrite(it.get(), Spelling::Camel))
                    .map(|it| with_members(&it, &[("roleDefinitionId", &id)])),
            );
        }
        let source = "privileged_roles[].Assignments (Get-PrivilegedRole)";
        collected(source, records.into_iter(), Some(PRIVILEGED_ONLY))
    }

    fn role_settings(&self) -> Dataset {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Rule {
            rule_source_type: Option<String>,
        }
        let roles = match self.roles() {
            Ok(roles) => roles,
            Err(dataset) => return dataset,
        };
        if roles.iter().all(|role| role.rules.is_none()) {
            return missing("privileged_roles[].Rules");
        }
        // Rules of groups in Privileged Identity Management stand in the same list.
        let is_of_role = |rule: &&RawValue| {
            let rule = serde_json::from_str::<Rule>(rule.get()).ok();
            let kind = rule.and_then(|rule| rule.rule_source_type);
            kind.is_none_or(|kind| kind.eq_ignore_ascii_case("Directory Role"))
        };
        let records = roles.iter().filter(|role| role.rules.is_some()).map(|role| {
            let listed = objects(role.rules)
                .filter(is_of_role)
                .map(|it| rewrite(it.get(), Spelling::Camel))
                .collect::<Vec<_>>()
                .join(",");
            let id = quoted(&role.template_id);
            format!(
                r#"{{"scopeId":"/","scopeType":"DirectoryRole","roleDefinitionId":{id},"policy":{{"rules":[{listed}]}}}}"#
            )
        });
        let source = "privileged_roles[].Rules (Get-PrivilegedRole)";
        collected(source, records, Some(PRIVILEGED_ONLY))
    }

    /// Objects under their ids, as a list.
    fn by_id(&self, key: &str) -> Option<Dataset> {
        let objects: Export<'_> = serde_json::from_str(self.members.get(key)?.get()).ok()?;
        let records = objects.iter().filter(|(_, it)| it.get().starts_with('{')).map(|(id, it)| {
            with_members(&rewrite(it.get(), Spelling::Camel), &[("id", &quoted(id))])
        });
        Some(collected(key, records, Some(PRIVILEGED_ONLY)))
    }
}

const PRIVILEGED_ONLY: &str = "ScubaGear exports the roles that it calls privileged, not all";

/// A role of `privileged_roles`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Role<'a> {
    #[serde(rename = "RoleTemplateId")]
    template_id: String,
    #[serde(default)]
    display_name: String,
    #[serde(borrow, default)]
    assignments: Option<&'a RawValue>,
    #[serde(borrow, default)]
    rules: Option<&'a RawValue>,
}

/// The objects of a list, or the single object; PowerShell writes a list of one either way.
fn objects(list: Option<&RawValue>) -> impl Iterator<Item = &RawValue> {
    let text = list.map_or("null", RawValue::get);
    let objects =
        serde_json::from_str::<Vec<&RawValue>>(text).unwrap_or_else(|_| list.into_iter().collect());
    objects.into_iter().filter(|it| it.get().starts_with('{'))
}

/// A policy or rule of Exchange Online with its name, which the identity repeats, and with its
/// state as a word.
fn named(record: &str) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Known {
        name: Option<serde_json::Value>,
        identity: Option<String>,
        state: Option<serde_json::Value>,
    }
    let Ok(known) = serde_json::from_str::<Known>(record) else { return record.to_owned() };
    let record = match known.state {
        Some(serde_json::Value::Bool(on)) => {
            let mut members = serde_json::from_str::<Members>(record).unwrap_or_default();
            let word = if on { "Enabled" } else { "Disabled" };
            if let Ok(word) = to_raw_value(word) {
                members.insert("State".to_owned(), word);
            }
            serde_json::to_string(&members).unwrap_or_else(|_| record.to_owned())
        }
        _ => record.to_owned(),
    };
    match (known.name, known.identity) {
        (None, Some(identity)) => with_members(&record, &[("Name", &quoted(&identity))]),
        _ => record,
    }
}

/// A dataset of these records; `partial` says what they leave out.
fn collected(
    source: &str,
    records: impl Iterator<Item = String>,
    partial: Option<&str>,
) -> Dataset {
    let records: Vec<_> = records.collect();
    match RawValue::from_string(format!("[{}]", records.join(","))) {
        Ok(records) => {
            let partial = partial.and_then(|partial| to_raw_value(partial).ok());
            Dataset::Collected(Collected {
                source: format!("ScubaGear: {source}"),
                at: None,
                pages: 0,
                request_ids: Vec::new(),
                records,
                other: partial.map(|it| ("partial".to_owned(), it)).into_iter().collect(),
            })
        }
        Err(error) => failed(&format!("the export's {source} could not be rewritten: {error}")),
    }
}

fn missing(key: &str) -> Dataset {
    let detail = format!("the export has no `{key}`");
    Dataset::Unavailable(Unavailable::not_collected(&detail))
}

fn failed(detail: &str) -> Dataset {
    Dataset::Unavailable(Unavailable {
        reason: UnavailableReason::Failed,
        detail: crate::fault::clean(detail),
        source: String::new(),
        at: None,
    })
}

fn is_empty(object: &str) -> bool {
    serde_json::from_str::<Export<'_>>(object).is_ok_and(|members| members.is_empty())
}

/// The commands that did not succeed, over all products.
fn failed_commands(members: &Export<'_>) -> BTreeSet<String> {
    members
        .iter()
        .filter(|(key, _)| key.ends_with("_unsuccessful_commands"))
        .filter_map(|(_, value)| serde_json::from_str::<Vec<Option<String>>>(value.get()).ok())
        .flatten()
        .flatten()
        .collect()
}

/// The text of a file that PowerShell wrote.
fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let utf_16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks(2).map(|pair| match pair {
            [a, b] => unit([*a, *b]),
            _ => u16::from(b'?'),
        });
        char::decode_utf16(units).collect::<Result<String, _>>().ok().map(Cow::Owned)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [b'{', 0, ..] => utf_16(bytes, u16::from_le_bytes),
        [0, b'{', ..] => utf_16(bytes, u16::from_be_bytes),
        _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Plan, Profile, Tenant};

    fn snapshot(export: &str) -> Snapshot {
        import(export).unwrap()
    }

    fn records(snapshot: &Snapshot, name: &str) -> String {
        match snapshot.datasets.get(name) {
            Some(Dataset::Collected(collected)) => collected.records.get().to_owned(),
            other => panic!("{name}: {other:?}"),
        }
    }

    fn gap(snapshot: &Snapshot, data: Data) -> (UnavailableReason, String) {
        match snapshot.dataset(data) {
            Some(Dataset::Unavailable(gap)) => (gap.reason, gap.detail.clone()),
            other => panic!("{data}: {other:?}"),
        }
    }

    #[test]
    fn objects_of_graph_and_of_exchange() {
        let snapshot = snapshot(
            r#"{
                "conditional_access_policies": [{
                    "Id": "p-1", "State": "enabled", "CreatedDateTime": "\/Date(1613679244000)\/",
                    "Conditions": {"Users": {"IncludeUsers": ["All"]}}
                }, null],
                "domain_settings": {"Id": "larkspur.example", "IsRoot": true},
                "transport_config": [{"Name": "T", "SmtpClientAuthenticationDisabled": true}],
                "transport_rule": [null]
            }"#,
        );
        assert_eq!(
            records(&snapshot, "conditionalAccessPolicies"),
            r#"[{"id":"p-1","state":"enabled","createdDateTime":"2021-02-18T20:14:04Z","conditions":{"users":{"includeUsers":["All"]}}}]"#
        );
        assert_eq!(records(&snapshot, "domains"), r#"[{"id":"larkspur.example","isRoot":true}]"#);
        assert_eq!(
            records(&snapshot, "exchangeTransportConfig"),
            r#"[{"Name":"T","SmtpClientAuthenticationDisabled":true}]"#
        );
        assert_eq!(records(&snapshot, "exchangeTransportRules"), "[]");
        for data in Data::ALL {
            assert!(snapshot.dataset(*data).is_some(), "{data}");
        }
    }

    #[test]
    fn what_the_export_lacks_is_named() {
        let snapshot = snapshot(
            r#"{
                "conditional_access_policies": [],
                "aad_unsuccessful_commands": ["Get-MgBetaIdentityConditionalAccessPolicy", null],
                "org_config": [],
                "defender_license": false, "atp_policy_rules": [],
                "anti_phish_policies": "none"
            }"#,
        );
        let (reason, detail) = gap(&snapshot, Data::ConditionalAccessPolicies);
        assert_eq!(reason, UnavailableReason::Failed);
        assert!(detail.contains("Get-MgBetaIdentityConditionalAccessPolicy"), "{detail}");
        assert_eq!(gap(&snapshot, Data::ExchangeOrganizationConfig).0, UnavailableReason::Failed);
        assert_eq!(gap(&snapshot, Data::ExchangeAntiPhishPolicies).0, UnavailableReason::Failed);
        let atp = gap(&snapshot, Data::ExchangeAtpProtectionPolicyRules);
        assert_eq!(atp.0, UnavailableReason::NotLicensed);
        assert_eq!(
            gap(&snapshot, Data::ExchangeRemoteDomains),
            (UnavailableReason::NotCollected, "the export has no `remote_domains`".to_owned())
        );
        assert_eq!(gap(&snapshot, Data::Users).0, UnavailableReason::NotCollected);
    }

    #[test]
    fn privileged_people_are_not_all_users_and_their_roles_not_all_roles() {
        let snapshot = snapshot(
            r#"{
                "privileged_users": {"u-1": {"DisplayName": "Ada", "roles": ["Global Administrator"]}},
                "privileged_roles": [{
                    "DisplayName": "Global Administrator", "RoleTemplateId": "r-1",
                    "Assignments": [{"PrincipalId": "u-1", "EndDateTime": null}],
                    "Rules": [
                        {"Id": "Expiration_EndUser_Assignment", "RuleSourceType": "Directory Role"},
                        {"Id": "Expiration_EndUser_Assignment", "RuleSourceType": "PIM Group"}
                    ]
                }, {"DisplayName": "B", "RoleTemplateId": "r-2", "Assignments": null, "Rules": null}]
            }"#,
        );
        assert_eq!(gap(&snapshot, Data::Users).0, UnavailableReason::NotCollected);
        assert_eq!(gap(&snapshot, Data::RoleAssignments).0, UnavailableReason::NotCollected);
        assert_eq!(
            records(&snapshot, "roleAssignmentScheduleInstances"),
            r#"[{"principalId":"u-1","endDateTime":null,"roleDefinitionId":"r-1"}]"#
        );
        assert_eq!(
            records(&snapshot, "roleManagementPolicyAssignments"),
            r#"[{"scopeId":"/","scopeType":"DirectoryRole","roleDefinitionId":"r-1","policy":{"rules":[{"id":"Expiration_EndUser_Assignment","ruleSourceType":"Directory Role"}]}}]"#
        );
        assert_eq!(
            records(&snapshot, "scubagearPrivilegedUsers"),
            r#"[{"displayName":"Ada","roles":["Global Administrator"],"id":"u-1"}]"#
        );
        let Some(Dataset::Collected(roles)) = snapshot.dataset(Data::RoleDefinitions) else {
            panic!()
        };
        assert!(roles.other.contains_key("partial"));
    }

    #[test]
    fn roles_without_assignments_do_not_read_as_nobody() {
        let snapshot =
            snapshot(r#"{"privileged_roles":[{"DisplayName":"A","RoleTemplateId":"r"}]}"#);
        let (reason, _) = gap(&snapshot, Data::RoleAssignmentScheduleInstances);
        assert_eq!(reason, UnavailableReason::NotCollected);
        let (reason, _) = gap(&snapshot, Data::RoleManagementPolicyAssignments);
        assert_eq!(reason, UnavailableReason::NotCollected);
    }

    #[test]
    fn plans_are_licenses_as_long_as_some_subscription_is_alive() {
        let has_p2 = |license_information: &str| {
            let snapshot = snapshot(&format!(
                r#"{{"service_plans":[{{"ServicePlanId":"EEC0EB4F-6444-4f95-aba0-50c24d67f998"}}]{license_information}}}"#
            ));
            let profile = Profile::default();
            let tenant = Tenant::new(&snapshot, &profile);
            tenant.licenses().unwrap().has(Plan::EntraIdP2)
        };
        assert!(has_p2(""));
        let units = |enabled: u8, warning: u8| {
            format!(
                r#","license_information":[{{"SkuId":"s","PrepaidUnits":{{"Enabled":{enabled},"Warning":{warning}}}}}]"#
            )
        };
        assert!(has_p2(&units(5, 0)));
        assert!(has_p2(&units(0, 5)));
        assert!(!has_p2(&units(0, 0)));
        let without = snapshot(r#"{"license_information":[]}"#);
        assert_eq!(gap(&without, Data::SubscribedSkus).0, UnavailableReason::NotCollected);
    }

    #[test]
    fn methods_need_both_halves() {
        let whole = snapshot(
            r#"{"authentication_method":[{
                "authentication_method_policy": {"PolicyMigrationState": "migrationComplete"},
                "authentication_method_feature_settings": [{"Id": "Sms", "State": "disabled"}]
            }]}"#,
        );
        assert_eq!(
            records(&whole, "authenticationMethodsPolicy"),
            r#"[{"policyMigrationState":"migrationComplete","authenticationMethodConfigurations":[{"id":"Sms","state":"disabled"}]}]"#
        );
        for half in [
            r#"{"authentication_method":[{"authentication_method_feature_settings":[]}]}"#,
            r#"{"authentication_method":[{"authentication_method_policy":{"Id":"x"}}]}"#,
            r#"{"authentication_method":[]}"#,
        ] {
            gap(&snapshot(half), Data::AuthenticationMethodsPolicy);
        }
    }

    #[test]
    fn the_tenant_and_the_time() {
        let snapshot = snapshot(
            r#"{
                "baseline_version": "1", "module_version": "1.9.0",
                "date": "05/04/2026 17:15:48 Coordinated Universal Time",
                "timestamp_zulu": "2026-05-04T17:15:48.307Z",
                "scuba_config": {"M365Environment": "gcchigh", "Secret": 1e400},
                "tenant_details": [{
                    "DisplayName": "Larkspur", "TenantId": "AAAA",
                    "AADAdditionalData": [{"Id": "BBBB", "OnPremisesSyncEnabled": null}]
                }]
            }"#,
        );
        assert_eq!(snapshot.tenant.id, "bbbb");
        assert_eq!(snapshot.tenant.display_name, "Larkspur");
        assert_eq!(snapshot.tenant.cloud, Cloud::GccHigh);
        assert_eq!(snapshot.taken_at.to_string(), "2026-05-04T17:15:48.307Z");
        assert_eq!(snapshot.collector.version, "1.9.0");
        assert!(snapshot.other["scubaConfig"].get().contains("1e400"));
        let written = snapshot.to_json().unwrap();
        assert_eq!(Snapshot::read(&written).unwrap().to_json().unwrap(), written);
        let older = import(r#"{"baseline_version":"1","date":"05/04/2026 17:15:48 X"}"#).unwrap();
        assert_eq!(older.taken_at.to_string(), "2026-05-04T17:15:48Z");
        gap(&older, Data::Organization);
    }

    #[test]
    fn names_and_states_of_rules() {
        let snapshot = snapshot(
            r#"{"protection_policy_rules":[{"Identity":"Strict Preset Security Policy","State":false},{"Identity":"b","Name":"B","State":"Enabled"}]}"#,
        );
        assert_eq!(
            records(&snapshot, "exchangeEopProtectionPolicyRules"),
            r#"[{"Identity":"Strict Preset Security Policy","State":"Disabled","Name":"Strict Preset Security Policy"},{"Identity":"b","Name":"B","State":"Enabled"}]"#
        );
    }

    #[test]
    fn encodings_and_wrappings() {
        let export = r#"{"Results":{},"Raw":{"directory_settings":[{"DisplayName":"Größe"}]}}"#;
        let wanted = r#"[{"displayName":"Größe"}]"#;
        let utf_16: Vec<u16> = export.encode_utf16().collect();
        let little: Vec<u8> = utf_16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = utf_16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [
            export.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", export.as_bytes()].concat(),
            [b"\xff\xfe", little.as_slice()].concat(),
            little,
            [b"\xfe\xff", big.as_slice()].concat(),
        ] {
            let snapshot = import_bytes(&bytes).unwrap();
            assert_eq!(records(&snapshot, "groupSettings"), wanted);
        }
        assert!(matches!(import_bytes(b"\xff\xfe\x00\xd8"), Err(ImportError::Encoding)));
        assert!(matches!(import_bytes(b"{\xff"), Err(ImportError::Encoding)));
    }

    #[test]
    fn what_is_no_export_says_so() {
        for other in ["[]", "{}", "5", r#"{"schema":"muster.snapshot/1"}"#, r#"{"Raw":5}"#] {
            assert!(matches!(import(other), Err(ImportError::NotScubaGear)), "{other}");
        }
        for broken in ["", "{", r#"{"tenant_details":[}"#] {
            assert!(matches!(import(broken), Err(ImportError::Json(_))), "{broken}");
        }
    }

    #[test]
    fn any_shape_of_any_member_is_survived() {
        let keys = SOURCES.iter().map(|source| source.key).chain(MARKS.iter().copied());
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        for key in keys {
            for value in [
                "null",
                "5",
                "\"x\"",
                "[]",
                "{}",
                "[null]",
                "[[]]",
                "[5]",
                "[{}]",
                "[{\"\":1}]",
                &deep,
            ] {
                let snapshot = snapshot(&format!(r#"{{"{key}":{value}}}"#));
                assert!(Snapshot::from_json(&snapshot.to_json().unwrap()).is_ok(), "{key} {value}");
            }
        }
    }
}
