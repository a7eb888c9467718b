//! From assignments to holders: groups resolved to members, what PIM says joined with what plain
//! assignments show.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use model::{
    DIRECTORY_SYNCHRONIZATION_ROLES, Data, Gap, GapCause, Id, RoleSet, Timestamp, User, role_name,
};

use super::{Directory, Holder, HolderState, Holders, Principal, is_enabled};

impl<'t> Directory<'t> {
    /// Everybody and everything that holds a directory role.
    ///
    /// # Errors
    ///
    /// When assignments, or the members of a group that holds a role, were not read.
    pub(crate) fn holders(&self) -> Result<&Holders<'t>, Gap> {
        self.holders.get_or_init(|| self.resolve()).as_ref().map_err(Gap::clone)
    }

    /// Holders of some role of the set, active or eligible, one entry for each path.
    ///
    /// # Errors
    ///
    /// As [`Directory::holders`], and when some eligible holders could not be read.
    pub(crate) fn holders_of(&self, roles: RoleSet) -> Result<Vec<&Holder<'t>>, Gap> {
        let all = self.holders()?.complete()?;
        self.roles_are_told(all)?;
        Ok(all.iter().filter(|holder| self.is_of(roles, &holder.role)).collect())
    }

    /// Whether the role counts to the set: by our list, or where administrators are meant by
    /// Microsoft's label on the role.
    pub(crate) fn is_of(&self, roles: RoleSet, role: &Id) -> bool {
        // The label is on the synchronization roles too, whose accounts cannot do without them.
        // Who holds them is judged by `hybrid-sync-account-clean`.
        let synchronizes = roles == RoleSet::Privileged
            && DIRECTORY_SYNCHRONIZATION_ROLES.contains(&role.as_str());
        let by_label = matches!(roles, RoleSet::Administrators | RoleSet::Privileged)
            && !synchronizes
            // A role of our list that is not of the set only reads.
            && !RoleSet::Administrators.has(role)
            && self.tenant.role_definitions.read().unwrap_or_default().iter().any(|definition| {
                definition.is_privileged == Some(true)
                    && definition.template_id.as_ref().unwrap_or(&definition.id) == role
            });
        roles.has(role) || by_label
    }

    /// Confirms that it can be told of every role held whether it is privileged: it is in our table,
    /// or the definitions, which bear Microsoft's label, were read.
    ///
    /// # Errors
    ///
    /// When neither.
    pub(crate) fn roles_are_told(&self, holders: &[Holder<'_>]) -> Result<(), Gap> {
        match self.tenant.role_definitions.read() {
            Err(gap) if holders.iter().any(|holder| role_name(&holder.role).is_none()) => Err(gap),
            _ => Ok(()),
        }
    }

    /// Whether the id was a user of this tenant when the assignment was read, and is none now.
    pub(crate) fn is_deleted_user(&self, id: &Id) -> bool {
        self.user(id).is_none() && self.expanded(id) == Some("user")
    }

    /// Enabled users that hold some role of the set, active or eligible, with all their paths.
    ///
    /// # Errors
    ///
    /// As [`Directory::holders_of`]; when whether one is enabled was not read; and when there is
    /// nobody, which cannot be.
    pub(crate) fn admins(&self, roles: RoleSet) -> Result<Vec<(&'t User, Vec<&Holder<'t>>)>, Gap> {
        let mut admins: BTreeMap<&'t Id, (&'t User, Vec<&Holder<'t>>)> = BTreeMap::new();
        for holder in self.holders_of(roles)? {
            if let Some(user) = holder.principal.user()
                && is_enabled(user)?
            {
                admins.entry(&user.id).or_insert_with(|| (user, Vec::new())).1.push(holder);
            }
        }
        if admins.is_empty() {
            return Err(Gap::field(Data::RoleAssignments, "any enabled administrator"));
        }
        Ok(admins.into_values().collect())
    }

    /// Plain assignments say who holds what now; PIM says since when, until when, and who may.
    ///
    /// An empty answer of PIM is never read as "nobody": what only plain assignments know stands.
    fn resolve(&self) -> Result<Holders<'t>, Gap> {
        let plain = self.tenant.role_assignments.read()?;
        let active = self.tenant.role_assignment_schedule_instances.read();
        let eligible = self.tenant.role_eligibility_schedule_instances.read();
        let pim_gap = active.as_ref().err().and_then(|gap| self.unless_unlicensed(gap));
        let mut eligible_gap = eligible.as_ref().err().and_then(|gap| self.unless_unlicensed(gap));
        let (active, eligible) = (active.unwrap_or_default(), eligible.unwrap_or_default());

        let mut seats = Vec::new();
        for one in active {
            let is = |word: &str, text: &Option<String>| {
                text.as_deref().is_some_and(|text| text.eq_ignore_ascii_case(word))
            };
            let state = if is("Activated", &one.assignment_type) {
                HolderState::Activated
            } else {
                HolderState::Assigned(one.end_date_time)
            };
            let app = one.app_scope_id.as_ref().filter(|scope| !scope.is_empty());
            let scope = app.or(one.directory_scope_id.as_ref());
            let derived = is("Group", &one.member_type);
            seats.push(self.seat(
                &one.principal_id,
                &one.role_definition_id,
                state,
                scope,
                derived,
            ));
        }
        let known: BTreeSet<_> = seats.iter().map(Seat::key).collect();
        let state = match &pim_gap {
            Some(_) => HolderState::Undecided,
            None if active.is_empty() => HolderState::Assigned(None),
            None => HolderState::OutsidePim,
        };
        let outside: Vec<_> = plain
            .iter()
            .map(|one| {
                let scope = one.directory_scope_id.as_ref();
                self.seat(&one.principal_id, &one.role_definition_id, state, scope, false)
            })
            .filter(|seat| !known.contains(&seat.key()))
            .collect();
        seats.extend(outside);
        for one in eligible {
            let state = HolderState::Eligible(one.end_date_time);
            let derived =
                one.member_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("Group"));
            let scope = one.directory_scope_id.as_ref();
            seats.push(self.seat(
                &one.principal_id,
                &one.role_definition_id,
                state,
                scope,
                derived,
            ));
        }

        if seats.is_empty() {
            return Err(Gap {
                data: Data::RoleAssignments,
                cause: GapCause::Unreadable,
                detail: "nobody holds any role, which cannot be".to_owned(),
            });
        }
        let mut all = Vec::new();
        let mut through_groups = false;
        // Rows that PIM derives from a group's come last: the group's own row says more.
        seats.sort_by_key(|seat| seat.derived);
        for seat in &seats {
            through_groups |= self.add(&mut all, seat)?;
        }
        if through_groups && eligible_gap.is_none() {
            let members = self.tenant.group_eligibility_schedule_instances.read();
            eligible_gap = members.err().and_then(|gap| self.unless_unlicensed(&gap));
        }
        all.sort_by(|one, two| one.key().cmp(&two.key()));
        Ok(Holders { all, eligible_gap, pim_gap })
    }

    /// The gap, unless it only says that the tenant does not own Privileged Identity Management.
    fn unless_unlicensed(&self, gap: &Gap) -> Option<Gap> {
        let licensed =
            self.tenant.licenses().map_or(!gap.is_not_licensed(), |owned| owned.has_pim());
        licensed.then(|| gap.clone())
    }

    fn seat(
        &self,
        principal: &'t Id,
        role: &Id,
        state: HolderState,
        scope: Option<&'t String>,
        derived: bool,
    ) -> Seat<'t> {
        let scope = scope.map_or("/", String::as_str);
        Seat { principal, role: self.template(role), state, scope, derived }
    }

    /// Adds the principal's path, or one for each member when the principal is a group; says
    /// whether it is one.
    fn add(&self, all: &mut Vec<Holder<'t>>, seat: &Seat<'t>) -> Result<bool, Gap> {
        let id = seat.principal;
        let holder = |principal, group: Option<&Id>, state| Holder {
            principal,
            role: seat.role.clone(),
            state,
            group: group.cloned(),
            tenant_wide: seat.scope == "/",
        };
        if let Some(user) = self.users.get(id) {
            let told = seat.derived
                && all.iter().any(|other| {
                    other.principal.id() == id
                        && other.role == seat.role
                        && other.group.is_some()
                        && other.is_active() == !matches!(seat.state, HolderState::Eligible(_))
                });
            if !told {
                all.push(holder(Principal::User(user), None, seat.state));
            }
        } else if self.is_service_principal(id) {
            let service = self.service_principals.get(id).copied();
            all.push(holder(Principal::Service(id, service), None, seat.state));
        } else if self.home_elsewhere(id).is_none() && self.is_group(id)? {
            let eligible = self.eligible_members(id)?;
            for member in self.below(id)?.iter().copied() {
                let state = match seat.state {
                    HolderState::Assigned(_) | HolderState::OutsidePim
                        if eligible.contains_key(member) =>
                    {
                        HolderState::Undecided
                    }
                    state => state,
                };
                if let Some(user) = self.users.get(member) {
                    all.push(holder(Principal::User(user), Some(id), state));
                } else if let Some(service) = self.service_principals.get(member) {
                    let service = Principal::Service(member, Some(service));
                    all.push(holder(service, Some(id), state));
                }
            }
            // They may activate the membership, and with it the role.
            for (member, end) in eligible {
                if let Some(user) = self.users.get(member) {
                    let state = HolderState::Eligible(end);
                    all.push(holder(Principal::User(user), Some(id), state));
                }
            }
            return Ok(true);
        } else {
            all.push(holder(Principal::Foreign(id), None, seat.state));
        }
        Ok(false)
    }

    /// Who may activate a membership of the group (PIM for Groups), and until when. An eligible
    /// owner is no member.
    fn eligible_members(&self, group: &Id) -> Result<BTreeMap<&'t Id, Option<Timestamp>>, Gap> {
        let mut members = BTreeMap::new();
        let instances = self.tenant.group_eligibility_schedule_instances.read().unwrap_or_default();
        for one in instances.iter().filter(|one| one.group_id == *group) {
            if one.access_id.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("owner")) {
                continue;
            }
            let is_group =
                !self.users.contains(&one.principal_id) && self.is_group(&one.principal_id)?;
            let below = if is_group { self.below(&one.principal_id)? } else { Rc::default() };
            members.extend(
                below.iter().copied().chain([&one.principal_id]).map(|id| (id, one.end_date_time)),
            );
        }
        Ok(members)
    }

    /// The tenant that a role assignment names as its principal's home, where it is another one.
    pub(crate) fn home_elsewhere(&self, id: &Id) -> Option<&'t Id> {
        let assignments = self.tenant.role_assignments.read().unwrap_or_default();
        let own = self.own_tenant()?;
        assignments
            .iter()
            .filter(|one| one.principal_id == *id)
            .filter_map(|one| one.principal_organization_id.as_ref())
            .find(|home| !home.is_empty() && *home != own)
    }

    /// This tenant's id; `None` where an import does not tell.
    pub(crate) fn own_tenant(&self) -> Option<&'t Id> {
        let told = Some(&self.tenant.snapshot.tenant.id).filter(|id| !id.is_empty());
        told.or_else(|| self.tenant.organization.one().ok().map(|organization| &organization.id))
    }

    fn is_service_principal(&self, id: &Id) -> bool {
        self.service_principals.contains_key(id) || self.expanded(id) == Some("servicePrincipal")
    }

    /// The template id of a role definition; built-in roles have it as their id.
    fn template(&self, definition: &Id) -> Id {
        self.tenant
            .role_definitions
            .read()
            .unwrap_or_default()
            .iter()
            .find(|role| role.id == *definition)
            .and_then(|role| role.template_id.clone())
            .unwrap_or_else(|| definition.clone())
    }
}

/// One assignment, before groups are resolved to their members.
struct Seat<'t> {
    principal: &'t Id,
    role: Id,
    state: HolderState,
    scope: &'t str,
    /// PIM derives the row from the assignment of a group.
    derived: bool,
}

impl<'t> Seat<'t> {
    fn key(&self) -> (&'t Id, Id, String) {
        (self.principal, self.role.clone(), self.scope.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use model::{GLOBAL_ADMINISTRATOR, UnavailableReason};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::*;

    const GROUP: &str = "b0000000-0000-4000-8000-0000000000a1";
    const NESTED: &str = "b0000000-0000-4000-8000-0000000000a2";

    /// "principal: path" of everybody who holds the role, in order.
    fn holders(fixture: &Fixture, role: &str) -> Vec<String> {
        fixture.look(|context| {
            let holders = context.directory().unwrap().holders().unwrap();
            let mut lines = Vec::new();
            for holder in holders.all.iter().filter(|holder| holder.role == *role) {
                let who = match holder.principal {
                    Principal::User(user) => user.name().split('@').next().unwrap().to_owned(),
                    Principal::Service(id, _) => format!("service principal {id}"),
                    Principal::Foreign(id) => format!("foreign {id}"),
                };
                let path = holder.path();
                lines.push(format!(
                    "{who}: {}",
                    path.split_once(" (").unwrap().1.trim_end_matches(')')
                ));
            }
            lines
        })
    }

    fn gap(fixture: &Fixture) -> Gap {
        fixture.look(|context| context.directory().unwrap().holders().err().unwrap())
    }

    fn group(id: &str) -> Value {
        json!({ "id": id, "displayName": "Helpers", "isAssignableToRole": true })
    }

    /// A group with these direct members.
    fn with_group(fixture: Fixture, id: &str, members: &[&str]) -> Fixture {
        fixture.add(Data::Groups, group(id)).add(
            Data::GroupMembers,
            json!({ "groupId": id, "memberIds": members, "transitive": false }),
        )
    }

    /// The group holds Helpdesk Administrator, in PIM and in the plain assignments.
    fn group_with_role(members: &[&str]) -> Fixture {
        with_group(Fixture::exemplary(), GROUP, members)
            .add(Data::RoleAssignments, assignment(GROUP, HELPDESK_ADMIN))
            .add(
                Data::RoleAssignmentScheduleInstances,
                assigned(GROUP, HELPDESK_ADMIN, &Value::Null),
            )
    }

    #[test]
    fn everybody_of_the_exemplary_tenant() {
        assert_eq!(
            holders(&Fixture::exemplary(), GLOBAL_ADMIN),
            ["ea1: permanent", "ea2: permanent", "adm-one: eligible"]
        );
    }

    #[test]
    fn a_group_is_its_members_at_any_depth_and_cycles_end() {
        let fixture = with_group(group_with_role(&[NESTED, PERSON_1]), NESTED, &[GROUP, PERSON_2]);
        assert_eq!(
            holders(&fixture, HELPDESK_ADMIN),
            ["person1: permanent, through a group", "person2: permanent, through a group"]
        );
    }

    #[test]
    fn a_group_whose_members_were_not_read_is_a_gap() {
        let unread = group_with_role(&[]).edit(Data::GroupMembers, |records| {
            records.pop();
        });
        assert_eq!(gap(&unread).data, Data::GroupMembers);
        assert_eq!(
            gap(&group_with_role(&[]).forbidden(Data::GroupMembers)).data,
            Data::GroupMembers
        );
        // A nested group that was listed and not read, too.
        let nested = group_with_role(&[NESTED]).add(Data::Groups, group(NESTED));
        assert_eq!(gap(&nested).data, Data::GroupMembers);
        // Without any list of groups, an unknown holder may be one.
        let unknown = Fixture::exemplary()
            .add(Data::RoleAssignments, assignment(GROUP, HELPDESK_ADMIN))
            .forbidden(Data::Groups);
        assert_eq!(gap(&unknown).data, Data::Groups);
    }

    #[test]
    fn without_a_license_everybody_stands() {
        let fixture = Fixture::exemplary().unlicensed(&[model::Plan::EntraIdP2]);
        assert_eq!(holders(&fixture, GLOBAL_ADMIN), ["ea1: permanent", "ea2: permanent"]);
        fixture.look(|context| {
            let holders = context.directory().unwrap().holders().unwrap();
            assert_eq!((&holders.eligible_gap, &holders.pim_gap), (&None, &None));
        });
    }

    #[test]
    fn a_licensed_tenant_without_pim_data_is_a_gap() {
        for reason in [UnavailableReason::Forbidden, UnavailableReason::NotLicensed] {
            let fixture = Fixture::exemplary()
                .unavailable(Data::RoleAssignmentScheduleInstances, reason)
                .unavailable(Data::RoleEligibilityScheduleInstances, reason);
            fixture.look(|context| {
                let directory = context.directory().unwrap();
                let holders = directory.holders().unwrap();
                assert!(holders.eligible_gap.is_some() && holders.pim_gap.is_some());
                assert!(holders.all.iter().all(|one| one.state == HolderState::Undecided));
                assert!(directory.admins(RoleSet::Privileged).is_err());
            });
        }
    }

    #[test]
    fn an_empty_answer_of_pim_is_not_nobody() {
        let fixture = Fixture::exemplary().set(Data::RoleAssignmentScheduleInstances, json!([]));
        assert_eq!(
            holders(&fixture, GLOBAL_ADMIN),
            ["ea1: permanent", "ea2: permanent", "adm-one: eligible"]
        );
        assert_eq!(gap(&fixture.forbidden(Data::RoleAssignments)).data, Data::RoleAssignments);
    }

    #[test]
    fn what_pim_does_not_know_was_assigned_outside_it() {
        let fixture = Fixture::exemplary()
            .add(Data::RoleAssignments, assignment(PERSON_1, HELPDESK_ADMIN))
            // The same role for one administrative unit is another assignment.
            .add(
                Data::RoleAssignmentScheduleInstances,
                scoped(assigned(PERSON_1, HELPDESK_ADMIN, &Value::Null)),
            );
        assert_eq!(
            holders(&fixture, HELPDESK_ADMIN),
            ["person1: permanent, limited scope", "person1: permanent, assigned outside PIM"]
        );
    }

    fn scoped(mut assignment: Value) -> Value {
        assignment["directoryScopeId"] = json!("/administrativeUnits/d1");
        assignment
    }

    #[test]
    fn an_activated_assignment_is_not_standing() {
        let mut activated = assigned(ADMIN_1, GLOBAL_ADMIN, &json!("2026-11-01T06:00:00Z"));
        activated["assignmentType"] = json!("Activated");
        let fixture = Fixture::exemplary()
            .add(Data::RoleAssignmentScheduleInstances, activated)
            .add(Data::RoleAssignments, assignment(ADMIN_1, GLOBAL_ADMIN));
        assert_eq!(
            holders(&fixture, GLOBAL_ADMIN)[2..],
            ["adm-one: activated", "adm-one: eligible"]
        );
    }

    #[test]
    fn rows_that_pim_derives_from_a_group_are_not_counted_twice() {
        let mut derived = assigned(PERSON_1, HELPDESK_ADMIN, &Value::Null);
        derived["memberType"] = json!("Group");
        let fixture =
            group_with_role(&[PERSON_1]).add(Data::RoleAssignmentScheduleInstances, derived);
        assert_eq!(holders(&fixture, HELPDESK_ADMIN), ["person1: permanent, through a group"]);
    }

    #[test]
    fn eligible_members_of_a_group_may_activate_its_role() {
        let eligible = |user: &str, access: &str| json!({ "groupId": GROUP, "principalId": user, "accessId": access, "endDateTime": null });
        let fixture = group_with_role(&[PERSON_2, PERSON_3]).set(
            Data::GroupEligibilityScheduleInstances,
            json!([
                eligible(PERSON_1, "member"),
                eligible(PERSON_2, "member"),
                eligible(PERSON_4, "owner")
            ]),
        );
        assert_eq!(
            holders(&fixture, HELPDESK_ADMIN),
            [
                "person1: eligible, through a group",
                "person2: active, perhaps only activated, through a group",
                "person2: eligible, through a group",
                "person3: permanent, through a group"
            ]
        );
        fixture.forbidden(Data::GroupEligibilityScheduleInstances).look(|context| {
            assert!(context.directory().unwrap().holders().unwrap().eligible_gap.is_some());
        });
    }

    #[test]
    fn service_principals_and_foreign_principals_are_no_users() {
        let mut named = assignment("c0000000-0000-4000-8000-0000000000b1", HELPDESK_ADMIN);
        named["principal"] = json!({
            "@odata.type": "#microsoft.graph.servicePrincipal", "id": named["principalId"]
        });
        let mut partner = assignment(GROUP, HELPDESK_ADMIN);
        partner["principalOrganizationId"] = json!("f0000000-0000-4000-8000-000000000001");
        let fixture = Fixture::exemplary()
            .add(Data::ServicePrincipals, json!({ "id": APP, "appId": APP }))
            .edit(Data::RoleAssignments, |records| {
                records.extend([assignment(APP, HELPDESK_ADMIN), named, partner]);
            });
        assert_eq!(
            holders(&fixture, HELPDESK_ADMIN),
            [
                format!("foreign {GROUP}: permanent, assigned outside PIM"),
                format!("service principal {APP}: permanent, assigned outside PIM"),
                "service principal c0000000-0000-4000-8000-0000000000b1: \
                 permanent, assigned outside PIM"
                    .to_owned(),
            ]
        );
    }

    #[test]
    fn roles_are_known_by_template_whatever_their_definition_and_name() {
        let fixture = Fixture::exemplary()
            .add(
                Data::RoleDefinitions,
                json!({
                    "id": "d0000000-0000-4000-8000-000000000001", "displayName": "Company Administrator",
                    "templateId": GLOBAL_ADMINISTRATOR, "isBuiltIn": true
                }),
            )
            .add(
                Data::RoleAssignments,
                assignment(PERSON_1, "D0000000-0000-4000-8000-000000000001"),
            );
        assert_eq!(
            holders(&fixture, GLOBAL_ADMIN)[3..],
            ["person1: permanent, assigned outside PIM"]
        );
    }

    #[test]
    fn microsoft_s_label_adds_roles_to_the_administrators() {
        const NEW: &str = "d0000000-0000-4000-8000-000000000002";
        const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
        let labelled = |id: &str| json!({ "id": id, "templateId": id, "isPrivileged": true });
        let fixture = Fixture::exemplary()
            .add(Data::RoleDefinitions, labelled(NEW))
            .add(Data::RoleDefinitions, labelled(GLOBAL_READER));
        fixture.look(|context| {
            let directory = context.directory().unwrap();
            let is = |set, role: &str| directory.is_of(set, &Id::from(role));
            assert!(is(RoleSet::Privileged, NEW) && is(RoleSet::Administrators, NEW));
            assert!(!is(RoleSet::HighlyPrivileged, NEW) && !is(RoleSet::SecurityDefaults, NEW));
            assert!(is(RoleSet::Administrators, GLOBAL_READER));
            assert!(!is(RoleSet::Privileged, GLOBAL_READER));
        });
    }

    #[test]
    fn synchronization_roles_are_not_privileged_whatever_their_label() {
        let sync = Id::from(DIRECTORY_SYNCHRONIZATION_ROLES[0]);
        let fixture = Fixture::exemplary().add(
            Data::RoleDefinitions,
            json!({ "id": sync.as_str(), "templateId": sync.as_str(), "isPrivileged": true }),
        );
        fixture.look(|context| {
            let directory = context.directory().unwrap();
            assert!(!directory.is_of(RoleSet::Privileged, &sync));
            // A person who holds it administers.
            assert!(directory.is_of(RoleSet::Administrators, &sync));
        });
    }

    #[test]
    fn administrators_of_unread_state_and_none_at_all_are_gaps() {
        let gap = |value: Value| {
            let fixture = Fixture::exemplary().with_member(Data::Users, "accountEnabled", &value);
            fixture.look(|context| {
                let directory = context.directory().unwrap();
                directory.admins(RoleSet::Privileged).err().unwrap()
            })
        };
        assert_eq!(gap(Value::Null).detail, "accountEnabled");
        assert_eq!(gap(json!(false)).data, Data::RoleAssignments);
    }

    #[test]
    fn a_nested_group_whose_members_are_hidden_is_a_gap_and_a_device_is_none() {
        let fixture = group_with_role(&[NESTED, PERSON_1]);
        assert_eq!(holders(&fixture, HELPDESK_ADMIN), ["person1: permanent, through a group"]);
        let (mut snapshot, profile) = (fixture.snapshot(), fixture.parsed_profile());
        let data = snapshot.datasets.get_mut(Data::GroupMembers.name()).unwrap();
        let model::Dataset::Collected(collected) = data else { panic!("not collected") };
        let note = json!([format!("members of {NESTED}: refused (Member.Read.Hidden)")]);
        let note = serde_json::value::to_raw_value(&note).unwrap();
        collected.other.insert("notes".to_owned(), note);
        let tenant = model::Tenant::new(&snapshot, &profile);
        let context = crate::context::Context::new(&tenant);
        let gap = context.directory().unwrap().holders().err().unwrap();
        assert_eq!(gap.data, Data::GroupMembers);
    }

    #[test]
    fn nobody_with_any_role_is_an_error() {
        let empty = [
            Data::RoleAssignments,
            Data::RoleAssignmentScheduleInstances,
            Data::RoleEligibilityScheduleInstances,
        ];
        let fixture = empty
            .into_iter()
            .fold(Fixture::exemplary(), |fixture, data| fixture.set(data, json!([])));
        assert_eq!(gap(&fixture).cause, GapCause::Unreadable);
    }

    #[test]
    fn an_empty_list_of_users_is_an_error() {
        let fixture = Fixture::exemplary().set(Data::Users, json!([]));
        fixture.look(|context| {
            assert_eq!(context.directory().err().unwrap().cause, GapCause::Unreadable);
        });
    }
}
