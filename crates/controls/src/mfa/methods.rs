//! To whom the authentication methods policy offers a method.

use std::collections::BTreeSet;

use model::{AuthenticationMethodConfiguration, Data, Evidence, Gap, Id};

use crate::context::Context;
use crate::finding::count;

/// One method of the policy, and who may use it.
pub(crate) struct Method<'t> {
    /// Its settings.
    pub(crate) settings: &'t AuthenticationMethodConfiguration,
    /// Whether it is switched on.
    pub(crate) is_enabled: bool,
}

/// Who may use a method: `None` means everybody.
pub(crate) struct Reach<'t> {
    include: Option<BTreeSet<&'t Id>>,
    exclude: BTreeSet<&'t Id>,
}

impl<'t> Method<'t> {
    /// The method of that id, such as `MicrosoftAuthenticator`.
    ///
    /// # Errors
    ///
    /// When the policy was not read, or does not say whether the method is on.
    pub(crate) fn of(context: &Context<'t>, id: &str) -> Result<Self, Gap> {
        let missing =
            || Gap::field(Data::AuthenticationMethodsPolicy, &format!("the state of {id}"));
        let policy = context.tenant.authentication_methods_policy.one()?;
        let settings = policy.method(id).ok_or_else(missing)?;
        let is_enabled = match settings.state.as_deref() {
            Some(word) if word.eq_ignore_ascii_case("enabled") => true,
            Some(word) if word.eq_ignore_ascii_case("disabled") => false,
            _ => return Err(missing()),
        };
        Ok(Self { settings, is_enabled })
    }

    /// Whether anybody may use it, as far as its own targets tell.
    pub(crate) fn is_offered(&self) -> bool {
        self.is_enabled && !self.settings.include_targets.is_empty()
    }

    /// Whether everybody may use it, without exception.
    pub(crate) fn is_for_all(&self) -> bool {
        self.settings.is_for_all()
    }

    /// Whether it is offered to everybody in principle, exceptions or not.
    pub(crate) fn includes_all(&self) -> bool {
        self.is_enabled && self.settings.include_targets.iter().any(model::MethodTarget::is_all)
    }

    /// Who may use it.
    ///
    /// # Errors
    ///
    /// When the members of a group that it is offered to, or withheld from, were not read.
    pub(crate) fn reach(&self, context: &Context<'t>) -> Result<Reach<'t>, Gap> {
        let members = |targets: &[model::MethodTarget]| -> Result<BTreeSet<&'t Id>, Gap> {
            let mut found = BTreeSet::new();
            for group in targets.iter().filter_map(|target| target.id.as_ref()) {
                found.extend(context.directory()?.users_in(group)?.iter().map(|user| &user.id));
            }
            Ok(found)
        };
        let include = if !self.is_enabled {
            Some(BTreeSet::new())
        } else if self.includes_all() {
            None
        } else {
            Some(members(&self.settings.include_targets)?)
        };
        Ok(Reach { include, exclude: members(&self.settings.exclude_targets)? })
    }

    /// "enabled for all users but 1 group", for evidence.
    pub(crate) fn words(&self) -> String {
        let groups = |number| count(number, "group", "groups");
        if !self.is_enabled {
            return "disabled".to_owned();
        }
        let include = match self.settings.include_targets.len() {
            _ if self.includes_all() => "all users".to_owned(),
            0 => "nobody".to_owned(),
            number => groups(number),
        };
        match self.settings.exclude_targets.len() {
            0 => format!("enabled for {include}"),
            number => format!("enabled for {include} but {}", groups(number)),
        }
    }

    /// The method's state as context.
    pub(crate) fn evidence(&self) -> Evidence {
        Evidence::setting(&self.settings.id, self.words(), "")
    }

    /// The method's state as a violation.
    pub(crate) fn violation(&self, expected: &str) -> Evidence {
        Evidence::setting(&self.settings.id, self.words(), expected)
    }
}

impl Reach<'_> {
    /// Whether the account may use the method.
    pub(crate) fn has(&self, user: &Id) -> bool {
        self.include.as_ref().is_none_or(|include| include.contains(user))
            && !self.exclude.contains(user)
    }
}

/// Whether the older MFA and password reset pages no longer decide.
///
/// # Errors
///
/// When the policy was not read.
pub(crate) fn is_migrated(context: &Context<'_>) -> Result<bool, Gap> {
    let policy = context.tenant.authentication_methods_policy.one()?;
    // Newer tenants were never on the older pages and have no state at all.
    Ok(policy.policy_migration_state.as_deref().is_none_or(|state| state == "migrationComplete"))
}
