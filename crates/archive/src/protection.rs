//! How S3 protects what is written: Object Lock, legal hold, encryption with a key of AWS KMS.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{ObjectLockLegalHoldStatus, ObjectLockMode, ServerSideEncryption};

/// The longest retention that is taken for meant: a hundred years.
const MOST_DAYS: u32 = 36_500;

/// How S3 protects what is written. The default asks for nothing: the bucket's own settings hold.
///
/// As text, the options of an address: `retain=governance` or `retain=compliance` with `days=N`,
/// `legal-hold=on`, `kms-key=KEY` (a key's id, ARN or alias).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Protection {
    /// Object Lock: nobody overwrites or deletes a version for so long after it was written.
    pub retention: Option<Retention>,
    /// Object Lock without an end: until somebody takes it off.
    pub legal_hold: bool,
    /// The key of AWS KMS that encrypts (SSE-KMS); `None`: as the bucket is set up.
    pub kms_key: Option<String>,
}

/// A retention of S3 Object Lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Whether even the account's root cannot shorten it.
    pub compliance: bool,
    /// Days from the moment of writing.
    pub days: u32,
}

impl Protection {
    /// The options of an address, `name=value` with `&` between them; empty: none.
    pub(crate) fn parse(options: &str) -> Result<Self, String> {
        let mut protection = Self::default();
        let (mut compliance, mut days) = (None, None);
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            match (name, value) {
                ("retain", "governance") => compliance = Some(false),
                ("retain", "compliance") => compliance = Some(true),
                ("days", text) => {
                    let number = text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
                    days = Some(number.ok_or(format!("days={text} is not 1 to {MOST_DAYS}"))?);
                }
                ("legal-hold", "on") => protection.legal_hold = true,
                ("legal-hold", "off") => protection.legal_hold = false,
                ("kms-key", key) if !key.is_empty() => protection.kms_key = Some(key.to_owned()),
                _ => {
                    return Err(format!(
                        "the option {option:?} is not retain=governance|compliance, days=N, \
                         legal-hold=on|off or kms-key=KEY"
                    ));
                }
            }
        }
        protection.retention = match (compliance, days) {
            (Some(compliance), Some(days)) => Some(Retention { compliance, days }),
            (None, None) => None,
            _ => return Err("retain and days are only of use together".to_owned()),
        };
        Ok(protection)
    }

    /// Puts the protection into a request to write.
    pub(crate) fn apply(&self, request: PutObjectFluentBuilder) -> PutObjectFluentBuilder {
        let request = match self.retention {
            None => request,
            Some(retention) => {
                let mode = if retention.compliance {
                    ObjectLockMode::Compliance
                } else {
                    ObjectLockMode::Governance
                };
                let length = Duration::from_secs(u64::from(retention.days) * 24 * 3600);
                request
                    .object_lock_mode(mode)
                    .object_lock_retain_until_date(DateTime::from(SystemTime::now() + length))
            }
        };
        let request = if self.legal_hold {
            request.object_lock_legal_hold_status(ObjectLockLegalHoldStatus::On)
        } else {
            request
        };
        match &self.kms_key {
            None => request,
            Some(key) => {
                request.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(key)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_an_address() {
        assert_eq!(Protection::parse("").unwrap(), Protection::default());
        let all = "retain=compliance&days=400&legal-hold=on&kms-key=alias/evidence";
        let expected = Protection {
            retention: Some(Retention { compliance: true, days: 400 }),
            legal_hold: true,
            kms_key: Some("alias/evidence".to_owned()),
        };
        assert_eq!(Protection::parse(all).unwrap(), expected);
        for (bad, word) in [
            ("retain=forever&days=1", "retain=forever"),
            ("retain=governance", "together"),
            ("days=3", "together"),
            ("retain=governance&days=0", "days=0"),
            ("retain=governance&days=-1", "days=-1"),
            ("retain=governance&days=99999", "days=99999"),
            ("kms-key=", "kms-key="),
            ("legal-hold", "legal-hold"),
        ] {
            let why = Protection::parse(bad).unwrap_err();
            assert!(why.contains(word), "{bad}: {why}");
        }
    }
}
