//! Legacy authentication: the Exchange authentication policies leave no basic authentication open.

use std::collections::BTreeMap;

use model::{
    AuthenticationPolicy, Data, Evidence, ExchangeUser, Gap, GapCause, Plan, Severity, SubjectKind,
};

use super::smtp_auth::organization_allows;
use super::{accounts_worth_more, open_switches};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, count, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "legacy-exo-auth-policy",
    title: "The Exchange authentication policies leave no basic authentication open",
    severity: Severity::Low,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeAuthenticationPolicies,
        Data::ExchangeOrganizationConfig,
        Data::ExchangeTransportConfig,
        Data::ExchangeUsers,
        Data::ExchangeVipUsers,
        Data::ExchangeMailboxes,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::SubscribedSkus,
    ],
    rationale: "Only SMTP AUTH still takes a password, and an old policy that allows it opens it \
        again for whoever has the policy.",
    passes_when: "No authentication policy is in use and SMTP AUTH is off for the organization; or \
        the default policy has every `AllowBasicAuth` switch false, and no enabled account has a \
        looser one. It fails when `AllowBasicAuthSmtp` is true in the default policy or in one \
        that an administrator or priority account has, and when no policy is the default while \
        SMTP AUTH is on. Switches of other protocols have no effect any more: with these alone it \
        is partial.",
    remediation: &[
        "Set every switch false: `Set-AuthenticationPolicy -AllowBasicAuthSmtp:$false`, and so on.",
        "Make it the default: `Set-OrganizationConfig -DefaultAuthenticationPolicy`.",
        "Take looser policies from accounts: `Set-User -AuthenticationPolicy $null`.",
        "Microsoft 365 admin center > Settings > Org settings > Modern authentication shows the \
         default's switches.",
    ],
    effort: 1,
    sources: &[source::S0, source::S1],
    mappings: &[(Framework::CisaScuba, &["MS.EXO.5.1v1"]), (Framework::Nist80053, &["CM-7"])],
    judge,
};

const SMTP: &str = "AllowBasicAuthSmtp";
const CHANGE: &str = "the default authentication policy had every switch false, and no account had \
                      a looser one";

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let exchange = &context.tenant.exchange;
    let policies: BTreeMap<String, &AuthenticationPolicy> = exchange
        .authentication_policies
        .read()?
        .iter()
        .map(|policy| (policy.name.to_ascii_lowercase(), policy))
        .collect();
    let find = |name: &str| {
        // Exchange gives names, or paths that end in one.
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
        let policy = policies.get(&name).copied().ok_or_else(|| Gap {
            data: Data::ExchangeAuthenticationPolicies,
            cause: GapCause::FieldMissing,
            detail: format!("the policy {name:?}, which is in use"),
        })?;
        Ok::<_, Gap>((policy, open_switches(policy)?))
    };
    let organization = exchange.organization_config.one()?;
    let default = organization.default_authentication_policy.as_deref();
    let default = default.filter(|name| !name.is_empty()).map(find).transpose()?;
    if let Some((policy, _)) = default.as_ref().filter(|(_, open)| open.contains(&SMTP)) {
        let name = &policy.name;
        return Ok(Finding::fail(format!("The default policy {name} allows SMTP AUTH."))
            .with([evidence(policy)])
            .would_pass_if(CHANGE));
    }
    if default.is_none() && organization_allows(context)? {
        let observed = "no default policy, and SMTP AUTH is on for the organization";
        return Ok(Finding::fail("No authentication policy is the default, and SMTP AUTH is on.")
            .with([Evidence::setting("DefaultAuthenticationPolicy", observed, "a closed policy")])
            .would_pass_if(
                "SMTP AUTH were off for the organization, or a closed policy the default",
            ));
    }
    let mut looser = Vec::new();
    if !policies.is_empty() {
        for user in exchange.users.read()?.iter().filter(|user| user.account_disabled != Some(true))
        {
            let own = user.authentication_policy.as_deref().filter(|name| !name.is_empty());
            let Some((policy, open)) = own.map(find).transpose()? else { continue };
            if !open.is_empty() {
                looser.push((user, policy));
            }
        }
    }
    let loose_default =
        default.as_ref().filter(|(_, open)| !open.is_empty()).map(|(policy, _)| *policy);
    if looser.is_empty() && loose_default.is_none() {
        return Ok(match default {
            Some((policy, _)) => {
                Finding::pass(format!("The default policy {} is closed.", policy.name)).with([
                    Evidence::context(
                        SubjectKind::Policy,
                        policy.name.as_str(),
                        policy.name.as_str(),
                        "the default: every switch is false",
                    ),
                ])
            }
            None => Finding::pass("No authentication policy is in use, and SMTP AUTH is off."),
        });
    }
    weigh(context, &looser, loose_default)
}

/// Some account or the default has a policy with an open switch.
fn weigh(
    context: &Context<'_>,
    looser: &[(&ExchangeUser, &AuthenticationPolicy)],
    default: Option<&AuthenticationPolicy>,
) -> Result<Finding, Gap> {
    let with_smtp: Vec<_> =
        looser.iter().filter(|(_, policy)| policy.allow_basic_auth_smtp == Some(true)).collect();
    let mut worst = Vec::new();
    if !with_smtp.is_empty() {
        let worth_more = accounts_worth_more(context)?;
        for (user, _) in &with_smtp {
            let Some(id) = &user.external_directory_object_id else { continue };
            if worth_more.contains(id.as_str()) {
                worst.push(user.user_principal_name.as_deref().unwrap_or(id));
            }
        }
    }
    let finding = if worst.is_empty() {
        let accounts = count(looser.len(), "account has", "accounts have");
        Finding::partial(
            0.5,
            match default {
                Some(policy) => {
                    format!("The default policy {} has switches that are on.", policy.name)
                }
                None => format!("{accounts} an authentication policy that is not closed."),
            },
        )
    } else {
        let names = some_names(worst);
        Finding::fail(format!("SMTP AUTH is open by policy to accounts worth more: {names}."))
    };
    Ok(finding
        .with(default.map(evidence))
        .with(looser.iter().map(|(user, policy)| {
            let name = user.user_principal_name.as_deref().unwrap_or_default();
            let id = user.external_directory_object_id.as_deref().unwrap_or(name);
            let observed = format!(
                "policy {}: {}",
                policy.name,
                open_switches(policy).unwrap_or_default().join(", ")
            );
            Evidence::new(SubjectKind::User, id, name, observed, "no looser policy")
        }))
        .would_pass_if(CHANGE))
}

fn evidence(policy: &AuthenticationPolicy) -> Evidence {
    let observed = format!("on: {}", open_switches(policy).unwrap_or_default().join(", "));
    let name = policy.name.as_str();
    Evidence::new(SubjectKind::Policy, name, name, observed, "every switch is false")
}

#[cfg(test)]
mod tests {
    use model::{NotApplicableReason, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// A tenant with the default policy `Closed`, the policy `Open` with this switch on, and
    /// accounts with a policy of their own.
    fn policies(default: &str, switch: &str, own: &[(&str, &str)]) -> Fixture {
        let users: Vec<Value> = own
            .iter()
            .map(|(id, policy)| {
                json!({
                    "ExternalDirectoryObjectId": id, "UserPrincipalName": id,
                    "AccountDisabled": false, "AuthenticationPolicy": policy
                })
            })
            .collect();
        let closed = json!({
            "Name": "Closed", "AllowBasicAuthSmtp": false, "AllowBasicAuthImap": "False"
        });
        let mut open = json!({ "Name": "Open", "AllowBasicAuthSmtp": false });
        open[switch] = json!("True");
        Fixture::exemplary()
            .set(Data::ExchangeAuthenticationPolicies, json!([closed, open]))
            .set(Data::ExchangeUsers, json!(users))
            .with_member(
                Data::ExchangeOrganizationConfig,
                "DefaultAuthenticationPolicy",
                &json!(default),
            )
    }

    #[test]
    fn verdicts() {
        let smtp_on = |fixture: Fixture| {
            let name = "SmtpClientAuthenticationDisabled";
            fixture.with_member(Data::ExchangeTransportConfig, name, &json!(false))
        };
        let pop = "AllowBasicAuthPop";
        check(&CONTROL)
            .passes("exemplary: none, and SMTP AUTH is off", Fixture::exemplary())
            .fails_on(
                "none, and SMTP AUTH is on",
                smtp_on(Fixture::exemplary()),
                &["DefaultAuthenticationPolicy"],
            )
            .passes("a closed default", smtp_on(policies("Closed", SMTP, &[])))
            .fails_on("the default allows SMTP", policies("Open", SMTP, &[]), &["Open"])
            .partial("the default allows a removed protocol", 0.5, policies("Open", pop, &[]))
            .partial(
                "a person's policy allows SMTP",
                0.5,
                policies("Closed", SMTP, &[(PERSON_2, "Open")]),
            )
            .fails_on(
                "an administrator's policy allows SMTP",
                policies("Closed", SMTP, &[(ADMIN_2, "Open")]),
                &[ADMIN_2],
            )
            .fails_on(
                "a priority account's policy allows SMTP",
                policies("Closed", SMTP, &[(PERSON_1, "Open")]),
                &[PERSON_1],
            )
            .passes(
                "a closed policy of one's own",
                policies("Closed", SMTP, &[(PERSON_2, "Closed")]),
            )
            .unknown("a policy that was not read", UnknownReason::FieldMissing, {
                policies("Elsewhere", SMTP, &[])
            })
            .unknown("accounts refused", UnknownReason::Permission, {
                policies("Closed", SMTP, &[]).forbidden(Data::ExchangeUsers)
            })
            .unknown("refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ExchangeAuthenticationPolicies)
            })
            .not_applicable("no Exchange Online", NotApplicableReason::License, {
                Fixture::exemplary().unlicensed(&[Plan::ExchangeOnline])
            });
    }
}
