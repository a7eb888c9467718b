//! Holders of privileged roles, as the controls of this area judge them.

use model::{GLOBAL_ADMINISTRATOR, Gap, RoleSet, User};

use crate::context::Context;
use crate::directory::{Holder, in_words};
use crate::people::synchronization_accounts;

/// Enabled users with a privileged role, active or eligible.
pub(crate) struct Admins<'c, 't> {
    /// Sorted by id.
    pub(crate) judged: Vec<Admin<'c, 't>>,
    /// Those that are judged elsewhere, by reason.
    pub(crate) left_out: Vec<(&'static str, usize)>,
}

/// One of them, with every path to a privileged role.
pub(crate) struct Admin<'c, 't> {
    pub(crate) user: &'t User,
    pub(crate) paths: Vec<&'c Holder<'t>>,
}

impl Admin<'_, '_> {
    /// Whether some role is one of the highly privileged.
    pub(crate) fn is_high(&self) -> bool {
        self.paths.iter().any(|path| RoleSet::HighlyPrivileged.has(&path.role))
    }

    /// Whether Global Administrator is among the roles that are held without activation.
    pub(crate) fn stands_as_global(&self) -> bool {
        self.paths.iter().any(|path| path.is_standing() && path.role == GLOBAL_ADMINISTRATOR)
    }

    /// The paths in words.
    pub(crate) fn roles(&self) -> String {
        in_words(&self.paths)
    }
}

impl<'c, 't> Admins<'c, 't> {
    /// Everybody but recognized emergency access accounts and synchronization accounts.
    ///
    /// # Errors
    ///
    /// When users, roles, or eligible assignments were not read.
    pub(crate) fn but_emergency(context: &'c Context<'t>) -> Result<Self, Gap> {
        let emergency = context.emergency()?;
        let synchronization = synchronization_accounts(context)?;
        let mut admins = Self { judged: Vec::new(), left_out: Vec::new() };
        let (mut of_emergency, mut of_synchronization) = (0, 0);
        for (user, paths) in context.directory()?.admins(RoleSet::Privileged)? {
            if emergency.recognizes(&user.id) {
                of_emergency += 1;
            } else if synchronization.contains(&user.id) {
                of_synchronization += 1;
            } else {
                admins.judged.push(Admin { user, paths });
            }
        }
        admins.left_out.push(("emergency access account", of_emergency));
        admins.left_out.push(("synchronization account", of_synchronization));
        Ok(admins)
    }
}
