//! Logs and alerts: Entra and Microsoft 365 logs reach a SIEM.

use model::{Data, DiagnosticSetting, Evidence, Gap, Plan, Severity, SubjectKind, Verdict};

use crate::attestation::{self, YEAR};
use crate::context::Context;
use crate::control::source::S2;
use crate::finding::{Finding, some_names};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "log-siem-export",
    title: "Entra and Microsoft 365 logs reach a SIEM",
    severity: Severity::Medium,
    kind: Kind::Attestation,
    license: License::None,
    reads: &[Data::DiagnosticSettings, Data::AppRoleAssignments, Data::SubscribedSkus],
    rationale: "Whoever takes over a tenant can silence it. Logs and alarms outside of it stay.",
    passes_when: "Diagnostic settings of Microsoft Entra ID send AuditLogs, SignInLogs, \
        NonInteractiveUserSignInLogs, ServicePrincipalSignInLogs, and with Entra ID P2 RiskyUsers \
        to a workspace, an event hub or a partner's product. Or somebody confirmed, within a year, \
        that the logs arrive: in which product, and when the last event was seen. Some of the \
        categories, or a storage account alone, are partial.",
    remediation: &[
        "Add a diagnostic setting that sends the categories to the workspace or event hub of the \
         SIEM.",
        "Connect Microsoft 365 logs in the SIEM, and set an alarm for when they stop.",
        "Record in the profile who saw the last event, and when.",
        "Entra admin center > Monitoring & health > Diagnostic settings.",
    ],
    effort: 3,
    sources: &[S2],
    mappings: &[(Framework::CisaScuba, &["MS.AAD.4.1v1"]), (Framework::Nist80053, &["AU-4"])],
    judge,
};

const STATEMENT: &str = "Microsoft Entra and Microsoft 365 logs reach a SIEM; name the product and \
    the last event seen.";

/// The categories that every tenant with Entra ID P1 can send; P2 adds one.
const CATEGORIES: [&str; 4] =
    ["AuditLogs", "SignInLogs", "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs"];

/// The Office 365 Management APIs, by which other products fetch the unified audit log.
const MANAGEMENT_API: &str = "c5393580-f805-4401-95e8-94b7a6ef2fc2";

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let attested = attestation::judge(context, CONTROL.id, STATEMENT, YEAR);
    let is_answered = matches!(attested.verdict, Verdict::Attested | Verdict::AttestedNo);
    let settings = context.tenant.diagnostic_settings.read();
    // Sign-in logs take a license to be sent; without it only people can tell.
    let sends = match settings {
        Ok(settings) if context.has(Plan::EntraIdP1) == Ok(true) => Sends::of(context, settings)?,
        _ => return Ok(attested.with(hints(context))),
    };
    let finding = if is_answered {
        attested
    } else if sends.missing.is_empty() {
        Finding::pass(format!("Diagnostic settings send the logs to {}.", sends.destinations()))
    } else if sends.anything {
        let missing = some_names(sends.missing.iter().copied());
        let summary = format!(
            "Diagnostic settings send only some of the logs to a SIEM; not there: {missing}."
        );
        Finding::partial(0.5, summary)
            .would_pass_if(format!(
                "{missing} were sent to a workspace, event hub or partner product"
            ))
            .with(sends.missing.iter().map(|category| {
                Evidence::setting(category, "not sent to a SIEM", "sent to a SIEM")
            }))
    } else {
        attested
    };
    Ok(finding.with(sends.evidence).with(hints(context)))
}

/// What diagnostic settings send where.
struct Sends {
    /// Required categories that reach no SIEM.
    missing: Vec<&'static str>,
    /// Whether any required category goes anywhere at all.
    anything: bool,
    /// Names of the settings that send to a SIEM.
    names: Vec<String>,
    evidence: Vec<Evidence>,
}

impl Sends {
    fn of(context: &Context<'_>, settings: &[DiagnosticSetting]) -> Result<Self, Gap> {
        let risk = context.has(Plan::EntraIdP2)?.then_some("RiskyUsers");
        let mut sends =
            Self { missing: Vec::new(), anything: false, names: Vec::new(), evidence: Vec::new() };
        let mut reached = Vec::new();
        let required: Vec<&str> = CATEGORIES.into_iter().chain(risk).collect();
        for setting in settings {
            let (siem, storage) = destinations(setting);
            let sent: Vec<&str> =
                required.iter().copied().filter(|category| is_sent(setting, category)).collect();
            let to = siem.or(storage);
            sends.anything |= !sent.is_empty() && to.is_some();
            let name = setting.name.clone().unwrap_or_default();
            let what = if sent.is_empty() { "nothing of this".to_owned() } else { sent.join(", ") };
            let observed = format!("sends {what} to {}", to.unwrap_or("nowhere"));
            sends.evidence.push(Evidence::context(SubjectKind::Setting, &name, &name, observed));
            if siem.is_some() && !sent.is_empty() {
                reached.extend(sent);
                sends.names.push(name);
            }
        }
        sends.names.sort();
        sends.missing = required.into_iter().filter(|one| !reached.contains(one)).collect();
        Ok(sends)
    }

    fn destinations(&self) -> String {
        some_names(self.names.iter().map(String::as_str))
    }
}

/// Where the setting sends logs: to something that watches them, and to storage.
fn destinations(setting: &DiagnosticSetting) -> (Option<&'static str>, Option<&'static str>) {
    let Some(properties) = &setting.properties else { return (None, None) };
    let is_set = |id: &Option<String>| id.as_deref().is_some_and(|id| !id.is_empty());
    let siem = [
        (&properties.workspace_id, "a Log Analytics workspace"),
        (&properties.event_hub_authorization_rule_id, "an event hub"),
        (&properties.marketplace_partner_id, "a partner's product"),
    ];
    let siem = siem.into_iter().find(|(id, _)| is_set(id)).map(|(_, words)| words);
    (siem, is_set(&properties.storage_account_id).then_some("a storage account"))
}

fn is_sent(setting: &DiagnosticSetting, category: &str) -> bool {
    let logs = setting.properties.iter().flat_map(|properties| &properties.logs);
    logs.filter(|log| log.enabled == Some(true)).any(|log| {
        let is = |name: &Option<String>, word: &str| {
            name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(word))
        };
        is(&log.category, category) || is(&log.category_group, "allLogs")
    })
}

/// Applications that may fetch the unified audit log: perhaps a SIEM.
fn hints(context: &Context<'_>) -> Vec<Evidence> {
    let assignments = context.tenant.app_role_assignments.read().unwrap_or_default();
    assignments
        .iter()
        .filter(|one| one.resource_app_id.as_ref().is_some_and(|id| *id == *MANAGEMENT_API))
        .map(|one| {
            let id = one.principal_id.as_str();
            let name = one.principal_display_name.as_deref().unwrap_or(id);
            let observed = "may fetch Microsoft 365 logs; perhaps a SIEM";
            Evidence::context(SubjectKind::ServicePrincipal, id, name, observed)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const DATA: Data = Data::DiagnosticSettings;

    fn answered(fixture: Fixture, answer: &str) -> Fixture {
        fixture.declare(&format!(
            "[[attestation]]\ncontrol = \"log-siem-export\"\nby = \"Sam\"\non = 2026-10-01\n\
             answer = \"{answer}\""
        ))
    }

    fn properties(change: impl FnOnce(&mut Value)) -> Fixture {
        Fixture::exemplary().edit(DATA, |settings| change(&mut settings[0]["properties"]))
    }

    fn without(category: &str) -> Fixture {
        properties(|properties| {
            let logs = properties["logs"].as_array_mut().unwrap();
            logs.retain(|log| log["category"] != category);
        })
    }

    fn nothing() -> Fixture {
        Fixture::exemplary().set(DATA, json!([]))
    }

    #[test]
    fn what_settings_send() {
        let storage = |properties: &mut Value| {
            properties["workspaceId"] = json!("");
            properties["storageAccountId"] = json!("/subscriptions/0/storage");
        };
        let hub = |properties: &mut Value| {
            properties["workspaceId"] = Value::Null;
            properties["eventHubAuthorizationRuleId"] = json!("/subscriptions/0/hub");
        };
        let off = properties(|properties| properties["logs"][1]["enabled"] = json!(false));
        check(&CONTROL)
            .passes("all to a workspace", Fixture::exemplary())
            .passes("to an event hub", properties(hub))
            .passes(
                "all logs as one group",
                properties(|properties| {
                    properties["logs"] =
                        json!([{ "category": null, "categoryGroup": "allLogs", "enabled": true }]);
                }),
            )
            .passes(
                "two settings together",
                without("AuditLogs").add(
                    DATA,
                    json!({ "name": "second", "properties": { "workspaceId": "/w", "logs": [
                        { "category": "AuditLogs", "enabled": true }
                    ] } }),
                ),
            )
            .partial("no audit log", 0.5, without("AuditLogs"))
            .partial("sign-ins are off", 0.5, off)
            .partial("to storage alone", 0.5, properties(storage))
            .partial("no risky users", 0.5, without("RiskyUsers"))
            .passes(
                "no risky users without the license",
                without("RiskyUsers").unlicensed(&[Plan::EntraIdP2]).edit(
                    Data::SubscribedSkus,
                    |skus| {
                        skus[0]["servicePlans"].as_array_mut().unwrap().push(json!({
                            "servicePlanId": plan_ids(Plan::EntraIdP1)[0],
                            "provisioningStatus": "Success"
                        }));
                    },
                ),
            )
            .is("nothing is sent", Verdict::Unattested, nothing())
            .is("settings unread", Verdict::Unattested, Fixture::exemplary().forbidden(DATA))
            .is(
                "no license to send sign-ins",
                Verdict::Unattested,
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]),
            );
    }

    #[test]
    fn what_people_say() {
        for fixture in
            [Fixture::exemplary(), nothing(), nothing().forbidden(DATA), without("AuditLogs")]
        {
            check(&CONTROL)
                .is("confirmed", Verdict::Attested, answered(fixture.clone(), "yes"))
                .is("denied", Verdict::AttestedNo, answered(fixture, "no"));
        }
    }

    #[test]
    fn a_client_of_the_management_api_is_a_hint() {
        let finding = nothing()
            .add(
                Data::AppRoleAssignments,
                json!({ "principalId": APP, "principalDisplayName": "Collector",
                        "appRoleValue": "ActivityFeed.Read", "resourceAppId": MANAGEMENT_API }),
            )
            .judge(&CONTROL);
        assert_eq!(finding.verdict, Verdict::Unattested);
        assert_eq!(finding.evidence[0].subject.name, "Collector");
    }
}
