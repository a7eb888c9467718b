//! Keys: where in the archive something lies.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::InvalidKey;
use crate::manifest::MANIFEST_NAME;

/// How a scan's folder is named, in UTC.
const STAMP: &str = "%Y%m%dT%H%M%SZ";

/// The longest segment of a key: what file systems allow for a name.
const LONGEST_SEGMENT: usize = 200;

/// The longest key: what S3 allows is 1,024, less room for the prefix.
const LONGEST_KEY: usize = 700;

/// A place in the archive: segments of `A-Z a-z 0-9 . _ -` with `/` between them.
///
/// No segment is empty or starts or ends with a full stop, so a key is never absolute, never leaves
/// its store, and means the same in S3 and on every file system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// A key from text.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the text is not as [`Key`] says.
    pub fn new(text: &str) -> Result<Self, InvalidKey> {
        if text.len() > LONGEST_KEY {
            return Err(InvalidKey { text: text.to_owned(), why: "it is too long" });
        }
        for segment in text.split('/') {
            check_segment(segment).map_err(|why| InvalidKey { text: text.to_owned(), why })?;
        }
        Ok(Self(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last segment.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The key of a name inside this folder.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the name is not one segment of a [`Key`].
    pub fn join(&self, name: &str) -> Result<Self, InvalidKey> {
        check_segment(name).map_err(|why| InvalidKey { text: name.to_owned(), why })?;
        Self::new(&format!("{}/{name}", self.0))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_segment(segment: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if segment.is_empty() {
        Err("a name in it is empty")
    } else if segment.len() > LONGEST_SEGMENT {
        Err("a name in it is too long")
    } else if segment.starts_with('.') || segment.ends_with('.') {
        Err("a name in it starts or ends with a full stop")
    } else if !segment.bytes().all(allowed) {
        Err("only letters, digits, `.`, `_` and `-` are allowed")
    } else {
        Ok(())
    }
}

/// One scan of one tenant, by when it started; the start is precise to the second.
///
/// Scans of a tenant sort by time, and so do their keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scan {
    tenant: String,
    started_at: Timestamp,
}

impl Scan {
    /// The scan of a tenant that started at a time; parts of a second are dropped.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the tenant is not a GUID in lower case, or the year has not four digits.
    pub fn new(tenant: &str, started_at: Timestamp) -> Result<Self, InvalidKey> {
        tenant_folder(tenant)?;
        let started_at = Timestamp::from_second(started_at.as_second()).unwrap_or(started_at);
        let year = started_at.to_zoned(TimeZone::UTC).year();
        if (1970..=9999).contains(&year) {
            Ok(Self { tenant: tenant.to_owned(), started_at })
        } else {
            let why = "the year of a scan has four digits, from 1970 on";
            Err(InvalidKey { text: started_at.to_string(), why })
        }
    }

    /// The scan whose manifest lies at a key; none when no manifest belongs there.
    pub fn of_manifest(key: &str) -> Option<Self> {
        let folder = key.strip_suffix(MANIFEST_NAME)?.strip_suffix('/')?;
        let (rest, stamp) = folder.rsplit_once('/')?;
        let tenant = rest.strip_prefix("tenants/")?.split('/').next()?;
        let started_at = DateTime::strptime(STAMP, stamp).ok()?.to_zoned(TimeZone::UTC).ok()?;
        let scan = Self::new(tenant, started_at.timestamp()).ok()?;
        // Only the one way that this crate writes it: month and year agree, no digit is left out.
        (scan.manifest().as_str() == key).then_some(scan)
    }

    /// The tenant's id.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// When the scan started, in whole seconds.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// The scan's folder, `tenants/<tenant-id>/<yyyy>/<mm>/<yyyymmddThhmmssZ>`.
    pub fn folder(&self) -> Key {
        let stamp = self.started_at.strftime(STAMP);
        let month = self.started_at.strftime("%Y/%m");
        Key(format!("tenants/{}/{month}/{stamp}", self.tenant))
    }

    /// The key of one of the scan's files.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the name is not one segment of a [`Key`].
    pub fn file(&self, name: &str) -> Result<Key, InvalidKey> {
        self.folder().join(name)
    }

    /// The key of the scan's manifest.
    pub fn manifest(&self) -> Key {
        Key(format!("{}/{MANIFEST_NAME}", self.folder()))
    }
}

/// The folder of a tenant, `tenants/<tenant-id>`.
pub(crate) fn tenant_folder(tenant: &str) -> Result<Key, InvalidKey> {
    if is_guid(tenant) {
        Ok(Key(format!("tenants/{tenant}")))
    } else {
        let why = "a tenant's id is a GUID in lower case";
        Err(InvalidKey { text: tenant.to_owned(), why })
    }
}

fn is_guid(text: &str) -> bool {
    let mut groups = text.split('-');
    let hex = |group: &str| group.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    [8, 4, 4, 4, 12]
        .iter()
        .all(|length| groups.next().is_some_and(|g| g.len() == *length && hex(g)))
        && groups.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "00000000-1111-2222-3333-444444444444";

    #[test]
    fn hostile_keys_are_refused() {
        for text in [
            "",
            "/",
            "/etc/passwd",
            "a//b",
            "a/",
            "../a",
            "a/../b",
            "a/..",
            "a/.",
            "a/.hidden",
            "a/b.",
            "a\\b",
            "C:/a",
            "a b",
            "a\nb",
            "a\0b",
            "ä",
            "a?b",
            "a%2e",
            "~/a",
            &"x".repeat(201),
            &"ab/".repeat(400),
        ] {
            assert!(Key::new(text).is_err(), "{text:?}");
        }
        let folder = Key::new("tenants").unwrap();
        for name in ["a/b", "..", "", "../x"] {
            assert!(folder.join(name).is_err(), "{name:?}");
        }
        assert_eq!(Key::new("a/b-C_1.json.zst").unwrap().name(), "b-C_1.json.zst");
    }

    #[test]
    fn hostile_tenants_are_refused() {
        let at: Timestamp = "2026-11-01T02:00:00Z".parse().unwrap();
        for tenant in [
            "",
            "..",
            "../../x",
            "00000000-1111-2222-3333-44444444444",
            "00000000-1111-2222-3333-4444444444444",
            "00000000-1111-2222-3333-444444444444-",
            "00000000-1111-2222-3333-44444444444G",
            "ABCDEF00-1111-2222-3333-444444444444",
        ] {
            assert!(Scan::new(tenant, at).is_err(), "{tenant:?}");
        }
        assert!(Scan::new(TENANT, "1969-12-31T23:59:59Z".parse().unwrap()).is_err());
        assert!(Scan::new(TENANT, Timestamp::MIN).is_err());
    }

    #[test]
    fn a_scan_lies_where_the_contract_says() {
        let at = "2026-03-01T23:59:59.987+02:00".parse().unwrap();
        let scan = Scan::new(TENANT, at).unwrap();
        let folder = "tenants/00000000-1111-2222-3333-444444444444/2026/03/20260301T215959Z";
        assert_eq!(scan.folder().as_str(), folder);
        assert_eq!(scan.manifest().as_str(), format!("{folder}/manifest.dsse.json"));
        assert_eq!(Scan::of_manifest(scan.manifest().as_str()), Some(scan));
    }

    #[test]
    fn only_the_place_of_a_manifest_is_read_as_one() {
        let good = format!("tenants/{TENANT}/2026/03/20260301T215959Z/manifest.dsse.json");
        assert!(Scan::of_manifest(&good).is_some());
        for bad in [
            good.replace("2026/03", "2026/04"),
            good.replace("2026/03", "2025/03"),
            good.replace("20260301T", "20260231T").replace("/03/", "/02/"),
            good.replace("215959Z", "215959"),
            good.replace("T215959Z", "T21595Z"),
            good.replace(TENANT, "x"),
            good.replace("tenants/", "tenant/"),
            good.replace("manifest.dsse.json", "a.json"),
            format!("x/{good}"),
            format!("{good}/manifest.dsse.json"),
            "manifest.dsse.json".to_owned(),
        ] {
            assert_eq!(Scan::of_manifest(&bad), None, "{bad}");
        }
    }
}
