//! MFA: every administrator has a usable MFA method.

use model::{Data, Evidence, Gap, NotApplicableReason, Severity};

use super::admins::Admins;
use super::registration::{is_newcomer, registers_elsewhere};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Coverage, context_on};
use crate::finding::{Finding, count};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-admins-registered",
    title: "Every administrator has a usable MFA method",
    severity: Severity::Critical,
    kind: Kind::Automatic,
    license: License::None,
    reads: REGISTRATION_DATA,
    rationale: "An administrator who has not registered is locked out by MFA, or is registered by \
        whoever signs in first with the stolen password.",
    passes_when: "Every enabled holder of an administrator role, active or eligible, is MFA \
        capable in the registration report: a method is registered, and policy allows it. Without \
        Microsoft Entra ID P1 the methods registered on each account are read instead. At least \
        90 % with every Global Administrator among them is partial. Left out: emergency access \
        and synchronization accounts, accounts younger than `newcomer-grace` (14 days), and \
        external administrators whose home tenant is trusted for MFA.",
    remediation: &[
        "Have each administrator below register two methods, best a passkey and Authenticator.",
        "For an administrator who cannot sign in yet, issue a Temporary Access Pass.",
        "Entra admin center > Protection > Authentication methods > User registration details.",
    ],
    effort: 1,
    sources: &[source::S2, source::S3],
    mappings: &[
        (Framework::CisM365, &["5.2.2.1", "5.2.3.4"]),
        (Framework::Maester, &["MT.1063"]),
        (Framework::Nist80053, &["IA-2(1)"]),
    ],
    judge,
};

/// Datasets of the controls on what administrators registered.
pub(super) const REGISTRATION_DATA: &[Data] = &[
    Data::Users,
    Data::Groups,
    Data::GroupMembers,
    Data::RoleDefinitions,
    Data::RoleAssignments,
    Data::RoleAssignmentScheduleInstances,
    Data::RoleEligibilityScheduleInstances,
    Data::GroupEligibilityScheduleInstances,
    Data::SubscribedSkus,
    Data::UserRegistrationDetails,
    Data::UserAuthenticationMethods,
    Data::Domains,
    Data::CrossTenantAccessPolicy,
];

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let admins = Admins::of(context)?;
    let registrations = context.registrations()?;
    let mut coverage = Coverage::default();
    let (mut notes, mut newcomers, mut elsewhere) = (Vec::new(), 0, 0);
    for user in admins.users() {
        let found = registrations.of_user(user);
        match found.map(|found| (found.capable, found)) {
            Some((Some(true), _)) => coverage.covered.push(user),
            _ if is_newcomer(context, user) => {
                newcomers += 1;
                notes.push(context_on(user, "newcomer without a usable method yet"));
            }
            _ if registers_elsewhere(context, user)? => {
                if user.is_external() || user.is_guest() {
                    elsewhere += 1;
                    notes.push(context_on(user, "registers in the home tenant, which is trusted"));
                } else {
                    let why = "its identity provider does MFA, which Microsoft does not report";
                    coverage.undetermined.push((user, why.to_owned()));
                }
            }
            Some((Some(false), found)) => {
                let why = format!("{}; {}", found.words(), admins.roles(user));
                coverage.uncovered.push((user, why));
            }
            _ => coverage.undetermined.push((user, "its registration is not reported".to_owned())),
        }
    }
    if coverage.judged() + coverage.undetermined.len() == 0 {
        admins.complete()?;
        let why = "Every administrator is an account that is judged elsewhere.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why).with(notes));
    }
    let finding = coverage.decide(|coverage| verdict(coverage, &admins));
    if finding.verdict.is_assessed() && finding.verdict != model::Verdict::Fail {
        admins.complete()?;
    }
    let mut left_out = admins.left_out.clone();
    left_out.push(("newcomer", newcomers));
    left_out.push(("registers in a trusted home tenant", elsewhere));
    let as_of = registrations
        .as_of
        .map(|time| Evidence::setting("registration report", format!("as of {time}"), ""));
    Ok(finding.with(notes).with(as_of).judged(coverage.judged(), &left_out))
}

fn verdict(coverage: &Coverage<'_>, admins: &Admins<'_, '_>) -> Finding {
    let whole = count(coverage.judged(), "administrator", "administrators");
    if coverage.is_whole() {
        return Finding::pass(format!("All of {whole} can use MFA: a method is registered."));
    }
    let missing = coverage.uncovered.len();
    let names = coverage.names();
    let summary = format!("{missing} of {whole} cannot use MFA: {names}.");
    let global = coverage.uncovered.iter().any(|(user, _)| admins.is_global(user));
    let credit = coverage.credit();
    let finding = if credit >= 0.9 && !global {
        Finding::partial(credit, summary)
    } else {
        Finding::fail(summary)
    };
    finding
        .with(coverage.violations("a usable MFA method"))
        .would_pass_if(format!("{names} registered a method that policy allows"))
}

#[cfg(test)]
mod tests {
    use model::{Plan, UnavailableReason, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// The exemplary tenant with these members set in that account's row of the report.
    fn row(id: &str, members: &[(&str, Value)]) -> Fixture {
        Fixture::exemplary().edit(Data::UserRegistrationDetails, |rows| {
            let row = rows.iter_mut().find(|row| row["id"] == id).unwrap();
            for (name, value) in members {
                row[*name] = value.clone();
            }
        })
    }

    fn incapable(id: &str) -> Fixture {
        row(id, &[("isMfaCapable", json!(false)), ("methodsRegistered", json!([]))])
    }

    /// Without a license for the report; these accounts have these methods.
    fn free(methods: &[(&str, &str)]) -> Fixture {
        let records = methods.iter().map(|(id, kind)| {
            json!({ "userId": id, "methods": [
                { "@odata.type": "#microsoft.graph.passwordAuthenticationMethod" },
                { "@odata.type": format!("#microsoft.graph.{kind}") }
            ] })
        });
        // Without a license for PIM nobody is eligible.
        Fixture::exemplary()
            .add(Data::RoleAssignments, assignment(ADMIN_1, GLOBAL_ADMIN))
            .add(Data::RoleAssignments, assignment(ADMIN_2, EXCHANGE_ADMIN))
            .unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
            .unavailable(Data::UserRegistrationDetails, UnavailableReason::NotLicensed)
            .set(Data::UserAuthenticationMethods, records.collect())
    }

    #[test]
    fn verdicts() {
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("an eligible Global Administrator", incapable(ADMIN_1), &[ADMIN_1])
            .fails_on(
                "registered, but no longer allowed",
                row(ADMIN_2, &[("isMfaCapable", json!(false))]),
                &[ADMIN_2],
            )
            .passes("the report's own flag does not decide", incapable(PERSON_1))
            .unknown(
                "a row is missing",
                UnknownReason::Undetermined,
                Fixture::exemplary().edit(Data::UserRegistrationDetails, |rows| {
                    rows.retain(|row| row["id"] != ADMIN_2);
                }),
            )
            .fails(
                "a row is missing, and another administrator fails anyway",
                incapable(ADMIN_1).edit(Data::UserRegistrationDetails, |rows| {
                    rows.retain(|row| row["id"] != ADMIN_2);
                }),
            )
            .unknown(
                "the report is refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::UserRegistrationDetails),
            )
            .unknown(
                "the report says unlicensed, the subscriptions do not",
                UnknownReason::LicenseMismatch,
                Fixture::exemplary()
                    .unavailable(Data::UserRegistrationDetails, UnavailableReason::NotLicensed),
            )
            .unknown(
                "roles refused",
                UnknownReason::Permission,
                Fixture::exemplary()
                    .forbidden(Data::RoleAssignments)
                    .forbidden(Data::RoleAssignmentScheduleInstances),
            )
            .unknown(
                "eligible assignments refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::RoleEligibilityScheduleInstances).add(
                    Data::RoleAssignmentScheduleInstances,
                    assigned(ADMIN_1, HELPDESK_ADMIN, &Value::Null),
                ),
            );
    }

    #[test]
    fn a_tenth_may_be_missing_for_part_of_the_credit() {
        let many = |missing: usize| {
            (0..10).fold(Fixture::exemplary(), |fixture, number| {
                let id = format!("a1000000-0000-4000-8000-{number:012}");
                let mut row = registration(&id);
                row["isMfaCapable"] = json!(number >= missing);
                fixture
                    .add(Data::Users, admin(&id, &format!("adm-{number}")))
                    .add(Data::UserRegistrationDetails, row)
                    .add(
                        Data::RoleAssignmentScheduleInstances,
                        assigned(&id, HELPDESK_ADMIN, &Value::Null),
                    )
            })
        };
        check(&CONTROL).partial("11 of 12", 0.917, many(1)).fails("10 of 12", many(2));
    }

    #[test]
    fn newcomers_outsiders_and_federation() {
        let created = |time: &str| {
            incapable(ADMIN_2).edit(Data::Users, |users| {
                let user = users.iter_mut().find(|user| user["id"] == ADMIN_2).unwrap();
                user["createdDateTime"] = json!(time);
            })
        };
        let guest = |trusted: bool| {
            Fixture::exemplary()
                .add(
                    Data::RoleAssignmentScheduleInstances,
                    assigned(GUEST, HELPDESK_ADMIN, &Value::Null),
                )
                .edit(Data::UserRegistrationDetails, |rows| {
                    let mut row = registration(GUEST);
                    row["isMfaCapable"] = json!(false);
                    rows.push(row);
                })
                .edit(Data::CrossTenantAccessPolicy, |policies| {
                    policies[0]["inboundTrust"]["isMfaAccepted"] = json!(trusted);
                })
        };
        let federated = |behavior: Value| {
            incapable(ADMIN_2).edit(Data::Domains, |domains| {
                let initial = domains.iter_mut().find(|one| one["id"] == INITIAL_DOMAIN).unwrap();
                initial["authenticationType"] = json!("Federated");
                initial["federationConfiguration"] =
                    json!([{ "federatedIdpMfaBehavior": behavior }]);
            })
        };
        check(&CONTROL)
            .passes("13 days old", created("2026-10-19T02:00:00Z"))
            .fails_on("14 days old", created("2026-10-18T02:00:00Z"), &[ADMIN_2])
            .passes("a guest with a trusted home", guest(true))
            .fails_on("a guest without", guest(false), &[GUEST])
            .unknown("trusted federation", UnknownReason::Undetermined, federated(Value::Null))
            .fails_on(
                "federation that is not trusted",
                federated(json!("rejectMfaByFederatedIdp")),
                &[ADMIN_2],
            );
    }

    #[test]
    fn without_a_license_methods_are_read() {
        let key = "fido2AuthenticationMethod";
        check(&CONTROL)
            .passes("keys", free(&[(ADMIN_1, key), (ADMIN_2, "phoneAuthenticationMethod")]))
            .fails_on(
                "a temporary pass is no method",
                free(&[(ADMIN_1, key), (ADMIN_2, "temporaryAccessPassAuthenticationMethod")]),
                &[ADMIN_2],
            )
            .unknown("not read", UnknownReason::Undetermined, free(&[(ADMIN_1, key)]))
            .unknown(
                "refused",
                UnknownReason::Permission,
                free(&[]).forbidden(Data::UserAuthenticationMethods),
            );
    }
}
