//! MFA: every person is forced through MFA.

use model::{Gap, NotApplicableReason, Severity, Verdict};
use signin::Question;

use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{
    Coverage, Mechanism, OTHER_MECHANISM, Protection, SIGN_IN_DATA, mailbox_note, near_misses,
    per_user_enforced,
};
use crate::finding::{Finding, count, ratio};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-users-required",
    title: "Every person is forced through MFA",
    severity: Severity::Critical,
    kind: Kind::Automatic,
    license: License::None,
    reads: SIGN_IN_DATA,
    rationale: "Attackers come in through ordinary people, and read the whole directory from \
        there.",
    passes_when: "Security defaults are on; or for every person each modern sign-in to every \
        application needs more than one factor, by all enabled Conditional Access policies \
        together. At least 99 % are enough when all others are service accounts that the profile \
        declares. From 50 % on it is partial: the share is the credit, and whoever needs MFA only \
        off managed devices, only outside trusted locations, or only by a third-party control \
        counts half. Uncovered service accounts keep the credit at 0.9 or below. Without \
        Conditional Access, per-user MFA enforced on at least 95 % is partial.",
    remediation: &[
        "Create one policy from the template `Require multifactor authentication for all users`: \
         all users except emergency access accounts, all resources, require MFA.",
        "Keep it report-only until the sign-in log shows nobody stranded, then turn it on.",
        "Without Microsoft Entra ID P1, turn on security defaults.",
        "Entra admin center > Protection > Conditional Access > Policies.",
    ],
    effort: 2,
    sources: &[source::S0, source::S1, source::S3, source::S4],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.2v2"]),
        (Framework::CisM365, &["5.2.2.2"]),
        (Framework::Maester, &["MT.1007"]),
        (Framework::Nist80053, &["IA-2(1)", "IA-2(2)"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let protection = Protection::of(context)?;
    let summary = "everybody registers, and is asked for MFA whenever Microsoft sees a need.";
    if let Some(pass) = protection.by_security_defaults(summary) {
        return Ok(pass);
    }
    let people = context.people()?;
    if people.members.is_empty() {
        let why = "There are no people in the tenant.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why));
    }
    let finding = if protection.mechanism == Mechanism::PerUserMfa {
        let coverage = per_user_enforced(context, people.members.iter().copied())?;
        coverage
            .decide(|coverage| by_per_user_mfa(context, coverage))
            .judged(coverage.judged(), &people.left_out())
    } else {
        let coverage = context.mfa_of_people()?;
        coverage
            .decide(|coverage| verdict(context, coverage))
            .judged(coverage.judged(), &people.left_out())
    };
    protection.limit(context, finding.with(mailbox_note(context)))
}

/// Who of the people is forced through MFA.
pub(crate) fn coverage<'t>(context: &Context<'t>) -> Result<Coverage<'t>, Gap> {
    let people = context.people()?.members.iter().copied();
    let question = Question::single_factor();
    let mut coverage = Coverage::of_single_factor(context, people, &question);
    coverage.tolerate_trusted_locations(context, &question);
    Ok(coverage)
}

fn verdict(context: &Context<'_>, coverage: &Coverage<'_>) -> Finding {
    let declared =
        |user: &model::User| context.people().is_ok_and(|people| people.service.contains(&user.id));
    let services = coverage.uncovered.iter().filter(|(user, _)| declared(user)).count();
    let held = ratio(coverage.covered.len() + coverage.weakly.len(), coverage.judged());
    let summary = if coverage.is_whole() {
        let whole = count(coverage.judged(), "person", "people");
        format!("All of {whole} must use MFA.")
    } else {
        coverage.shortfall(
            ("person", "people"),
            "can sign in with one factor",
            "something weaker can replace MFA",
        )
    };
    let whole_but_services = coverage.weakly.is_empty() && services == coverage.uncovered.len();
    let finding = if coverage.is_whole() || (held >= 0.99 && whole_but_services) {
        Finding::pass(summary)
    } else if held >= 0.5 {
        let most = if services > 0 { 0.9 } else { 1.0 };
        Finding::partial(coverage.credit().min(most), summary)
    } else {
        Finding::fail(summary)
    };
    let misses = (finding.verdict != Verdict::Pass).then(|| near_misses(context));
    finding
        .with(coverage.violations("MFA at every sign-in"))
        .with(coverage.enforcing(context))
        .with(misses.into_iter().flatten())
        .would_pass_if(
            "one enabled policy required MFA of all users for all resources, with nobody excluded \
             but emergency access accounts",
        )
}

fn by_per_user_mfa(context: &Context<'_>, coverage: &Coverage<'_>) -> Finding {
    let whole = count(coverage.judged(), "person", "people");
    let open = coverage.uncovered.len();
    let share = ratio(coverage.covered.len(), coverage.judged());
    let finding = if share >= 0.95 {
        Finding::partial(0.5, format!("Only per-user MFA forces people through MFA: {whole}."))
            .with([model::Evidence::tenant("per-user MFA alone", "security defaults or policies")])
    } else {
        let names = coverage.names();
        Finding::fail(format!("Nothing forces {open} of {whole} through MFA: {names}."))
    };
    finding
        .with(coverage.violations("MFA at every sign-in"))
        .with(near_misses(context))
        .would_pass_if(OTHER_MECHANISM)
}

#[cfg(test)]
mod tests {
    use model::{Data, Plan, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// The exemplary tenant with this policy alone.
    fn only(grant: Value, change: impl FnOnce(&mut Value)) -> Fixture {
        let mut policy = policy("The policy", grant);
        change(&mut policy["conditions"]);
        Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([policy]))
    }

    fn excluding(ids: &[&str]) -> Fixture {
        only(grant("mfa"), |conditions| conditions["users"]["excludeUsers"] = json!(ids))
    }

    fn or(controls: &[&str]) -> Value {
        let mut or = grant("mfa");
        or["builtInControls"] = json!(controls);
        or
    }

    fn office() -> Value {
        json!([{
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "id": "f0000000-0000-4000-8000-000000000001", "displayName": "Office",
            "isTrusted": true, "ipRanges": [{ "cidrAddress": "203.0.113.0/24" }]
        }])
    }

    #[test]
    fn by_conditional_access() {
        let strength = |combinations: &[&str]| {
            let mut strength = phishing_resistant();
            let policy = &mut strength["authenticationStrength"];
            policy["id"] = json!("c0ffee00-0000-4000-8000-000000000001");
            policy["displayName"] = json!("Ours");
            policy["allowedCombinations"] = json!(combinations);
            strength
        };
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("emergency access accounts excluded", only(grant("mfa"), |_| {}))
            .passes("a strength", only(phishing_resistant(), |_| {}))
            .passes("a strength of one's own", {
                only(strength(&["password,microsoftAuthenticatorPush", "fido2"]), |_| {})
            })
            .fails("a strength that takes a text message alone", {
                only(strength(&["fido2", "sms"]), |_| {})
            })
            .partial("5 of 6", 5.0 / 6.0, excluding(&[PERSON_2]))
            .partial("3 of 6", 0.5, excluding(&[PERSON_2, PERSON_3, PERSON_4]))
            .fails_on(
                "2 of 6",
                excluding(&[PERSON_1, PERSON_2, PERSON_3, PERSON_4]),
                &[PERSON_1, PERSON_2, PERSON_3, PERSON_4],
            )
            .passes(
                "guests excluded",
                only(grant("mfa"), |conditions| {
                    conditions["users"]["excludeUsers"] = json!(["GuestsOrExternalUsers"]);
                }),
            )
            .partial("MFA or a managed device", 0.5, only(or(&["mfa", "compliantDevice"]), |_| {}))
            .partial("outside trusted locations", 0.5, {
                only(grant("mfa"), |conditions| {
                    conditions["locations"] =
                        json!({ "includeLocations": ["All"], "excludeLocations": ["AllTrusted"] });
                })
                .set(Data::NamedLocations, office())
            })
            .partial("a third-party control", 0.5, {
                let mut custom = grant("mfa");
                custom["builtInControls"] = json!([]);
                custom["customAuthenticationFactors"] = json!(["ThirdPartyMfa"]);
                only(custom, |_| {})
            })
            .passes("a third-party control, and MFA besides", {
                let custom = |name: &str| {
                    let mut custom = policy(name, grant("mfa"));
                    custom["grantControls"]["builtInControls"] = json!([]);
                    custom["grantControls"]["customAuthenticationFactors"] = json!(["Other"]);
                    custom
                };
                let all = json!([custom("A"), policy("M", grant("mfa")), custom("Z")]);
                Fixture::exemplary().set(Data::ConditionalAccessPolicies, all)
            });
    }

    #[test]
    fn what_narrows_a_policy_does_not_count() {
        check(&CONTROL)
            .fails(
                "Office 365 only",
                only(grant("mfa"), |conditions| {
                    conditions["applications"]["includeApplications"] = json!(["Office365"]);
                }),
            )
            .fails(
                "an application left out",
                only(grant("mfa"), |conditions| {
                    conditions["applications"]["excludeApplications"] =
                        json!(["00000003-0000-0ff1-ce00-000000000000"]);
                }),
            )
            .fails(
                "with a risk condition",
                only(grant("mfa"), |conditions| {
                    conditions["signInRiskLevels"] = json!(["high"]);
                }),
            )
            .fails(
                "some platforms",
                only(grant("mfa"), |conditions| {
                    conditions["platforms"] =
                        json!({ "includePlatforms": ["windows", "macOS"], "excludePlatforms": [] });
                }),
            )
            .fails(
                "report-only",
                only(grant("mfa"), |_| {}).with_member(
                    Data::ConditionalAccessPolicies,
                    "state",
                    &json!("enabledForReportingButNotEnforced"),
                ),
            )
            .fails(
                "disabled",
                only(grant("mfa"), |_| {}).with_member(
                    Data::ConditionalAccessPolicies,
                    "state",
                    &json!("disabled"),
                ),
            )
            .fails("a session-only policy", only(Value::Null, |_| {}))
            .fails("no control, and null for third-party ones", {
                let mut nothing = grant("mfa");
                nothing["builtInControls"] = json!([]);
                nothing["customAuthenticationFactors"] = Value::Null;
                only(nothing, |_| {})
            })
            .unknown("policies refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::ConditionalAccessPolicies)
            })
            .unknown("a group of an exclusion refused", UnknownReason::Undetermined, {
                only(grant("mfa"), |conditions| {
                    conditions["users"]["excludeGroups"] = json!([APPROVERS]);
                })
                .forbidden(Data::GroupMembers)
            });
    }

    #[test]
    fn two_policies_may_cover_together() {
        let platforms = |name: &str, include: &[&str], exclude: &[&str]| {
            let mut half = policy(name, grant("mfa"));
            half["conditions"]["platforms"] =
                json!({ "includePlatforms": include, "excludePlatforms": exclude });
            half
        };
        let both = [platforms("One", &["windows"], &[]), platforms("Two", &["all"], &["windows"])];
        let policies =
            |list: &[Value]| Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!(list));
        check(&CONTROL).passes("both", policies(&both)).fails("one of them", policies(&both[1..]));
    }

    #[test]
    fn per_user_mfa_counts_half_where_policies_leave_somebody_out() {
        let enforced = |id: &str| {
            excluding(&[PERSON_2]).edit(Data::UserAuthenticationRequirements, |rows| {
                let row = rows.iter_mut().find(|row| row["userId"] == id).unwrap();
                row["perUserMfaState"] = json!("enforced");
            })
        };
        check(&CONTROL)
            .partial("5 of 6, and one by per-user MFA", 11.0 / 12.0, enforced(PERSON_2))
            .partial("per-user MFA of somebody else", 5.0 / 6.0, enforced(PERSON_3))
            .passes("known to have no trusted addresses", {
                enforced(PERSON_2).set(Data::MfaServiceSettings, json!([{ "trustedIps": [] }]))
            });
    }

    #[test]
    fn service_accounts() {
        let services = |people: usize| {
            let all: Vec<Value> = (0..people)
                .map(|number| {
                    let id = format!("a1000000-0000-4000-8000-{number:012}");
                    person(&id, &format!("p{number}"))
                })
                .collect();
            excluding(&[PERSON_2])
                .edit(Data::Users, |users| users.extend(all))
                .profile("[accounts]\nservice = [\"person2@larkspur.example\"]")
        };
        check(&CONTROL)
            .partial("one of 18, so 0.9 at most", 0.9, services(12))
            .passes("one of 108", services(102));
    }

    #[test]
    fn without_conditional_access() {
        let bare = || Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([]));
        let free = |fixture: Fixture| fixture.unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2]);
        let defaults = |fixture: Fixture| {
            fixture.with_member(Data::SecurityDefaults, "isEnabled", &json!(true))
        };
        let per_user = |state: &str| {
            let data = Data::UserAuthenticationRequirements;
            free(bare()).with_member(data, "perUserMfaState", &json!(state))
        };
        check(&CONTROL)
            .passes("security defaults", defaults(free(bare())))
            .fails("nothing", free(bare()))
            .fails("nothing, licensed", bare())
            .partial("per-user MFA", 0.5, per_user("enforced"))
            .fails("per-user MFA that anybody may register for", per_user("enabled"))
            .partial("policies left from an ended license", 0.5, free(Fixture::exemplary()))
            .unknown("security defaults refused", UnknownReason::Permission, {
                bare().forbidden(Data::SecurityDefaults)
            })
            .passes("security defaults refused, which do not decide", {
                Fixture::exemplary().forbidden(Data::SecurityDefaults)
            })
            .unknown("both models at once", UnknownReason::Contradiction, {
                defaults(Fixture::exemplary())
            });
    }
}
