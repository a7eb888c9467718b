//! Just-in-time access: activating a strong role proves identity again.

use std::collections::BTreeSet;

use model::{
    ConditionalAccessPolicy, Evidence, GLOBAL_ADMINISTRATOR, Gap, NotApplicableReason, Plan,
    Severity, SubjectKind, UnknownReason, User,
};
use signin::{Outcome, Question, Target};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Mfa, asked_mfa};
use crate::directory::{is_enabled, role_data};
use crate::finding::{Finding, count, some_names};
use crate::role_settings::{Proof, RoleSettings, high_roles_in_use};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "pim-activation-mfa",
    title: "Activating a strong role proves identity again",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::AnyOf(
        &[Plan::EntraIdP2, Plan::EntraIdGovernance],
        &["priv-global-admin-count", "priv-finer-roles"],
    ),
    reads: role_data![
        RoleManagementPolicyAssignments,
        ConditionalAccessPolicies,
        NamedLocations,
        AuthenticationStrengthPolicies,
        SecurityDefaults,
        UserAuthenticationRequirements,
        CrossTenantAccessPolicy,
        ServicePrincipals,
        ExchangeMailboxes,
        SignInActivity
    ],
    rationale: "Where activation asks for nothing, a stolen session activates the role as easily as \
        its owner does.",
    passes_when: "Each of the eight highly privileged roles that some user holds, active or \
        eligible, asks on activation for a justification and for proof of identity: either MFA, or \
        an authentication context for which an enabled Conditional Access policy demands MFA or an \
        authentication strength from every eligible user. MFA done earlier in the session satisfies \
        the first, so a context with phishing-resistant methods at every activation is better. \
        Proof without justification, or proof for Global and Privileged Role Administrator but not \
        for every role, is partial.",
    remediation: &[
        "Create an authentication context and a Conditional Access policy for it that demands \
            phishing-resistant MFA every time.",
        "In the settings of each role below, ask for that context, or for Azure MFA, on activation.",
        "Ask for a justification as well.",
        "Entra admin center > Identity Governance > Privileged Identity Management > Microsoft \
            Entra roles > Settings > Activation.",
    ],
    effort: 1,
    sources: &[source::S2],
    mappings: &[
        (Framework::CisM365, &["5.3.1"]),
        (Framework::CisaScuba, &["MS.AAD.3.6v1"]),
        (Framework::Nist80053, &["IA-2(1)"]),
    ],
    judge,
};

const PRIVILEGED_ROLE_ADMINISTRATOR: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";

/// What activating one role takes, in words, and whether that proves identity.
pub(crate) enum Proven {
    Yes(String),
    No(String),
    Untold(String),
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let roles = high_roles_in_use(context)?;
    if roles.is_empty() {
        return Ok(Finding::not_applicable(
            NotApplicableReason::NoPopulation,
            "No user holds a highly privileged role.",
        ));
    }
    let judged = roles.len();
    let mut evidence = Vec::new();
    let (mut unproven, mut unjustified, mut untold) = (Vec::new(), Vec::new(), Vec::new());
    let mut strongest_fails = false;
    for role in roles {
        let settings = RoleSettings::of(context, &role)?;
        let justified = settings.asks_for("Justification")?;
        let users = eligible(context, &settings)?;
        let (mut observed, mut expected) = match proof(context, &settings, &users)? {
            Proven::Yes(words) => (words, ""),
            Proven::No(words) => {
                // Privileged Role Administrator can assign Global Administrator.
                strongest_fails |=
                    role == GLOBAL_ADMINISTRATOR || role == PRIVILEGED_ROLE_ADMINISTRATOR;
                unproven.push(settings.name().to_owned());
                (words, "MFA, or an authentication context that demands it, and a justification")
            }
            Proven::Untold(words) => {
                untold.push(format!("{}: {words}", settings.name()));
                (words, "")
            }
        };
        if !justified {
            observed.push_str("; no justification is asked for");
            expected = "MFA, or an authentication context that demands it, and a justification";
            unjustified.push(settings.name().to_owned());
        }
        evidence.push(Evidence::new(
            SubjectKind::Role,
            role.as_str(),
            settings.name(),
            observed,
            expected,
        ));
    }
    let names = |roles: &[String]| some_names(roles.iter().map(String::as_str));
    let all = count(judged, "strong role in use", "strong roles in use");
    let finding = if strongest_fails {
        Finding::fail(format!(
            "Nothing proves identity when these are activated: {}.",
            names(&unproven)
        ))
    } else if let Some(why) = untold.first() {
        Finding::unknown(UnknownReason::Undetermined, format!("Could not be told for {why}."))
    } else if !unproven.is_empty() {
        let summary = format!(
            "{} of {all} are activated without proof of identity: {}.",
            unproven.len(),
            names(&unproven)
        );
        Finding::partial(0.5, summary)
    } else if !unjustified.is_empty() {
        let summary = format!(
            "{} of {all} are activated without justification: {}.",
            unjustified.len(),
            names(&unjustified)
        );
        Finding::partial(0.5, summary)
    } else {
        Finding::pass(format!(
            "Activating any of {all} takes proof of identity and a justification."
        ))
    };
    let lacking: BTreeSet<String> = unproven.into_iter().chain(unjustified).collect();
    Ok(finding
        .would_pass_if(format!(
            "activation of {} asked for MFA or an authentication context, and a justification",
            some_names(lacking.iter().map(String::as_str))
        ))
        .with(evidence)
        .judged(judged, &[]))
}

/// What activating the role takes of these users.
///
/// # Errors
///
/// When the role's settings lack it, or policies were not read although they decide.
pub(crate) fn proof(
    context: &Context<'_>,
    settings: &RoleSettings<'_>,
    eligible: &[&User],
) -> Result<Proven, Gap> {
    let claim = match settings.proof()? {
        Proof::None => {
            return Ok(Proven::No("activation asks for no proof of identity".to_owned()));
        }
        Proof::Mfa => {
            let words = "activation asks for MFA, which earlier MFA in the session satisfies";
            return Ok(Proven::Yes(words.to_owned()));
        }
        Proof::Context(claim) => claim,
    };
    let policies: Vec<_> = context
        .tenant
        .conditional_access_policies
        .read()?
        .iter()
        .filter(|policy| policy.is_enforced() && is_for(policy, claim))
        .collect();
    let demanding: Vec<&str> = policies
        .iter()
        .filter(|policy| asked_mfa(context, policy) == Mfa::Required)
        .map(|policy| policy.name())
        .collect();
    if demanding.is_empty() {
        let words = format!(
            "activation asks for the authentication context {claim}, for which no enabled policy \
             demands MFA"
        );
        return Ok(Proven::No(words));
    }
    let question =
        Question::single_factor().target(Target::AuthenticationContext(claim.to_ascii_lowercase()));
    let answer = context.access().ask(&question);
    let open: Vec<&str> = eligible
        .iter()
        .filter(|user| matches!(answer.outcome(&user.id), Outcome::Possible(_)))
        .map(|user| user.name())
        .collect();
    if !open.is_empty() {
        let words = format!(
            "activation asks for the authentication context {claim}, which one factor satisfies for {}",
            some_names(open)
        );
        return Ok(Proven::No(words));
    }
    let untold = eligible.iter().find_map(|user| match answer.outcome(&user.id) {
        Outcome::Undetermined(why) => Some(format!("{}, {why}", user.name())),
        _ => None,
    });
    Ok(match untold {
        Some(why) => Proven::Untold(why),
        None => Proven::Yes(format!(
            "activation asks for the authentication context {claim}, for which {} demands MFA",
            some_names(demanding)
        )),
    })
}

fn is_for(policy: &ConditionalAccessPolicy, claim: &str) -> bool {
    policy.conditions.applications.as_ref().is_some_and(|applications| {
        applications
            .include_authentication_context_class_references
            .iter()
            .any(|context| context.eq_ignore_ascii_case(claim))
    })
}

/// Enabled users who may activate the role, emergency access accounts aside.
fn eligible<'t>(context: &Context<'t>, settings: &RoleSettings<'_>) -> Result<Vec<&'t User>, Gap> {
    let emergency = context.emergency()?;
    let mut users = Vec::new();
    let holders = context
        .directory()?
        .holders()?
        .complete()?
        .iter()
        .filter(|holder| holder.role == settings.role && !holder.is_active());
    for user in holders.filter_map(|holder| holder.principal.user()) {
        if is_enabled(user)? && !emergency.recognizes(&user.id) {
            users.push(user);
        }
    }
    users.dedup_by_key(|user| &user.id);
    Ok(users)
}

#[cfg(test)]
mod tests {
    use model::Data;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const DATA: Data = Data::RoleManagementPolicyAssignments;
    const IN_USE: [&str; 3] = [GLOBAL_ADMIN, PRIVILEGED_ROLE_ADMIN, EXCHANGE_ADMIN];

    /// The rules of these roles changed.
    fn with(fixture: Fixture, roles: &[&str], change: impl Fn(&mut Value)) -> Fixture {
        fixture.edit(DATA, |records| {
            for record in records.iter_mut() {
                if roles.contains(&record["roleDefinitionId"].as_str().unwrap()) {
                    change(&mut record["policy"]["rules"]);
                }
            }
        })
    }

    fn asking(roles: &[&str], what: &Value) -> Fixture {
        with(Fixture::exemplary(), roles, |rules| rules[2]["enabledRules"] = what.clone())
    }

    /// Every role asks for the context `c1` and a justification.
    fn by_context() -> Fixture {
        with(asking(&IN_USE, &json!(["Justification"])), &IN_USE, |rules| {
            rules[3]["isEnabled"] = json!(true);
            rules[3]["claimValue"] = json!("c1");
        })
    }

    /// A policy for the context.
    fn for_context(change: impl FnOnce(&mut Value)) -> Value {
        let mut stepped = policy("Prove it again", phishing_resistant());
        stepped["conditions"]["applications"]["includeApplications"] = json!([]);
        stepped["conditions"]["applications"]["includeAuthenticationContextClassReferences"] =
            json!(["c1"]);
        change(&mut stepped);
        stepped
    }

    #[test]
    fn verdicts() {
        let justification = &json!(["Justification"]);
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("nothing", asking(&IN_USE, justification), &IN_USE)
            .fails_on(
                "Global Administrator only",
                asking(&IN_USE[1..], justification),
                &IN_USE[1..],
            )
            .partial("the two strongest only", 0.5, asking(&IN_USE[2..], justification))
            .partial(
                "no justification",
                0.5,
                asking(&IN_USE, &json!(["MultiFactorAuthentication"])),
            )
            .passes(
                "a role that nobody holds",
                asking(&["fe930be7-5e62-47db-91af-98c3a49a38b1"], &json!([])),
            );
    }

    #[test]
    fn an_authentication_context_is_worth_its_policies() {
        let policy = |change: fn(&mut Value)| {
            by_context().add(Data::ConditionalAccessPolicies, for_context(change))
        };
        check(&CONTROL)
            .fails_on("no policy", by_context(), &IN_USE)
            .passes("a policy", policy(|_| ()))
            .fails("report-only", policy(|policy| {
                policy["state"] = json!("enabledForReportingButNotEnforced");
            }))
            .fails("for another context", policy(|policy| {
                policy["conditions"]["applications"]["includeAuthenticationContextClassReferences"] =
                    json!(["c2"]);
            }))
            .fails("a compliant device instead", policy(|policy| {
                policy["grantControls"] = grant("compliantDevice");
            }))
            .fails_on("leaving out who may activate", policy(|policy| {
                policy["conditions"]["users"]["excludeUsers"] = json!([ADMIN_1]);
            }), &[GLOBAL_ADMIN])
            .unknown(
                "policies unread",
                UnknownReason::Permission,
                policy(|_| ()).forbidden(Data::ConditionalAccessPolicies),
            );
    }

    #[test]
    fn where_nobody_is_eligible_the_policy_itself_decides() {
        let standing = |state: &str| {
            let stepped = for_context(|policy| policy["state"] = json!(state));
            by_context()
                .set(Data::RoleEligibilityScheduleInstances, json!([]))
                .add(Data::ConditionalAccessPolicies, stepped)
        };
        check(&CONTROL)
            .passes("enabled", standing("enabled"))
            .fails("report-only", standing("enabledForReportingButNotEnforced"));
    }

    #[test]
    fn licenses_and_holes() {
        let refused = UnknownReason::Permission;
        for data in
            [DATA, Data::Users, Data::RoleAssignments, Data::RoleEligibilityScheduleInstances]
        {
            let fixture = Fixture::exemplary().forbidden(data);
            check(&CONTROL).unknown(data.name(), refused, fixture);
        }
        check(&CONTROL)
            .passes(
                "MFA needs no policy",
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies),
            )
            .not_applicable(
                "no license",
                NotApplicableReason::License,
                Fixture::exemplary().unlicensed(&[Plan::EntraIdP2]),
            );
    }
}
