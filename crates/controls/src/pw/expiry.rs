//! When passwords of a domain expire.

use model::{Data, Domain, Gap, Timestamp};

use crate::context::Context;

/// When passwords of a domain expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// Never.
    Never,
    /// After so many days.
    Days(i64),
    /// Nobody ever set it, in a tenant so old that this may mean 90 days.
    Ambiguous,
}

/// Microsoft's number for "never".
const NEVER: i64 = 2_147_483_647;

/// Tenants created from this day on never expire passwords unless told to. Source: CISA's reading
/// of Microsoft's change of October 2021.
const NEVER_BY_DEFAULT_SINCE: &str = "2021-11-01T00:00:00Z";

impl Expiry {
    /// # Errors
    ///
    /// When nobody set it and the tenant's age was not read.
    pub(crate) fn of(context: &Context<'_>, domain: &Domain) -> Result<Self, Gap> {
        match domain.password_validity_period_in_days {
            Some(days) if days >= NEVER => Ok(Self::Never),
            Some(days) => Ok(Self::Days(days)),
            None => {
                let missing = || Gap::field(Data::Organization, "createdDateTime");
                let created =
                    context.tenant.organization.one()?.created_date_time.ok_or_else(missing)?;
                let since: Timestamp = NEVER_BY_DEFAULT_SINCE.parse().map_err(|_| missing())?;
                Ok(if created >= since { Self::Never } else { Self::Ambiguous })
            }
        }
    }

    /// In words.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Never => "passwords never expire".to_owned(),
            Self::Days(days) => format!("passwords expire after {days} days"),
            Self::Ambiguous => "nobody set when passwords expire".to_owned(),
        }
    }
}
