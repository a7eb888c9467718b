//! Exchange Online: shared mailboxes cannot be signed in to.

use model::{Data, Gap, NotApplicableReason, Plan, Severity, UnknownReason, User};
use signin::Question;

use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::coverage::{Coverage, Mechanism, Protection, SIGN_IN_DATA};
use crate::finding::{Finding, count, ratio, some_names};
use crate::recipients::{address, evidence_on};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "exo-shared-mailbox-signin-blocked",
    title: "Shared mailboxes cannot be signed in to",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: SIGN_IN_DATA,
    rationale: "Their accounts have passwords that nobody watches, and often no MFA.",
    passes_when: "Sign-in is blocked for the account of every shared mailbox, licensed or not. From \
        90 % on it is partial while the other accounts are forced through MFA.",
    remediation: &[
        "Block sign-in of the account behind each shared mailbox; access through delegation stays.",
        "Microsoft 365 admin center > Users > Active users > Block sign-in.",
    ],
    effort: 1,
    sources: &[S0, S1],
    mappings: &[(Framework::CisM365, &["1.2.2"]), (Framework::Nist80053, &["AC-2"])],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let missing = |name: &str| Gap::field(Data::ExchangeMailboxes, name);
    let (mut shared, mut rooms) = (Vec::new(), Vec::new());
    for mailbox in context.tenant.exchange.mailboxes.read()? {
        let kind = mailbox.recipient_type_details.as_deref();
        let kind = kind.ok_or_else(|| missing("RecipientTypeDetails"))?;
        if kind.eq_ignore_ascii_case("SharedMailbox") {
            shared.push(mailbox);
        } else if ROOMS.iter().any(|room| room.eq_ignore_ascii_case(kind)) {
            rooms.push(mailbox);
        }
    }
    if shared.is_empty() {
        return Ok(Finding::not_applicable(
            NotApplicableReason::NoPopulation,
            "The tenant has no shared mailboxes.",
        ));
    }
    let directory = context.directory()?;
    let mut open = Vec::new();
    for mailbox in &shared {
        let id = mailbox.external_directory_object_id.as_ref();
        let id = id.ok_or_else(|| missing("ExternalDirectoryObjectId"))?;
        let user = directory
            .user(id)
            .ok_or_else(|| Gap::field(Data::Users, &format!("the account {id} of a mailbox")))?;
        let missing = || Gap::field(Data::Users, "accountEnabled");
        if user.account_enabled.ok_or_else(missing)? {
            open.push((user, *mailbox));
        }
    }
    // Rooms and equipment are not judged; theirs is worth a look all the same.
    let notes = rooms.into_iter().filter_map(|mailbox| {
        let user = directory.user(mailbox.external_directory_object_id.as_ref()?)?;
        let note = || evidence_on(mailbox, "a room or equipment that can be signed in to", "");
        user.is_enabled().then(note)
    });
    let total = count(shared.len(), "shared mailbox", "shared mailboxes");
    let addresses: Vec<String> = open.iter().map(|(_, mailbox)| address(mailbox)).collect();
    let names = some_names(addresses.iter().map(String::as_str));
    let blocked = ratio(shared.len() - open.len(), shared.len());
    let summary = format!("{} of {total} can be signed in to: {names}.", open.len());
    let finding = if open.is_empty() {
        Finding::pass(format!("Sign-in is blocked for all of {total}."))
    } else if blocked < 0.9 {
        Finding::fail(summary)
    } else {
        match are_forced_through_mfa(context, open.iter().map(|(user, _)| *user))? {
            Some(true) => Finding::partial(blocked, summary),
            Some(false) => Finding::fail(summary),
            None => Finding::unknown(
                UnknownReason::Undetermined,
                format!("{summary} It could not be told whether all are forced through MFA."),
            ),
        }
    };
    Ok(finding
        .with(open.iter().map(|(user, mailbox)| {
            let licensed = user.assigned_licenses.as_ref().is_some_and(|all| !all.is_empty());
            let license = if licensed { "with a license" } else { "without a license" };
            evidence_on(mailbox, format!("sign-in is allowed, {license}"), "sign-in blocked")
        }))
        .with(notes)
        .judged(shared.len(), &[])
        .would_pass_if(format!("sign-in were blocked for {names}")))
}

/// Mailbox types of rooms and equipment.
const ROOMS: [&str; 3] = ["RoomMailbox", "EquipmentMailbox", "SchedulingMailbox"];

/// Whether all these accounts are forced through MFA; `None` where that could not be told.
fn are_forced_through_mfa<'t>(
    context: &Context<'t>,
    accounts: impl Iterator<Item = &'t User>,
) -> Result<Option<bool>, Gap> {
    let protection = Protection::of(context)?;
    match protection.mechanism {
        Mechanism::SecurityDefaults => return Ok(Some(true)),
        Mechanism::ConditionalAccess => {}
        Mechanism::LapsedConditionalAccess | Mechanism::PerUserMfa => {
            return protection.is_sure().map(|()| Some(false));
        }
    }
    let coverage = Coverage::of_single_factor(context, accounts, &Question::single_factor());
    match (coverage.is_whole(), coverage.undetermined.is_empty()) {
        (true, true) => Ok(Some(true)),
        (true, false) => Ok(None),
        (false, _) => protection.is_sure().map(|()| Some(false)),
    }
}

#[cfg(test)]
mod tests {
    use model::Data;
    use model::NotApplicableReason::NoPopulation;
    use model::UnknownReason::{FieldMissing, Permission, Undetermined};
    use serde_json::json;

    use super::CONTROL;
    use crate::testing::{APPROVERS, Fixture, PERSON_2, SHARED, check, person};

    /// Ten shared mailboxes, one of which can be signed in to.
    fn ten(fixture: Fixture) -> Fixture {
        let mut fixture = fixture.edit(Data::Users, |users| {
            for user in users.iter_mut().filter(|user| user["id"] == SHARED) {
                user["accountEnabled"] = json!(true);
            }
        });
        for number in 0..9 {
            let id = format!("a0000000-0000-4000-8000-00000000010{number}");
            let mut user = person(&id, &format!("shared{number}"));
            user["accountEnabled"] = json!(false);
            fixture = fixture.add(Data::Users, user).add(
                Data::ExchangeMailboxes,
                json!({ "Identity": id, "ExternalDirectoryObjectId": id,
                        "PrimarySmtpAddress": format!("shared{number}@larkspur.example"),
                        "RecipientTypeDetails": "SharedMailbox" }),
            );
        }
        fixture
    }

    #[test]
    fn a_room_that_can_be_signed_in_to_is_noted() {
        let finding = Fixture::exemplary()
            .edit(Data::ExchangeMailboxes, |mailboxes| {
                mailboxes[1]["RecipientTypeDetails"] = json!("RoomMailbox");
            })
            .judge(&CONTROL);
        assert_eq!(finding.verdict, model::Verdict::Pass);
        let notes = finding.evidence.iter().map(|one| one.subject.id.as_str());
        assert_eq!(notes.collect::<Vec<_>>(), [PERSON_2]);
    }

    #[test]
    fn verdicts() {
        let enabled = |value: serde_json::Value| {
            Fixture::exemplary().edit(Data::Users, |users| {
                for user in users.iter_mut().filter(|user| user["id"] == SHARED) {
                    user["accountEnabled"] = value.clone();
                }
            })
        };
        check(&CONTROL)
            .passes("blocked", Fixture::exemplary())
            .fails_on("enabled", enabled(json!(true)), &[SHARED])
            .partial("one of ten, forced through MFA", 0.9, ten(Fixture::exemplary()))
            .fails_on(
                "one of ten, excluded from MFA",
                ten(Fixture::exemplary().edit(Data::ConditionalAccessPolicies, |policies| {
                    for policy in policies {
                        policy["conditions"]["users"]["excludeUsers"] = json!([SHARED]);
                    }
                })),
                &[SHARED],
            )
            .partial(
                "one of ten, security defaults",
                0.9,
                ten(Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([])))
                    .with_member(Data::SecurityDefaults, "isEnabled", &json!(true)),
            )
            .fails(
                "one of ten, nothing asks for MFA",
                ten(Fixture::exemplary().set(Data::ConditionalAccessPolicies, json!([]))),
            )
            .unknown(
                "one of ten, policies unread",
                Permission,
                ten(Fixture::exemplary()).forbidden(Data::ConditionalAccessPolicies),
            )
            .unknown(
                "one of ten, and a policy hangs on a group that was not read",
                Undetermined,
                ten(Fixture::exemplary())
                    .edit(Data::ConditionalAccessPolicies, |policies| {
                        for policy in policies {
                            policy["conditions"]["users"]["excludeGroups"] = json!([APPROVERS]);
                        }
                    })
                    .forbidden(Data::GroupMembers),
            )
            .unknown(
                "a mailbox without type",
                FieldMissing,
                Fixture::exemplary().with_member(
                    Data::ExchangeMailboxes,
                    "RecipientTypeDetails",
                    &json!(null),
                ),
            )
            .unknown("no word on the account", FieldMissing, enabled(json!(null)))
            .unknown(
                "mailboxes unread",
                Permission,
                Fixture::exemplary().forbidden(Data::ExchangeMailboxes),
            )
            .not_applicable(
                "none exist",
                NoPopulation,
                Fixture::exemplary().edit(Data::ExchangeMailboxes, |mailboxes| {
                    mailboxes.retain(|mailbox| mailbox["RecipientTypeDetails"] == "UserMailbox");
                }),
            );
    }
}
