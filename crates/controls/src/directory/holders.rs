//! Who holds which role by which path: direct or through a group, active or eligible.

use std::collections::BTreeSet;

use model::{Data, Gap, Id, ServicePrincipal, SubjectKind, Timestamp, User, role_name};

/// Everybody and everything that holds a directory role.
pub(crate) struct Holders<'t> {
    /// One entry for each path by which a principal holds a role, sorted by principal and role.
    pub(crate) all: Vec<Holder<'t>>,
    /// Set when eligible assignments, or eligible members of a group that holds a role, could not
    /// be read although the tenant may have some: then `all` may lack eligible holders. `None`
    /// also where the tenant is not licensed for them.
    pub(crate) eligible_gap: Option<Gap>,
    /// Set when Privileged Identity Management could not be read although the tenant may use it:
    /// then active holders are all there, but what stands and what was activated is not told.
    /// `None` also where the tenant is not licensed for it: then everything stands.
    pub(crate) pim_gap: Option<Gap>,
}

impl<'t> Holders<'t> {
    /// Every path, none missing.
    ///
    /// # Errors
    ///
    /// When eligible holders could not be read although the tenant may have some.
    pub(crate) fn complete(&self) -> Result<&[Holder<'t>], Gap> {
        self.eligible_gap.clone().map_or(Ok(&self.all), Err)
    }

    /// Why it is not known whether a holder in the state [`HolderState::Undecided`] stands.
    pub(crate) fn undecided(&self) -> Gap {
        self.pim_gap.clone().unwrap_or_else(|| {
            Gap::field(
                Data::GroupEligibilityScheduleInstances,
                "whether a membership was activated or is permanent",
            )
        })
    }
}

/// One path by which a principal holds a role.
#[derive(Debug, Clone)]
pub(crate) struct Holder<'t> {
    /// Who.
    pub(crate) principal: Principal<'t>,
    /// The role's template id.
    pub(crate) role: Id,
    /// Active or eligible, until when.
    pub(crate) state: HolderState,
    /// The group that holds the role, when the principal holds it through one.
    pub(crate) group: Option<Id>,
    /// Whether the assignment covers the whole tenant.
    pub(crate) tenant_wide: bool,
}

/// Who holds a role.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Principal<'t> {
    /// A user of this tenant, enabled or not.
    User(&'t User),
    /// A service principal of this tenant; the object itself where it was read.
    Service(&'t Id, Option<&'t ServicePrincipal>),
    /// Not found in this tenant: deleted, or of another tenant such as a partner's.
    Foreign(&'t Id),
}

/// How a principal holds a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HolderState {
    /// Standing; `None`: without end.
    Assigned(Option<Timestamp>),
    /// Activated from an eligible assignment; active right now.
    Activated,
    /// Active right now, and nothing that was read tells whether activated or standing: PIM was
    /// unreadable, or the principal is also an eligible member of the group that holds the role.
    Undecided,
    /// May be activated; `None`: without end.
    Eligible(Option<Timestamp>),
    /// In effect, yet not known to Privileged Identity Management: assigned outside it.
    OutsidePim,
}

impl Holder<'_> {
    /// The order of holders.
    pub(super) fn key(&self) -> (&Id, &Id, &Option<Id>, HolderState, bool) {
        (self.principal.id(), &self.role, &self.group, self.state, self.tenant_wide)
    }

    /// Whether it is in effect now.
    pub(crate) fn is_active(&self) -> bool {
        !matches!(self.state, HolderState::Eligible(_))
    }

    /// Whether it stands without activation: assigned, with or without end, or outside PIM.
    pub(crate) fn is_standing(&self) -> bool {
        matches!(self.state, HolderState::Assigned(_) | HolderState::OutsidePim)
    }

    /// The role's name for a person.
    pub(crate) fn role_name(&self) -> &str {
        role_name(&self.role).unwrap_or(&self.role)
    }

    /// The path in words: "Global Administrator (eligible, through a group)".
    pub(crate) fn path(&self) -> String {
        let state = match self.state {
            HolderState::Assigned(None) => "permanent",
            HolderState::Assigned(Some(_)) => "time-bound",
            HolderState::Activated => "activated",
            HolderState::Undecided => "active, perhaps only activated",
            HolderState::Eligible(_) => "eligible",
            HolderState::OutsidePim => "permanent, assigned outside PIM",
        };
        let group = if self.group.is_some() { ", through a group" } else { "" };
        let scope = if self.tenant_wide { "" } else { ", limited scope" };
        format!("{} ({state}{group}{scope})", self.role_name())
    }
}

impl<'t> Principal<'t> {
    /// The object id.
    pub(crate) fn id(self) -> &'t Id {
        match self {
            Self::User(user) => &user.id,
            Self::Service(id, _) | Self::Foreign(id) => id,
        }
    }

    /// The name for a person: the id where nothing better is known.
    pub(crate) fn name(self) -> &'t str {
        match self {
            Self::User(user) => user.name(),
            Self::Service(_, Some(service)) if !service.display_name.is_empty() => {
                &service.display_name
            }
            Self::Service(id, _) | Self::Foreign(id) => id,
        }
    }

    /// Its kind, for evidence. Principals of other tenants that hold roles are mostly groups.
    pub(crate) fn kind(self) -> SubjectKind {
        match self {
            Self::User(_) => SubjectKind::User,
            Self::Service(..) => SubjectKind::ServicePrincipal,
            Self::Foreign(_) => SubjectKind::Group,
        }
    }

    /// The user, where it is one.
    pub(crate) fn user(self) -> Option<&'t User> {
        match self {
            Self::User(user) => Some(user),
            _ => None,
        }
    }
}

/// The paths in words, each once: "Global Administrator (eligible), User Administrator (permanent)".
pub(crate) fn in_words(paths: &[&Holder<'_>]) -> String {
    let paths: BTreeSet<String> = paths.iter().map(|path| path.path()).collect();
    paths.into_iter().collect::<Vec<_>>().join(", ")
}
