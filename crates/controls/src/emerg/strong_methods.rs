//! Emergency access: the accounts hold a phishing-resistant method of their own.

use model::{Data, Evidence, Gap, Severity, User};

use super::none_recognized;
use crate::attestation;
use crate::context::Context;
use crate::control::{Framework, source};
use crate::coverage::{context_on, violation_on};
use crate::directory::role_data;
use crate::finding::{Finding, count, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "emerg-strong-auth",
    title: "Emergency access accounts have phishing-resistant methods of their own",
    severity: Severity::High,
    kind: Kind::Automatic,
    license: License::None,
    reads: role_data![UserAuthenticationMethods, UserRegistrationDetails],
    rationale: "No policy protects these accounts, so their credential is all there is; and \
        Microsoft's own portals ask for MFA from them too, so a password alone no longer gets in.",
    passes_when: "Every recognized emergency access account has a passkey, Windows Hello for \
        Business or a certificate registered, and there are at least two of those in all. Some \
        accounts with such a method, or methods that hang on nobody's phone such as hardware \
        tokens, are partial. A password alone, or text messages, calls and apps on a phone, fail. \
        Where methods cannot be read, an attestation makes it partial.",
    remediation: &[
        "Buy two security keys for each account and store them apart.",
        "Sign in with the account once and register the keys as passkeys.",
        "Remove phone numbers and apps of single people from the account.",
        "Sign in as the account at My Sign-Ins > Security info; check in Entra admin center > \
            Users > the account > Authentication methods.",
    ],
    effort: 2,
    sources: &[source::S3, source::S2],
    mappings: &[
        (Framework::CisM365, &["1.1.2"]),
        (Framework::CisaScuba, &["MS.AAD.3.6v1"]),
        (Framework::Nist80053, &["IA-2(8)"]),
    ],
    judge,
};

/// How well a method serves an emergency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Quality {
    /// The password, something on one person's phone, or a word that this version does not know.
    Personal,
    /// A second factor that hangs on nobody's phone.
    Impersonal,
    /// Phishing-resistant.
    Resistant,
}

/// By Graph's type of the method or its word in the registration report.
fn quality(method: &str) -> Quality {
    match method {
        "fido2AuthenticationMethod"
        | "windowsHelloForBusinessAuthenticationMethod"
        | "platformCredentialAuthenticationMethod"
        | "x509CertificateAuthenticationMethod"
        | "fido2SecurityKey"
        | "passKeyDeviceBound"
        | "passKeyDeviceBoundAuthenticator"
        | "passKeyDeviceBoundWindowsHello"
        | "passKeySynced"
        | "windowsHelloForBusiness"
        | "macOsSecureEnclaveKey"
        | "x509CertificateMultiFactor" => Quality::Resistant,
        "hardwareOathAuthenticationMethod" | "hardwareOneTimePasscode" => Quality::Impersonal,
        _ => Quality::Personal,
    }
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let emergency = context.emergency()?;
    if let Some(gap) = &emergency.roles_gap {
        return Err(gap.clone());
    }
    if emergency.recognized.is_empty() {
        return Ok(none_recognized());
    }
    let mut accounts = Vec::new();
    for user in &emergency.recognized {
        match methods(context, user) {
            Ok(methods) => accounts.push((*user, methods)),
            Err(_) if attestation::holds(context, CONTROL.id, attestation::YEAR) => {
                return Ok(attested(context));
            }
            Err(gap) => return Err(gap),
        }
    }
    Ok(by_methods(&accounts))
}

/// The phishing-resistant methods of one account, by the words of authentication strengths.
///
/// # Errors
///
/// When its methods were not read.
pub(super) fn resistant<'t>(context: &Context<'t>, user: &User) -> Result<Vec<&'t str>, Gap> {
    let methods = methods(context, user)?.into_iter();
    Ok(methods
        .filter(|method| quality(method) == Quality::Resistant)
        .map(|method| match method {
            "windowsHelloForBusinessAuthenticationMethod"
            | "windowsHelloForBusiness"
            | "platformCredentialAuthenticationMethod"
            | "macOsSecureEnclaveKey" => "windowsHelloForBusiness",
            "x509CertificateAuthenticationMethod" | "x509CertificateMultiFactor" => {
                "x509CertificateMultiFactor"
            }
            _ => "fido2",
        })
        .collect())
}

/// The methods of one account: those read for it, else those of the registration report.
fn methods<'t>(context: &Context<'t>, user: &User) -> Result<Vec<&'t str>, Gap> {
    let single = context.tenant.user_authentication_methods.read();
    if let Some(record) = single.iter().copied().flatten().find(|one| one.user_id == user.id) {
        return Ok(record.methods.iter().map(model::RegisteredMethod::type_name).collect());
    }
    let report = context.tenant.user_registration_details.read();
    if let Some(row) = report.iter().copied().flatten().find(|row| row.id == user.id) {
        return Ok(row.methods_registered.iter().map(String::as_str).collect());
    }
    single?;
    Err(Gap::field(Data::UserAuthenticationMethods, &format!("those of {}", user.name())))
}

fn attested(context: &Context<'_>) -> Finding {
    Finding::partial(
        0.5,
        "The methods of the accounts were not read; that they are strong is attested.",
    )
    .with([Evidence::setting("registered methods", "not read, only attested", "read")])
    .with(attestation::newest(context, CONTROL.id).map(attestation::evidence))
    .would_pass_if("the scanner could read the methods of the accounts")
}

fn by_methods(accounts: &[(&User, Vec<&str>)]) -> Finding {
    let best = |methods: &[&str]| {
        methods.iter().map(|method| quality(method)).max().unwrap_or(Quality::Personal)
    };
    let keys: usize = accounts
        .iter()
        .flat_map(|(_, methods)| methods)
        .filter(|method| quality(method) == Quality::Resistant)
        .count();
    let weak: Vec<&User> = accounts
        .iter()
        .filter(|(_, methods)| best(methods) < Quality::Resistant)
        .map(|(user, _)| *user)
        .collect();
    let names = some_names(weak.iter().map(|user| user.name()));
    let number = count(accounts.len(), "emergency access account", "emergency access accounts");
    let finding = if weak.is_empty() && keys >= 2 {
        Finding::pass(format!("{number} have {keys} phishing-resistant methods in all."))
    } else if weak.is_empty() {
        Finding::partial(
            0.5,
            "There is one phishing-resistant method in all; if it is lost, so is the way in.",
        )
        .with([Evidence::tenant("one phishing-resistant method", "two or more")])
        .would_pass_if("a second security key were registered")
    } else {
        let summary =
            format!("{} of {number} have no phishing-resistant method: {names}.", weak.len());
        if accounts.iter().all(|(_, methods)| best(methods) == Quality::Personal) {
            Finding::fail(summary)
        } else {
            Finding::partial(0.5, summary)
        }
        .would_pass_if(format!("a security key were registered for {names}"))
    };
    let evidence = accounts.iter().map(|(user, methods)| {
        let mut names = methods.clone();
        names.sort_unstable();
        let observed = if names.is_empty() { "no method".to_owned() } else { names.join(", ") };
        if weak.iter().any(|one| one.id == user.id) {
            violation_on(user, observed, "a passkey or certificate of its own")
        } else {
            context_on(user, observed)
        }
    });
    finding.with(evidence.collect::<Vec<_>>()).judged(accounts.len(), &[])
}

#[cfg(test)]
mod tests {
    use model::{NotApplicableReason, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// The second method, beside the password, of each account; empty: none.
    fn with(first: &[&str], second: &[&str]) -> Fixture {
        let record = |user: &str, kinds: &[&str]| {
            let kinds = ["password"].iter().chain(kinds);
            let methods: Vec<Value> = kinds
                .map(|kind| json!({ "@odata.type": format!("#microsoft.graph.{kind}AuthenticationMethod") }))
                .collect();
            json!({ "userId": user, "methods": methods })
        };
        Fixture::exemplary().set(
            Data::UserAuthenticationMethods,
            json!([record(EMERGENCY_1, first), record(EMERGENCY_2, second)]),
        )
    }

    fn one_account(fixture: Fixture) -> Fixture {
        fixture.profile(&format!("[accounts]\nemergency = [\"{EMERGENCY_1}\"]"))
    }

    const BOTH: [&str; 2] = [EMERGENCY_1, EMERGENCY_2];

    #[test]
    fn verdicts() {
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("passwords only", with(&[], &[]), &BOTH)
            .fails_on("phones", with(&["phone"], &["microsoftAuthenticator"]), &BOTH)
            .fails_on("a method nobody knows yet", with(&["telepathy"], &[]), &BOTH)
            .partial("one of two", 0.5, with(&["fido2"], &["phone"]))
            .partial("hardware tokens", 0.5, with(&["hardwareOath"], &["hardwareOath"]))
            .partial("one account with one key", 0.5, one_account(with(&["fido2"], &[])))
            .passes("one account with two keys", one_account(with(&["fido2", "fido2"], &[])))
            .not_applicable(
                "nobody declared",
                NotApplicableReason::NoPopulation,
                Fixture::exemplary().profile(""),
            );
    }

    #[test]
    fn the_registration_report_stands_in() {
        let data = Data::UserAuthenticationMethods;
        let unread = Fixture::exemplary().forbidden(data);
        let neither = unread.clone().forbidden(Data::UserRegistrationDetails);
        let attested =
            "[[attestation]]\ncontrol = \"emerg-strong-auth\"\nby = \"Sam\"\non = 2026-10-01\n";
        check(&CONTROL)
            .passes("the report", unread)
            .unknown("neither", UnknownReason::Permission, neither.clone())
            .partial("neither, but attested", 0.5, neither.declare(attested))
            .fails("an attestation never mends what was read", with(&[], &[]).declare(attested))
            .unknown(
                "no word on an account",
                UnknownReason::FieldMissing,
                Fixture::exemplary()
                    .set(data, json!([]))
                    .set(Data::UserRegistrationDetails, json!([])),
            )
            .unknown(
                "roles",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::RoleAssignments),
            );
    }
}
