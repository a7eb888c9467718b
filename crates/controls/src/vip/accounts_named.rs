//! Priority accounts: they are named.

use std::collections::BTreeSet;

use model::{Data, Evidence, Gap, Plan, Severity, SubjectKind, role_name};

use crate::attestation::{self, YEAR};
use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::finding::{Finding, count, ratio, some_names};
use crate::priority::{Named, named};
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "vip-accounts-tagged",
    title: "Priority accounts are named",
    severity: Severity::Medium,
    kind: Kind::AutomaticAndAttested,
    license: License::AnyOf(&[Plan::ExchangeOnline], &[]),
    reads: &[
        Data::ExchangeVipUsers,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::RoleDefinitions,
        Data::RoleAssignments,
        Data::RoleAssignmentScheduleInstances,
        Data::RoleEligibilityScheduleInstances,
        Data::GroupEligibilityScheduleInstances,
        Data::ServicePrincipals,
        Data::SubscribedSkus,
    ],
    rationale: "Nobody can guard those who are worth more to an attacker without saying who they \
        are.",
    passes_when: "At least one account and at most 250 carry the priority account tag or are listed \
        under `priority` in the tenant's profile, all of them exist and are enabled, and the \
        customer confirmed the list within a year. Unconfirmed it is partial; with accounts that \
        are gone or blocked the share of the others is the credit.",
    remediation: &[
        "Ask the customer whose name a fraudster would use and whose mailbox would hurt most; do \
         not forget assistants who read these mailboxes.",
        "Tag them, or list them under `priority` in the tenant's profile; take leavers off.",
        "Record in the profile who confirmed the list, and when.",
        "Microsoft 365 admin center > Users > Active users > Priority accounts.",
    ],
    effort: 1,
    sources: &[S0, S1],
    mappings: &[(Framework::CisM365, &["2.4.1"]), (Framework::Nist80053, &["SI-4(5)"])],
    judge,
};

/// How many accounts Microsoft lets carry the tag.
const MOST: usize = 250;

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let named = named(context)?;
    let total = named.len();
    let gone: Vec<&Named<'_>> = named.iter().filter(|one| !one.is_live()).collect();
    let live = total - gone.len();
    let is_confirmed = attestation::holds(context, CONTROL.id, YEAR);
    let accounts = count(live, "priority account is named", "priority accounts are named");
    let leavers = some_names(gone.iter().map(|one| one.name.as_str()));
    let mut short = Vec::new();
    if !gone.is_empty() {
        short.push(format!("gone or blocked: {leavers}"));
    }
    if total > MOST {
        short.push(format!("they are too many to stand out; {MOST} are the most"));
    }
    if !is_confirmed {
        short.push("nobody has confirmed the list within a year".to_owned());
    }
    let short = short.join("; ");
    let finding = if live == 0 {
        Finding::fail(match total {
            0 => "Nobody is named a priority account.".to_owned(),
            _ => format!("No priority account that is named works any more: {leavers}."),
        })
    } else if short.is_empty() {
        Finding::pass(format!("{accounts}, as confirmed."))
    } else {
        let share = ratio(live, total);
        let credit = if is_confirmed && total <= MOST { share } else { share.min(0.5) };
        Finding::partial(credit, format!("{accounts}, but {short}."))
    };
    let nobody = (total == 0).then(|| {
        Evidence::tenant("no account carries the tag or is listed", "at least one priority account")
    });
    let unconfirmed = (total > 0 && !is_confirmed).then(|| {
        Evidence::setting("confirmation of the list", "none that is valid", "within a year")
    });
    let many = (total > MOST).then(|| {
        Evidence::setting(
            "number of priority accounts",
            total.to_string(),
            format!("at most {MOST}"),
        )
    });
    Ok(finding
        .with(named.iter().map(|one| evidence(context, one)))
        .with(nobody)
        .with(unconfirmed)
        .with(many)
        .with(attestation::newest(context, CONTROL.id).map(attestation::evidence))
        .judged(total, &[])
        .would_pass_if(if live == 0 {
            "at least one working account were named a priority account, and the list confirmed"
                .to_owned()
        } else {
            format!("the list were put right and confirmed ({short})")
        }))
}

/// One account: who names it, its directory roles, and whether it works.
fn evidence(context: &Context<'_>, one: &Named<'_>) -> Evidence {
    let mut words = vec![match (one.is_tagged, one.is_listed) {
        (true, true) => "tagged, and listed in the profile",
        (true, false) => "tagged",
        _ => "listed in the profile",
    }];
    let roles: BTreeSet<&str> = context
        .directory()
        .and_then(|directory| directory.holders())
        .map(|holders| holders.all.as_slice())
        .unwrap_or_default()
        .iter()
        .filter(|holder| *holder.principal.id().as_str() == *one.id)
        .map(|holder| role_name(&holder.role).unwrap_or("a directory role"))
        .collect();
    words.extend(roles);
    let expected = match one.user {
        _ if one.is_live() => "",
        Some(_) => {
            words.push("sign-in is blocked");
            "off the list"
        }
        None => {
            words.push("no such account in the tenant");
            "off the list"
        }
    };
    Evidence::new(SubjectKind::User, one.id.as_str(), one.name.as_str(), words.join("; "), expected)
}

#[cfg(test)]
mod tests {
    use model::NotApplicableReason;
    use model::UnknownReason::Permission;
    use serde_json::json;

    use super::*;
    use crate::testing::*;

    /// With these accounts listed, none tagged; confirmed on that day where there is one.
    fn listing(names: &[&str], confirmed: Option<&str>) -> Fixture {
        let attested = confirmed.map(|on| {
            format!("[[attestation]]\ncontrol = \"vip-accounts-tagged\"\nby = \"Sam\"\non = {on}\n")
        });
        Fixture::exemplary()
            .profile(&format!("{}[accounts]\npriority = {names:?}", attested.unwrap_or_default()))
            .set(Data::ExchangeVipUsers, json!([]))
    }

    #[test]
    fn verdicts() {
        let gone = "gone@larkspur.example";
        let some = [PERSON_1, PERSON_2, PERSON_3, gone];
        let recently = Some("2026-09-01");
        let many = || {
            let tagged: Vec<_> = (0..250)
                .map(|number| json!({ "ExternalDirectoryObjectId": format!("d{number}") }))
                .collect();
            Fixture::exemplary().set(Data::ExchangeVipUsers, json!(tagged)).edit(
                Data::Users,
                |users| {
                    users.extend(
                        (0..250).map(|number| person(&format!("d{number}"), &format!("m{number}"))),
                    );
                },
            )
        };
        check(&CONTROL)
            .passes("tagged, listed, confirmed", Fixture::exemplary())
            .passes("listed and confirmed", listing(&[PERSON_1], recently))
            .partial("unconfirmed", 0.5, listing(&[PERSON_1], None))
            .partial("confirmed too long ago", 0.5, listing(&[PERSON_1], Some("2025-10-31")))
            .partial("one of four is gone", 0.75, listing(&some, recently))
            .partial("the same unconfirmed", 0.5, listing(&some, None))
            .partial("two of three are gone", 1.0 / 3.0, listing(&[PERSON_1, gone, "x"], recently))
            .partial("251 are too many", 0.5, many())
            .fails_on("nobody", listing(&[], recently), &[""])
            .fails_on("only leavers", listing(&[gone], recently), &[gone])
            .fails_on(
                "only somebody blocked",
                listing(&[PERSON_1], recently)
                    .edit(Data::Users, |users| users[4]["accountEnabled"] = json!(false)),
                &[PERSON_1],
            )
            .unknown(
                "tags unread",
                Permission,
                Fixture::exemplary().forbidden(Data::ExchangeVipUsers),
            )
            .passes(
                "tags unread and of no use without the license",
                listing(&[PERSON_1], recently)
                    .forbidden(Data::ExchangeVipUsers)
                    .unlicensed(&[Plan::DefenderForOffice365P2]),
            )
            .not_applicable(
                "no Exchange Online",
                NotApplicableReason::License,
                Fixture::exemplary().unlicensed(&[Plan::ExchangeOnline]),
            );
    }

    #[test]
    fn evidence_tells_who_names_them_and_their_roles() {
        let finding = Fixture::exemplary()
            .add(Data::ExchangeVipUsers, json!({ "ExternalDirectoryObjectId": ADMIN_1 }))
            .judge(&CONTROL);
        let of = |id: &str| {
            let one = finding.evidence.iter().find(|one| one.subject.id == id).unwrap();
            one.observed.clone()
        };
        assert_eq!(of(PERSON_1), "tagged, and listed in the profile");
        assert_eq!(of(ADMIN_1), "tagged; Global Administrator");
    }
}
