//! One sign-in: a point that policies can tell apart.

use std::collections::BTreeMap;

use model::Id;
use serde::{Deserialize, Serialize};

words! {
    /// What kind of client signs in.
    ClientApp {
        Browser = "browser", "A browser.";
        MobileOrDesktop = "mobileAppsAndDesktopClients", "An application with modern authentication.";
        Other = "other", "A client with basic authentication: IMAP, POP, SMTP, old Office.";
        ExchangeActiveSync = "exchangeActiveSync", "A mail client with basic authentication over Exchange ActiveSync.";
    }
}

words! {
    /// What platform the client claims to run on. Nobody verifies the claim.
    Platform {
        Windows = "windows", "Windows.";
        MacOs = "macOS", "macOS.";
        Ios = "iOS", "iOS and iPadOS.";
        Android = "android", "Android.";
        Linux = "linux", "Linux.";
        WindowsPhone = "windowsPhone", "Windows Phone.";
        Unknown = "unknown", "Anything that Microsoft does not recognize.";
    }
}

words! {
    /// A level of sign-in risk or user risk.
    RiskLevel {
        None = "none", "No risk.";
        Low = "low", "Low.";
        Medium = "medium", "Medium.";
        High = "high", "High.";
    }
}

words! {
    /// A level of insider risk.
    InsiderRisk {
        None = "none", "No risk.";
        Minor = "minor", "Minor.";
        Moderate = "moderate", "Moderate.";
        Elevated = "elevated", "Elevated.";
    }
}

words! {
    /// The flow by which a sign-in is handed from one device to another.
    TransferMethod {
        None = "none", "An ordinary sign-in.";
        DeviceCode = "deviceCodeFlow", "The device code flow.";
        AuthenticationTransfer = "authenticationTransfer", "Authentication transfer, by QR code.";
    }
}

words! {
    /// How a registered device is known to the directory.
    TrustType {
        Joined = "AzureAD", "Microsoft Entra joined.";
        HybridJoined = "ServerAD", "Microsoft Entra hybrid joined.";
        Registered = "Workplace", "Microsoft Entra registered.";
    }
}

/// The device of a sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Whether the directory knows it. An unknown device has no other member.
    #[serde(default)]
    pub registered: bool,
    /// Whether it is marked compliant.
    #[serde(default)]
    pub is_compliant: bool,
    /// How it is known; `None` where it is not.
    #[serde(default)]
    pub trust_type: Option<TrustType>,
    /// Other attributes that device filters speak of, by name; an absent one is null.
    #[serde(flatten)]
    pub attributes: BTreeMap<String, serde_json::Value>,
}

/// One sign-in, complete but for who signs in and with what credential.
///
/// It serializes as the counterexample of `muster.signin/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// The application's id; or a user action (`urn:user:…`), or an authentication context (`c1`).
    #[schemars(with = "String")]
    pub app: Id,
    /// With what client.
    pub client_app_type: ClientApp,
    /// On what platform.
    pub platform: Platform,
    /// From what address, IPv4 or IPv6.
    pub ip: String,
    /// The country the address maps to, two letters; `unknown` where it maps to none.
    pub country: String,
    /// Where the Authenticator app says the phone is, two letters or `unknown`; `None`: where the
    /// address is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gps_country: Option<String>,
    /// Whether it comes through the tenant's compliant network (Global Secure Access).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compliant_network: bool,
    /// Risk of the sign-in.
    pub sign_in_risk: RiskLevel,
    /// Risk of the account.
    pub user_risk: RiskLevel,
    /// Risk that Microsoft Purview sees in the person.
    pub insider_risk: InsiderRisk,
    /// By what flow.
    pub transfer_method: TransferMethod,
    /// Whether the application is an approved or protected client app.
    pub managed_app: bool,
    /// With what device.
    pub device: Device,
}

impl SignIn {
    /// An ordinary sign-in to an application: browser, Windows, an unknown device, no risk, from
    /// nowhere in particular.
    pub fn to(app: Id) -> Self {
        Self {
            app,
            client_app_type: ClientApp::Browser,
            platform: Platform::Windows,
            ip: "198.18.0.1".to_owned(),
            country: "unknown".to_owned(),
            gps_country: None,
            compliant_network: false,
            sign_in_risk: RiskLevel::None,
            user_risk: RiskLevel::None,
            insider_risk: InsiderRisk::None,
            transfer_method: TransferMethod::None,
            managed_app: false,
            device: Device::default(),
        }
    }

    /// The sign-in in one line, with the application's name as given; what is most ordinary is left
    /// out.
    pub fn words(&self, app: &str) -> String {
        let mut parts = vec![
            format!("to {app}"),
            self.client_app_type.word().to_owned(),
            self.platform.word().to_owned(),
            format!("from {} ({})", self.ip, self.country),
        ];
        if self.sign_in_risk != RiskLevel::None {
            parts.push(format!("sign-in risk {}", self.sign_in_risk.word()));
        }
        if self.user_risk != RiskLevel::None {
            parts.push(format!("user risk {}", self.user_risk.word()));
        }
        if self.insider_risk != InsiderRisk::None {
            parts.push(format!("insider risk {}", self.insider_risk.word()));
        }
        if self.transfer_method != TransferMethod::None {
            parts.push(self.transfer_method.word().to_owned());
        }
        if self.device.registered {
            let compliant = if self.device.is_compliant { "compliant" } else { "registered" };
            let trust = self.device.trust_type.map_or("", TrustType::word);
            parts.push(format!("{compliant} device {trust}"));
        }
        if self.managed_app {
            parts.push("protected client app".to_owned());
        }
        parts.join(" · ")
    }
}
