//! Alert policies: whether anybody gets their mail.

use std::collections::BTreeSet;

use model::{Data, GLOBAL_ADMINISTRATOR, Gap, Group, Mailbox, ProtectionAlert, User};

use crate::context::Context;
use crate::directory::any_enabled;
use crate::recipients::has_address;

/// Who may get mail of alert policies. What was not read only matters where it decides.
pub(crate) struct Readers<'t> {
    /// Whether an active Global Administrator has a mailbox.
    admins: Result<bool, Gap>,
    /// Domains of the organization, in lower case.
    domains: Result<BTreeSet<String>, Gap>,
    /// Whose addresses are known.
    mailboxes: Result<&'t [Mailbox], Gap>,
    groups: &'t [Group],
}

/// Who gets the mail of an alert policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Somebody.
    BySomebody,
    /// Only Global Administrators, none of whom has a mailbox.
    ByAdminsWithoutMailbox,
    /// Nobody; why, in words.
    ByNobody(&'static str),
    /// It could not be told.
    Untold(Gap),
}

impl<'t> Readers<'t> {
    pub(crate) fn of(context: &Context<'t>) -> Self {
        let exchange = &context.tenant.exchange;
        let domains = exchange.accepted_domains.read().map(|domains| {
            domains.iter().map(|domain| domain.domain_name.to_ascii_lowercase()).collect()
        });
        Self {
            admins: admins_with_mailbox(context),
            domains,
            mailboxes: exchange.mailboxes.read(),
            groups: context.tenant.groups.read().unwrap_or_default(),
        }
    }

    /// Who gets the policy's mail.
    pub(crate) fn hear(&self, alert: &ProtectionAlert) -> Heard {
        let missing = |name: &str| Gap::field(Data::ExchangeProtectionAlerts, name);
        match alert.notification_enabled {
            Some(true) => {}
            Some(false) => return Heard::ByNobody("its mail is switched off"),
            None => return Heard::Untold(missing("NotificationEnabled")),
        }
        let mut heard = Heard::ByNobody("it has no recipient");
        for recipient in &alert.notify_user {
            let recipient = recipient.trim().to_ascii_lowercase();
            let is_read = if recipient == "tenantadmins" {
                self.admins.clone()
            } else {
                self.exists(&recipient)
            };
            match is_read {
                Ok(true) => return Heard::BySomebody,
                Ok(false) => {
                    if !matches!(heard, Heard::Untold(_)) {
                        heard = Heard::ByAdminsWithoutMailbox;
                    }
                }
                Err(gap) => heard = Heard::Untold(gap),
            }
        }
        heard
    }

    /// Whether the address exists. One of another organization is taken for good; an own one that is
    /// no mailbox and no group that was read may be a contact or another group.
    fn exists(&self, address: &str) -> Result<bool, Gap> {
        let missing = || {
            Gap::field(
                Data::ExchangeProtectionAlerts,
                &format!("a recipient that is known to exist, other than {address}"),
            )
        };
        let (_, domain) = address.rsplit_once('@').ok_or_else(missing)?;
        if !self.domains.as_ref().map_err(Gap::clone)?.contains(domain) {
            return Ok(true);
        }
        let mailboxes = self.mailboxes.as_ref().map_err(Gap::clone)?;
        let of_group = self.groups.iter().filter_map(|group| group.mail.as_deref());
        if mailboxes.iter().any(|mailbox| has_address(mailbox, address))
            || of_group.into_iter().any(|mail| mail.eq_ignore_ascii_case(address))
        {
            Ok(true)
        } else {
            Err(missing())
        }
    }
}

/// Microsoft's default recipient is whoever is a Global Administrator right now.
fn admins_with_mailbox(context: &Context<'_>) -> Result<bool, Gap> {
    let mailboxes = context.tenant.exchange.mailboxes.read()?;
    let owns = |user: &&User| {
        let mut owners = mailboxes.iter().map(|one| one.external_directory_object_id.as_ref());
        owners.any(|owner| owner == Some(&user.id))
    };
    let holders = context.directory()?.holders()?.all.iter();
    let readers = holders
        .filter(|holder| holder.role == GLOBAL_ADMINISTRATOR && holder.is_active())
        .filter_map(|holder| holder.principal.user())
        .filter(owns);
    any_enabled(readers)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// Who hears an alert policy with these recipients.
    fn heard(fixture: &Fixture, recipients: &Value) -> Heard {
        fixture.clone().with_member(Data::ExchangeProtectionAlerts, "NotifyUser", recipients).look(
            |context| {
                let alerts = context.tenant.exchange.protection_alerts.read().unwrap();
                Readers::of(context).hear(&alerts[0])
            },
        )
    }

    #[test]
    fn recipients_that_exist_are_heard() {
        let fixture = Fixture::exemplary().add(
            Data::Groups,
            json!({ "id": "b0000000-0000-4000-8000-000000000009", "mail": "Desk@larkspur.example" }),
        );
        for known in ["Person3@larkspur.example", "desk@larkspur.example", "desk@brook.example"] {
            assert_eq!(heard(&fixture, &json!([known])), Heard::BySomebody, "{known}");
            assert_eq!(heard(&fixture, &json!(["TenantAdmins", known])), Heard::BySomebody);
        }
        let untold = |recipients: Value| matches!(heard(&fixture, &recipients), Heard::Untold(_));
        assert!(untold(json!(["gone@larkspur.example"])));
        assert!(untold(json!(["Desk"])));
        assert!(untold(json!(["gone@larkspur.example", "TenantAdmins"])));
        assert_eq!(heard(&fixture, &json!([])), Heard::ByNobody("it has no recipient"));
    }

    #[test]
    fn administrators_hear_it_only_with_a_mailbox() {
        let default = json!("tenantadmins");
        let nobody = Fixture::exemplary();
        assert_eq!(heard(&nobody, &default), Heard::ByAdminsWithoutMailbox);
        let owner = |id: &str| {
            Fixture::exemplary().edit(Data::ExchangeMailboxes, |mailboxes| {
                mailboxes[0]["ExternalDirectoryObjectId"] = json!(id);
            })
        };
        assert_eq!(heard(&owner(EMERGENCY_1), &default), Heard::BySomebody);
        // Eligible is not active.
        assert_eq!(heard(&owner(ADMIN_1), &default), Heard::ByAdminsWithoutMailbox);
        for data in [Data::ExchangeMailboxes, Data::RoleAssignments] {
            assert!(matches!(heard(&nobody.clone().forbidden(data), &default), Heard::Untold(_)));
        }
    }

    #[test]
    fn mail_must_be_switched_on() {
        let with = |value: Value| {
            let data = Data::ExchangeProtectionAlerts;
            let fixture = Fixture::exemplary().with_member(data, "NotificationEnabled", &value);
            heard(&fixture, &json!(["x@brook.example"]))
        };
        assert_eq!(with(json!("True")), Heard::BySomebody);
        assert_eq!(with(json!(false)), Heard::ByNobody("its mail is switched off"));
        assert!(matches!(with(Value::Null), Heard::Untold(_)));
    }
}
