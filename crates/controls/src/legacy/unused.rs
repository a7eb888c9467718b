//! Legacy authentication: nobody signed in with it lately.

use std::collections::BTreeMap;

use model::{Data, Evidence, Gap, Id, LegacySignIn, Plan, Severity, SubjectKind};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, count, some_names};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "legacy-signins-observed",
    title: "No sign-in with legacy authentication succeeded lately",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::EntraIdP1], &["legacy-auth-blocked"]),
    reads: &[Data::LegacySignIns, Data::Users],
    rationale: "It shows who would be stopped by a block, and whether somebody already got in.",
    passes_when: "The sign-in log of the window read holds no success (`errorCode` 0) with a \
        legacy client, that is with any `clientAppUsed` but `Browser` and `Mobile Apps and \
        Desktop clients`. It is partial when all are of accounts that the profile lists under \
        `smtp-auth` or `service`. Failures are reported, not judged: a refusal is a good sign.",
    remediation: &[
        "Move the clients below to modern authentication or OAuth.",
        "Then block legacy authentication.",
        "Entra admin center > Monitoring & health > Sign-in logs, filter Client app.",
    ],
    effort: 2,
    sources: &[source::S3, source::S4],
    mappings: &[(Framework::Nist80053, &["CM-7"])],
    judge,
};

/// Sign-ins of one account with one kind of client.
struct Use<'t> {
    latest: &'t LegacySignIn,
    number: usize,
    is_listed: bool,
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let sign_ins = context.tenant.legacy_sign_ins.read()?;
    let mut uses: BTreeMap<(&str, &str), Use<'_>> = BTreeMap::new();
    let mut refused = 0;
    for one in sign_ins {
        let client = one.client_app_used.as_deref();
        if !is_legacy(client.ok_or_else(|| Gap::field(Data::LegacySignIns, "clientAppUsed"))?) {
            continue;
        }
        let code = one.status.as_ref().and_then(|status| status.error_code);
        if code.ok_or_else(|| Gap::field(Data::LegacySignIns, "status.errorCode"))? != 0 {
            refused += 1;
            continue;
        }
        let key = (account(one), one.client_app_used.as_deref().unwrap_or_default());
        let entry = uses.entry(key).or_insert_with(|| Use {
            latest: one,
            number: 0,
            is_listed: is_listed(context, one),
        });
        entry.number += 1;
        if one.created_date_time > entry.latest.created_date_time {
            entry.latest = one;
        }
    }
    let attempts = count(refused, "attempt", "attempts");
    let note = (refused > 0)
        .then(|| Evidence::setting("refused or failed sign-ins", attempts.as_str(), ""));
    if uses.is_empty() {
        return Ok(Finding::pass("No sign-in with legacy authentication succeeded.").with(note));
    }
    let listed = uses.values().all(|one| one.is_listed);
    let names = some_names(uses.values().map(|one| name(one.latest)));
    let total: usize = uses.values().map(|one| one.number).sum();
    let times = count(total, "sign-in", "sign-ins");
    let finding = if listed {
        let summary =
            format!("{times} with legacy authentication, all of listed accounts: {names}.");
        Finding::partial(0.5, summary)
    } else {
        Finding::fail(format!("{times} with legacy authentication succeeded: {names}."))
    };
    Ok(finding
        .with(uses.values().map(evidence))
        .with(note)
        .would_pass_if("nobody signed in with legacy authentication any more"))
}

fn is_legacy(client: &str) -> bool {
    !["Browser", "Mobile Apps and Desktop clients"]
        .iter()
        .any(|modern| modern.eq_ignore_ascii_case(client))
}

fn account(one: &LegacySignIn) -> &str {
    one.user_id.as_ref().map_or(name(one), Id::as_str)
}

fn name(one: &LegacySignIn) -> &str {
    let id = one.user_id.as_ref().map_or("", Id::as_str);
    one.user_principal_name.as_deref().unwrap_or(id)
}

/// Whether the profile knows the account: as one that may use SMTP AUTH, or a service account.
fn is_listed(context: &Context<'_>, one: &LegacySignIn) -> bool {
    let accounts = &context.tenant.profile.accounts;
    accounts.smtp_auth.iter().chain(&accounts.service).any(|listed| {
        let named = context.directory().ok().and_then(|directory| directory.named(listed));
        listed.eq_ignore_ascii_case(name(one))
            || listed.eq_ignore_ascii_case(account(one))
            || named.is_some_and(|user| *user.id == *account(one))
    })
}

fn evidence(one: &Use<'_>) -> Evidence {
    let sign_in = one.latest;
    let mut observed = format!(
        "{} with {}",
        count(one.number, "success", "successes"),
        sign_in.client_app_used.as_deref().unwrap_or("an unnamed client")
    );
    let country = sign_in.location.as_ref().and_then(|place| place.country_or_region.as_deref());
    let when = sign_in.created_date_time.map(|time| time.to_string());
    for (before, word) in [
        (" to ", sign_in.app_display_name.as_deref()),
        (", last on ", when.as_deref()),
        (" from ", country),
    ] {
        if let Some(word) = word.filter(|word| !word.is_empty()) {
            observed.push_str(before);
            observed.push_str(word);
        }
    }
    let id = account(sign_in);
    Evidence::new(SubjectKind::User, id, name(sign_in), observed, "no legacy authentication")
}

#[cfg(test)]
mod tests {
    use model::{NotApplicableReason, UnavailableReason, UnknownReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn sign_in(user: &str, client: &str, code: &Value) -> Fixture {
        Fixture::exemplary().set(
            Data::LegacySignIns,
            json!([{
                "id": "s1", "createdDateTime": "2026-10-20T08:00:00Z", "userId": user,
                "userPrincipalName": "person2@larkspur.example",
                "appDisplayName": "Office 365 Exchange Online", "clientAppUsed": client,
                "status": { "errorCode": code }, "location": { "countryOrRegion": "CH" }
            }]),
        )
    }

    #[test]
    fn verdicts() {
        let free = |reason| {
            Fixture::exemplary()
                .unlicensed(&[Plan::EntraIdP1, Plan::EntraIdP2])
                .unavailable(Data::LegacySignIns, reason)
        };
        let listed = "smtp-auth = [\"person2@larkspur.example\"]";
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .fails_on("a success", sign_in(PERSON_2, "IMAP4", &json!(0)), &[PERSON_2])
            .partial("of a listed account", 0.5, {
                sign_in(PERSON_2, "Authenticated SMTP", &json!(0))
                    .profile(&format!("[accounts]\n{listed}"))
            })
            .passes("blocked by Conditional Access", sign_in(PERSON_2, "IMAP4", &json!(53003)))
            .passes("blocked by security defaults", sign_in(PERSON_2, "IMAP4", &json!(530_035)))
            .passes("a modern client", sign_in(PERSON_2, "Browser", &json!(0)))
            .unknown("no client", UnknownReason::FieldMissing, {
                sign_in(PERSON_2, "IMAP4", &json!(0)).with_member(
                    Data::LegacySignIns,
                    "clientAppUsed",
                    &Value::Null,
                )
            })
            .unknown("no result", UnknownReason::FieldMissing, {
                sign_in(PERSON_2, "IMAP4", &Value::Null)
            })
            .unknown("refused", UnknownReason::Permission, {
                Fixture::exemplary().forbidden(Data::LegacySignIns)
            })
            .unknown("not read to the end", UnknownReason::Truncated, {
                Fixture::exemplary().unavailable(Data::LegacySignIns, UnavailableReason::Truncated)
            })
            .not_applicable("unlicensed", NotApplicableReason::License, {
                free(UnavailableReason::NotLicensed)
            })
            .unknown("refused for a license that is there", UnknownReason::LicenseMismatch, {
                Fixture::exemplary()
                    .unavailable(Data::LegacySignIns, UnavailableReason::NotLicensed)
            });
    }
}
