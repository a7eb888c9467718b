//! Guests and other people from outside: which kind they are, from where, and whether their devices
//! are trusted.

use model::{
    CrossTenantAccessPolicy, CrossTenantPartner, GuestsOrExternalUsers, InboundTrust, flags,
};
use serde::Serialize;

use super::directory::Account;
use super::gates::Fixed;
use crate::assumption::{Assumption, Reading};
use crate::tri::Tri;

/// A kind of guest or external user, as Conditional Access tells them apart.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema,
)]
pub enum GuestKind {
    /// A guest whose account is of this tenant.
    #[serde(rename = "internalGuest")]
    Internal,
    /// An invited guest.
    #[serde(rename = "b2bCollaborationGuest")]
    CollaborationGuest,
    /// An invited account with the type of a member.
    #[serde(rename = "b2bCollaborationMember")]
    CollaborationMember,
    /// Someone of another tenant in a shared channel; has no account here.
    #[serde(rename = "b2bDirectConnectUser")]
    DirectConnect,
    /// Someone else from outside.
    #[serde(rename = "otherExternalUser")]
    OtherExternal,
    /// A technician of a partner; has no account here.
    #[serde(rename = "serviceProvider")]
    ServiceProvider,
}

impl GuestKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Internal,
        Self::CollaborationGuest,
        Self::CollaborationMember,
        Self::DirectConnect,
        Self::OtherExternal,
        Self::ServiceProvider,
    ];

    /// Graph's word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Internal => "internalGuest",
            Self::CollaborationGuest => "b2bCollaborationGuest",
            Self::CollaborationMember => "b2bCollaborationMember",
            Self::DirectConnect => "b2bDirectConnectUser",
            Self::OtherExternal => "otherExternalUser",
            Self::ServiceProvider => "serviceProvider",
        }
    }
}

/// The kinds an account may be of; `None`: no guest.
fn kinds(account: Account) -> Vec<Option<GuestKind>> {
    let (guest, member) = if account.external {
        (Some(GuestKind::CollaborationGuest), Some(GuestKind::CollaborationMember))
    } else {
        (Some(GuestKind::Internal), None)
    };
    match account.guest {
        Tri::Yes => vec![guest],
        Tri::No => vec![member],
        Tri::Maybe => vec![guest, member],
    }
}

/// Whether the account is a guest of any kind.
pub(crate) fn is_some_guest(account: Account) -> Tri {
    of_kinds(account, |kind| Tri::from(kind.is_some()))
}

/// Whether something holds of an account, given what holds of each kind.
fn of_kinds(account: Account, holds: impl Fn(Option<GuestKind>) -> Tri) -> Tri {
    let mut each = kinds(account).into_iter().map(holds);
    let first = each.next().unwrap_or(Tri::No);
    each.fold(first, |all, one| if all == one { all } else { Tri::Maybe })
}

/// Whether a term for guests means the account.
pub(crate) fn guest_matches(
    guests: &GuestsOrExternalUsers,
    account: Account,
    home: Option<&str>,
    reading: Reading,
) -> Tri {
    of_kinds(account, |kind| kind.map_or(Tri::No, |kind| kind_matches(guests, kind, home, reading)))
}

/// Whether a term for guests means someone of that kind and home tenant.
pub(crate) fn kind_matches(
    guests: &GuestsOrExternalUsers,
    kind: GuestKind,
    home: Option<&str>,
    reading: Reading,
) -> Tri {
    let words = flags(guests.guest_or_external_user_types.as_ref());
    let known = |word: &&str| {
        word.eq_ignore_ascii_case("none")
            || GuestKind::ALL.iter().any(|known| known.word().eq_ignore_ascii_case(word))
    };
    let named = if words.iter().any(|word| word.eq_ignore_ascii_case(kind.word())) {
        Tri::Yes
    } else if words.iter().all(known) {
        Tri::No
    } else {
        Tri::Maybe
    };
    named.and(tenant_matches(guests, kind, home, reading))
}

fn tenant_matches(
    guests: &GuestsOrExternalUsers,
    kind: GuestKind,
    home: Option<&str>,
    reading: Reading,
) -> Tri {
    let Some(tenants) = &guests.external_tenants else { return Tri::Yes };
    let assumes = reading.assumes(Assumption::HomeTenant);
    let listed = !tenants.members.is_empty()
        || tenants.kind.as_deref().is_some_and(|kind| kind.ends_with("EnumeratedExternalTenants"));
    match tenants.membership_kind.as_deref() {
        Some(word) if word.eq_ignore_ascii_case("all") => return Tri::Yes,
        Some(word) if word.eq_ignore_ascii_case("enumerated") => {}
        None | Some("") if listed => {}
        None | Some("") => return Tri::Yes,
        Some(_) => return Tri::Maybe,
    }
    match (kind, home) {
        (GuestKind::Internal, _) => Tri::from(assumes),
        (_, Some(home)) => Tri::from(tenants.members.iter().any(|id| id.as_str() == home)),
        (_, None) => Tri::from(!assumes),
    }
}

/// Which device claims of another tenant are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trust {
    pub(crate) compliant: Tri,
    pub(crate) hybrid: Tri,
}

impl Trust {
    pub(crate) fn of(policy: Option<&CrossTenantAccessPolicy>, home: Option<&str>) -> Self {
        let Some(policy) = policy else {
            return Self { compliant: Tri::Maybe, hybrid: Tri::Maybe };
        };
        let untouched = policy.is_service_default == Some(true);
        let general = |pick: fn(&InboundTrust) -> Option<bool>| match policy
            .inbound_trust
            .as_ref()
            .and_then(pick)
        {
            Some(trusted) => Tri::from(trusted),
            None if untouched => Tri::No,
            None => Tri::Maybe,
        };
        let claim = |pick: fn(&InboundTrust) -> Option<bool>| {
            let of_partner = |partner: &CrossTenantPartner| {
                let own = partner.inbound_trust.as_ref().and_then(pick);
                own.map_or_else(|| general(pick), Tri::from)
            };
            match home {
                Some(home) => policy
                    .partners
                    .iter()
                    .find(|partner| partner.tenant_id.as_str() == home)
                    .map_or_else(|| general(pick), of_partner),
                // It may be any of the partners, or none.
                None => policy
                    .partners
                    .iter()
                    .map(of_partner)
                    .fold(general(pick), |all, one| if all == one { all } else { Tri::Maybe }),
            }
        };
        Self {
            compliant: claim(|trust| trust.is_compliant_device_accepted),
            hybrid: claim(|trust| trust.is_hybrid_azure_a_d_joined_device_accepted),
        }
    }
}

/// The gate that keeps out the devices of an external account, but those that are trusted.
pub(crate) fn trusting(compliant: bool, hybrid: bool) -> Fixed {
    match (compliant, hybrid) {
        (false, false) => Fixed::ExternalNone,
        (true, false) => Fixed::ExternalCompliant,
        (false, true) => Fixed::ExternalHybrid,
        (true, true) => Fixed::ExternalBoth,
    }
}
