//! Guests: guests see little, and only few may invite.

use model::{Data, Evidence, Gap, Severity};

use crate::context::Context;
use crate::control::{Framework, source};
use crate::finding::{Finding, count};
use crate::{Control, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "guest-restrictions",
    title: "Guests see little of the directory, and only few people may invite them",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::None,
    reads: &[Data::AuthorizationPolicy, Data::Users],
    rationale: "A guest who may list the directory brings an attacker the list of targets, and \
        where everyone invites, nobody knows who is in.",
    passes_when: "`guestUserRoleId` of the authorization policy is that of limited \
        (10dae51f-b6af-4016-8d66-8c2a99b929b3) or restricted access \
        (2af84b1e-32c8-42b7-82bc-daa82404023b), and `allowInvitesFrom` is `adminsAndGuestInviters` \
        or `none`. It fails when guests have the same access as members, or when everyone may \
        invite and guest access is not restricted; the rest is partial.",
    remediation: &[
        "Set guest user access to \"restricted to properties and memberships of their own directory \
            objects\".",
        "Let only users with specific administrator roles, or nobody, invite guests.",
        "Entra admin center > External Identities > External collaboration settings.",
    ],
    effort: 1,
    sources: &[source::S3],
    mappings: &[
        (Framework::CisaScuba, &["MS.AAD.8.1v1", "MS.AAD.8.2v1", "MS.AAD.8.3v1"]),
        (Framework::CisM365, &["5.1.6.1", "5.1.6.2", "5.1.6.3"]),
        (Framework::Eidsca, &["EIDSCA.AP04", "EIDSCA.AP05", "EIDSCA.AP06", "EIDSCA.AP07"]),
        (Framework::Nist80053, &["AC-6", "AC-6(10)", "AC-3"]),
    ],
    judge,
};

/// What guests may see. Source: `guestUserRoleId` of the authorization policy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    AsMembers,
    Limited,
    Restricted,
}

/// Who may invite. Source: `allowInvitesFrom` of the authorization policy.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inviters {
    Few,
    Members,
    Everyone,
}

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let missing = |name: &str| Gap::field(Data::AuthorizationPolicy, name);
    let policy = context.tenant.authorization_policy.one()?;
    let access = match policy.guest_user_role_id.as_deref() {
        Some("a0b1b346-4d3e-4e8b-98f8-753987be4970") => Access::AsMembers,
        Some("10dae51f-b6af-4016-8d66-8c2a99b929b3") => Access::Limited,
        Some("2af84b1e-32c8-42b7-82bc-daa82404023b") => Access::Restricted,
        _ => return Err(missing("a known guestUserRoleId")),
    };
    let word = policy.allow_invites_from.as_deref();
    let inviters = match word {
        Some("none" | "adminsAndGuestInviters") => Inviters::Few,
        Some("adminsGuestInvitersAndAllMembers") => Inviters::Members,
        Some("everyone") => Inviters::Everyone,
        _ => return Err(missing("a known allowInvitesFrom")),
    };
    let seen = match access {
        Access::AsMembers => "as much as members",
        Access::Limited => "a limited part of the directory",
        Access::Restricted => "only their own directory objects",
    };
    let invite = match (inviters, word) {
        (Inviters::Few, Some("none")) => "nobody may invite",
        (Inviters::Few, _) => "only administrators and guest inviters may invite",
        (Inviters::Members, _) => "every member may invite",
        (Inviters::Everyone, _) => "everyone may invite, guests too",
    };
    let summary = format!("Guests see {seen}, and {invite}.");
    let finding = match (access, inviters) {
        (Access::Limited | Access::Restricted, Inviters::Few) => Finding::pass(summary),
        (Access::AsMembers, _) | (Access::Limited, Inviters::Everyone) => Finding::fail(summary),
        _ => Finding::partial(0.5, summary),
    };
    let open = if access == Access::AsMembers { "limited or restricted access" } else { "" };
    let many = if inviters == Inviters::Few {
        ""
    } else {
        "only administrators and guest inviters, or nobody"
    };
    Ok(finding
        .with([
            Evidence::setting("guestUserRoleId", format!("guests see {seen}"), open),
            Evidence::setting("allowInvitesFrom", invite, many),
        ])
        .with(guests(context))
        .would_pass_if(match (access, inviters) {
            (Access::AsMembers, Inviters::Few) => "guest access were limited or restricted",
            (Access::AsMembers, _) => {
                "guest access were limited and only administrators and guest inviters could invite"
            }
            _ => "only administrators and guest inviters could invite",
        }))
}

/// How many guests there are, where users were read.
fn guests(context: &Context<'_>) -> Option<Evidence> {
    let users = context.tenant.users.read().ok()?;
    let guests = users.iter().filter(|user| user.is_guest() && user.is_enabled()).count();
    Some(Evidence::tenant(count(guests, "enabled guest", "enabled guests"), ""))
}

#[cfg(test)]
mod tests {
    use model::UnknownReason;
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const MEMBERS: &str = "a0b1b346-4d3e-4e8b-98f8-753987be4970";
    const LIMITED: &str = "10DAE51F-b6af-4016-8d66-8c2a99b929b3";
    const RESTRICTED: &str = "2af84b1e-32c8-42b7-82bc-daa82404023b";

    fn with(role: &str, invites: &str) -> Fixture {
        Fixture::exemplary()
            .with_member(Data::AuthorizationPolicy, "guestUserRoleId", &json!(role))
            .with_member(Data::AuthorizationPolicy, "allowInvitesFrom", &json!(invites))
    }

    #[test]
    fn verdicts() {
        let (few, members) = ("adminsAndGuestInviters", "adminsGuestInvitersAndAllMembers");
        check(&CONTROL)
            .passes("exemplary", Fixture::exemplary())
            .passes("limited", with(LIMITED, few))
            .passes("nobody invites", with(RESTRICTED, "none"))
            .partial("members invite", 0.5, with(LIMITED, members))
            .partial("everyone invites, restricted", 0.5, with(RESTRICTED, "everyone"))
            .fails_on("everyone invites, limited", with(LIMITED, "everyone"), &["allowInvitesFrom"])
            .fails_on("as members", with(MEMBERS, few), &["guestUserRoleId"])
            .fails("the service's older defaults", with(MEMBERS, "everyone"))
            .passes("users unread", Fixture::exemplary().forbidden(Data::Users));
    }

    #[test]
    fn what_is_not_known_never_counts() {
        let field = UnknownReason::FieldMissing;
        let absent = |member: &str| {
            Fixture::exemplary().with_member(Data::AuthorizationPolicy, member, &Value::Null)
        };
        check(&CONTROL)
            .unknown("another role", field, with(APP, "none"))
            .unknown("another word", field, with(RESTRICTED, "partners"))
            .unknown("no role", field, absent("guestUserRoleId"))
            .unknown("no word", field, absent("allowInvitesFrom"))
            .unknown(
                "refused",
                UnknownReason::Permission,
                Fixture::exemplary().forbidden(Data::AuthorizationPolicy),
            );
    }
}
