//! Where a sign-in can come from: addresses, countries, the compliant network.
//!
//! Every address lies in a set of named locations. One address for each such set is enough, for
//! IPv4 and IPv6 alike; the country that an address maps to is Microsoft's knowledge and is taken
//! to be independent of the address.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use model::{Id, IpRange, NamedLocation, Tenant};

use super::Dimension;
use super::gates::{Fixed, Gates, Mention};
use super::policy::Policy;
use super::targets::close_others;
use crate::bits;
use crate::tri::Tri;

/// The id that stands for the trusted addresses of the MFA service settings.
pub(crate) const MFA_TRUSTED: &str = "00000000-0000-0000-0000-000000000000";

/// The id that stands for the tenant's compliant network.
pub(crate) const COMPLIANT_NETWORK: &str = "3d46dbda-8382-466a-856d-eb00cbc6b910";

/// The most combinations of addresses and countries that are looked at.
const MOST: usize = 1 << 16;

/// Addresses set apart for documentation and tests: nobody's.
const NOBODYS: [&str; 6] =
    ["198.18.0.1", "203.0.113.1", "192.0.2.1", "198.51.100.1", "198.19.255.1", "2001:db8::1"];

/// Countries for "some other country".
const COMMON: [&str; 16] = [
    "US", "DE", "GB", "FR", "CA", "AU", "NL", "ES", "IT", "JP", "BR", "IN", "SE", "CH", "NZ", "ZA",
];

/// No country.
pub(crate) const NOWHERE: &str = "unknown";

/// Where a sign-in comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) ip: IpAddr,
    pub(crate) country: String,
    /// `None` where no policy looks at it.
    pub(crate) gps_country: Option<String>,
    pub(crate) compliant: bool,
    /// Whether the address is in a trusted location or among the MFA trusted IPs.
    pub(crate) trusted: bool,
    /// Whether it only exists if the MFA service settings, which are not readable, have trusted
    /// IPs.
    pub(crate) supposed: bool,
}

const IS_TRUSTED: u64 = 1;
const IS_MFA_TRUSTED: u64 = 1 << 1;

/// A named location as a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// Addresses.
    Addresses {
        /// First and last of each range; IPv4 and IPv6 apart.
        ranges: Vec<Range>,
        /// Whether it is marked trusted.
        trusted: bool,
        /// The range that cannot be read.
        doubt: Option<String>,
    },
    /// Countries.
    Countries {
        /// Two letters each, upper case.
        codes: BTreeSet<String>,
        /// Whether addresses without a country belong too.
        unknown: bool,
        /// Whether the phone tells, not the address.
        gps: bool,
    },
    /// The compliant network.
    Compliant,
    /// The MFA trusted IPs.
    MfaTrusted,
    /// Not known; why, in words.
    Unknown(String),
}

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Range {
    v6: bool,
    first: u128,
    last: u128,
}

impl Range {
    /// Reads `203.0.113.64/29`, or one address. Bits beyond the prefix are ignored.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.trim().parse::<u32>().ok()?)),
            None => (text, None),
        };
        let (v6, address) = number(address.trim().parse().ok()?);
        let width = if v6 { 128 } else { 32 };
        let prefix = prefix.unwrap_or(width);
        if prefix > width {
            return None;
        }
        // The bits that may differ within the range.
        let free = width - prefix;
        let rest = if free == 128 { u128::MAX } else { (1 << free) - 1 };
        Some(Self { v6, first: address & !rest, last: address | rest })
    }

    fn between(first: &str, last: &str) -> Option<Self> {
        let (v6, first) = number(first.trim().parse().ok()?);
        let (also_v6, last) = number(last.trim().parse().ok()?);
        (v6 == also_v6 && first <= last).then_some(Self { v6, first, last })
    }

    fn of(range: &IpRange) -> Option<Self> {
        match (&range.cidr_address, &range.lower_address, &range.upper_address) {
            (Some(cidr), ..) => Self::parse(cidr),
            (None, Some(lower), Some(upper)) => Self::between(lower, upper),
            _ => None,
        }
    }

    /// Whether the address is in the range.
    pub(crate) fn has(self, address: IpAddr) -> bool {
        let (v6, address) = number(address);
        v6 == self.v6 && (self.first..=self.last).contains(&address)
    }
}

fn number(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => (false, u32::from(address).into()),
        IpAddr::V6(address) => (true, address.into()),
    }
}

fn address(v6: bool, number: u128) -> IpAddr {
    match u32::try_from(number) {
        Ok(number) if !v6 => IpAddr::V4(number.into()),
        _ => IpAddr::V6(number.into()),
    }
}

/// Named locations by id, and the MFA trusted IPs.
pub(crate) struct Locations {
    by_id: BTreeMap<Id, Location>,
    /// Why named locations are not known; `None`: they are.
    gap: Option<String>,
    /// The trusted IPs of the MFA service settings, or why they are not known.
    pub(crate) mfa_trusted: Result<Vec<Range>, String>,
}

impl Locations {
    /// Reads them.
    pub(crate) fn of(tenant: &Tenant<'_>) -> Self {
        let (by_id, gap) = match tenant.named_locations.read() {
            Ok(locations) => {
                (locations.iter().map(|one| (one.id.clone(), location(one))).collect(), None)
            }
            Err(gap) => (BTreeMap::new(), Some(gap.to_string())),
        };
        let mfa_trusted = match tenant.mfa_service_settings.read() {
            Ok(settings) => settings
                .iter()
                .flat_map(|settings| &settings.trusted_ips)
                .map(|text| Range::parse(text).ok_or_else(|| not_a_range(text)))
                .collect(),
            Err(gap) => Err(gap.to_string()),
        };
        Self { by_id, gap, mfa_trusted }
    }

    /// The location of that id.
    pub(crate) fn find(&self, id: &Id) -> Location {
        match self.by_id.get(id) {
            Some(location) => location.clone(),
            None if id.as_str() == MFA_TRUSTED => Location::MfaTrusted,
            None if id.as_str() == COMPLIANT_NETWORK => Location::Compliant,
            None => Location::Unknown(match &self.gap {
                Some(gap) => gap.clone(),
                None => format!("the named location {id} does not exist"),
            }),
        }
    }

    /// Every location that is marked trusted.
    pub(crate) fn trusted(&self) -> impl Iterator<Item = (&Id, &Location)> {
        self.by_id
            .iter()
            .filter(|(_, location)| matches!(location, Location::Addresses { trusted: true, .. }))
    }

    /// Why it is not known which locations are trusted.
    pub(crate) fn trusted_gap(&self) -> Option<&str> {
        self.gap.as_deref()
    }
}

fn not_a_range(text: &str) -> String {
    format!("{text:?} is not a range of addresses")
}

fn location(location: &NamedLocation) -> Location {
    let kind = location.kind.as_deref().unwrap_or_default();
    let kind = kind.rsplit('.').next().unwrap_or_default();
    let is = |name: &str| kind.eq_ignore_ascii_case(name);
    if is("ipNamedLocation") || kind.is_empty() && !location.ip_ranges.is_empty() {
        let mut ranges = Vec::new();
        let mut doubt = None;
        for range in &location.ip_ranges {
            match Range::of(range) {
                Some(range) => ranges.push(range),
                None => {
                    doubt = Some(not_a_range(range.cidr_address.as_deref().unwrap_or_default()));
                }
            }
        }
        Location::Addresses { ranges, trusted: location.is_trusted == Some(true), doubt }
    } else if is("countryNamedLocation")
        || kind.is_empty() && !location.countries_and_regions.is_empty()
    {
        let gps = match location.country_lookup_method.as_deref() {
            None | Some("") => false,
            Some(word) if word.eq_ignore_ascii_case("clientIpAddress") => false,
            Some(word) if word.eq_ignore_ascii_case("authenticatorAppGps") => true,
            Some(word) => return Location::Unknown(format!("the word {word:?} is not known")),
        };
        Location::Countries {
            codes: location
                .countries_and_regions
                .iter()
                .map(|code| code.trim().to_ascii_uppercase())
                .collect(),
            unknown: location.include_unknown_countries_and_regions == Some(true),
            gps,
        }
    } else if is("compliantNetworkNamedLocation") {
        Location::Compliant
    } else {
        Location::Unknown(format!("the kind {kind:?} of the named location is not known"))
    }
}

/// What policies say of locations.
struct Said<'l> {
    /// Of any place.
    anywhere: Mention,
    /// Of address locations.
    addresses: Vec<(Mention, Vec<Range>)>,
    /// Of countries by address, and by phone.
    countries: Vec<(Mention, &'l Location)>,
    phones: Vec<(Mention, &'l Location)>,
    /// Of the compliant network.
    compliant: Mention,
    /// Of the MFA trusted IPs.
    mfa_trusted: Mention,
}

/// Finds the places that something tells apart.
pub(crate) fn places(policies: &[Policy<'_>], locations: &Locations) -> Dimension<Place> {
    let gates = Gates { policies: policies.len() };
    let mut by_id: BTreeMap<&Id, Mention> = BTreeMap::new();
    let mut anywhere = Mention::none(gates);
    let mut trusted = Mention::none(gates);
    for (number, policy) in policies.iter().enumerate() {
        let Some(condition) = &policy.source.conditions.locations else {
            anywhere.include(number);
            continue;
        };
        if condition.include_locations.is_empty() && condition.exclude_locations.is_empty() {
            anywhere.include(number);
        }
        for (ids, exclude) in
            [(&condition.include_locations, false), (&condition.exclude_locations, true)]
        {
            for id in ids {
                let mention = match id.as_str() {
                    "all" => &mut anywhere,
                    "alltrusted" => &mut trusted,
                    _ => by_id.entry(id).or_insert_with(|| Mention::none(gates)),
                };
                if exclude {
                    mention.exclude(number);
                } else {
                    mention.include(number);
                }
            }
        }
    }
    if locations.trusted_gap().is_some() {
        anywhere.join(&trusted.perhaps());
    }
    for (id, _) in locations.trusted() {
        let mention = by_id.entry(id).or_insert_with(|| Mention::none(gates));
        mention.join(&trusted);
        mention.flag(IS_TRUSTED);
    }
    let mut mfa_trusted = trusted;
    mfa_trusted.flag(IS_TRUSTED | IS_MFA_TRUSTED);

    let found: Vec<(Mention, Location)> =
        by_id.into_iter().map(|(id, mention)| (mention, locations.find(id))).collect();
    let mut said = Said {
        anywhere,
        addresses: Vec::new(),
        countries: Vec::new(),
        phones: Vec::new(),
        compliant: Mention::none(gates),
        mfa_trusted,
    };
    for (mention, location) in &found {
        match location {
            Location::Addresses { ranges, doubt, .. } => {
                if doubt.is_some() {
                    said.anywhere.join(&mention.perhaps());
                }
                said.addresses.push((mention.clone(), ranges.clone()));
            }
            Location::Countries { gps: false, .. } => {
                said.countries.push((mention.clone(), location));
            }
            Location::Countries { gps: true, .. } => said.phones.push((mention.clone(), location)),
            Location::Compliant => said.compliant.join(mention),
            Location::MfaTrusted => said.mfa_trusted.join(mention),
            Location::Unknown(_) => said.anywhere.join(&mention.perhaps()),
        }
    }
    if let Ok(ranges) = &locations.mfa_trusted {
        said.addresses.push((said.mfa_trusted.clone(), ranges.clone()));
    }
    said.combine(gates, locations.mfa_trusted.is_err())
}

impl Said<'_> {
    fn combine(self, gates: Gates, settings_unknown: bool) -> Dimension<Place> {
        let none = Mention::none(gates);
        let mut addresses = addresses(&self.addresses, &none);
        let spots = spots(&self.countries, &self.phones, &none);
        let networks: &[bool] = if self.compliant.is_empty() { &[false] } else { &[false, true] };
        let supposed: &[bool] = if settings_unknown { &[false, true] } else { &[false] };

        let mut anywhere = self.anywhere;
        let mut spots = spots;
        if addresses.len().saturating_mul(spots.len()) > MOST {
            // Too many to look at each: whatever a policy says of places is left open.
            let all = self.addresses.iter().map(|(mention, _)| mention);
            let all = all.chain(self.countries.iter().chain(&self.phones).map(|(said, _)| said));
            for mention in all {
                anywhere.join(&mention.perhaps());
            }
            spots.truncate(1);
            for spot in &mut spots {
                spot.mention = none.clone();
            }
            addresses = merge_flags(addresses, &none);
        }

        let mut places = Dimension::new(gates.words());
        for supposed in supposed {
            for compliant in networks {
                for (ip, by_address) in &addresses {
                    for spot in &spots {
                        let mut mention = anywhere.clone();
                        mention.join(by_address);
                        mention.join(&spot.mention);
                        if *compliant {
                            mention.join(&self.compliant);
                        }
                        let mut among = mention.clone();
                        among.join(&self.mfa_trusted);
                        let (sure, mut maybe) =
                            closed(gates, if *supposed { &among } else { &mention });
                        if settings_unknown && !supposed {
                            // The place may be among the MFA trusted IPs as a whole, and then it
                            // closes other gates.
                            let (other_sure, other_maybe) = closed(gates, &among);
                            bits::add(&mut maybe, &other_sure);
                            bits::add(&mut maybe, &other_maybe);
                        }
                        let flags = if *supposed { among.flags() } else { mention.flags() };
                        let place = Place {
                            ip: *ip,
                            country: spot.country.clone(),
                            gps_country: spot.gps_country.clone(),
                            compliant: *compliant,
                            trusted: flags & IS_TRUSTED != 0,
                            supposed: *supposed,
                        };
                        places.push(place, &sure, &maybe);
                    }
                }
            }
        }
        places
    }
}

/// The gates that a place closes for certain, and perhaps.
fn closed(gates: Gates, mention: &Mention) -> (Vec<u64>, Vec<u64>) {
    let (mut sure, maybe) = mention.chosen();
    let open: &[Fixed] = if mention.flags() & IS_MFA_TRUSTED == 0 {
        &[]
    } else {
        &[Fixed::PerUserModern, Fixed::PerUserLegacy]
    };
    close_others(gates, &mut sure, open);
    (sure, maybe)
}

/// Keeps one address for each set of flags.
fn merge_flags(addresses: Vec<(IpAddr, Mention)>, none: &Mention) -> Vec<(IpAddr, Mention)> {
    let mut seen = BTreeSet::new();
    addresses
        .into_iter()
        .filter(|(_, mention)| seen.insert(mention.flags()))
        .map(|(ip, mention)| {
            let mut flags = none.clone();
            flags.flag(mention.flags());
            (ip, flags)
        })
        .collect()
}

/// One address for each set of locations, those in the fewest locations first.
fn addresses(locations: &[(Mention, Vec<Range>)], none: &Mention) -> Vec<(IpAddr, Mention)> {
    let words = bits::words(locations.len()).max(1);
    let mut found: BTreeMap<Vec<u64>, (usize, IpAddr)> = BTreeMap::new();
    let mut add = |set: Vec<u64>, order: usize, ip: IpAddr| {
        found.entry(set).or_insert((order, ip));
    };
    for (order, text) in NOBODYS.iter().enumerate() {
        let Ok(ip) = text.parse() else { continue };
        let mut set = vec![0; words];
        for (number, (_, ranges)) in locations.iter().enumerate() {
            if ranges.iter().any(|range| range.has(ip)) {
                bits::set(&mut set, number);
            }
        }
        add(set, order, ip);
    }
    let mut order = NOBODYS.len();
    for v6 in [false, true] {
        // Where a range begins or has just ended.
        let mut edges: Vec<(u128, bool, usize)> = Vec::new();
        for (number, (_, ranges)) in locations.iter().enumerate() {
            for range in ranges.iter().filter(|range| range.v6 == v6) {
                edges.push((range.first, true, number));
                if let Some(after) = range.last.checked_add(1) {
                    edges.push((after, false, number));
                }
            }
        }
        edges.sort_unstable();
        let end = if v6 { u128::MAX } else { u32::MAX.into() };
        let mut open = vec![0_u32; locations.len()];
        let mut set = vec![0; words];
        let mut at = 0;
        let mut edges = edges.into_iter().peekable();
        loop {
            while let Some((_, begins, number)) = edges.next_if(|edge| edge.0 == at) {
                let Some(count) = open.get_mut(number) else { continue };
                *count = if begins { *count + 1 } else { count.saturating_sub(1) };
                if *count > 0 {
                    bits::set(&mut set, number);
                } else {
                    bits::unset(&mut set, number);
                }
            }
            let next = edges.peek().map_or(end, |edge| edge.0 - 1).min(end);
            // The first address of a network is rarely anybody's.
            add(set.clone(), order, address(v6, if next > at { at + 1 } else { at }));
            order += 1;
            if next >= end {
                break;
            }
            at = next + 1;
        }
    }
    let mut cells: BTreeMap<Mention, (u32, usize, IpAddr)> = BTreeMap::new();
    for (set, (order, ip)) in found {
        let mut mention = none.clone();
        for number in bits::each(&set) {
            if let Some((said, _)) = locations.get(number) {
                mention.join(said);
            }
        }
        let count = set.iter().map(|word| word.count_ones()).sum();
        let cell = cells.entry(mention).or_insert((count, order, ip));
        *cell = (*cell).min((count, order, ip));
    }
    let mut cells: Vec<_> = cells.into_iter().collect();
    cells.sort_unstable_by_key(|(_, order)| *order);
    cells.into_iter().map(|(mention, (_, _, ip))| (ip, mention)).collect()
}

/// The country of an address, and where the phone says it is.
struct Spot {
    country: String,
    /// `None` where no policy looks at it.
    gps_country: Option<String>,
    mention: Mention,
}

/// A spot for each set of country locations that address and phone can be in; those where both
/// agree first.
fn spots(
    by_address: &[(Mention, &Location)],
    by_phone: &[(Mention, &Location)],
    none: &Mention,
) -> Vec<Spot> {
    let countries = distinct(countries_of(by_address, none));
    if by_phone.is_empty() {
        let alone = |(country, mention)| Spot { country, gps_country: None, mention };
        return countries.into_iter().map(alone).collect();
    }
    let both: Vec<(Mention, &Location)> = by_address.iter().chain(by_phone).cloned().collect();
    let agreeing = distinct(countries_of(&both, none)).into_iter().map(|(country, mention)| Spot {
        gps_country: Some(country.clone()),
        country,
        mention,
    });
    let phones = distinct(countries_of(by_phone, none));
    let apart = countries.iter().flat_map(|(country, by_address)| {
        phones.iter().map(move |(gps, by_phone)| {
            let mut mention = by_address.clone();
            mention.join(by_phone);
            Spot { country: country.clone(), gps_country: Some(gps.clone()), mention }
        })
    });
    agreeing.chain(apart).collect()
}

/// The first country of each set of locations.
fn distinct(countries: Vec<(String, Mention)>) -> Vec<(String, Mention)> {
    let mut seen = BTreeSet::new();
    countries.into_iter().filter(|(_, mention)| seen.insert(mention.clone())).collect()
}

/// Every country that some location names, some other one before them and no country after them.
fn countries_of(locations: &[(Mention, &Location)], none: &Mention) -> Vec<(String, Mention)> {
    let mut named = BTreeSet::new();
    for (_, location) in locations {
        if let Location::Countries { codes, .. } = location {
            named.extend(codes.iter().map(String::as_str));
        }
    }
    let letters = || b'A'..=b'Z';
    let other = COMMON.iter().map(|code| (*code).to_owned()).chain(
        letters()
            .flat_map(|one| letters().map(move |two| [one, two].map(char::from).iter().collect())),
    );
    let other = other.into_iter().find(|code: &String| !named.contains(code.as_str()));
    let all = other.into_iter().chain(named.iter().map(|&code| code.to_owned()));
    all.chain([NOWHERE.to_owned()])
        .map(|country| {
            let mut mention = none.clone();
            for (said, location) in locations {
                if has_country(location, &country) {
                    mention.join(said);
                }
            }
            (country, mention)
        })
        .collect()
}

/// Whether a country location has the country; [`NOWHERE`] is no country.
pub(crate) fn has_country(location: &Location, country: &str) -> bool {
    match location {
        Location::Countries { unknown, .. } if country == NOWHERE => *unknown,
        Location::Countries { codes, .. } => codes.contains(country),
        _ => false,
    }
}

/// Whether a place is at a location.
pub(crate) fn is_at(
    location: &Location,
    place: &Place,
    mfa_trusted: &Result<Vec<Range>, String>,
) -> Tri {
    match location {
        Location::Addresses { ranges, doubt, .. } => {
            if ranges.iter().any(|range| range.has(place.ip)) {
                Tri::Yes
            } else if doubt.is_some() {
                Tri::Maybe
            } else {
                Tri::No
            }
        }
        Location::Countries { gps: false, .. } => Tri::from(has_country(location, &place.country)),
        Location::Countries { gps: true, .. } => {
            let country = place.gps_country.as_deref().unwrap_or(&place.country);
            Tri::from(has_country(location, country))
        }
        Location::Compliant => Tri::from(place.compliant),
        Location::MfaTrusted => match mfa_trusted {
            Ok(ranges) => Tri::from(ranges.iter().any(|range| range.has(place.ip))),
            Err(_) => Tri::Maybe,
        },
        Location::Unknown(_) => Tri::Maybe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Range {
        Range::parse(text).unwrap()
    }

    #[test]
    fn ranges_are_read_whatever_their_host_bits() {
        let office = range("203.0.113.77/29");
        for (ip, expected) in [
            ("203.0.113.71", false),
            ("203.0.113.72", true),
            ("203.0.113.79", true),
            ("203.0.113.80", false),
            ("::ffff:203.0.113.72", false),
        ] {
            assert_eq!(office.has(ip.parse().unwrap()), expected, "{ip}");
        }
        assert!(range("0.0.0.0/0").has("255.255.255.255".parse().unwrap()));
        assert!(range("::/0").has("ffff::1".parse().unwrap()));
        assert!(range("2001:db8::5").has("2001:db8::5".parse().unwrap()));
        for text in ["", "203.0.113.0/33", "203.0.113/24", "::/129", "a/8", "1.2.3.4/-1"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
        assert!(Range::between("10.0.0.9", "10.0.0.1").is_none());
        assert!(Range::between("10.0.0.1", "::1").is_none());
    }

    #[test]
    fn there_is_one_address_for_each_set_of_locations() {
        let gates = Gates { policies: 3 };
        let none = Mention::none(gates);
        let naming = |policy| {
            let mut mention = none.clone();
            mention.include(policy);
            mention
        };
        // The second lies within the first, the third overlaps both and is IPv6 too.
        let locations = vec![
            (naming(0), vec![range("10.0.0.0/8")]),
            (naming(1), vec![range("10.1.0.0/16")]),
            (naming(2), vec![range("10.1.128.0/17"), range("10.2.0.0/16"), range("2001:db8::/32")]),
        ];
        let cells = addresses(&locations, &none);
        let sets: Vec<(String, Vec<usize>)> = cells
            .iter()
            .map(|(ip, mention)| (ip.to_string(), bits::each(&mention.chosen().0).collect()))
            .collect();
        let expect = [
            ("198.18.0.1", vec![]),
            ("2001:db8::1", vec![2]),
            ("10.0.0.1", vec![0]),
            ("10.1.0.1", vec![0, 1]),
            ("10.2.0.1", vec![0, 2]),
            ("10.1.128.1", vec![0, 1, 2]),
        ];
        assert_eq!(sets, expect.map(|(ip, set)| (ip.to_owned(), set)));
    }

    #[test]
    fn there_is_no_address_outside_when_ranges_cover_everything() {
        let gates = Gates { policies: 1 };
        let none = Mention::none(gates);
        let mut everywhere = none.clone();
        everywhere.include(0);
        let locations =
            vec![(everywhere, vec![range("0.0.0.0/1"), range("128.0.0.0/1"), range("::/0")])];
        let cells = addresses(&locations, &none);
        assert_eq!(cells.len(), 1);
        assert_eq!(cells[0].1.chosen().0, [1]);
    }

    #[test]
    fn a_country_that_nobody_names_exists_besides_the_named_ones_and_none() {
        let gates = Gates { policies: 1 };
        let none = Mention::none(gates);
        let mut naming = none.clone();
        naming.include(0);
        let location = Location::Countries {
            codes: ["US".to_owned(), "NZ".to_owned()].into(),
            unknown: true,
            gps: false,
        };
        let cells = distinct(countries_of(&[(naming, &location)], &none));
        let named: Vec<(&str, bool)> =
            cells.iter().map(|(code, mention)| (code.as_str(), !mention.is_empty())).collect();
        assert_eq!(named, [("DE", false), ("NZ", true)]);
        assert!(has_country(&location, NOWHERE));
    }
}
