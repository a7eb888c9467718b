//! Error numbers of the token service, and what they mean for the person who runs the scanner.
//!
//! Source: Microsoft's list of AADSTS error codes.

/// What can be done about an error of the token service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInTrouble {
    /// The credential is wrong, expired or not accepted.
    Credential,
    /// The tenant never consented, or withdrew it.
    Consent,
    /// The tenant does not have the service that the token is for.
    NoResource,
    /// The tenant does not exist, or lives in another cloud.
    Tenant,
    /// A policy of the tenant refuses.
    Blocked,
    /// This program or its application registration is set up wrongly.
    Setup,
    /// It passes by itself.
    Transient,
    /// Anything else.
    Other,
}

/// One error number.
pub(crate) struct Meaning {
    pub(crate) code: u32,
    pub(crate) trouble: SignInTrouble,
    /// A sentence for the operator.
    pub(crate) advice: &'static str,
}

/// What a number means; `None` for one that is not in the table.
pub(crate) fn meaning(code: u32) -> Option<&'static Meaning> {
    MEANINGS.iter().find(|meaning| meaning.code == code)
}

const fn row(code: u32, trouble: SignInTrouble, advice: &'static str) -> Meaning {
    Meaning { code, trouble, advice }
}

use SignInTrouble::{Blocked, Consent, Credential, NoResource, Setup, Tenant, Transient};

#[rustfmt::skip]
static MEANINGS: &[Meaning] = &[
    row(700_016, Consent, "The application is unknown in this tenant: the tenant id is wrong, or consent was never given or has been withdrawn. Open the consent link again."),
    row(7_000_215, Credential, "The secret is wrong; often the secret's id was stored instead of its value."),
    row(7_000_222, Credential, "The secret has expired. Create a new credential; a certificate or federation is better."),
    row(7_000_218, Setup, "No secret or assertion was sent: the credential's settings of this program are wrong."),
    row(700_025, Setup, "The application is registered as a public client. Register it as a confidential one."),
    row(700_027, Credential, "The certificate is not one of the application's, or it has expired."),
    row(700_024, Credential, "The assertion is outside its validity: check the clock, or fetch a fresh one."),
    row(70_021, Credential, "No federated credential of the application matches: compare issuer, subject and audience letter by letter, and wait some minutes after creating one."),
    row(700_211, Credential, "No federated credential matches the token's issuer: compare letter by letter, and wait some minutes after creating one."),
    row(700_212, Credential, "No federated credential matches the token's audience: compare letter by letter, and wait some minutes after creating one."),
    row(700_213, Credential, "No federated credential matches the token's subject: compare letter by letter, and wait some minutes after creating one."),
    row(700_222, Credential, "A token of Microsoft Entra ID cannot be used as a federated credential here; take one of another issuer."),
    row(700_236, Credential, "A token of Microsoft Entra ID cannot be used as a federated credential across tenants; take one of another issuer."),
    row(50_027, Credential, "The assertion is not a valid signed token."),
    row(7_000_112, Consent, "The application is disabled in this tenant. Enable sign-in on the enterprise application."),
    row(700_030, Credential, "The certificate's subject name is not authorized: use the certificate that the application trusts."),
    row(65_001, Consent, "The tenant has not consented to this service. Open the consent link again."),
    row(650_052, NoResource, "The tenant does not have this service, for example no Exchange Online subscription."),
    row(500_011, NoResource, "The tenant does not have this service."),
    row(650_056, Setup, "The application registration is incomplete. Add the permission to it, then consent again."),
    row(650_057, Setup, "The service is not among the application's permissions. Add the permission to the registration, then consent again."),
    row(70_011, Setup, "The scope is malformed: a mistake in this program's settings."),
    row(53_003, Blocked, "A Conditional Access policy for workload identities blocks the scanner: add its addresses to the policy's trusted locations."),
    row(530_032, Blocked, "A security policy of the tenant blocks the scanner: the tenant's administrators decide."),
    row(90_002, Tenant, "No tenant of this id: a typing mistake, a deleted tenant, or another cloud."),
    row(90_038, Tenant, "The tenant lives in another cloud: correct `cloud` in its profile."),
    row(900_382, Tenant, "The tenant lives in another cloud: correct `cloud` in its profile."),
    row(900_432, Tenant, "The tenant lives in another cloud: correct `cloud` in its profile."),
    row(900_023, Tenant, "The tenant's id is neither a GUID nor a valid domain: correct its profile."),
    row(5_000_224, Tenant, "The tenant is no longer available."),
    row(50_196, Transient, "The token service has seen the same request too often. It passes by itself."),
    row(90_024, Transient, "The token service has a passing trouble."),
    row(90_006, Transient, "The token service has a passing trouble."),
    row(90_033, Transient, "The token service has a passing trouble."),
    row(90_090, Transient, "The token service has a passing trouble."),
    row(90_055, Transient, "The token service is too busy."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_there_once_with_a_sentence() {
        for row in MEANINGS {
            assert_eq!(MEANINGS.iter().filter(|other| other.code == row.code).count(), 1);
            assert!(row.advice.ends_with('.'), "{}", row.code);
        }
    }
}
