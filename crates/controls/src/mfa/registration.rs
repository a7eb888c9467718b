//! What people registered for MFA.

use std::collections::BTreeSet;

use model::{Data, Gap, Plan, Timestamp, User};

use crate::by_id::ById;
use crate::context::Context;

/// The methods that each account registered, from the registration report, or account by account
/// where the tenant is not licensed for the report.
pub(crate) struct Registrations<'t> {
    accounts: ById<'t, Registration<'t>>,
    /// When Microsoft computed the oldest row of the report.
    pub(crate) as_of: Option<Timestamp>,
    /// Whether it is the report: then people who are missing appear in it within days.
    pub(crate) from_report: bool,
}

/// What one account registered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registration<'t> {
    /// Whether it can do MFA: registered, and allowed by policy as far as that is known. `None`:
    /// not told.
    pub(crate) capable: Option<bool>,
    /// Microsoft's words for the methods, each once.
    pub(crate) methods: BTreeSet<&'t str>,
}

/// How good a method is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quality {
    /// Passkeys, Windows Hello for Business, certificates.
    PhishingResistant,
    /// Authenticator, one-time codes of an app or token, external methods.
    Strong,
    /// Text messages and calls.
    Telephony,
    /// No factor of MFA: password, e-mail, security questions, temporary passes.
    None,
    /// A word that this version does not know.
    Unknown,
}

/// The quality of a method, by its word in the registration report or its type in Graph.
fn quality(method: &str) -> Quality {
    match method {
        "fido2SecurityKey"
        | "passKeyDeviceBound"
        | "passKeyDeviceBoundAuthenticator"
        | "passKeyDeviceBoundWindowsHello"
        | "passKeySynced"
        | "windowsHelloForBusiness"
        | "macOsSecureEnclaveKey"
        | "x509Certificate"
        | "x509CertificateMultiFactor"
        | "fido2AuthenticationMethod"
        | "windowsHelloForBusinessAuthenticationMethod"
        | "platformCredentialAuthenticationMethod"
        | "x509CertificateAuthenticationMethod" => Quality::PhishingResistant,
        "microsoftAuthenticatorPush"
        | "microsoftAuthenticatorPasswordless"
        | "softwareOneTimePasscode"
        | "hardwareOneTimePasscode"
        | "externalAuthMethod"
        | "microsoftAuthenticatorAuthenticationMethod"
        | "passwordlessMicrosoftAuthenticatorAuthenticationMethod"
        | "softwareOathAuthenticationMethod"
        | "hardwareOathAuthenticationMethod"
        | "externalAuthenticationMethod" => Quality::Strong,
        "mobilePhone" | "alternateMobilePhone" | "officePhone" | "phoneAuthenticationMethod" => {
            Quality::Telephony
        }
        "email"
        | "securityQuestion"
        | "temporaryAccessPass"
        | "qrCodePin"
        | "x509CertificateSingleFactor"
        | "passwordAuthenticationMethod"
        | "emailAuthenticationMethod"
        | "temporaryAccessPassAuthenticationMethod"
        | "qrCodePinAuthenticationMethod" => Quality::None,
        _ => Quality::Unknown,
    }
}

impl Registration<'_> {
    /// Whether it has a method of that quality.
    pub(crate) fn has(&self, wanted: Quality) -> bool {
        self.methods.iter().any(|method| quality(method) == wanted)
    }

    /// Whether it has any method that is better than text messages and calls.
    pub(crate) fn has_strong(&self) -> bool {
        self.has(Quality::PhishingResistant) || self.has(Quality::Strong)
    }

    /// The methods in words.
    pub(crate) fn words(&self) -> String {
        if self.methods.is_empty() {
            "no method".to_owned()
        } else {
            self.methods.iter().copied().collect::<Vec<_>>().join(", ")
        }
    }
}

impl<'t> Registrations<'t> {
    /// Reads the report; without a license for it, the methods of single accounts.
    ///
    /// # Errors
    ///
    /// When what the tenant is licensed for was not read.
    pub(crate) fn of(context: &Context<'t>) -> Result<Self, Gap> {
        match context.tenant.user_registration_details.read() {
            Ok(rows) => {
                let accounts = rows.iter().map(|row| {
                    let methods = row.methods_registered.iter().map(String::as_str).collect();
                    (&row.id, Registration { capable: row.is_mfa_capable, methods })
                });
                let as_of = rows.iter().filter_map(|row| row.last_updated_date_time).min();
                Ok(Self { accounts: accounts.collect(), as_of, from_report: true })
            }
            Err(_) if context.has(Plan::EntraIdP1) == Ok(false) => {
                let records = context.tenant.user_authentication_methods.read()?;
                let accounts = records.iter().map(|record| {
                    let methods = record.methods.iter().map(model::RegisteredMethod::type_name);
                    let mut found = Registration { capable: None, methods: methods.collect() };
                    let factor = found.has_strong() || found.has(Quality::Telephony);
                    let told = factor || !found.has(Quality::Unknown);
                    found.capable = told.then_some(factor);
                    (&record.user_id, found)
                });
                Ok(Self { accounts: accounts.collect(), as_of: None, from_report: false })
            }
            Err(gap) => Err(gap),
        }
    }

    /// What the account registered; `None`: there is no row of it.
    pub(crate) fn of_user(&self, user: &User) -> Option<&Registration<'t>> {
        self.accounts.get(&user.id)
    }
}

/// Whether MFA of the account happens elsewhere, so that nothing registered here proves nothing: a
/// federated domain whose identity provider is trusted for MFA, or a foreign home tenant that is.
///
/// # Errors
///
/// When domains, or for accounts from elsewhere the cross-tenant access settings, were not read.
pub(crate) fn registers_elsewhere(context: &Context<'_>, user: &User) -> Result<bool, Gap> {
    if user.is_guest() || user.is_external() {
        return trusts_home(context, user);
    }
    let domains = context.tenant.domains.read()?;
    let name = user.domain();
    let Some(domain) = domains.iter().find(|domain| *domain.id == *name) else {
        return Ok(false);
    };
    if !domain.is_federated() {
        return Ok(false);
    }
    let settings = domain
        .federation_configuration
        .as_ref()
        .ok_or_else(|| Gap::field(Data::Domains, "federationConfiguration"))?;
    let rejects = |behavior: Option<&str>| behavior == Some("rejectMfaByFederatedIdp");
    Ok(!settings.iter().any(|one| rejects(one.federated_idp_mfa_behavior.as_deref())))
}

/// Whether MFA done in the account's home tenant is accepted here.
fn trusts_home(context: &Context<'_>, user: &User) -> Result<bool, Gap> {
    let policy = context.tenant.cross_tenant_access_policy.one()?;
    let homes = context.tenant.user_home_tenants.read().unwrap_or_default();
    let home = homes
        .iter()
        .find(|home| home.user_id == user.id)
        .and_then(|home| home.home_tenant_id.as_ref());
    let partner = policy
        .partners
        .iter()
        .find(|partner| Some(&partner.tenant_id) == home)
        .and_then(|partner| partner.inbound_trust.as_ref()?.is_mfa_accepted);
    let default = policy.inbound_trust.as_ref().and_then(|trust| trust.is_mfa_accepted);
    Ok(partner.or(default) == Some(true))
}

/// Whether the account is too new to have registered.
pub(crate) fn is_newcomer(context: &Context<'_>, user: &User) -> bool {
    let grace = context.tenant.profile.threshold("newcomer-grace", 14.0);
    let days = |then| f64::from(i32::try_from(context.days_since(then)).unwrap_or(i32::MAX));
    user.created_date_time.is_some_and(|created| days(created) < grace)
}
