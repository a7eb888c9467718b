//! MFA: people have registered for MFA.

use std::collections::BTreeMap;

use model::{Data, Evidence, Gap, NotApplicableReason, Plan, Severity};

use super::registration::{is_newcomer, registers_elsewhere};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Coverage, context_on, mailbox_note};
use crate::finding::{Finding, count, ratio};
use crate::people::last_sign_in;
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-users-registered",
    title: "People have registered for MFA",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[
        Data::Users,
        Data::SubscribedSkus,
        Data::ExchangeMailboxes,
        Data::SignInActivity,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleDefinitions,
        Data::GroupEligibilityScheduleInstances,
        Data::UserRegistrationDetails,
        Data::UserAuthenticationMethods,
        Data::Domains,
    ],
    rationale: "Whoever has not registered is stopped at the worst moment, or is registered by \
        whoever holds the password.",
    passes_when: "At least 98 % of people are MFA capable in the registration report; at least \
        80 % is partial, with the share as credit. People are enabled members without shared, \
        room and resource accounts, emergency access and synchronization accounts; declared \
        service accounts and accounts younger than `newcomer-grace` (14 days) are left out. Without Microsoft Entra ID P1 the \
        methods registered on each account decide where they were read for most people, at most \
        300; otherwise the control does not apply.",
    remediation: &[
        "Ask the people below to register Microsoft Authenticator or a passkey.",
        "Run a registration campaign, or hand out Temporary Access Passes on a day in the office.",
        "Entra admin center > Protection > Authentication methods > Registration campaign.",
    ],
    effort: 2,
    sources: &[source::S3],
    mappings: &[
        (Framework::CisM365, &["5.2.3.4"]),
        (Framework::Nist80053, &["IA-2(1)", "IA-2(2)"]),
    ],
    judge,
};

/// Above this many people, methods are not read account by account.
const ACCOUNT_BY_ACCOUNT_UP_TO: usize = 300;

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let people = context.people()?;
    let registrations = context.registrations();
    if context.tenant.user_registration_details.read().is_err()
        && context.has(Plan::EntraIdP1) == Ok(false)
    {
        let read = registrations.as_ref().map_or(0, |read| {
            people.members.iter().filter(|user| read.of_user(user).is_some()).count()
        });
        if people.members.len() > ACCOUNT_BY_ACCOUNT_UP_TO || 2 * read <= people.members.len() {
            return Ok(Finding::not_applicable(
                NotApplicableReason::License,
                "The registration report needs Microsoft Entra ID P1, and methods were not read \
                 for most people one by one; administrators are judged on their own.",
            ));
        }
    }
    let registrations = registrations?;
    let mut coverage = Coverage::default();
    let (mut notes, mut newcomers, mut services) = (Vec::new(), 0, 0);
    let mut by_method: BTreeMap<&str, usize> = BTreeMap::new();
    for user in &people.members {
        if people.service.contains(&user.id) {
            services += 1;
            notes.push(context_on(user, "declared service account; left out"));
            continue;
        }
        if is_newcomer(context, user) {
            newcomers += 1;
            notes.push(context_on(user, "newcomer; left out"));
            continue;
        }
        let found = registrations.of_user(user);
        for method in found.iter().flat_map(|found| &found.methods) {
            *by_method.entry(method).or_default() += 1;
        }
        match found.and_then(|found| found.capable) {
            Some(true) => coverage.covered.push(user),
            _ if registers_elsewhere(context, user)? => {
                let why = "its identity provider does MFA, which Microsoft does not report";
                coverage.undetermined.push((user, why.to_owned()));
            }
            Some(false) => coverage.uncovered.push((user, last_seen(context, &user.id))),
            None => coverage.undetermined.push((user, "its registration is not reported".into())),
        }
    }
    if coverage.judged() + coverage.undetermined.len() == 0 {
        let why = "Nobody is a person who could have registered by now.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why).with(notes));
    }
    if coverage.undetermined.len() >= coverage.judged() {
        return Err(Gap::field(
            Data::UserRegistrationDetails,
            &format!("{} of the people", coverage.undetermined.len()),
        ));
    }
    let finding = coverage.decide(verdict);
    let mut left_out = people.left_out();
    left_out.push(("newcomer", newcomers));
    left_out.push(("service account", services));
    notes.extend(
        by_method.into_iter().map(|(method, number)| {
            Evidence::setting(method, format!("registered by {number}"), "")
        }),
    );
    notes.extend(
        registrations
            .as_of
            .map(|time| Evidence::setting("registration report", format!("as of {time}"), "")),
    );
    notes.extend(mailbox_note(context));
    Ok(finding.with(notes).judged(coverage.judged(), &left_out))
}

fn verdict(coverage: &Coverage<'_>) -> Finding {
    let whole = count(coverage.judged(), "person", "people");
    let share = ratio(coverage.covered.len(), coverage.judged());
    let missing = coverage.uncovered.len();
    let summary = match missing {
        0 => format!("All of {whole} can use MFA."),
        _ => format!("{missing} of {whole} cannot use MFA: {}.", coverage.names()),
    };
    let finding = match share {
        share if share >= 0.98 => Finding::pass(summary),
        share if share >= 0.8 => Finding::partial(share, summary),
        _ => Finding::fail(summary),
    };
    finding
        .with(coverage.violations("a usable MFA method"))
        .would_pass_if(format!("at least 98 % had registered, such as {}", coverage.names()))
}

/// When the account was last in use, to tell the urgent ones.
fn last_seen(context: &Context<'_>, user: &model::Id) -> String {
    match last_sign_in(context, user) {
        Ok(Some(time)) => format!("no usable MFA method; last sign-in {time}"),
        Ok(None) => "no usable MFA method; never signed in".to_owned(),
        Err(_) => "no usable MFA method".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use model::{UnavailableReason, UnknownReason};
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    /// The exemplary tenant and 94 more people, in all 100 with the two administrators.
    fn hundred(incapable: usize, missing: usize) -> Fixture {
        (0..94).fold(Fixture::exemplary(), |fixture, number| {
            let id = format!("a1000000-0000-4000-8000-{number:012}");
            let fixture = fixture.add(Data::Users, person(&id, &format!("p{number}")));
            let mut row = registration(&id);
            row["isMfaCapable"] = json!(number >= incapable);
            if number < 94 - missing {
                fixture.add(Data::UserRegistrationDetails, row)
            } else {
                fixture
            }
        })
    }

    #[test]
    fn verdicts() {
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("98 of 100", hundred(2, 0))
            .partial("97 of 100", 0.97, hundred(3, 0))
            .partial("80 of 100", 0.8, hundred(20, 0))
            .fails("79 of 100", hundred(21, 0))
            .passes("two rows missing", hundred(0, 2))
            .unknown("three rows missing", UnknownReason::Undetermined, hundred(0, 3))
            .unknown("half of the rows missing", UnknownReason::FieldMissing, hundred(0, 50))
            .unknown(
                "the report is refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::UserRegistrationDetails),
            )
            .unknown(
                "users are refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::Users),
            );
    }

    #[test]
    fn false_alarms_of_other_tools() {
        let incapable = |id: &str| {
            let mut row = registration(id);
            row["isMfaCapable"] = json!(false);
            Fixture::exemplary().add(Data::UserRegistrationDetails, row)
        };
        let disabled = |id: &str| {
            incapable(id).edit(Data::Users, |users| {
                users.push(person(id, "leaver"));
                users.last_mut().unwrap()["accountEnabled"] = json!(false);
            })
        };
        let shared = incapable(SHARED).edit(Data::Users, |users| {
            users.iter_mut().find(|user| user["id"] == SHARED).unwrap()["accountEnabled"] =
                json!(true);
        });
        let newcomer =
            incapable("a1000000-0000-4000-8000-000000000001").edit(Data::Users, |users| {
                users.push(person("a1000000-0000-4000-8000-000000000001", "new"));
                users.last_mut().unwrap()["createdDateTime"] = json!("2026-10-25T09:00:00Z");
            });
        let unselected = Fixture::exemplary().edit(Data::Users, |users| {
            for user in users {
                user.as_object_mut().unwrap().remove("accountEnabled");
            }
        });
        check(&CONTROL)
            .unknown("accountEnabled was not selected", UnknownReason::FieldMissing, unselected)
            .passes("a disabled account", disabled("a1000000-0000-4000-8000-000000000001"))
            .passes("a guest", incapable(GUEST))
            .passes("a shared mailbox", shared)
            .passes("a newcomer", newcomer)
            .passes("a declared service account", {
                Fixture::exemplary()
                    .edit(Data::UserRegistrationDetails, |rows| {
                        let row = rows.iter_mut().find(|row| row["id"] == PERSON_4).unwrap();
                        row["isMfaCapable"] = json!(false);
                    })
                    .profile(
                        "[accounts]\nservice = [\"person4@larkspur.example\"]\nemergency = \
                         [\"ea1@larkspur.onmicrosoft.com\", \"ea2@larkspur.onmicrosoft.com\"]",
                    )
            })
            .fails("registered newcomers lift nobody", {
                (0..94)
                    .fold(Fixture::exemplary(), |fixture, number| {
                        let id = format!("a1000000-0000-4000-8000-{number:012}");
                        let mut user = person(&id, &format!("p{number}"));
                        user["createdDateTime"] = json!("2026-10-25T09:00:00Z");
                        fixture
                            .add(Data::Users, user)
                            .add(Data::UserRegistrationDetails, registration(&id))
                    })
                    .edit(Data::UserRegistrationDetails, |rows| {
                        for row in rows
                            .iter_mut()
                            .filter(|row| [PERSON_3, PERSON_4].iter().any(|id| row["id"] == *id))
                        {
                            row["isMfaCapable"] = json!(false);
                        }
                    })
            });
    }

    #[test]
    fn without_a_license() {
        let free = Fixture::exemplary()
            .unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
            .unavailable(Data::UserRegistrationDetails, UnavailableReason::NotLicensed);
        let methods = [ADMIN_1, ADMIN_2, PERSON_1, PERSON_2, PERSON_3, PERSON_4].map(|id| {
            json!({ "userId": id, "methods": [
                { "@odata.type": "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod" }
            ] })
        });
        check(&CONTROL)
            .not_applicable(
                "only two accounts were read",
                NotApplicableReason::License,
                free.clone(),
            )
            .passes("read one by one", free.set(Data::UserAuthenticationMethods, json!(methods)))
            .unknown(
                "licensed, but refused as unlicensed",
                UnknownReason::LicenseMismatch,
                Fixture::exemplary()
                    .unavailable(Data::UserRegistrationDetails, UnavailableReason::NotLicensed),
            );
    }
}
