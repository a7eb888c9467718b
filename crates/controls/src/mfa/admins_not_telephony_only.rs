//! MFA: no administrator relies on text messages or calls alone.

use model::{Evidence, Gap, NotApplicableReason, Severity, Verdict};

use super::admins::Admins;
use super::admins_registered::REGISTRATION_DATA;
use super::registration::{Quality, is_newcomer, registers_elsewhere};
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{Coverage, context_on};
use crate::finding::{Finding, count};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "mfa-admins-not-telephony-only",
    title: "No administrator relies on text messages or calls alone",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: REGISTRATION_DATA,
    rationale: "A phone number is taken over by talking to a carrier, and codes by text message \
        are relayed through fake sign-in pages.",
    passes_when: "Every enabled holder of an administrator role, active or eligible, registered \
        at least one method other than a phone number, e-mail, security questions or a temporary \
        pass. It is partial when only some administrators lack one, none of them a Global \
        Administrator, and while the profile sets `interim-phone-methods` and all of them \
        registered a phone number. Left out: emergency access and synchronization accounts, \
        accounts younger than `newcomer-grace` (14 days), and external administrators whose home \
        tenant is trusted for MFA.",
    remediation: &[
        "Have each administrator below register a passkey or Microsoft Authenticator.",
        "Remove the phone number of each of them.",
        "Then switch off text messages and calls for everybody.",
        "Entra admin center > Users > (the user) > Authentication methods.",
    ],
    effort: 1,
    sources: &[source::S2, source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.3.5v2"]),
        (Framework::CisM365, &["5.2.3.5"]),
        (Framework::Nist80053, &["IA-5c"]),
    ],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let admins = Admins::of(context)?;
    let registrations = context.registrations()?;
    let mut coverage = Coverage::default();
    let (mut notes, mut newcomers, mut elsewhere) = (Vec::new(), 0, 0);
    for user in admins.users() {
        let found = registrations.of_user(user);
        let phone = found.is_some_and(|found| found.has(Quality::Telephony));
        match found {
            Some(found) if found.has_strong() => {
                if phone {
                    notes.push(context_on(user, "a phone number is registered as well"));
                }
                coverage.covered.push(user);
            }
            _ if is_newcomer(context, user) => newcomers += 1,
            _ if !phone && registers_elsewhere(context, user)? => {
                if user.is_external() || user.is_guest() {
                    elsewhere += 1;
                    notes.push(context_on(user, "MFA is done at the home tenant"));
                } else {
                    let why = "its identity provider does MFA, which Microsoft does not report";
                    coverage.undetermined.push((user, why.to_owned()));
                }
            }
            Some(found) if found.has(Quality::Unknown) => {
                coverage.undetermined.push((user, format!("unknown methods: {}", found.words())));
            }
            Some(found) => coverage.uncovered.push((user, found.words())),
            None => coverage.undetermined.push((user, "its registration is not reported".into())),
        }
    }
    if coverage.judged() + coverage.undetermined.len() == 0 {
        admins.complete()?;
        let why = "Every administrator is an account that is judged elsewhere.";
        return Ok(Finding::not_applicable(NotApplicableReason::NoPopulation, why).with(notes));
    }
    let interim = context.tenant.profile.checklist.interim_phone_methods;
    let finding = coverage.decide(|coverage| {
        let global = coverage.uncovered.iter().any(|(user, _)| admins.is_global(user));
        // A phone is tolerated for a while, nothing at all never is.
        let phones = coverage.uncovered.iter().all(|(user, _)| {
            registrations.of_user(user).is_some_and(|one| one.has(Quality::Telephony))
        });
        verdict(coverage, global, interim && phones)
    });
    if matches!(finding.verdict, Verdict::Pass | Verdict::Partial) {
        admins.complete()?;
    }
    let mut left_out = admins.left_out.clone();
    left_out.push(("newcomer", newcomers));
    left_out.push(("MFA is done elsewhere", elsewhere));
    let as_of = registrations
        .as_of
        .map(|time| Evidence::setting("registration report", format!("as of {time}"), ""));
    Ok(finding.with(notes).with(as_of).judged(coverage.judged(), &left_out))
}

fn verdict(coverage: &Coverage<'_>, global: bool, interim: bool) -> Finding {
    let whole = count(coverage.judged(), "administrator", "administrators");
    if coverage.is_whole() {
        return Finding::pass(format!(
            "All of {whole} registered a method better than text messages and calls."
        ));
    }
    let names = coverage.names();
    let summary = format!(
        "{} of {whole} registered nothing better than a phone number: {names}.",
        coverage.uncovered.len()
    );
    let credit = coverage.credit();
    let finding = if interim {
        Finding::partial(credit.max(0.5), summary)
    } else if global || credit <= 0.0 {
        Finding::fail(summary)
    } else {
        Finding::partial(credit, summary)
    };
    finding
        .with(coverage.violations("a passkey, Authenticator, or one-time code of an app or token"))
        .would_pass_if(format!("{names} registered a passkey or Microsoft Authenticator"))
}

#[cfg(test)]
mod tests {
    use model::{Data, Plan, UnavailableReason, UnknownReason};
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    fn with(methods: &[(&str, &[&str])]) -> Fixture {
        Fixture::exemplary().edit(Data::UserRegistrationDetails, |rows| {
            for row in rows {
                if let Some((_, methods)) = methods.iter().find(|(id, _)| row["id"] == *id) {
                    row["methodsRegistered"] = json!(methods);
                }
            }
        })
    }

    #[test]
    fn verdicts() {
        let phone: &[&str] = &["mobilePhone", "officePhone"];
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes(
                "a phone beside Authenticator",
                with(&[(ADMIN_1, &["mobilePhone", "microsoftAuthenticatorPush"])]),
            )
            .passes("a person's phone is judged elsewhere", with(&[(PERSON_1, phone)]))
            .fails_on("a Global Administrator", with(&[(ADMIN_1, phone)]), &[ADMIN_1])
            .partial("another administrator", 0.5, with(&[(ADMIN_2, phone)]))
            .fails_on("a Global Administrator with nothing", with(&[(ADMIN_1, &[])]), &[ADMIN_1])
            .fails_on("one with e-mail only", with(&[(ADMIN_1, &["email"])]), &[ADMIN_1])
            .fails(
                "nothing at all is no interim measure",
                with(&[(ADMIN_1, &[]), (ADMIN_2, phone)])
                    .declare("[checklist]\ninterim-phone-methods = true"),
            )
            .unknown("of a federated domain", UnknownReason::Undetermined, {
                with(&[(ADMIN_1, &[])])
                    .edit(Data::Users, |users| {
                        let user = users.iter_mut().find(|user| user["id"] == ADMIN_1).unwrap();
                        user["userPrincipalName"] = json!(format!("adm-one@{DOMAIN}"));
                    })
                    .edit(Data::Domains, |domains| {
                        domains[0]["authenticationType"] = json!("Federated");
                        domains[0]["federationConfiguration"] =
                            json!([{ "federatedIdpMfaBehavior": "acceptIfMfaDoneByFederatedIdp" }]);
                    })
            })
            .partial(
                "e-mail and a pass are none",
                0.5,
                with(&[(ADMIN_2, &["email", "temporaryAccessPass"])]),
            )
            .fails("everybody", with(&[(ADMIN_1, &[]), (ADMIN_2, phone)]))
            .partial(
                "everybody, as an interim measure",
                0.5,
                with(&[(ADMIN_1, phone), (ADMIN_2, phone)])
                    .declare("[checklist]\ninterim-phone-methods = true"),
            )
            .unknown("a new word", UnknownReason::Undetermined, with(&[(ADMIN_2, &["palmVein"])]))
            .unknown(
                "the report is refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::UserRegistrationDetails),
            );
    }

    #[test]
    fn without_a_license_methods_are_read() {
        let free = |kind: &str| {
            // Without a license for PIM nobody is eligible.
            Fixture::exemplary()
                .add(Data::RoleAssignments, assignment(ADMIN_1, GLOBAL_ADMIN))
                .add(Data::RoleAssignments, assignment(ADMIN_2, EXCHANGE_ADMIN))
                .unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
                .unavailable(Data::UserRegistrationDetails, UnavailableReason::NotLicensed)
                .set(
                    Data::UserAuthenticationMethods,
                    json!([
                        { "userId": ADMIN_1, "methods": [
                            { "@odata.type": "#microsoft.graph.fido2AuthenticationMethod" }
                        ] },
                        { "userId": ADMIN_2, "methods": [
                            { "@odata.type": format!("#microsoft.graph.{kind}") }
                        ] }
                    ]),
                )
        };
        check(&CONTROL).passes("an app", free("softwareOathAuthenticationMethod")).partial(
            "a phone",
            0.5,
            free("phoneAuthenticationMethod"),
        );
    }
}
