//! Which mailboxes may use SMTP AUTH: their own setting, else the organization's.

use model::{CasMailbox, Data, Gap};

use crate::context::Context;

/// A mailbox and what it says of SMTP AUTH.
pub(crate) struct Mailbox<'t> {
    pub(crate) settings: &'t CasMailbox,
    pub(crate) smtp: Smtp,
}

/// What a mailbox says of SMTP AUTH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Smtp {
    /// It may, whatever the organization says.
    Allowed,
    /// It may not, whatever the organization says.
    Refused,
    /// As the organization says: null is no third value of its own.
    Inherits,
}

/// Every mailbox of people and teams; those of the service itself are left out.
///
/// # Errors
///
/// When mailboxes, or this setting of one, were not read.
pub(crate) fn mailboxes<'t>(context: &Context<'t>) -> Result<Vec<Mailbox<'t>>, Gap> {
    let missing = || Gap::field(Data::ExchangeCasMailboxes, "SmtpClientAuthenticationDisabled");
    let all = client_access(context)?;
    all.into_iter()
        .map(|settings| {
            let disabled = settings.smtp_client_authentication_disabled.ok_or_else(missing)?;
            let smtp = match disabled {
                Some(true) => Smtp::Refused,
                Some(false) => Smtp::Allowed,
                None => Smtp::Inherits,
            };
            Ok(Mailbox { settings, smtp })
        })
        .collect()
}

/// The client access settings of every mailbox but those of the service itself.
///
/// # Errors
///
/// When they were not read.
pub(crate) fn client_access<'t>(context: &Context<'t>) -> Result<Vec<&'t CasMailbox>, Gap> {
    const OF_THE_SERVICE: [&str; 5] = [
        "DiscoverySearchMailbox",
        "SystemMailbox{",
        "FederatedEmail.",
        "Migration.",
        "HealthMailbox",
    ];
    let all = context.tenant.exchange.cas_mailboxes.read()?;
    let of_service =
        |one: &CasMailbox| OF_THE_SERVICE.iter().any(|prefix| one.identity.starts_with(prefix));
    Ok(all.iter().filter(|one| !of_service(one)).collect())
}

/// Whether the organization allows SMTP AUTH where a mailbox does not say.
///
/// # Errors
///
/// When the transport configuration, or the setting in it, was not read.
pub(crate) fn organization_allows(context: &Context<'_>) -> Result<bool, Gap> {
    let name = "SmtpClientAuthenticationDisabled";
    let config = context.tenant.exchange.transport_config.one()?;
    let missing = || Gap::field(Data::ExchangeTransportConfig, name);
    Ok(!config.smtp_client_authentication_disabled.ok_or_else(missing)?)
}

/// The mailbox's main address, else its identity.
pub(crate) fn address(mailbox: &CasMailbox) -> &str {
    mailbox.primary_smtp_address.as_deref().unwrap_or(&mailbox.identity)
}
