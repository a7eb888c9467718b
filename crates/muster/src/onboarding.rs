//! How a tenant lets the scanner in, cloud by cloud.

use collect::Endpoints;
use model::Cloud;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The redirect address that the documentation registers. Nothing listens there: what matters is in
/// the address itself.
pub const REDIRECT: &str = "http://localhost";

/// The directory role that reads whatever controls need, by template id.
pub const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";

/// Directory roles that open cmdlets, by template id. Source: Microsoft's page on application-only
/// access to Exchange Online.
pub const ROLES: [(&str, &str); 9] = [
    (GLOBAL_READER, "Global Reader"),
    ("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"),
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator"),
    ("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator"),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"),
    ("17315797-102d-40b4-93e0-432062caca18", "Compliance Administrator"),
    ("31392ffb-586c-42d1-9346-e59415a2cc4e", "Exchange Recipient Administrator"),
    ("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"),
    ("88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers"),
];

/// What Microsoft's tools call a cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloudNames {
    /// For a person.
    pub words: &'static str,
    /// `Connect-MgGraph -Environment`.
    pub graph: &'static str,
    /// `Connect-ExchangeOnline -ExchangeEnvironmentName`.
    pub exchange: &'static str,
    /// `az cloud set --name`.
    pub azure: &'static str,
}

/// The names of a cloud. Source: the references of Microsoft Graph PowerShell, Exchange Online
/// PowerShell and the Azure CLI.
pub const fn names(cloud: Cloud) -> CloudNames {
    let (words, graph, exchange, azure) = match cloud {
        Cloud::Commercial => ("commercial", "Global", "O365Default", "AzureCloud"),
        Cloud::Gcc => ("GCC", "Global", "O365Default", "AzureCloud"),
        Cloud::GccHigh => ("GCC High", "USGov", "O365USGovGCCHigh", "AzureUSGovernment"),
        Cloud::Dod => ("DoD", "USGovDoD", "O365USGovDoD", "AzureUSGovernment"),
        Cloud::China => ("China (21Vianet)", "China", "O365China", "AzureChinaCloud"),
    };
    CloudNames { words, graph, exchange, azure }
}

/// The word for a cloud in a profile.
pub const fn word(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Commercial => "commercial",
        Cloud::Gcc => "gcc",
        Cloud::GccHigh => "gccHigh",
        Cloud::Dod => "dod",
        Cloud::China => "china",
    }
}

/// Where an administrator of a tenant consents to every permission of an application at once.
/// `tenant` is an id or a domain.
pub fn consent_address(cloud: Cloud, tenant: &str, client_id: &str, redirect: &str) -> String {
    let login = Endpoints::of(cloud).login;
    let redirect = utf8_percent_encode(redirect, NON_ALPHANUMERIC);
    let client = utf8_percent_encode(client_id, NON_ALPHANUMERIC).to_string().replace("%2D", "-");
    format!("{login}/{tenant}/adminconsent?client_id={client}&redirect_uri={redirect}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cloud_has_an_address_of_its_own() {
        let address = |cloud| consent_address(cloud, "larkspur.example", "a-1", REDIRECT);
        assert_eq!(
            address(Cloud::Commercial),
            "https://login.microsoftonline.com/larkspur.example/adminconsent?client_id=a-1\
             &redirect_uri=http%3A%2F%2Flocalhost"
        );
        assert_eq!(address(Cloud::Gcc), address(Cloud::Commercial));
        assert!(address(Cloud::GccHigh).starts_with("https://login.microsoftonline.us/"));
        assert!(address(Cloud::Dod).starts_with("https://login.microsoftonline.us/"));
        assert!(address(Cloud::China).starts_with("https://login.chinacloudapi.cn/"));
        assert_eq!(names(Cloud::Dod).graph, "USGovDoD");
    }
}
