//! One sign-in, and which sign-ins can occur at all.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::{EXCHANGE, Tenant};

pub(super) const MODERN: [&str; 2] = ["browser", "mobileAppsAndDesktopClients"];
pub(super) const CLIENTS: [&str; 4] =
    ["browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"];
pub(super) const PLATFORMS: [&str; 7] =
    ["windows", "macOS", "linux", "iOS", "android", "windowsPhone", "unknown"];
pub(super) const RISKS: [&str; 4] = ["none", "low", "medium", "high"];
pub(super) const INSIDER_RISKS: [&str; 4] = ["none", "minor", "moderate", "elevated"];
pub(super) const FLOWS: [&str; 3] = ["none", "deviceCodeFlow", "authenticationTransfer"];
pub(super) const TRUST_TYPES: [&str; 3] = ["AzureAD", "ServerAD", "Workplace"];

/// A sign-in as the test format writes it: the point at which policies are evaluated.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_field_names, reason = "sign-in risk is Microsoft's word")]
pub(crate) struct SignIn {
    /// Application id of the target; user actions and authentication contexts are not asked about.
    pub(crate) app: String,
    pub(crate) client: String,
    pub(crate) platform: String,
    pub(crate) ip: IpAddr,
    /// Country the address maps to, or `unknown`.
    pub(crate) country: String,
    /// Country that the Authenticator app's position gives, member `gpsCountry`. `None`: the same
    /// as `country`, for the format of witnesses has no such member of its own.
    pub(crate) gps_country: Option<String>,
    /// Whether it comes through a compliant network, member `compliantNetwork`; absent: no.
    pub(crate) compliant_network: bool,
    pub(crate) sign_in_risk: String,
    pub(crate) user_risk: String,
    pub(crate) insider_risk: String,
    pub(crate) flow: String,
    /// Whether the client app is an approved one under an app protection policy.
    pub(crate) managed_app: bool,
    pub(crate) device: Device,
}

/// The device of a sign-in; one that is not registered has no attributes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Device {
    pub(crate) registered: bool,
    pub(crate) compliant: bool,
    pub(crate) trust_type: Option<String>,
    /// Further attributes by their names in filter rules, without `device.`: strings, or arrays of
    /// strings for collections.
    pub(crate) attributes: BTreeMap<String, Value>,
}

impl SignIn {
    /// The plainest sign-in: a browser on an unknown device, somewhere.
    pub(crate) fn plain(app: &str) -> Self {
        Self {
            app: app.to_owned(),
            client: "browser".to_owned(),
            platform: "windows".to_owned(),
            ip: IpAddr::from([198, 18, 0, 1]),
            country: "NZ".to_owned(),
            gps_country: None,
            compliant_network: false,
            sign_in_risk: "none".to_owned(),
            user_risk: "none".to_owned(),
            insider_risk: "none".to_owned(),
            flow: "none".to_owned(),
            managed_app: false,
            device: Device::default(),
        }
    }

    pub(crate) fn is_modern(&self) -> bool {
        MODERN.contains(&self.client.as_str())
    }

    pub(crate) fn gps_country(&self) -> &str {
        self.gps_country.as_deref().unwrap_or(&self.country)
    }

    /// Reads a witness of the format `ca-answers/1`.
    ///
    /// # Errors
    ///
    /// The member that is missing or not of its type.
    pub(crate) fn from_json(json: &Value) -> Result<Self, String> {
        let text = |name: &str| {
            json[name].as_str().map(str::to_owned).ok_or_else(|| format!("{name} is not a string"))
        };
        let flag = |json: &Value, name: &str| {
            json[name].as_bool().ok_or_else(|| format!("{name} is not a boolean"))
        };
        let device = &json["device"];
        let known = ["registered", "isCompliant", "trustType"];
        let attributes = device
            .as_object()
            .ok_or("device is not an object")?
            .iter()
            .filter(|(name, value)| !known.contains(&name.as_str()) && !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Ok(Self {
            app: text("app")?,
            client: text("clientAppType")?,
            platform: text("platform")?,
            ip: text("ip")?.parse().map_err(|_| "ip is not an address")?,
            country: text("country")?,
            gps_country: json["gpsCountry"].as_str().map(str::to_owned),
            compliant_network: json["compliantNetwork"].as_bool().unwrap_or(false),
            sign_in_risk: text("signInRisk")?,
            user_risk: text("userRisk")?,
            insider_risk: text("insiderRisk")?,
            flow: text("transferMethod")?,
            managed_app: flag(json, "managedApp")?,
            device: Device {
                registered: flag(device, "registered")?,
                compliant: flag(device, "isCompliant")?,
                trust_type: device["trustType"].as_str().map(str::to_owned),
                attributes,
            },
        })
    }

    /// Writes a witness of the format `ca-answers/1` for this user.
    pub(crate) fn to_json(&self, user: &str) -> Value {
        let mut device = Map::new();
        device.extend(self.device.attributes.clone());
        device.insert("registered".to_owned(), self.device.registered.into());
        device.insert("isCompliant".to_owned(), self.device.compliant.into());
        device.insert("trustType".to_owned(), self.device.trust_type.clone().into());
        let mut json = json!({
            "userId": user,
            "app": self.app,
            "clientAppType": self.client,
            "platform": self.platform,
            "ip": self.ip.to_string(),
            "country": self.country,
            "signInRisk": self.sign_in_risk,
            "userRisk": self.user_risk,
            "insiderRisk": self.insider_risk,
            "transferMethod": self.flow,
            "managedApp": self.managed_app,
            "device": device,
        });
        if let Some(country) = &self.gps_country {
            json["gpsCountry"] = country.as_str().into();
        }
        if self.compliant_network {
            json["compliantNetwork"] = true.into();
        }
        json
    }

    /// Whether every member has one of the values that exist.
    fn legal(&self) -> Result<(), String> {
        let country =
            |code: &str| code == "unknown" || code.len() == 2 && code.bytes().all(is_upper);
        let checks = [
            ("app", is_guid(&self.app)),
            ("clientAppType", CLIENTS.contains(&self.client.as_str())),
            ("platform", PLATFORMS.contains(&self.platform.as_str())),
            ("country", country(&self.country) && country(self.gps_country())),
            ("signInRisk", RISKS.contains(&self.sign_in_risk.as_str())),
            ("userRisk", RISKS.contains(&self.user_risk.as_str())),
            ("insiderRisk", INSIDER_RISKS.contains(&self.insider_risk.as_str())),
            ("transferMethod", FLOWS.contains(&self.flow.as_str())),
            (
                "trustType",
                self.device.trust_type.as_deref().is_none_or(|t| TRUST_TYPES.contains(&t)),
            ),
        ];
        match checks.iter().find(|(_, legal)| !legal) {
            Some((member, _)) => Err(format!("{member} has no legal value")),
            None => Ok(()),
        }
    }

    /// The rules that tie client, platform, device, app state and flow together.
    pub(super) fn possible(&self) -> Result<(), &'static str> {
        let device = &self.device;
        let plain = !device.registered && !self.managed_app;
        let platform = self.platform.as_str();
        let known = ["android", "iOS", "windows", "macOS", "linux"].contains(&platform);
        let rules = [
            ("F1: Exchange ActiveSync reaches Exchange Online only", {
                self.client != "exchangeActiveSync" || self.app == EXCHANGE
            }),
            ("F2: a legacy client shows no device, no managed app, no flow", {
                self.is_modern() || plain && self.flow == "none"
            }),
            ("F3: the device code flow shows no device and no managed app", {
                self.flow != "deviceCodeFlow" || plain
            }),
            ("F4: a registered device has a known platform", !device.registered || known),
            ("F5: a compliant device is registered", !device.compliant || device.registered),
            ("F6: a hybrid joined device runs Windows", {
                device.trust_type.as_deref() != Some("ServerAD") || platform == "windows"
            }),
            ("F7: a managed app runs on a registered phone, in a modern client", {
                let phone = ["android", "iOS"].contains(&platform);
                !self.managed_app || device.registered && phone && self.is_modern()
            }),
            ("a registered device, and no other, has a trust type", {
                device.registered == device.trust_type.is_some()
            }),
            ("only a registered device has attributes", {
                device.registered || device.attributes.is_empty()
            }),
        ];
        match rules.iter().find(|(_, holds)| !holds) {
            Some((rule, _)) => Err(rule),
            None => Ok(()),
        }
    }
}

impl Tenant<'_> {
    /// Whether this sign-in of this user can occur at all.
    ///
    /// # Errors
    ///
    /// Why it cannot: an unknown or disabled account, a value that does not exist, or one of the
    /// rules F1 to F8.
    pub(crate) fn feasible(&self, user: &str, sign_in: &SignIn) -> Result<(), String> {
        let account = self.find_user(user).ok_or("no such user")?;
        if account["accountEnabled"] == false {
            return Err("the account is disabled".to_owned());
        }
        sign_in.legal()?;
        sign_in.possible()?;
        self.possible_for(user, sign_in)?;
        Ok(())
    }

    /// F8: a B2B account shows a device only as far as the tenant trusts its home tenant, and never
    /// a managed app.
    pub(super) fn possible_for(&self, user: &str, sign_in: &SignIn) -> Result<(), &'static str> {
        if !self.is_external(user) {
            return Ok(());
        }
        let device = &sign_in.device;
        let trust = self.inbound_trust(user);
        let compliant = trust["isCompliantDeviceAccepted"] == true;
        let hybrid = trust["isHybridAzureADJoinedDeviceAccepted"] == true;
        let untrusted = device.registered && !compliant && !hybrid
            || device.compliant && !compliant
            || device.trust_type.as_deref() == Some("ServerAD") && !hybrid;
        if sign_in.managed_app || untrusted {
            return Err("F8: an external account shows no device or managed app without trust");
        }
        Ok(())
    }
}

fn is_upper(byte: u8) -> bool {
    byte.is_ascii_uppercase()
}

/// Whether this is a lower-case GUID.
pub(super) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.concat().bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}
