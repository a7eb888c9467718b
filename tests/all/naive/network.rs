//! Address ranges and named locations.

use std::net::IpAddr;

use super::{SignIn, Tenant, list, same, strings, text};

/// The location that stands for the trusted addresses of the MFA service settings.
const MFA_TRUSTED_IPS: &str = "00000000-0000-0000-0000-000000000000";

/// Splits an address into its family (width in bits) and its number.
pub(super) fn number(ip: IpAddr) -> (u32, u128) {
    match ip {
        IpAddr::V4(ip) => (32, u128::from(u32::from(ip))),
        IpAddr::V6(ip) => (128, u128::from(ip)),
    }
}

/// The family, first and last address of a CIDR range.
pub(super) fn range(cidr: &str) -> (u32, u128, u128) {
    let (address, prefix) = cidr.split_once('/').expect("a CIDR range has a prefix length");
    let (width, number) = number(address.parse().expect("a CIDR range starts with an address"));
    let prefix: u32 = prefix.parse().expect("a prefix length is a number");
    let hosts = match width - prefix {
        128 => u128::MAX,
        bits => (1 << bits) - 1,
    };
    (width, number & !hosts, number | hosts)
}

fn contains(cidr: &str, ip: IpAddr) -> bool {
    let (width, first, last) = range(cidr);
    let (family, number) = number(ip);
    width == family && first <= number && number <= last
}

impl Tenant<'_> {
    /// Whether the address is among the trusted IPs of the MFA service settings.
    pub(crate) fn is_mfa_trusted(&self, ip: IpAddr) -> bool {
        strings(self.json, "/mfaServiceSettings/trustedIps").iter().any(|cidr| contains(cidr, ip))
    }

    /// Whether the sign-in comes from the location that a policy names.
    pub(crate) fn in_location(&self, location: &str, sign_in: &SignIn) -> bool {
        let locations = list(self.json, "/namedLocations");
        match location {
            "All" => true,
            "AllTrusted" => {
                self.is_mfa_trusted(sign_in.ip)
                    || locations.iter().any(|named| {
                        named["isTrusted"] == true
                            && text(named, "/@odata.type").ends_with("ipNamedLocation")
                            && in_ranges(named, sign_in.ip)
                    })
            }
            MFA_TRUSTED_IPS => self.is_mfa_trusted(sign_in.ip),
            id => locations.iter().any(|named| {
                same(text(named, "/id"), id)
                    && match text(named, "/@odata.type").trim_start_matches("#microsoft.graph.") {
                        "ipNamedLocation" => in_ranges(named, sign_in.ip),
                        "countryNamedLocation" => in_countries(named, sign_in),
                        "compliantNetworkNamedLocation" => sign_in.compliant_network,
                        kind => panic!("a location of kind {kind:?}"),
                    }
            }),
        }
    }
}

fn in_ranges(named: &serde_json::Value, ip: IpAddr) -> bool {
    list(named, "/ipRanges").iter().any(|range| contains(text(range, "/cidrAddress"), ip))
}

fn in_countries(named: &serde_json::Value, sign_in: &SignIn) -> bool {
    let country = match text(named, "/countryLookupMethod") {
        "authenticatorAppGps" => sign_in.gps_country(),
        _ => &sign_in.country,
    };
    if country == "unknown" {
        named["includeUnknownCountriesAndRegions"] == true
    } else {
        strings(named, "/countriesAndRegions").iter().any(|code| same(code, country))
    }
}
