//! A policy's words turned into conditions that can be evaluated.
//!
//! A word that is not known makes the condition uncertain where it may matter; it is never guessed.

use model::{
    AuthenticationStrengthPolicy, ConditionFilter, ConditionalAccessPolicy, flags, is_meaningful,
};

use crate::assumption::{Assumption, Reading};
use crate::filter::Rule;
use crate::tri::Tri;
use crate::{ClientApp, InsiderRisk, Platform, RiskLevel, TransferMethod};

/// A policy for users, ready to be evaluated.
pub(crate) struct Policy<'t> {
    /// The policy as received.
    pub(crate) source: &'t ConditionalAccessPolicy,
    /// Whether it is enforced.
    pub(crate) enforced: Tri,
    /// Why it may apply less than its conditions say; empty: it does not.
    pub(crate) doubts: Vec<String>,
    /// Clients, on each platform; see [`client_on`].
    pub(crate) clients: Choice,
    /// Platforms, in the order of [`Platform::ALL`].
    pub(crate) platforms: Choice,
    /// Levels, in the order of [`RiskLevel::ALL`].
    pub(crate) sign_in_risk: Choice,
    /// Levels, in the order of [`RiskLevel::ALL`].
    pub(crate) user_risk: Choice,
    /// Levels, in the order of [`InsiderRisk::ALL`].
    pub(crate) insider_risk: Choice,
    /// Flows, in the order of [`TransferMethod::ALL`].
    pub(crate) flows: Choice,
    /// The device filter; `None`: any device.
    pub(crate) devices: Option<Filter>,
    /// The application filter; `None`: there is none.
    pub(crate) applications: Option<Filter>,
    /// What it asks for.
    pub(crate) grant: Grant,
}

/// A choice among a few values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Bits of the values that are chosen for certain.
    pub(crate) sure: u32,
    /// Bits of the values that may be chosen.
    pub(crate) maybe: u32,
    /// Whether everything is chosen because nothing is said.
    pub(crate) unset: bool,
    /// The word that is not known.
    pub(crate) doubt: Option<String>,
}

impl Choice {
    fn any() -> Self {
        Self { sure: u32::MAX, unset: true, ..Self::default() }
    }

    /// Included minus excluded, each as bits that are sure and bits that may be.
    fn of(include: (u32, u32), exclude: (u32, u32), doubt: Option<String>) -> Self {
        let sure = include.0 & !(exclude.0 | exclude.1);
        let maybe = (include.0 | include.1) & !exclude.0 & !sure;
        Self { sure, maybe, unset: false, doubt }
    }

    /// Whether the value of that number is chosen.
    pub(crate) fn has(&self, value: usize) -> Tri {
        let bit = 1_u32.checked_shl(u32::try_from(value).unwrap_or(u32::MAX)).unwrap_or(0);
        if self.sure & bit != 0 {
            Tri::Yes
        } else if self.maybe & bit != 0 {
            Tri::Maybe
        } else {
            Tri::No
        }
    }
}

/// A filter: those that match the rule, or the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Whether the policy is for those that match.
    pub(crate) include: bool,
    /// The rule, or why it is not understood.
    pub(crate) rule: Result<Rule, String>,
}

/// The number of a client on a platform in [`Policy::clients`].
pub(crate) fn client_on(client: ClientApp, platform: Platform) -> usize {
    client as usize * Platform::ALL.len() + platform as usize
}

impl<'t> Policy<'t> {
    /// Reads a policy; `strengths` are looked up where the policy does not spell its own out.
    pub(crate) fn of(
        source: &'t ConditionalAccessPolicy,
        strengths: &[AuthenticationStrengthPolicy],
        reading: Reading,
    ) -> Self {
        let conditions = &source.conditions;
        let enforced = match source.state.as_str() {
            "enabled" => Tri::Yes,
            "disabled" | "enabledForReportingButNotEnforced" => Tri::No,
            _ => Tri::Maybe,
        };
        let filter = |filter: Option<&ConditionFilter>, object| {
            let filter = filter?;
            let text = filter.rule.as_deref().unwrap_or_default().trim();
            let mode = filter.mode.as_deref().unwrap_or_default();
            // Some exports write an unset filter as an object without members.
            (!text.is_empty() || !mode.is_empty()).then(|| Filter {
                include: !mode.eq_ignore_ascii_case("exclude"),
                rule: if mode.eq_ignore_ascii_case("include")
                    || mode.eq_ignore_ascii_case("exclude")
                {
                    Rule::parse(text, object)
                } else {
                    Err(format!("the filter mode {mode:?} is not known"))
                },
            })
        };
        Self {
            source,
            enforced,
            doubts: doubts(source, enforced),
            clients: clients(source, reading),
            platforms: platforms(source),
            sign_in_risk: levels(&conditions.sign_in_risk_levels),
            user_risk: levels(&conditions.user_risk_levels),
            insider_risk: insider_risk(source),
            flows: flows(source),
            devices: filter(
                conditions.devices.as_ref().and_then(|devices| devices.device_filter.as_ref()),
                "device",
            ),
            applications: filter(
                conditions.applications.as_ref().and_then(|apps| apps.application_filter.as_ref()),
                "CustomSecurityAttribute",
            ),
            grant: Grant::of(source, strengths),
        }
    }

    /// The name for a person.
    pub(crate) fn name(&self) -> &'t str {
        self.source.name()
    }
}

fn doubts(policy: &ConditionalAccessPolicy, enforced: Tri) -> Vec<String> {
    let conditions = &policy.conditions;
    let mut doubts = Vec::new();
    if enforced == Tri::Maybe {
        doubts.push(format!("its state {:?} is not known", policy.state));
    }
    if policy.partial_enablement_strategy.as_ref().is_some_and(|value| !value.is_null()) {
        doubts.push("it is enabled only in part (partialEnablementStrategy)".to_owned());
    }
    match &conditions.users {
        None => doubts.push("its users were not read".to_owned()),
        Some(users) => {
            let all = users.include_users.iter().chain(&users.exclude_users);
            doubts.extend(
                all.filter(|id| id.starts_with("allagent"))
                    .map(|id| format!("the term {:?} of its users is a preview", id.as_str())),
            );
            doubts.extend(unknown("users", &users.other));
        }
    }
    match &conditions.applications {
        None => doubts.push("its target resources were not read".to_owned()),
        Some(apps) => {
            let all = apps.include_applications.iter().chain(&apps.exclude_applications);
            doubts.extend(all.filter(|id| id.starts_with("allagent")).map(|id| {
                format!("the term {:?} of its target resources is a preview", id.as_str())
            }));
            doubts.extend(unknown("applications", &apps.other));
        }
    }
    doubts.extend(unknown("conditions", &conditions.other));
    if let Some(devices) = &conditions.devices {
        doubts.extend(unknown("devices", &devices.other));
    }
    if let Some(locations) = &conditions.locations {
        doubts.extend(unknown("locations", &locations.other));
    }
    if !conditions.service_principal_risk_levels.is_empty() {
        doubts.push("it names risk levels of service principals".to_owned());
    }
    if !flags(conditions.agent_id_risk_levels.as_ref()).is_empty() {
        doubts.push("it names risk levels of agents, a preview".to_owned());
    }
    doubts
}

fn unknown(place: &str, members: &serde_json::Map<String, serde_json::Value>) -> Option<String> {
    is_meaningful(members).then(|| {
        let names: Vec<&str> =
            members.keys().map(String::as_str).filter(|name| !name.contains('@')).collect();
        format!("{place} has a member that is not known: {}", names.join(", "))
    })
}

/// Looks up every word; the bits of the known ones, and the first word that is not known.
fn lookup<'w>(
    words: impl Iterator<Item = &'w str>,
    known: impl Fn(&str) -> Option<u32>,
) -> (u32, Option<String>) {
    let mut bits = 0;
    let mut doubt = None;
    for word in words {
        match known(word) {
            Some(value) => bits |= value,
            None => doubt = doubt.or_else(|| Some(format!("the word {word:?} is not known"))),
        }
    }
    (bits, doubt)
}

const PLATFORMS: u32 = (1 << 7) - 1;
const CLIENTS: u32 = (1 << 28) - 1;

fn clients(policy: &ConditionalAccessPolicy, reading: Reading) -> Choice {
    let on = |client: ClientApp, platforms: u32| platforms << (client as u32 * 7);
    let words = &policy.conditions.client_app_types;
    if words.is_empty() {
        // Before August 2020 an unset condition meant modern clients, and some such policies may
        // not have been converted.
        let old =
            policy.created_date_time.is_some_and(|time| time.to_string().as_str() < "2020-08");
        return if old && !reading.assumes(Assumption::OldClientDefault) {
            let modern =
                on(ClientApp::Browser, PLATFORMS) | on(ClientApp::MobileOrDesktop, PLATFORMS);
            Choice { sure: modern, ..Choice::default() }
        } else {
            Choice::any()
        };
    }
    let (sure, doubt) = lookup(words.iter().map(String::as_str), |word| {
        if word.eq_ignore_ascii_case("all") {
            Some(CLIENTS)
        } else if word.eq_ignore_ascii_case("easSupported") {
            let supported = [Platform::Windows, Platform::Ios, Platform::Android]
                .into_iter()
                .fold(0, |bits, platform| bits | 1 << platform as u32);
            Some(on(ClientApp::ExchangeActiveSync, supported))
        } else {
            ClientApp::from_word(word).map(|client| on(client, PLATFORMS))
        }
    });
    let maybe = if doubt.is_some() { CLIENTS } else { 0 };
    Choice::of((sure, maybe), (0, 0), doubt)
}

fn platforms(policy: &ConditionalAccessPolicy) -> Choice {
    let Some(platforms) = &policy.conditions.platforms else { return Choice::any() };
    if platforms.include_platforms.is_empty() && platforms.exclude_platforms.is_empty() {
        return Choice::any();
    }
    let find = |words: &[String]| {
        lookup(words.iter().map(String::as_str), |word| {
            if word.eq_ignore_ascii_case("all") {
                return Some(PLATFORMS);
            }
            // Nothing can be listed by the name of our value for everything else.
            Platform::from_word(word)
                .filter(|platform| *platform != Platform::Unknown)
                .map(|platform| 1 << platform as u32)
        })
    };
    let (include, doubt) = find(&platforms.include_platforms);
    let (exclude, other) = find(&platforms.exclude_platforms);
    let included = if doubt.is_some() { PLATFORMS } else { 0 };
    let excluded = if other.is_some() { PLATFORMS } else { 0 };
    Choice::of((include, included), (exclude, excluded), doubt.or(other))
}

fn levels(words: &[String]) -> Choice {
    if words.is_empty() {
        return Choice::any();
    }
    let (sure, doubt) = lookup(words.iter().map(String::as_str), |word| {
        RiskLevel::from_word(word).map(|level| 1 << level as u32)
    });
    let maybe = if doubt.is_some() { (1 << RiskLevel::ALL.len()) - 1 } else { 0 };
    Choice::of((sure, maybe), (0, 0), doubt)
}

fn insider_risk(policy: &ConditionalAccessPolicy) -> Choice {
    let words = flags(policy.conditions.insider_risk_levels.as_ref());
    if words.is_empty() {
        return Choice::any();
    }
    let (sure, doubt) = lookup(words.into_iter(), |word| {
        InsiderRisk::from_word(word).map(|level| 1 << level as u32)
    });
    // No word stands for the absence of insider risk.
    let any = (1 << InsiderRisk::ALL.len()) - 1 - (1 << InsiderRisk::None as u32);
    let maybe = if doubt.is_some() { any } else { 0 };
    Choice::of((sure, maybe), (0, 0), doubt)
}

fn flows(policy: &ConditionalAccessPolicy) -> Choice {
    let flows = policy.conditions.authentication_flows.as_ref();
    let words: Vec<&str> = flags(flows.and_then(|flows| flows.transfer_methods.as_ref()))
        .into_iter()
        // The empty set of flags is written as a word.
        .filter(|word| !word.eq_ignore_ascii_case("none"))
        .collect();
    if words.is_empty() {
        return Choice::any();
    }
    let (sure, doubt) = lookup(words.into_iter(), |word| {
        TransferMethod::from_word(word).map(|method| 1 << method as u32)
    });
    // Whatever a new word means, it is some flow.
    let every = (1 << TransferMethod::ALL.len()) - 1;
    let maybe = if doubt.is_some() { every & !(1 << TransferMethod::None as u32) } else { 0 };
    Choice::of((sure, maybe), (0, 0), doubt)
}

/// What a policy asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Whether it refuses, whatever else it says.
    pub(crate) blocks: bool,
    /// What it asks for; empty: nothing.
    pub(crate) atoms: Vec<Atom>,
    /// Whether all of them are asked for, not any.
    pub(crate) all: Tri,
}

/// One thing that a policy may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Atom {
    /// Multifactor authentication.
    Mfa,
    /// An authentication strength.
    Strength(Strength),
    /// A compliant device.
    CompliantDevice,
    /// A hybrid joined device.
    HybridDevice,
    /// An approved client app.
    ApprovedApp,
    /// An app protection policy.
    ProtectedApp,
    /// Accepting terms of use.
    TermsOfUse,
    /// Changing the password, after MFA.
    PasswordChange,
    /// Resolving the risk by the strength that goes with it; `None`: by MFA.
    RiskRemediation(Option<Strength>),
    /// A third-party control.
    Custom,
    /// A word that is not known.
    Unknown(String),
}

/// An authentication strength.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Strength {
    /// For a person; hostile.
    pub(crate) name: String,
    /// Each combination's methods, in lower case; `None`: not readable.
    pub(crate) combinations: Option<Vec<Vec<String>>>,
    /// Microsoft says that it satisfies a demand for MFA.
    is_mfa: bool,
}

/// What a person presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Presented {
    /// This one method of [`SINGLE_FACTORS`] alone.
    Single(usize),
    /// Anything but phishing-resistant methods.
    NotPhishingResistant,
    /// Whatever is asked for.
    Anything,
}

/// Methods that are one factor, the most ordinary first.
pub(crate) const SINGLE_FACTORS: [&str; 6] = [
    "password",
    "sms",
    "federatedSingleFactor",
    "x509CertificateSingleFactor",
    "qrCodePin",
    "email",
];

const PHISHING_RESISTANT: [&str; 3] =
    ["windowshelloforbusiness", "fido2", "x509certificatemultifactor"];

/// Methods that are known not to resist phishing.
const RELAYABLE: [&str; 15] = [
    "password",
    "sms",
    "voice",
    "email",
    "qrcodepin",
    "softwareoath",
    "hardwareoath",
    "microsoftauthenticatorpush",
    "devicebasedpush",
    "temporaryaccesspassonetime",
    "temporaryaccesspassmultiuse",
    "federatedsinglefactor",
    "federatedmultifactor",
    "x509certificatesinglefactor",
    "securityquestion",
];

/// The circumstances that controls other than methods look at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a circumstance by itself")]
pub(crate) struct Circumstances {
    /// A client with basic authentication.
    pub(crate) legacy: bool,
    /// Exchange ActiveSync on a platform that supports its device state.
    pub(crate) supported_active_sync: bool,
    /// A compliant device.
    pub(crate) compliant: bool,
    /// A hybrid joined device.
    pub(crate) hybrid: bool,
    /// An approved or protected client app.
    pub(crate) managed_app: bool,
}

impl Grant {
    fn of(policy: &ConditionalAccessPolicy, strengths: &[AuthenticationStrengthPolicy]) -> Self {
        let Some(grant) = &policy.grant_controls else {
            return Self { blocks: false, atoms: Vec::new(), all: Tri::No };
        };
        let strength =
            grant.authentication_strength.as_ref().map(|inline| Strength::of(inline, strengths));
        let mut blocks = false;
        let mut atoms = Vec::new();
        for word in &grant.built_in_controls {
            atoms.push(match word.to_ascii_lowercase().as_str() {
                "block" => {
                    blocks = true;
                    continue;
                }
                "mfa" => Atom::Mfa,
                "compliantdevice" => Atom::CompliantDevice,
                "domainjoineddevice" => Atom::HybridDevice,
                "approvedapplication" => Atom::ApprovedApp,
                "compliantapplication" => Atom::ProtectedApp,
                "passwordchange" => Atom::PasswordChange,
                "riskremediation" => Atom::RiskRemediation(strength.clone()),
                _ => Atom::Unknown(word.clone()),
            });
        }
        atoms.extend(grant.terms_of_use.iter().map(|_| Atom::TermsOfUse));
        atoms.extend(grant.custom_authentication_factors.iter().map(|_| Atom::Custom));
        atoms.extend(strength.map(Atom::Strength));
        let all = match grant.operator.as_deref() {
            Some(word) if word.eq_ignore_ascii_case("AND") => Tri::Yes,
            Some(word) if word.eq_ignore_ascii_case("OR") => Tri::No,
            _ => Tri::Maybe,
        };
        Self { blocks, atoms, all }
    }

    /// Whether it asks for nothing, as a policy that only limits the session.
    pub(crate) fn is_empty(&self) -> bool {
        !self.blocks && self.atoms.is_empty()
    }

    /// Whether it is satisfied.
    pub(crate) fn satisfied(&self, by: Presented, at: Circumstances, reading: Reading) -> Tri {
        if self.blocks {
            return Tri::No;
        }
        let each = self.atoms.iter().map(|atom| atom.satisfied(by, at, reading));
        let every = each.clone().fold(Tri::Yes, Tri::and);
        let some = if self.atoms.is_empty() { Tri::Yes } else { each.fold(Tri::No, Tri::or) };
        match self.all {
            Tri::Yes => every,
            Tri::No => some,
            Tri::Maybe if every == some => every,
            Tri::Maybe => Tri::Maybe,
        }
    }
}

impl Atom {
    /// Whether it is satisfied. A legacy client can answer nothing.
    pub(crate) fn satisfied(&self, by: Presented, at: Circumstances, reading: Reading) -> Tri {
        let single = matches!(by, Presented::Single(_));
        if at.legacy {
            let device = matches!(
                self,
                Self::CompliantDevice | Self::HybridDevice | Self::ApprovedApp | Self::ProtectedApp
            );
            let passes = device
                && at.supported_active_sync
                && !reading.assumes(Assumption::ActiveSyncDevice);
            return Tri::from(passes);
        }
        match self {
            Self::Mfa | Self::RiskRemediation(None) => Tri::from(!single),
            Self::PasswordChange => {
                Tri::from(!single || !reading.assumes(Assumption::PasswordChange))
            }
            Self::Strength(strength) | Self::RiskRemediation(Some(strength)) => {
                strength.satisfied(by)
            }
            Self::CompliantDevice => Tri::from(at.compliant),
            Self::HybridDevice => Tri::from(at.hybrid),
            Self::ApprovedApp | Self::ProtectedApp => Tri::from(at.managed_app),
            Self::TermsOfUse => Tri::Yes,
            Self::Custom => Tri::from(!single || !reading.assumes(Assumption::CustomControl)),
            Self::Unknown(_) => Tri::Maybe,
        }
    }

    /// What it asks for, in words.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Mfa => "multifactor authentication".to_owned(),
            Self::Strength(strength) => format!("the authentication strength {:?}", strength.name),
            Self::CompliantDevice => "a compliant device".to_owned(),
            Self::HybridDevice => "a hybrid joined device".to_owned(),
            Self::ApprovedApp => "an approved client app".to_owned(),
            Self::ProtectedApp => "an app protection policy".to_owned(),
            Self::TermsOfUse => "accepted terms of use".to_owned(),
            Self::PasswordChange => "a password change".to_owned(),
            Self::RiskRemediation(_) => "risk remediation".to_owned(),
            Self::Custom => "a third-party control".to_owned(),
            Self::Unknown(word) => format!("the control {word:?}, which is not known"),
        }
    }
}

impl Strength {
    fn of(
        inline: &AuthenticationStrengthPolicy,
        strengths: &[AuthenticationStrengthPolicy],
    ) -> Self {
        let known =
            strengths.iter().find(|strength| !inline.id.is_empty() && strength.id == inline.id);
        let given = |strength: &AuthenticationStrengthPolicy| {
            strength.allowed_combinations.clone().filter(|list| !list.is_empty())
        };
        let combinations = given(inline)
            .or_else(|| known.and_then(given))
            .or_else(|| built_in(&inline.id))
            // An empty list that was really given allows nothing.
            .or_else(|| inline.allowed_combinations.clone())
            .or_else(|| known?.allowed_combinations.clone());
        let name = inline
            .display_name
            .as_deref()
            .or_else(|| known?.display_name.as_deref())
            .unwrap_or(&inline.id);
        Self {
            name: name.to_owned(),
            is_mfa: inline
                .requirements_satisfied
                .as_deref()
                .or_else(|| known?.requirements_satisfied.as_deref())
                .is_some_and(|word| word.eq_ignore_ascii_case("mfa")),
            combinations: combinations.map(|list| {
                list.iter()
                    .map(|methods| methods.split(',').map(|m| m.trim().to_lowercase()).collect())
                    .collect()
            }),
        }
    }

    pub(crate) fn satisfied(&self, by: Presented) -> Tri {
        let Some(combinations) = &self.combinations else { return Tri::Maybe };
        match by {
            Presented::Single(method) => {
                let method = SINGLE_FACTORS.get(method).copied().unwrap_or_default();
                let alone = |methods: &Vec<String>| match methods.as_slice() {
                    [only] if only.eq_ignore_ascii_case(method) => Tri::Yes,
                    // A word of later days may be a single factor.
                    [only] if !self.is_mfa && !is_known(only) => Tri::Maybe,
                    _ => Tri::No,
                };
                combinations.iter().map(alone).fold(Tri::No, Tri::or)
            }
            Presented::NotPhishingResistant => combinations
                .iter()
                .map(|methods| {
                    let has = |list: &[&str], method: &String| list.contains(&method.as_str());
                    if methods.iter().any(|method| has(&PHISHING_RESISTANT, method)) {
                        Tri::No
                    } else if methods.iter().all(|method| has(&RELAYABLE, method)) {
                        Tri::Yes
                    } else {
                        Tri::Maybe
                    }
                })
                .fold(Tri::No, Tri::or),
            Presented::Anything => Tri::from(!combinations.is_empty()),
        }
    }
}

/// Whether it is known what the method is worth.
fn is_known(method: &str) -> bool {
    PHISHING_RESISTANT.contains(&method) || RELAYABLE.contains(&method)
}

/// The combinations of Microsoft's own strengths, for exports that only name them.
fn built_in(id: &str) -> Option<Vec<String>> {
    let resistant = ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"];
    let passwordless = ["deviceBasedPush"];
    let mfa = [
        "temporaryAccessPassOneTime",
        "temporaryAccessPassMultiUse",
        "password,microsoftAuthenticatorPush",
        "password,softwareOath",
        "password,hardwareOath",
        "password,sms",
        "password,voice",
        "federatedMultiFactor",
        "microsoftAuthenticatorPush,federatedSingleFactor",
        "softwareOath,federatedSingleFactor",
        "hardwareOath,federatedSingleFactor",
        "sms,federatedSingleFactor",
        "voice,federatedSingleFactor",
    ];
    let (passwordless, mfa): (&[&str], &[&str]) = match id {
        "00000000-0000-0000-0000-000000000002" => (&passwordless, &mfa),
        "00000000-0000-0000-0000-000000000003" => (&passwordless, &[]),
        "00000000-0000-0000-0000-000000000004" => (&[], &[]),
        _ => return None,
    };
    Some(resistant.iter().chain(passwordless).chain(mfa).map(|&text| text.to_owned()).collect())
}
