//! Rules that Microsoft's pages leave open: what is assumed, and what the other reading would be.

use serde::Serialize;

/// Lists each open rule once: variant, code, what is assumed.
macro_rules! assumptions {
    ($($variant:ident = $code:literal, $text:literal;)*) => {
        /// A rule that Microsoft's pages leave open, with the reading that is assumed.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
            schemars::JsonSchema,
        )]
        pub enum Assumption {
            $(#[doc = concat!("Code ", $code, "; see [`Assumption::text`].")] #[serde(rename = $code)] $variant,)*
        }

        impl Assumption {
            /// Every open rule.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// A short code that stays the same.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What is assumed, as a sentence.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

assumptions! {
    BaselineScopes = "U1", "A policy for all resources with exclusions also covers sign-ins that ask only for basic profile permissions.";
    ActiveSyncScope = "U2", "A policy for Exchange ActiveSync binds only the accounts it names.";
    LegacyPlatform = "U3", "A legacy client may claim any platform.";
    ActiveSyncDevice = "U4", "Requiring a compliant device or an approved app refuses Exchange ActiveSync.";
    FilterBesideNames = "U5", "An application filter next to named applications adds to them.";
    FilterMissingAttribute = "U6", "A negative comparison holds for an application without the attribute.";
    FilterUnregistered = "U7", "A negated filter rule is evaluated on an unregistered device like any other.";
    FilterExtensionAttribute = "U8", "A negative comparison with an extension attribute holds on a device that is not managed.";
    OldClientDefault = "U9", "A policy older than August 2020 without client apps covers all four client types.";
    RoleThroughGroup = "U11", "A role held through a group counts as held.";
    ActionsApart = "U12", "A policy for all resources does not bind registering security information or devices.";
    DeviceCodeDevice = "U13", "The device code flow passes no device state.";
    AppPassword = "U14", "App passwords do not let an account with enforced per-user MFA use legacy clients.";
    SecurityDefaultsRoles = "U15", "Security defaults always ask the holders of 14 tenant-wide roles for MFA.";
    CustomControl = "U16", "A third-party control cannot be met with a single factor.";
    PasswordChange = "U17", "Requiring a password change requires MFA first.";
    HomeTenant = "U18", "A guest whose home tenant is unknown matches no list of tenants, and an internal guest matches any.";
}

/// How the open rules are read: as assumed, but for at most one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    flipped: Option<Assumption>,
}

impl Reading {
    /// As assumed, but for this rule.
    pub(crate) fn without(assumption: Assumption) -> Self {
        Self { flipped: Some(assumption) }
    }

    /// Whether the rule is read as assumed.
    pub(crate) fn assumes(self, assumption: Assumption) -> bool {
        self.flipped != Some(assumption)
    }
}
