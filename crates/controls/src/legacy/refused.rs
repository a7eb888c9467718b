//! Legacy authentication: it is refused at the directory.

use std::collections::BTreeSet;

use model::{
    CasMailbox, ConditionalAccessPolicy, Data, Evidence, Gap, NotApplicableReason, Plan, Severity,
    SubjectKind, UnknownReason,
};
use signin::{Clients, Outcome, Question, Target};

use super::open_switches;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{
    Coverage, Mechanism, Protection, is_block, mailbox_note, narrowings, outcome, with_per_user_mfa,
};
use crate::finding::{Finding, count, ratio};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "legacy-auth-blocked",
    title: "Legacy authentication is refused at the directory",
    severity: Severity::Critical,
    kind: Kind::Automatic,
    license: License::None,
    reads: LEGACY_DATA,
    rationale: "Old protocols know nothing of MFA: a password is enough, and most password spray \
        goes there.",
    passes_when: "Security defaults are on; or enabled Conditional Access policies refuse every \
        sign-in with Exchange ActiveSync or another legacy client, to every application and from \
        everywhere, to every person. Any grant control does so, a block says it best. It is \
        partial when at least 90 % of people are covered, when only Office 365 is (half), when \
        one of the two client types is \
        refused to 90 % of people (half), or when only a managed device or \
        app stands in the way (half). Without Microsoft Entra ID P1, an Exchange authentication \
        policy that allows nothing to anybody is partial.",
    remediation: &[
        "Look at the recent legacy sign-ins: they name the devices and people to move first.",
        "Create a policy from the template `Block legacy authentication`: all users except \
         emergency access accounts, all resources, client apps Exchange ActiveSync and Other, \
         block access. Keep it report-only for a week, then turn it on.",
        "Without Microsoft Entra ID P1, turn on security defaults.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 2,
    sources: &[source::S0, source::S1, source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.1.1v1"]),
        (Framework::CisM365, &["5.2.2.3"]),
        (Framework::Maester, &["MT.1009", "MT.1010", "MT.1033.0"]),
        (Framework::Nist80053, &["CM-7"]),
    ],
    judge,
};

/// Datasets of the question whether legacy authentication is refused.
pub(super) const LEGACY_DATA: &[Data] = &[
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
    Data::ServicePrincipals,
    Data::SignInActivity,
    Data::ExchangeMailboxes,
    Data::ExchangeOrganizationConfig,
    Data::ExchangeAuthenticationPolicies,
    Data::ExchangeTransportConfig,
    Data::ExchangeCasMailboxes,
    Data::ExchangeCasMailboxPlans,
    Data::ExchangeUsers,
];

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let protection = Protection::of(context)?;
    if let Some(pass) = protection.by_security_defaults("legacy authentication is refused.") {
        return Ok(pass);
    }
    let people = context.people()?;
    if people.members.is_empty() {
        let why = "There are no people in the tenant.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let coverage = context.legacy_of_people()?;
    let mut finding = coverage.decide(|coverage| verdict(context, coverage));
    if finding.verdict == model::Verdict::Fail
        && !context.has(Plan::EntraIdP1)?
        && let Some(policy) = closed_by_exchange(context)?
    {
        let Finding { evidence, summary, .. } = finding;
        finding = Finding::partial(0.5, format!("{summary} Exchange Online refuses it for mail."))
            .with(evidence)
            .with([policy])
            .would_pass_if("security defaults were on");
    }
    let finding = finding.with(mailbox_note(context));
    protection.limit(context, finding.judged(coverage.judged(), &people.left_out()))
}

/// Whom legacy authentication is refused, person by person.
pub(crate) fn coverage<'t>(context: &Context<'t>) -> Result<Coverage<'t>, Gap> {
    let people = context.people()?.members.iter().copied();
    let anywhere = Question::legacy();
    let otherwise = "legacy authentication is possible to";
    let mut coverage = Coverage::of(context, people, &anywhere, otherwise, worth);
    let office = anywhere.clone().target(Target::Suite("office365".into()));
    coverage.soften(context, &office, "refused for Office 365 only");
    expose_per_user_mfa(context, &mut coverage, &anywhere);
    Ok(coverage)
}

/// Counts as open whom only per-user MFA keeps, or may keep, from legacy authentication: app
/// passwords and trusted addresses get round it.
fn expose_per_user_mfa<'t>(
    context: &Context<'t>,
    coverage: &mut Coverage<'t>,
    question: &Question,
) {
    let in_use = with_per_user_mfa(context);
    let unread = context.tenant.user_authentication_requirements.read().err();
    let unread = unread.map(|gap| gap.to_string());
    let access = context.access();
    let outside = access.ask(&question.clone().outside_trusted_locations());
    let why = "only per-user MFA stands in the way, and app passwords get round it";
    for user in std::mem::take(&mut coverage.covered) {
        if in_use.contains(&user.id) && access.proof(&user.id, question).is_empty() {
            coverage.uncovered.push((user, why.to_owned()));
        } else {
            coverage.covered.push(user);
        }
    }
    for (user, doubt) in std::mem::take(&mut coverage.undetermined) {
        if in_use.contains(&user.id) && outcome(context, &outside, user) == Outcome::Refused {
            coverage.uncovered.push((user, why.to_owned()));
        } else if unread.as_ref().is_some_and(|unread| doubt.contains(unread)) {
            let why = "at most per-user MFA stands in the way, and app passwords get round it";
            coverage.uncovered.push((user, why.to_owned()));
        } else {
            coverage.undetermined.push((user, doubt));
        }
    }
}

/// How a policy is weaker where legacy authentication is to be refused.
pub(crate) fn worth(_: &Context<'_>, policy: &ConditionalAccessPolicy) -> Option<&'static str> {
    const DEVICE_OR_APP: [&str; 4] =
        ["compliantDevice", "domainJoinedDevice", "approvedApplication", "compliantApplication"];
    let grant = policy.grant_controls.as_ref()?;
    let other = grant.authentication_strength.is_some()
        || !grant.custom_authentication_factors.is_empty()
        || !grant.terms_of_use.is_empty();
    let built_in = &grant.built_in_controls;
    // Some versions of Exchange ActiveSync get past a demand for a managed device or app.
    (!other && built_in.iter().all(|control| DEVICE_OR_APP.contains(&control.as_str())))
        .then_some("only a managed device or app stands in the way")
}

/// Whether the policy is for Exchange ActiveSync, and for other legacy clients.
fn for_legacy_clients(policy: &ConditionalAccessPolicy) -> [bool; 2] {
    let clients = &policy.conditions.client_app_types;
    let is_for = |client: &str| {
        clients.is_empty() || clients.iter().any(|one| one == client || one == "all")
    };
    [is_for("exchangeActiveSync"), is_for("other")]
}

/// The narrowing that a policy for legacy clients always has.
const CLIENTS: &str = "it is for some kinds of client only";

fn verdict(context: &Context<'_>, coverage: &Coverage<'_>) -> Finding {
    let whole = count(coverage.judged(), "person", "people");
    let enforcing = coverage.enforcing(context);
    if coverage.is_whole() {
        return Finding::pass(format!("Legacy authentication is refused to all of {whole}."))
            .with(enforcing);
    }
    let held = coverage.covered.len() + coverage.weakly.len();
    let summary = coverage.shortfall(
        ("person", "people"),
        "can use legacy authentication",
        "legacy authentication is not fully refused",
    );
    let finding = if ratio(held, coverage.judged()) >= 0.9 {
        Finding::partial(coverage.credit(), summary)
    } else {
        match one_type(context) {
            Ok(Some(kind)) => Finding::partial(
                0.5,
                format!(
                    "Of the two kinds of legacy client, only {kind} refused to 90 % of people."
                ),
            ),
            Ok(None) => Finding::fail(summary),
            Err(why) => Finding::unknown(
                UnknownReason::Undetermined,
                format!(
                    "{summary} Whether one kind of client is refused could not be told: {why}."
                ),
            ),
        }
    };
    let change = "an enabled policy blocked Exchange ActiveSync and other legacy clients for all \
                  users and all resources, without further conditions";
    finding
        .with(coverage.violations("legacy authentication is refused everywhere"))
        .with(enforcing)
        .with(near_misses(context))
        .would_pass_if(change)
}

fn blocks_legacy(policy: &ConditionalAccessPolicy) -> bool {
    let clients = &policy.conditions.client_app_types;
    is_block(policy) && !clients.is_empty() && for_legacy_clients(policy).contains(&true)
}

/// The kind of legacy client, of the two, that is refused to at least 90 % of people. `Err`: it
/// could not be told.
fn one_type(context: &Context<'_>) -> Result<Option<&'static str>, String> {
    let Ok(people) = context.people() else { return Ok(None) };
    let kinds = [
        (Clients::ExchangeActiveSync, "Exchange ActiveSync is"),
        (Clients::Other, "legacy clients other than Exchange ActiveSync are"),
    ];
    let mut doubt = None;
    for (clients, words) in kinds {
        let question = Question { clients, ..Question::legacy() };
        let mut coverage =
            Coverage::of(context, people.members.iter().copied(), &question, "", worth);
        expose_per_user_mfa(context, &mut coverage, &question);
        let (sure, doubtful) = (coverage.covered.len(), coverage.undetermined.len());
        let whole = coverage.judged() + doubtful;
        if ratio(sure, whole) >= 0.9 {
            return Ok(Some(words));
        }
        if ratio(sure + doubtful, whole) >= 0.9 {
            doubt = coverage.undetermined.into_iter().next().map(|(_, why)| why);
        }
    }
    doubt.map_or(Ok(None), Err)
}

/// Policies that look like the block, with the reason why each does not count.
fn near_misses(context: &Context<'_>) -> Vec<Evidence> {
    let policies = context.tenant.conditional_access_policies.read().unwrap_or_default();
    let block = policies.iter().filter(|policy| blocks_legacy(policy));
    block
        .filter_map(|policy| {
            let mut reasons = narrowings(policy);
            reasons.retain(|reason| *reason != CLIENTS);
            if !policy.is_enforced() {
                let report = policy.is_report_only();
                reasons.insert(0, if report { "it is report-only" } else { "it is not enabled" });
            }
            let observed = format!("does not count in full: {}", reasons.join("; "));
            let id = policy.id.as_str();
            let evidence = Evidence::context(SubjectKind::Policy, id, policy.name(), observed);
            (!reasons.is_empty()).then_some(evidence)
        })
        .collect()
}

/// The default authentication policy of Exchange Online, where it allows nothing to anybody.
fn closed_by_exchange(context: &Context<'_>) -> Result<Option<Evidence>, Gap> {
    if !context.has(Plan::ExchangeOnline)? {
        return Ok(None);
    }
    let exchange = &context.tenant.exchange;
    let Some(name) = &exchange.organization_config.one()?.default_authentication_policy else {
        return Ok(None);
    };
    let policies = exchange.authentication_policies.read()?;
    let is_closed = |name: &str| {
        // Exchange gives names, or paths that end in one.
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        match policies.iter().find(|policy| policy.name.eq_ignore_ascii_case(name)) {
            Some(policy) => Ok(open_switches(policy)?.is_empty()),
            None => Err(Gap::field(Data::ExchangeAuthenticationPolicies, name)),
        }
    };
    if name.is_empty() || !is_closed(name)? {
        return Ok(None);
    }
    let mut closed = true;
    for policy in policies {
        closed &= open_switches(policy)?.is_empty();
    }
    // Where every policy is closed, it does not matter who has which.
    let users = if closed { &[] } else { exchange.users.read()? };
    for user in users.iter().filter(|user| user.account_disabled != Some(true)) {
        let own = user.authentication_policy.as_deref().filter(|name| !name.is_empty());
        if let Some(own) = own
            && !is_closed(own)?
        {
            return Ok(None);
        }
    }
    let observed = "the default Exchange authentication policy allows no basic authentication, and \
                    nobody has a looser one";
    Ok(Some(Evidence::context(SubjectKind::Policy, name.as_str(), name.as_str(), observed)))
}

/// Whether legacy authentication is refused to all people and to every other enabled account that
/// owns one of these mailboxes, by security defaults or Conditional Access; emergency access
/// accounts aside. `None`: it could not be told.
///
/// # Errors
///
/// When what decides it was not read.
pub(crate) fn is_refused_to_owners(
    context: &Context<'_>,
    mailboxes: Result<Vec<&CasMailbox>, Gap>,
) -> Result<Option<bool>, Gap> {
    let protection = Protection::of(context)?;
    match protection.mechanism {
        Mechanism::SecurityDefaults => return Ok(Some(true)),
        Mechanism::ConditionalAccess => {}
        _ => return protection.is_sure().map(|()| Some(false)),
    }
    let everybody = context.legacy_of_people()?;
    if !everybody.is_whole() {
        return protection.is_sure().map(|()| Some(false));
    }
    let directory = context.directory()?;
    let emergency = context.emergency()?;
    let owners: BTreeSet<&str> =
        mailboxes?.iter().filter_map(|one| one.external_directory_object_id.as_deref()).collect();
    let owners = directory.users().filter(|user| {
        user.is_enabled() && owners.contains(user.id.as_str()) && !emergency.recognizes(&user.id)
    });
    let question = Question::legacy();
    let mut others = Coverage::of(context, owners, &question, "", worth);
    expose_per_user_mfa(context, &mut others, &question);
    if !others.is_whole() {
        return protection.is_sure().map(|()| Some(false));
    }
    let told = everybody.undetermined.is_empty() && others.undetermined.is_empty();
    Ok(told.then_some(true))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// The exemplary tenant with these policies for its own.
    fn policies(policies: &[Value]) -> Fixture {
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!(policies))
    }

    fn block(clients: &[&str]) -> Value {
        let mut block = policy(&format!("Block {clients:?}"), grant("block"));
        block["conditions"]["clientAppTypes"] = json!(clients);
        block
    }

    fn both() -> Value {
        block(&["exchangeActiveSync", "other"])
    }

    fn changed(change: impl FnOnce(&mut Value)) -> Fixture {
        let mut block = both();
        change(&mut block);
        policies(&[block])
    }

    #[test]
    fn verdicts() {
        let defaults =
            || policies(&[]).with_member(Data::SecurityDefaults, "isEnabled", &json!(true));
        let everybody = &[ADMIN_1, ADMIN_2, PERSON_1, PERSON_2, PERSON_3, PERSON_4];
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("security defaults", defaults())
            .passes("security defaults, policies refused", {
                defaults().forbidden(Data::ConditionalAccessPolicies)
            })
            .passes("one block", policies(&[both()]))
            .passes("split over two", policies(&[block(&["exchangeActiveSync"]), block(&["other"])]))
            .passes("by effect: MFA for all client types", policies(&[policy("MFA", grant("mfa"))]))
            .partial("one kind of client", 0.5, policies(&[block(&["other"])]))
            .fails("one kind of client, with most people excluded", {
                let mut other = block(&["other"]);
                other["conditions"]["users"]["excludeUsers"] = json!([PERSON_1, PERSON_2, PERSON_3]);
                policies(&[other])
            })
            .partial("managed devices only", 0.5, {
                policies(&[policy("Devices", grant("compliantDevice"))])
            })
            .passes("managed devices, and a block besides", {
                policies(&[policy("A", grant("compliantDevice")), both(), policy("Z", grant("compliantDevice"))])
            })
            .passes("managed devices, and a block split over two", {
                let split = [block(&["exchangeActiveSync"]), block(&["other"])];
                let [one, two] = split;
                policies(&[policy("A", grant("compliantDevice")), one, two])
            })
            .partial("Office 365 only", 0.5, changed(|block| {
                block["conditions"]["applications"]["includeApplications"] = json!(["Office365"]);
            }))
            .fails_on("no policy", policies(&[]), everybody)
            .fails_on("report-only", changed(|block| {
                block["state"] = json!("enabledForReportingButNotEnforced");
            }), everybody)
            .fails_on("trusted networks let in", changed(|block| {
                block["conditions"]["locations"] =
                    json!({ "includeLocations": ["All"], "excludeLocations": ["AllTrusted"] });
            }).set(Data::NamedLocations, json!([{
                "@odata.type": "#microsoft.graph.ipNamedLocation", "id": "4e8ee6e9-9d0c-4f4b-a8f3-6d6bb5f5a000",
                "displayName": "Office", "isTrusted": true,
                "ipRanges": [{ "cidrAddress": "203.0.113.0/24" }]
            }])), everybody)
            .fails_on("one platform", changed(|block| {
                block["conditions"]["platforms"] =
                    json!({ "includePlatforms": ["windows"], "excludePlatforms": [] });
            }), everybody)
            .fails_on("two of six excluded", changed(|block| {
                block["conditions"]["users"]["excludeUsers"] = json!([PERSON_1, PERSON_2]);
            }), &[PERSON_1, PERSON_2])
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .unknown("both models at once", UnknownReason::Contradiction, {
                Fixture::exemplary().with_member(Data::SecurityDefaults, "isEnabled", &json!(true))
            });
    }

    #[test]
    fn per_user_mfa_does_not_refuse_it() {
        let enforced = |fixture: Fixture| {
            let data = Data::UserAuthenticationRequirements;
            fixture.with_member(data, "perUserMfaState", &json!("enforced"))
        };
        let no_trusted =
            |fixture: Fixture| fixture.set(Data::MfaServiceSettings, json!([{ "trustedIps": [] }]));
        check(&CONTROL)
            .fails("trusted addresses not known", enforced(policies(&[])))
            .fails("no trusted addresses", no_trusted(enforced(policies(&[]))))
            .passes("besides a block", enforced(policies(&[both()])))
            .fails("its states not read", {
                policies(&[]).forbidden(Data::UserAuthenticationRequirements)
            });
    }

    #[test]
    fn without_a_license() {
        let free = |fixture: Fixture| fixture.unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]);
        let closed = |smtp: bool| {
            free(policies(&[]))
                .with_member(
                    Data::ExchangeOrganizationConfig,
                    "DefaultAuthenticationPolicy",
                    &json!("Closed"),
                )
                .set(
                    Data::ExchangeAuthenticationPolicies,
                    json!([{ "Name": "Closed", "AllowBasicAuthImap": false, "AllowBasicAuthSmtp": smtp }]),
                )
        };
        check(&CONTROL)
            .fails("nothing", free(policies(&[])))
            .partial("left from an ended license", 0.5, free(policies(&[both()])))
            .partial("closed by Exchange", 0.5, closed(false))
            .fails("not closed by Exchange", closed(true))
            .fails("a looser policy of a person's own", {
                let open = json!({ "Name": "Open", "AllowBasicAuthSmtp": true });
                let own = json!({
                    "ExternalDirectoryObjectId": PERSON_1, "AccountDisabled": false,
                    "AuthenticationPolicy": "Open"
                });
                closed(false)
                    .add(Data::ExchangeAuthenticationPolicies, open)
                    .set(Data::ExchangeUsers, json!([own]))
            })
            .unknown("a switch that was not returned", UnknownReason::FieldMissing, {
                closed(false).with_member(
                    Data::ExchangeAuthenticationPolicies,
                    "AllowBasicAuthSmtp",
                    &Value::Null,
                )
            })
            .fails("closed by Exchange, but licensed", {
                policies(&[])
                    .with_member(
                        Data::ExchangeOrganizationConfig,
                        "DefaultAuthenticationPolicy",
                        &json!("Closed"),
                    )
                    .set(
                        Data::ExchangeAuthenticationPolicies,
                        json!([{ "Name": "Closed", "AllowBasicAuthSmtp": false }]),
                    )
            })
            .unknown("the default of Exchange refused", UnknownReason::Permission, {
                free(policies(&[])).forbidden(Data::ExchangeOrganizationConfig)
            });
    }
}
