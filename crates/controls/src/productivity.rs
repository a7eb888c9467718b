//! Whether an account is equipped for daily work: a mailbox, Teams, SharePoint, Office.

use model::{Data, Gap, Plan, User};

use crate::by_id::ById;
use crate::context::Context;

/// Service plans that give a mailbox, frontline and kiosk ones too, government ones too. Many other
/// plans are of the service `exchange` without giving one, such as Exchange Foundation, which comes
/// with Entra ID P1. Source: Microsoft's list of service plan identifiers for licensing.
const MAILBOX_PLANS: [&str; 9] = [
    "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
    "efb87545-963c-4e0d-99df-69c6916d9eb0",
    "4a82b400-a79f-41a4-b4e2-e94f5787b113",
    "1126bef5-da20-4f07-b45e-ad25d2581aa8",
    "e9b4930a-925f-45e2-ac2a-3f7788ca6fdd",
    "8c3069c0-ccdb-44be-ab77-986203a67df2",
    "fc52cc4b-ed7d-472d-bbe7-b081c23ecc56",
    "d42bdbd6-c335-4231-ab3d-c8f348d5aff5",
    "90927877-dcff-4af6-b346-2332c0b15bb7",
];

/// Services for daily work, by the name that an assigned plan bears.
const SERVICES: [(&str, &str); 4] = [
    ("TeamspaceAPI", "Teams"),
    ("MicrosoftCommunicationsOnline", "Skype for Business or Teams calling"),
    ("SharePoint", "SharePoint"),
    ("MicrosoftOffice", "Office apps"),
];

/// Accounts with a mailbox of their own.
pub(crate) struct Mailboxes<'t>(Option<ById<'t, ()>>);

impl<'t> Mailboxes<'t> {
    /// Where mailboxes were not read, service plans alone tell.
    pub(crate) fn of(context: &Context<'t>) -> Self {
        if context.has(Plan::ExchangeOnline) == Ok(false) {
            return Self(Some(ById::default()));
        }
        let owners = context.tenant.exchange.mailboxes.read().ok().map(|mailboxes| {
            let is_own = |kind: &Option<String>| {
                kind.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("UserMailbox"))
            };
            mailboxes
                .iter()
                .filter(|mailbox| is_own(&mailbox.recipient_type_details))
                .filter_map(|mailbox| Some((mailbox.external_directory_object_id.as_ref()?, ())))
                .collect()
        });
        Self(owners)
    }

    /// Whether the mailboxes were read.
    pub(crate) fn were_read(&self) -> bool {
        self.0.is_some()
    }

    /// What equips the account for daily work, in words; empty: nothing. Plans for security and
    /// management do not count.
    ///
    /// # Errors
    ///
    /// When the account's plans were not read.
    pub(crate) fn equipment(&self, user: &User) -> Result<Vec<&'static str>, Gap> {
        let unlicensed = user.assigned_licenses.as_ref().is_some_and(Vec::is_empty);
        let plans = match &user.assigned_plans {
            Some(plans) => plans.as_slice(),
            None if unlicensed => &[],
            None => return Err(Gap::field(Data::Users, "assignedPlans")),
        };
        let usable: Vec<_> = plans
            .iter()
            .filter(|plan| {
                // "Warning": in the grace period, still usable.
                matches!(plan.capability_status.as_deref(), Some("Enabled" | "Warning") | None)
            })
            .collect();
        let mailbox = self.0.as_ref().is_some_and(|owners| owners.contains(&user.id))
            || usable.iter().any(|plan| {
                plan.service_plan_id.as_ref().is_some_and(|id| MAILBOX_PLANS.contains(&id.as_str()))
            });
        let services = SERVICES.iter().filter(|(service, _)| {
            usable.iter().any(|plan| {
                plan.service.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(service))
            })
        });
        Ok(mailbox
            .then_some("a mailbox")
            .into_iter()
            .chain(services.map(|(_, words)| *words))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    fn equipment(fixture: &Fixture, plans: &Value) -> Result<Vec<&'static str>, Gap> {
        let mut user = person(ADMIN_1, "adm-one");
        user["assignedPlans"] = plans.clone();
        let user: User = serde_json::from_value(user).unwrap();
        fixture.look(|context| Mailboxes::of(context).equipment(&user))
    }

    fn plan(service: &str, id: &str, status: &str) -> Value {
        json!({ "service": service, "servicePlanId": id, "capabilityStatus": status })
    }

    #[test]
    fn only_plans_for_daily_work_count() {
        let of = |plan: Value| equipment(&Fixture::exemplary(), &json!([plan])).unwrap();
        assert_eq!(of(plan("exchange", MAILBOX_PLANS[2], "Enabled")), ["a mailbox"]);
        assert_eq!(of(plan("TeamspaceAPI", "57ff2da0", "Warning")), ["Teams"]);
        assert_eq!(of(plan("SharePoint", "5dbe027f", "Deleted")), [""; 0]);
        // Exchange Foundation, Entra ID P2, Intune, Defender for Office 365.
        for (service, id) in [
            ("exchange", "113feb6c-3fe4-4440-bddc-54d774bf0318"),
            ("AADPremiumService", "eec0eb4f-6444-4f95-aba0-50c24d67f998"),
            ("SCO", "c1ec4a95-1f05-45b3-a911-aa3fa01094f5"),
            ("exchange", "f20fedf3-f3c3-43c3-8267-2bfdd51c0939"),
        ] {
            assert_eq!(of(plan(service, id, "Enabled")), [""; 0], "{id}");
        }
    }

    #[test]
    fn a_mailbox_counts_without_any_plan() {
        let mailbox = |kind: &str| {
            Fixture::exemplary().add(
                Data::ExchangeMailboxes,
                json!({ "ExternalDirectoryObjectId": ADMIN_1, "RecipientTypeDetails": kind }),
            )
        };
        assert_eq!(equipment(&mailbox("UserMailbox"), &json!([])).unwrap(), ["a mailbox"]);
        assert_eq!(equipment(&mailbox("SharedMailbox"), &json!([])).unwrap(), [""; 0]);
        let unread = mailbox("UserMailbox").forbidden(Data::ExchangeMailboxes);
        assert_eq!(equipment(&unread, &json!([])).unwrap(), [""; 0]);
        assert!(equipment(&unread, &Value::Null).is_err());
    }
}
