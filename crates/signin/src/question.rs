//! What can be asked of every account at once.

use model::Id;

use crate::{Platform, RiskLevel, TransferMethod};

/// Exchange Online.
pub const EXCHANGE_ONLINE: &str = "00000002-0000-0ff1-ce00-000000000000";

/// Windows Azure Service Management API, which also stands for Azure management as a whole.
pub const AZURE_MANAGEMENT: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";

/// The user action of registering security information.
pub const REGISTER_SECURITY_INFO: &str = "urn:user:registersecurityinfo";

/// The user action of registering or joining a device.
pub const REGISTER_DEVICE: &str = "urn:user:registerdevice";

/// "Is there a sign-in of this kind at which this account gets a token?"
///
/// Every restriction cuts the set of sign-ins that are looked at; `None` leaves it whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// What the person presents.
    pub capability: Capability,
    /// With what clients.
    pub clients: Clients,
    /// To what.
    pub target: Target,
    /// Only from an unregistered device with a plain application.
    pub unmanaged_only: bool,
    /// Only with a plain application, on any device.
    pub plain_app_only: bool,
    /// Only from outside the trusted locations and the MFA trusted IPs.
    pub untrusted_network_only: bool,
    /// Only at these levels of sign-in risk.
    pub sign_in_risk: Option<Vec<RiskLevel>>,
    /// Only at these levels of user risk.
    pub user_risk: Option<Vec<RiskLevel>>,
    /// Only on these platforms.
    pub platforms: Option<Vec<Platform>>,
    /// Only by this flow.
    pub transfer_method: Option<TransferMethod>,
    /// Which role assignments count as active.
    pub roles: RolesAs,
}

/// What a person presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// One single-factor method, mostly the password, and nothing else.
    SingleFactor,
    /// Anything except phishing-resistant methods.
    NotPhishingResistant,
    /// Whatever is asked for.
    Any,
}

/// A set of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clients {
    /// Browsers, and applications with modern authentication.
    Modern,
    /// Exchange ActiveSync and other clients with basic authentication.
    Legacy,
    /// Exchange ActiveSync alone.
    ExchangeActiveSync,
    /// Clients with basic authentication, other than Exchange ActiveSync.
    Other,
    /// All but Exchange ActiveSync.
    ModernOrOther,
    /// All four kinds.
    Any,
}

/// What is signed in to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Some application, whichever.
    AnyApplication,
    /// The application of that id.
    Application(Id),
    /// Some application of the suite: `Office365`, `MicrosoftAdminPortals`, or the id of Azure
    /// management.
    Suite(Id),
    /// A user action, such as [`REGISTER_SECURITY_INFO`].
    UserAction(String),
    /// An authentication context, such as `c1`.
    AuthenticationContext(String),
}

/// Which role assignments count as active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RolesAs {
    /// Those that are.
    Active,
    /// For an account that is eligible for an administrator role: also that one role, as right
    /// after its activation; each of several by itself. Other accounts as [`RolesAs::Active`].
    EligibleAsActive,
}

impl Question {
    /// Anything, by any client, to any application, with whatever is asked for.
    pub fn any() -> Self {
        Self {
            capability: Capability::Any,
            clients: Clients::Any,
            target: Target::AnyApplication,
            unmanaged_only: false,
            plain_app_only: false,
            untrusted_network_only: false,
            sign_in_risk: None,
            user_risk: None,
            platforms: None,
            transfer_method: None,
            roles: RolesAs::Active,
        }
    }

    /// A single factor suffices for some application in a modern client (Q1).
    pub fn single_factor() -> Self {
        Self { capability: Capability::SingleFactor, clients: Clients::Modern, ..Self::any() }
    }

    /// The same from an unregistered device with a plain application: a password and nothing else
    /// (Q1u).
    pub fn single_factor_unmanaged() -> Self {
        Self { unmanaged_only: true, ..Self::single_factor() }
    }

    /// Some sign-in with legacy authentication succeeds (Q2).
    pub fn legacy() -> Self {
        Self { capability: Capability::SingleFactor, clients: Clients::Legacy, ..Self::any() }
    }

    /// Some sign-in with legacy authentication to Exchange Online succeeds (Q2exo).
    pub fn legacy_exchange() -> Self {
        Self { target: Target::Application(EXCHANGE_ONLINE.into()), ..Self::legacy() }
    }

    /// Some sign-in succeeds without a phishing-resistant method, legacy authentication included
    /// (Q3, for whomever it is asked).
    pub fn not_phishing_resistant() -> Self {
        Self { capability: Capability::NotPhishingResistant, ..Self::any() }
    }

    /// A single factor suffices for Azure management (Q4).
    pub fn azure_management() -> Self {
        Self {
            capability: Capability::SingleFactor,
            clients: Clients::ModernOrOther,
            target: Target::Application(AZURE_MANAGEMENT.into()),
            ..Self::any()
        }
    }

    /// A single factor suffices to register security information.
    pub fn register_security_info() -> Self {
        Self { target: Target::UserAction(REGISTER_SECURITY_INFO.into()), ..Self::single_factor() }
    }

    /// A single factor suffices to register or join a device.
    pub fn register_device() -> Self {
        Self { target: Target::UserAction(REGISTER_DEVICE.into()), ..Self::single_factor() }
    }

    /// A single factor suffices at these levels of sign-in risk.
    pub fn at_sign_in_risk(levels: &[RiskLevel]) -> Self {
        Self { sign_in_risk: Some(levels.to_vec()), ..Self::single_factor() }
    }

    /// A single factor suffices at these levels of user risk.
    pub fn at_user_risk(levels: &[RiskLevel]) -> Self {
        Self { user_risk: Some(levels.to_vec()), ..Self::single_factor() }
    }

    /// A sign-in by that flow succeeds, whatever is presented.
    pub fn by_flow(method: TransferMethod) -> Self {
        Self { transfer_method: Some(method), clients: Clients::Modern, ..Self::any() }
    }

    /// A modern sign-in from an unregistered device with a plain application succeeds, whatever is
    /// presented.
    pub fn unmanaged_device() -> Self {
        Self { unmanaged_only: true, clients: Clients::Modern, ..Self::any() }
    }

    /// A modern sign-in with an application that is neither approved nor protected succeeds,
    /// whatever is presented.
    pub fn plain_app() -> Self {
        Self { plain_app_only: true, clients: Clients::Modern, ..Self::any() }
    }

    /// The same question on these platforms only.
    #[must_use]
    pub fn on(self, platforms: &[Platform]) -> Self {
        Self { platforms: Some(platforms.to_vec()), ..self }
    }

    /// The same question for that target.
    #[must_use]
    pub fn target(self, target: Target) -> Self {
        Self { target, ..self }
    }

    /// The same question from outside trusted locations and MFA trusted IPs only.
    #[must_use]
    pub fn outside_trusted_locations(self) -> Self {
        Self { untrusted_network_only: true, ..self }
    }

    /// The same question with eligible administrator roles as if activated.
    #[must_use]
    pub fn as_if_activated(self) -> Self {
        Self { roles: RolesAs::EligibleAsActive, ..self }
    }
}
