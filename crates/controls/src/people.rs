//! Populations: people, guests, service and synchronization accounts.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    DIRECTORY_SYNCHRONIZATION_ROLES, Data, Gap, GapCause, Id, Plan, UnavailableReason, User,
};

use crate::context::Context;
use crate::directory::is_enabled;

/// Mailbox types whose accounts are not people. Source: Exchange Online `RecipientTypeDetails`.
const NOT_PEOPLE: [&str; 4] =
    ["SharedMailbox", "RoomMailbox", "EquipmentMailbox", "SchedulingMailbox"];

/// Who of a tenant is a person, and who is left out and why.
pub(crate) struct People<'t> {
    /// Enabled members that are people, sorted by id. Service accounts are among them.
    pub(crate) members: Vec<&'t User>,
    /// Enabled guests and external members, sorted by id.
    pub(crate) guests: Vec<&'t User>,
    /// Of `members`, those that the profile declares as service accounts.
    pub(crate) service: BTreeSet<&'t Id>,
    /// Enabled accounts that are neither, by reason, sorted by id.
    pub(crate) left_out: BTreeMap<&'static str, Vec<&'t User>>,
    /// Set when mailbox types could not be read, so that shared mailboxes may be among the people.
    pub(crate) mailbox_gap: Option<Gap>,
}

impl<'t> People<'t> {
    pub(crate) fn of(context: &Context<'t>) -> Result<Self, Gap> {
        let directory = context.directory()?;
        let mailboxes = not_people(context);
        let mailbox_gap = mailboxes.as_ref().err().cloned();
        let mailboxes = mailboxes.unwrap_or_default();
        let synchronization = synchronization_accounts(context)?;
        let emergency = context.emergency()?;
        let declared = |names: &[String]| -> BTreeSet<&'t Id> {
            names.iter().filter_map(|name| directory.named(name)).map(|user| &user.id).collect()
        };
        let service = declared(&context.tenant.profile.accounts.service);
        let mut people = Self {
            members: Vec::new(),
            guests: Vec::new(),
            service: BTreeSet::new(),
            left_out: BTreeMap::new(),
            mailbox_gap,
        };
        // A list without the member was read wrongly. Single accounts lack it: Microsoft left it empty
        // on some of the oldest, which are members.
        if directory.users().all(|user| user.user_type.is_none()) {
            return Err(Gap::field(Data::Users, "userType"));
        }
        for user in directory.users() {
            if !is_enabled(user)? {
                continue;
            }
            let why = if emergency.recognizes(&user.id) {
                "emergency access account"
            } else if synchronization.contains(&user.id) {
                "synchronization account"
            } else if user.is_guest() || user.is_external() {
                people.guests.push(user);
                continue;
            } else if user.is_resource_account == Some(true) {
                "resource account"
            } else if mailboxes.contains(&user.id) {
                "shared, room or equipment mailbox"
            } else if people.mailbox_gap.is_some() && !is_used(context, user) {
                "no license and no sign-in for 90 days; mailbox types were not read"
            } else {
                if service.contains(&user.id) {
                    people.service.insert(&user.id);
                }
                people.members.push(user);
                continue;
            };
            people.left_out.entry(why).or_default().push(user);
        }
        Ok(people)
    }

    /// How many were left out, by reason, for a finding's population.
    pub(crate) fn left_out(&self) -> Vec<(&'static str, usize)> {
        let guests = (!self.guests.is_empty()).then_some(("guest", self.guests.len()));
        guests
            .into_iter()
            .chain(self.left_out.iter().map(|(why, users)| (*why, users.len())))
            .collect()
    }
}

/// Users whose mailbox is no person's. Empty where there is no Exchange Online.
fn not_people<'t>(context: &Context<'t>) -> Result<BTreeSet<&'t Id>, Gap> {
    if context.has(Plan::ExchangeOnline) == Ok(false) {
        return Ok(BTreeSet::new());
    }
    let mailboxes = context.tenant.exchange.mailboxes.read()?;
    Ok(mailboxes
        .iter()
        .filter(|mailbox| {
            let kind = mailbox.recipient_type_details.as_deref().unwrap_or_default();
            NOT_PEOPLE.iter().any(|other| other.eq_ignore_ascii_case(kind))
        })
        .filter_map(|mailbox| mailbox.external_directory_object_id.as_ref())
        .collect())
}

/// Whether the account has a license or signed in during the last 90 days; also where neither was
/// read, for nobody is left out on a guess.
fn is_used(context: &Context<'_>, user: &User) -> bool {
    let licensed = user.assigned_licenses.as_ref().is_none_or(|licenses| !licenses.is_empty());
    let recently =
        |then: Option<model::Timestamp>| then.is_some_and(|then| context.days_since(then) <= 90);
    licensed || last_sign_in(context, &user.id).map_or(true, recently)
}

/// When the account last signed in: successfully where that is known, else any attempt. `None`:
/// never, or before Microsoft began to record it.
///
/// # Errors
///
/// When sign-in times were not read.
pub(crate) fn last_sign_in(
    context: &Context<'_>,
    user: &Id,
) -> Result<Option<model::Timestamp>, Gap> {
    Ok(context.sign_in_times()?.get(user).and_then(|times| {
        times.last_successful_sign_in_date_time.or_else(|| {
            times.last_sign_in_date_time.max(times.last_non_interactive_sign_in_date_time)
        })
    }))
}

/// Synchronization accounts: declared ones, and holders of a synchronization role that bear the
/// name Microsoft gives such an account. The role alone proves nothing: a person may hold it. Nor
/// is one that holds any other role let off anything, whatever its name.
pub(crate) fn synchronization_accounts<'t>(context: &Context<'t>) -> Result<BTreeSet<&'t Id>, Gap> {
    let directory = context.directory()?;
    let declared = context
        .tenant
        .profile
        .accounts
        .synchronization
        .iter()
        .filter_map(|name| directory.named(name));
    // Without roles the declared ones are all that can be told.
    let holders = directory.holders().map(|holders| holders.all.as_slice()).unwrap_or_default();
    let holding = holders
        .iter()
        .filter(|holder| DIRECTORY_SYNCHRONIZATION_ROLES.contains(&holder.role.as_str()))
        .filter_map(|holder| holder.principal.user())
        .filter(|user| has_synchronization_name(user));
    let has_other_role = |user: &User| {
        holders.iter().any(|holder| {
            holder.principal.id() == &user.id
                && !DIRECTORY_SYNCHRONIZATION_ROLES.contains(&holder.role.as_str())
        })
    };
    Ok(declared.chain(holding).filter(|user| !has_other_role(user)).map(|user| &user.id).collect())
}

/// Whether the account bears a name that Microsoft Entra Connect or Cloud Sync gives its own:
/// `Sync_<server>_<hexadecimal>` or `ADToAADSyncServiceAccount…`, on Microsoft's own domain.
pub(crate) fn has_synchronization_name(user: &User) -> bool {
    let name = user.user_principal_name.to_ascii_lowercase();
    let local = name.split('@').next().unwrap_or_default();
    let connect = local.strip_prefix("sync_").and_then(|rest| rest.rsplit_once('_')).is_some_and(
        |(server, suffix)| {
            !server.is_empty()
                && suffix.len() >= 8
                && suffix.bytes().all(|byte| byte.is_ascii_hexdigit())
        },
    );
    (connect || local.starts_with("adtoaadsyncserviceaccount")) && is_initial_domain(&user.domain())
}

/// Whether the domain is one that Microsoft gives and keeps, in any cloud.
pub(crate) fn is_initial_domain(domain: &str) -> bool {
    [".onmicrosoft.com", ".onmicrosoft.us", ".onmschina.cn"]
        .iter()
        .any(|suffix| domain.ends_with(suffix))
}

/// Whether the gap is one that only says "there is none here", not "it could not be read".
pub(crate) fn is_absent(gap: &Gap) -> bool {
    matches!(
        gap.cause,
        GapCause::Unavailable(UnavailableReason::NotLicensed | UnavailableReason::NotSupported)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    /// Names of the people, and how many were left out by reason.
    fn look(fixture: &Fixture) -> (Vec<String>, Vec<(&'static str, usize)>) {
        fixture.look(|context| {
            let people = context.people().unwrap();
            let name = |user: &&User| user.name().split('@').next().unwrap().to_owned();
            (people.members.iter().map(name).collect(), people.left_out())
        })
    }

    fn with(change: impl FnOnce(&mut Value)) -> Fixture {
        let mut user = person("a0000000-0000-4000-8000-0000000000ff", "someone");
        change(&mut user);
        Fixture::exemplary().add(Data::Users, user)
    }

    const EVERYBODY: [&str; 6] = ["adm-one", "adm-two", "person1", "person2", "person3", "person4"];

    #[test]
    fn people_are_enabled_members_who_are_neither_guests_nor_emergency_accounts() {
        let (names, left_out) = look(&Fixture::exemplary());
        assert_eq!(names, EVERYBODY);
        assert_eq!(left_out, [("guest", 1), ("emergency access account", 2)]);
    }

    #[test]
    fn who_is_no_person() {
        let external = with(|user| {
            user["userPrincipalName"] = json!("kim_brook.example#EXT#@larkspur.onmicrosoft.com");
        });
        assert_eq!(look(&external).1[0], ("guest", 2));
        let resource = with(|user| user["isResourceAccount"] = json!(true));
        assert_eq!(look(&resource).1.last(), Some(&("resource account", 1)));
        let disabled = with(|user| user["accountEnabled"] = json!(false));
        assert_eq!(look(&disabled), look(&Fixture::exemplary()));
        let shared = Fixture::exemplary()
            .edit(Data::Users, |users| users[9]["accountEnabled"] = json!(true));
        assert_eq!(look(&shared).1.last(), Some(&("shared, room or equipment mailbox", 1)));
    }

    #[test]
    fn without_mailbox_types_only_unused_accounts_are_left_out() {
        let why = "no license and no sign-in for 90 days; mailbox types were not read";
        let shared = Fixture::exemplary()
            .edit(Data::Users, |users| users[9]["accountEnabled"] = json!(true))
            .forbidden(Data::ExchangeMailboxes);
        let (names, left_out) = look(&shared);
        assert_eq!((names.len(), left_out.last()), (6, Some(&(why, 1))));
        // Nobody is left out on a guess.
        assert_eq!(look(&shared.forbidden(Data::SignInActivity)).0.len(), 7);
        // Without Exchange Online there are no shared mailboxes.
        let without = Fixture::exemplary()
            .unlicensed(&[Plan::ExchangeOnline])
            .without(Data::ExchangeMailboxes);
        assert_eq!(look(&without).0, EVERYBODY);
    }

    #[test]
    fn a_synchronization_account_has_the_role_and_the_name() {
        let holding = |name: &str| {
            with(|user| user["userPrincipalName"] = json!(name)).add(
                Data::RoleAssignments,
                assignment(
                    "a0000000-0000-4000-8000-0000000000ff",
                    DIRECTORY_SYNCHRONIZATION_ROLES[0],
                ),
            )
        };
        let left_out = Some(&("synchronization account", 1));
        for name in ["Sync_DC01_3f0a9b1c2d4e", "ADToAADSyncServiceAccount", "Sync_HQ_DC_0123abcd"] {
            let fixture = holding(&format!("{name}@larkspur.onmicrosoft.com"));
            assert_eq!(look(&fixture).1.last(), left_out, "{name}");
        }
        for name in ["person9@larkspur.onmicrosoft.com", "Sync_DC01_3f0a9b1c2d4e@larkspur.example"]
        {
            assert_eq!(look(&holding(name)).0.len(), 7, "{name}");
        }
        let declared = holding("svc-sync@larkspur.example").profile(
            "[accounts]\nsynchronization = [\"svc-sync@larkspur.example\"]\n\
             emergency = [\"ea1@larkspur.onmicrosoft.com\", \"ea2@larkspur.onmicrosoft.com\"]",
        );
        assert_eq!(look(&declared).1.last(), left_out);
        // With another role beside it, neither name nor declaration lets it off.
        for fixture in
            [holding("Sync_DC01_3f0a9b1c2d4e@larkspur.onmicrosoft.com"), declared.clone()]
        {
            let more = assignment("a0000000-0000-4000-8000-0000000000ff", GLOBAL_ADMIN);
            assert_eq!(look(&fixture.add(Data::RoleAssignments, more)).0.len(), 7);
        }
    }

    #[test]
    fn a_service_account_stays_among_the_people_and_is_marked() {
        let fixture = Fixture::exemplary().profile(
            "[accounts]\nservice = [\"person4@larkspur.example\", \"gone@larkspur.example\"]",
        );
        fixture.look(|context| {
            let people = context.people().unwrap();
            assert_eq!(people.service.iter().map(|id| id.as_str()).collect::<Vec<_>>(), [PERSON_4]);
            assert!(people.members.iter().any(|user| user.id == PERSON_4));
        });
    }

    #[test]
    fn an_account_whose_state_was_not_read_is_a_gap() {
        let fixture = with(|user| user["accountEnabled"] = Value::Null);
        let type_unread = Fixture::exemplary().with_member(Data::Users, "userType", &Value::Null);
        for (fixture, member) in [(fixture, "accountEnabled"), (type_unread, "userType")] {
            fixture.look(|context| {
                let gap = context.people().err().unwrap();
                assert_eq!((gap.data, gap.detail.as_str()), (Data::Users, member));
            });
        }
        // Some of the oldest accounts have no type: they are members.
        assert_eq!(look(&with(|user| user["userType"] = Value::Null)).0.len(), 7);
    }

    #[test]
    fn a_last_sign_in_is_a_success_where_that_is_told() {
        let last = |times: Value| {
            let fixture = Fixture::exemplary()
                .set(Data::SignInActivity, json!([{ "id": PERSON_1, "signInActivity": times }]));
            fixture.look(|context| {
                let id = Id::from(PERSON_1);
                last_sign_in(context, &id).unwrap().map(|time| time.to_string())
            })
        };
        let (early, late) = ("2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z");
        let success = json!({ "lastSuccessfulSignInDateTime": early, "lastSignInDateTime": late });
        assert_eq!(last(success).as_deref(), Some(early));
        let attempts =
            json!({ "lastSignInDateTime": early, "lastNonInteractiveSignInDateTime": late });
        assert_eq!(last(attempts).as_deref(), Some(late));
        assert_eq!(last(Value::Null), None);
    }
}
