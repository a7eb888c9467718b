//! MFA: guests and other external users are forced through MFA.

use model::{
    ConditionUsers, ConditionalAccessPolicy, CrossTenantAccess, Data, Evidence, Gap,
    NotApplicableReason, Severity, Verdict,
};
use signin::Question;

use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{
    Coverage, Mfa, Protection, asked_mfa, external_kind, is_block, is_for_all_of, names_kind,
    narrowings, near_misses, untold_strength,
};
use crate::finding::{Finding, count, ratio};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-guests-required",
    title: "Guests and other external users are forced through MFA",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[
        Data::SecurityDefaults,
        Data::ConditionalAccessPolicies,
        Data::NamedLocations,
        Data::AuthenticationStrengthPolicies,
        Data::SubscribedSkus,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::UserAuthenticationRequirements,
        Data::CrossTenantAccessPolicy,
        Data::AuthorizationPolicy,
        Data::ServicePrincipals,
        Data::SignInActivity,
        Data::ExchangeMailboxes,
    ],
    rationale: "Where the home tenant of a guest asks for no MFA, a stolen password opens this \
        tenant too.",
    passes_when: "Security defaults are on; or every enabled guest and external member needs more \
        than one factor at each modern sign-in, and an enabled policy without further conditions \
        asks the kinds of external user that have no account here for MFA or blocks them: B2B \
        collaboration guest and member, B2B direct connect user, internal guest, other external \
        user. It is partial when some are covered; the credit is the share of accounts and of \
        kinds without an account. Leaving out service providers is right. Trust in MFA of home \
        tenants satisfies a demand, it never makes one. It does not apply without guests where \
        nobody may invite and direct connect is blocked.",
    remediation: &[
        "Create a policy from the template `Require multifactor authentication for guest access`: \
         all guest and external user types but service providers, all resources, the built-in \
         strength Multifactor authentication; or do not exclude guests from the policy for all \
         users.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 1,
    sources: &[source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.2v2"]),
        (Framework::CisM365, &["5.2.2.2"]),
        (Framework::Maester, &["MT.1016"]),
        (Framework::Nist80053, &["IA-2(2)"]),
    ],
    judge,
};

/// The kinds of external user, but for service providers, who sign in at the partner.
const KINDS: [&str; 5] = [
    "b2bCollaborationGuest",
    "b2bCollaborationMember",
    "b2bDirectConnectUser",
    "internalGuest",
    "otherExternalUser",
];

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let protection = Protection::of(context)?;
    let summary = "guests are asked for MFA like own users.";
    if let Some(pass) = protection.by_security_defaults(summary) {
        return Ok(pass);
    }
    let guests = &context.people()?.guests;
    if guests.is_empty() && nobody_may_come(context)? {
        return Ok(Finding::not_applicable(
            NotApplicableReason::NoPopulation,
            "There are no guests, nobody may invite any, and direct connect is blocked.",
        ));
    }
    let question = Question::single_factor();
    let coverage = Coverage::of_single_factor(context, guests.iter().copied(), &question);
    let kinds: Vec<(&str, bool)> = KINDS
        .into_iter()
        .filter(|kind| !guests.iter().any(|guest| external_kind(guest) == Some(*kind)))
        .map(|kind| (kind, is_covered(context, kind)))
        .collect();
    if kinds.iter().any(|(_, covered)| !covered) {
        let policies = context.tenant.conditional_access_policies.read()?;
        let mut enforced = policies.iter().filter(|policy| policy.is_enforced());
        // It may be the one that asks these kinds for MFA.
        enforced.find_map(|policy| untold_strength(context, policy)).map_or(Ok(()), Err)?;
    }
    let finding = coverage
        .decide(|coverage| verdict(context, coverage, &kinds))
        .with(trust(context))
        .judged(coverage.judged(), &[]);
    protection.limit(context, finding)
}

fn verdict(context: &Context<'_>, coverage: &Coverage<'_>, kinds: &[(&str, bool)]) -> Finding {
    let open_kinds: Vec<&str> =
        kinds.iter().filter(|(_, covered)| !covered).map(|(kind, _)| *kind).collect();
    let units = coverage.judged() + kinds.len();
    let covered = coverage.covered.len() + kinds.len() - open_kinds.len();
    let credit = ratio(2 * covered + coverage.weakly.len(), 2 * units);
    let whole = count(coverage.judged(), "guest", "guests");
    let short = coverage.judged() - coverage.covered.len();
    let mut parts = Vec::new();
    if short > 0 {
        let summary = coverage.shortfall(
            ("guest", "guests"),
            "can sign in with one factor",
            "something weaker can replace MFA",
        );
        parts.push(summary.trim_end_matches('.').to_owned());
    }
    if !open_kinds.is_empty() {
        parts.push(format!("no policy asks these kinds for MFA: {}", open_kinds.join(", ")));
    }
    let finding = if parts.is_empty() {
        Finding::pass(format!("All of {whole}, and every other kind of external user, need MFA."))
    } else {
        let mut summary = parts.join("; ");
        summary.push('.');
        // A summary is a sentence of its own.
        let summary = summary.replacen("no policy", "No policy", usize::from(short == 0));
        if credit > 0.0 { Finding::partial(credit, summary) } else { Finding::fail(summary) }
    };
    let misses = (finding.verdict != Verdict::Pass).then(|| near_misses(context));
    finding
        .with(coverage.violations("MFA at every sign-in"))
        .with(open_kinds.iter().map(|kind| {
            Evidence::setting(kind, "no policy without further conditions asks for MFA", "MFA")
        }))
        .with(coverage.enforcing(context))
        .with(misses.into_iter().flatten())
        .would_pass_if("an enabled policy required MFA of all guests and external users")
}

/// Whether an enabled policy without further conditions asks that kind of user for MFA, or blocks
/// it, from every tenant.
fn is_covered(context: &Context<'_>, kind: &str) -> bool {
    let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
    let asks = |policy: &ConditionalAccessPolicy| {
        is_block(policy) || asked_mfa(context, policy) == Mfa::Required
    };
    policies
        .iter()
        .filter(|policy| policy.is_enforced() && asks(policy) && narrowings(policy).is_empty())
        .filter_map(|policy| policy.conditions.users.as_ref())
        .any(|users| includes(users, kind) && !excludes(users, kind))
}

fn includes(users: &ConditionUsers, kind: &str) -> bool {
    let named = ["all", "guestsorexternalusers"];
    let guests = users.include_guests_or_external_users.as_ref();
    guests.is_some_and(|guests| is_for_all_of(guests, kind))
        || users.include_users.iter().any(|id| named.contains(&id.as_str()))
}

fn excludes(users: &ConditionUsers, kind: &str) -> bool {
    let guests = users.exclude_guests_or_external_users.as_ref();
    guests.is_some_and(|guests| names_kind(guests, kind))
        || users.exclude_users.iter().any(|id| *id == "guestsorexternalusers")
}

/// Whether nobody may invite, and direct connect is blocked.
fn nobody_may_come(context: &Context<'_>) -> Result<bool, Gap> {
    let policy = context.tenant.authorization_policy.one()?;
    if policy.allow_invites_from.as_deref() != Some("none") {
        return Ok(false);
    }
    let policy = context.tenant.cross_tenant_access_policy.one()?;
    let is_blocked = |inbound: &CrossTenantAccess| {
        let users = inbound.users_and_groups.as_ref();
        users.is_some_and(|users| users.access_type.as_deref() == Some("blocked"))
    };
    // A partner without a setting of its own has the default.
    let mut partners =
        policy.partners.iter().filter_map(|one| one.b2b_direct_connect_inbound.as_ref());
    Ok(policy.b2b_direct_connect_inbound.as_ref().is_some_and(is_blocked)
        && partners.all(is_blocked))
}

/// Whether MFA of other tenants is trusted, as context.
fn trust(context: &Context<'_>) -> Option<Evidence> {
    let policy = context.tenant.cross_tenant_access_policy.one().ok()?;
    let accepted = policy.inbound_trust.as_ref()?.is_mfa_accepted?;
    let observed = if accepted { "accepted" } else { "not accepted" };
    Some(Evidence::setting("MFA of other tenants", observed, ""))
}

#[cfg(test)]
mod tests {
    use model::{Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn only(change: impl FnOnce(&mut Value)) -> Fixture {
        let mut policy = policy("The policy", grant("mfa"));
        change(&mut policy["conditions"]);
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([policy]))
    }

    fn kinds(types: &str, tenants: &Value) -> Value {
        json!({ "guestOrExternalUserTypes": types, "externalTenants": tenants })
    }

    fn for_kinds(types: &str, tenants: &Value) -> Fixture {
        let kinds = kinds(types, tenants);
        only(|conditions| {
            conditions["users"]["includeUsers"] = json!([]);
            conditions["users"]["includeGuestsOrExternalUsers"] = kinds;
        })
    }

    #[test]
    fn verdicts() {
        let all = json!({ "membershipKind": "all" });
        let some = json!({
            "membershipKind": "enumerated",
            "members": ["3b000000-0000-4000-8000-000000000001"]
        });
        let five = KINDS.join(",");
        let without = |types: &str| {
            let kinds = kinds(types, &all);
            only(|conditions| conditions["users"]["excludeGuestsOrExternalUsers"] = kinds)
        };
        let nobody = |invites: &str| {
            Fixture::exemplary()
                .edit(Data::Users, |users| users.retain(|user| user["id"] != GUEST))
                .with_member(Data::AuthorizationPolicy, "allowInvitesFrom", &json!(invites))
        };
        let bare = || Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([]));
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("a policy for all users", only(|_| {}))
            .passes("a policy for all five kinds", for_kinds(&five, &all))
            .passes("service providers left out", without("serviceProvider"))
            .partial("direct connect users left out", 0.8, without("b2bDirectConnectUser"))
            .partial("the guests left out", 0.8, without("b2bCollaborationGuest"))
            .fails("tenants on a list only", for_kinds(&five, &some))
            .fails("all external users left out", without(&five))
            .partial("no MFA from trusted locations is none for guests", 0.8, {
                let location = |name: &str, change: fn(&mut Value)| {
                    let mut policy = policy(name, grant("mfa"));
                    change(&mut policy["conditions"]);
                    policy
                };
                let outside = location("Outside", |conditions| {
                    conditions["locations"] =
                        json!({ "includeLocations": ["All"], "excludeLocations": ["AllTrusted"] });
                });
                let kinds = location("Kinds", |conditions| {
                    conditions["users"]["excludeUsers"] = json!([GUEST]);
                });
                Fixture::exemplary()
                    .set(Data::ConditionalAccessPolicies, json!([outside, kinds]))
                    .set(
                        Data::NamedLocations,
                        json!([{
                            "@odata.type": "#microsoft.graph.ipNamedLocation",
                            "id": "f0000000-0000-4000-8000-000000000001", "displayName": "Office",
                            "isTrusted": true, "ipRanges": [{ "cidrAddress": "203.0.113.0/24" }]
                        }]),
                    )
            })
            .fails(
                "the older single term left out",
                only(|conditions| {
                    conditions["users"]["excludeUsers"] = json!(["GuestsOrExternalUsers"]);
                }),
            )
            .fails(
                "trust makes no demand",
                bare().edit(Data::CrossTenantAccessPolicy, |policies| {
                    policies[0]["inboundTrust"]["isMfaAccepted"] = json!(true);
                }),
            )
            .fails("nothing", bare())
            .passes("security defaults", {
                bare().unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]).with_member(
                    Data::SecurityDefaults,
                    "isEnabled",
                    &json!(true),
                )
            })
            .not_applicable("nobody may come", NotApplicableReason::NoPopulation, nobody("none"))
            .passes("nobody came yet, but a partner may connect", {
                nobody("none").edit(Data::CrossTenantAccessPolicy, |policies| {
                    policies[0]["partners"] = json!([{
                        "tenantId": "3b000000-0000-4000-8000-000000000001",
                        "b2bDirectConnectInbound": { "usersAndGroups": { "accessType": "allowed" } }
                    }]);
                })
            })
            .passes("nobody came yet", nobody("everyone"))
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .unknown("users refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::Users)
            });
    }
}
