//! Administrators: whom the controls on administrators' sign-ins judge.

use std::collections::{BTreeMap, BTreeSet};

use model::{Data, GLOBAL_ADMINISTRATOR, Gap, Id, RoleSet, User};

use crate::context::Context;
use crate::directory::{Holder, is_enabled};
use crate::people::synchronization_accounts;

/// Enabled users with an administrator role, active or eligible.
pub(crate) struct Admins<'c, 't> {
    /// Sorted by id.
    pub(crate) judged: Vec<Admin<'c, 't>>,
    /// Administrators that are judged elsewhere, by reason.
    pub(crate) left_out: Vec<(&'static str, usize)>,
    /// Set when eligible assignments, or what the roles held are, were not read: then some
    /// administrators may be missing.
    gap: Option<Gap>,
}

/// One administrator.
pub(crate) struct Admin<'c, 't> {
    /// The account.
    pub(crate) user: &'t User,
    /// Every path to an administrator role.
    pub(crate) paths: Vec<&'c Holder<'t>>,
}

impl Admin<'_, '_> {
    /// Whether a role is Global Administrator, active or eligible.
    pub(crate) fn is_global(&self) -> bool {
        self.paths.iter().any(|path| path.role == GLOBAL_ADMINISTRATOR)
    }

    /// Whether some role is of the set.
    pub(crate) fn has_any(&self, roles: RoleSet) -> bool {
        self.paths.iter().any(|path| roles.has(&path.role))
    }

    /// Whether some administrator role is in effect now.
    pub(crate) fn is_active(&self) -> bool {
        self.paths.iter().any(|path| path.is_active())
    }

    /// The roles in words, each once.
    pub(crate) fn roles(&self) -> String {
        let roles: BTreeSet<String> = self.paths.iter().map(|path| path.path()).collect();
        roles.into_iter().collect::<Vec<_>>().join(", ")
    }
}

impl<'c, 't> Admins<'c, 't> {
    /// Everybody who holds a role that Microsoft's lists or labels make an administrator's, less
    /// emergency access and synchronization accounts.
    ///
    /// # Errors
    ///
    /// When users, or whether an administrator is enabled, or roles were not read; when nobody is an
    /// administrator, which cannot be.
    pub(crate) fn of(context: &'c Context<'t>) -> Result<Self, Gap> {
        let directory = context.directory()?;
        let holders = directory.holders()?;
        let synchronization = synchronization_accounts(context)?;
        let emergency = context.emergency()?;
        let mut admins: BTreeMap<&Id, Admin<'c, 't>> = BTreeMap::new();
        for path in &holders.all {
            let counts = directory.is_of(RoleSet::Administrators, &path.role);
            if let Some(user) = path.principal.user().filter(|_| counts)
                && is_enabled(user)?
            {
                let admin = Admin { user, paths: Vec::new() };
                admins.entry(&user.id).or_insert(admin).paths.push(path);
            }
        }
        if admins.is_empty() {
            return Err(Gap::field(Data::RoleAssignments, "any enabled administrator"));
        }
        let (mut of_emergency, mut of_synchronization) = (0, 0);
        admins.retain(|id, _| {
            if emergency.recognizes(id) {
                of_emergency += 1;
                false
            } else if synchronization.contains(id) {
                of_synchronization += 1;
                false
            } else {
                true
            }
        });
        Ok(Self {
            judged: admins.into_values().collect(),
            left_out: vec![
                ("emergency access account", of_emergency),
                ("synchronization account", of_synchronization),
            ],
            gap: holders
                .eligible_gap
                .clone()
                .or_else(|| directory.roles_are_told(&holders.all).err()),
        })
    }

    /// The accounts.
    pub(crate) fn users(&self) -> impl Iterator<Item = &'t User> {
        self.judged.iter().map(|admin| admin.user)
    }

    /// The administrator with that account.
    pub(crate) fn of_user(&self, user: &User) -> Option<&Admin<'c, 't>> {
        self.judged.iter().find(|admin| admin.user.id == user.id)
    }

    /// Whether the account is a Global Administrator.
    pub(crate) fn is_global(&self, user: &User) -> bool {
        self.of_user(user).is_some_and(Admin::is_global)
    }

    /// The account's roles, for evidence.
    pub(crate) fn roles(&self, user: &User) -> String {
        self.of_user(user).map(Admin::roles).unwrap_or_default()
    }

    /// Confirms that nobody is missing: needed before saying that all, or most, meet something.
    ///
    /// # Errors
    ///
    /// When eligible assignments, or the definitions of roles that are not Microsoft's, were not
    /// read.
    pub(crate) fn complete(&self) -> Result<(), Gap> {
        self.gap.clone().map_or(Ok(()), Err)
    }
}
