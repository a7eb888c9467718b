//! What a policy demands, the rules outside Conditional Access, and the verdict on one sign-in.

use serde_json::Value;

use super::{
    AZURE_MANAGEMENT, PRIVILEGED_ROLES, SYNC_ROLE, SignIn, Tenant, is_set, list, strings, text,
};

/// What the person presents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Capability {
    /// This one single-factor method and nothing else.
    Sfa(&'static str),
    /// Any one single-factor method and nothing else.
    AnySfa,
    /// Anything except phishing-resistant methods.
    NonPhishingResistant,
    Any,
}

use Capability::{Any, AnySfa, NonPhishingResistant, Sfa};

pub(super) const SINGLE_FACTORS: [&str; 6] = [
    "password",
    "sms",
    "federatedSingleFactor",
    "x509CertificateSingleFactor",
    "qrCodePin",
    "email",
];

const PHISHING_RESISTANT: [&str; 3] =
    ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"];

/// One demand of a policy.
enum Atom<'a> {
    BuiltIn(&'a str),
    TermsOfUse,
    CustomFactor,
    /// The combinations that the authentication strength accepts.
    Strength(Vec<&'a str>),
}

impl<'a> Tenant<'a> {
    /// Whether this sign-in of this user gets a token.
    ///
    /// # Errors
    ///
    /// The first rule that refuses it.
    pub(crate) fn token(
        &self,
        user: &str,
        sign_in: &SignIn,
        capability: Capability,
    ) -> Result<(), String> {
        if capability == AnySfa {
            let mut refusals = Vec::new();
            for method in SINGLE_FACTORS {
                match self.token(user, sign_in, Sfa(method)) {
                    Ok(()) => return Ok(()),
                    Err(refusal) => refusals.push(format!("{method}: {refusal}")),
                }
            }
            return Err(refusals.join("; "));
        }
        self.feasible(user, sign_in)?;
        for policy in self.enabled_policies() {
            if self.applies(policy, user, sign_in).is_ok()
                && !self.satisfied(policy, sign_in, capability)
            {
                return Err(format!("policy {:?} is not satisfied", text(policy, "/displayName")));
            }
        }
        if !self.security_defaults_allow(user, sign_in, capability) {
            return Err("security defaults refuse it".to_owned());
        }
        if !self.is_mfa_trusted(sign_in.ip) && !self.per_user_mfa_allows(user, sign_in, capability)
        {
            return Err("per-user MFA refuses it".to_owned());
        }
        Ok(())
    }

    /// Whether the policy's grant controls are met, given that it applies.
    pub(super) fn satisfied(
        &self,
        policy: &'a Value,
        sign_in: &SignIn,
        capability: Capability,
    ) -> bool {
        let atoms = self.atoms(policy);
        if atoms.is_empty() {
            return true;
        }
        if !sign_in.is_modern() {
            return false;
        }
        if atoms.iter().any(|atom| matches!(atom, Atom::BuiltIn("block"))) {
            return false;
        }
        let mut met = atoms.iter().map(|atom| self.met(policy, atom, sign_in, capability));
        match text(policy, "/grantControls/operator") {
            "AND" => met.all(|met| met),
            _ => met.any(|met| met),
        }
    }

    fn atoms(&self, policy: &'a Value) -> Vec<Atom<'a>> {
        let controls = |kind: &str| strings(policy, &format!("/grantControls/{kind}"));
        let mut atoms = Vec::new();
        atoms.extend(controls("builtInControls").into_iter().map(Atom::BuiltIn));
        atoms.extend(controls("termsOfUse").into_iter().map(|_| Atom::TermsOfUse));
        let custom = controls("customAuthenticationFactors");
        atoms.extend(custom.into_iter().map(|_| Atom::CustomFactor));
        atoms.extend(self.strength(policy).map(Atom::Strength));
        atoms
    }

    /// The combinations of the policy's authentication strength, from the policy itself or, when
    /// it gives only the id, from the tenant's strengths. `None`: the policy demands none.
    fn strength(&self, policy: &'a Value) -> Option<Vec<&'a str>> {
        let at = "/grantControls/authenticationStrength";
        if !is_set(policy, at) {
            return None;
        }
        if is_set(policy, &format!("{at}/allowedCombinations")) {
            return Some(strings(policy, &format!("{at}/allowedCombinations")));
        }
        let strength = list(self.json, "/authenticationStrengthPolicies")
            .iter()
            .find(|strength| strength["id"] == text(policy, &format!("{at}/id")))
            .expect("a policy names a strength that exists");
        Some(strings(strength, "/allowedCombinations"))
    }

    /// Whether one atom is met at a modern client.
    fn met(
        &self,
        policy: &'a Value,
        atom: &Atom,
        sign_in: &SignIn,
        capability: Capability,
    ) -> bool {
        let more_than_one_factor = !matches!(capability, Sfa(_));
        let device = &sign_in.device;
        match atom {
            Atom::TermsOfUse => true,
            Atom::CustomFactor | Atom::BuiltIn("mfa" | "passwordChange") => more_than_one_factor,
            Atom::Strength(combinations) => accepts(combinations, capability),
            Atom::BuiltIn("riskRemediation") => {
                let combinations = self.strength(policy).expect("a strength goes with it");
                accepts(&combinations, capability)
            }
            Atom::BuiltIn("compliantDevice") => device.registered && device.compliant,
            Atom::BuiltIn("domainJoinedDevice") => {
                device.registered && device.trust_type.as_deref() == Some("ServerAD")
            }
            Atom::BuiltIn("approvedApplication" | "compliantApplication") => sign_in.managed_app,
            Atom::BuiltIn(control) => {
                self.unknown_controls_met.unwrap_or_else(|| panic!("a grant control {control:?}"))
            }
        }
    }

    /// Security defaults, which count only without enabled policies: no legacy authentication, MFA for administrators everywhere and for all
    /// in Azure management, except for the directory synchronization account.
    pub(super) fn security_defaults_allow(
        &self,
        user: &str,
        sign_in: &SignIn,
        capability: Capability,
    ) -> bool {
        let on = &self.json["identitySecurityDefaultsEnforcementPolicy"]["isEnabled"];
        let policies = super::list(self.json, "/conditionalAccessPolicies");
        if *on != true || policies.iter().any(|policy| policy["state"] == "enabled") {
            return true;
        }
        if !sign_in.is_modern() {
            return false;
        }
        let administrator = PRIVILEGED_ROLES.iter().any(|role| self.has_role(role, user));
        let azure = self.app_term_matches(AZURE_MANAGEMENT, &sign_in.app);
        let exempt = self.has_role(SYNC_ROLE, user);
        let needs_mfa = (administrator || azure) && !exempt;
        !needs_mfa || !matches!(capability, Sfa(_))
    }

    /// Per-user MFA, from an address that is not among the MFA trusted IPs. App passwords, the
    /// legacy way in for an enforced account, are not counted.
    pub(super) fn per_user_mfa_allows(
        &self,
        user: &str,
        sign_in: &SignIn,
        capability: Capability,
    ) -> bool {
        let requirements = &self.json["userAuthenticationRequirements"][user];
        match (text(requirements, "/perUserMfaState"), sign_in.is_modern()) {
            ("" | "disabled", _) | ("enabled", false) => true,
            ("enforced", false) => false,
            ("enabled" | "enforced", true) => !matches!(capability, Sfa(_)),
            (state, _) => panic!("a per-user MFA state {state:?}"),
        }
    }
}

/// Whether someone with this capability can present an allowed combination.
fn accepts(combinations: &[&str], capability: Capability) -> bool {
    match capability {
        Sfa(method) => combinations.contains(&method),
        AnySfa => combinations.iter().any(|one| SINGLE_FACTORS.contains(one)),
        NonPhishingResistant => combinations.iter().any(|one| !PHISHING_RESISTANT.contains(one)),
        Any => !combinations.is_empty(),
    }
}
