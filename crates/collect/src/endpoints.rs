//! Where the services of a Microsoft cloud are, and what their tokens are asked for.

use model::Cloud;

/// A service that takes tokens of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Microsoft Graph.
    Graph,
    /// Exchange Online.
    Exchange,
    /// Security & Compliance.
    Compliance,
    /// Azure Resource Manager.
    Azure,
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 4] = [Self::Graph, Self::Exchange, Self::Compliance, Self::Azure];

    /// What Microsoft calls it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Graph => "Microsoft Graph",
            Self::Exchange => "Exchange Online",
            Self::Compliance => "Security & Compliance",
            Self::Azure => "Azure Resource Manager",
        }
    }
}

/// The addresses of one cloud, without a slash at the end.
///
/// Source: Microsoft's pages on national clouds; the hosts of Exchange Online and Security &
/// Compliance in China are not confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// The token service, such as `https://login.microsoftonline.com`.
    pub login: String,
    /// Microsoft Graph, without the version.
    pub graph: String,
    /// Exchange Online.
    pub exchange: String,
    /// Security & Compliance: the host that tells which region answers for a tenant.
    pub compliance: String,
    /// Azure Resource Manager.
    pub azure: String,
    /// What a federated credential's token must be made out to.
    pub federated_audience: &'static str,
    /// Whether Security & Compliance has to be asked for the tenant's region first.
    pub(crate) regional_compliance: bool,
    scopes: Hosts,
}

/// The hosts of one cloud. Tokens are asked for by host, wherever the requests go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hosts {
    login: &'static str,
    graph: &'static str,
    exchange: &'static str,
    compliance: &'static str,
    azure: &'static str,
    federated_audience: &'static str,
}

const COMMERCIAL: Hosts = Hosts {
    login: "login.microsoftonline.com",
    graph: "graph.microsoft.com",
    exchange: "outlook.office365.com",
    compliance: "ps.compliance.protection.outlook.com",
    azure: "management.azure.com",
    federated_audience: "api://AzureADTokenExchange",
};

const GCC_HIGH: Hosts = Hosts {
    login: "login.microsoftonline.us",
    graph: "graph.microsoft.us",
    exchange: "outlook.office365.us",
    compliance: "ps.compliance.protection.office365.us",
    azure: "management.usgovcloudapi.net",
    federated_audience: "api://AzureADTokenExchangeUSGov",
};

const DOD: Hosts =
    Hosts { graph: "dod-graph.microsoft.us", exchange: "outlook-dod.office365.us", ..GCC_HIGH };

const CHINA: Hosts = Hosts {
    login: "login.chinacloudapi.cn",
    graph: "microsoftgraph.chinacloudapi.cn",
    exchange: "partner.outlook.cn",
    compliance: "ps.compliance.protection.partner.outlook.cn",
    azure: "management.chinacloudapi.cn",
    federated_audience: "api://AzureADTokenExchangeChina",
};

impl Endpoints {
    /// The addresses of a cloud.
    pub fn of(cloud: Cloud) -> Self {
        let hosts = match cloud {
            Cloud::Commercial | Cloud::Gcc => COMMERCIAL,
            Cloud::GccHigh => GCC_HIGH,
            Cloud::Dod => DOD,
            Cloud::China => CHINA,
        };
        let address = |host: &str| format!("https://{host}");
        Self {
            login: address(hosts.login),
            graph: address(hosts.graph),
            exchange: address(hosts.exchange),
            compliance: address(hosts.compliance),
            azure: address(hosts.azure),
            federated_audience: hosts.federated_audience,
            regional_compliance: true,
            scopes: hosts,
        }
    }

    /// The same cloud played by one server, each service below a path of its own: `/login`,
    /// `/graph`, `/exchange`, `/compliance` and `/arm`. Tokens are asked for as in the real cloud.
    #[must_use]
    pub fn at(self, base: &str) -> Self {
        let base = base.trim_end_matches('/');
        let address = |service: &str| format!("{base}/{service}");
        Self {
            login: address("login"),
            graph: address("graph"),
            exchange: address("exchange"),
            compliance: address("compliance"),
            azure: address("arm"),
            regional_compliance: false,
            ..self
        }
    }

    /// The address of a service.
    pub fn address(&self, service: Service) -> &str {
        match service {
            Service::Graph => &self.graph,
            Service::Exchange => &self.exchange,
            Service::Compliance => &self.compliance,
            Service::Azure => &self.azure,
        }
    }

    /// The scope of a token for a service: everything that was consented to.
    pub(crate) fn scope(&self, service: Service) -> String {
        let host = match service {
            Service::Graph => self.scopes.graph,
            Service::Exchange => self.scopes.exchange,
            Service::Compliance => self.scopes.compliance,
            Service::Azure => self.scopes.azure,
        };
        format!("https://{host}/.default")
    }

    /// Whether a host belongs to a service: the host itself or a regional one below it. Exchange
    /// Online answers from `{prefix}.outlook.office365.com` too.
    pub(crate) fn is_host_of(&self, service: Service, host: &str) -> bool {
        let known = match service {
            Service::Graph => self.scopes.graph,
            Service::Exchange => self.scopes.exchange,
            Service::Compliance => self.scopes.compliance,
            Service::Azure => self.scopes.azure,
        };
        host == known
            // One label and its dot: `evil-outlook.office365.com` is nobody's.
            || host
                .strip_suffix(known)
                .and_then(|prefix| prefix.strip_suffix('.'))
                .is_some_and(|label| !label.is_empty() && label.bytes().all(is_label))
    }
}

fn is_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_asked_for_by_cloud_wherever_requests_go() {
        let real = Endpoints::of(Cloud::Dod);
        assert_eq!(real.graph, "https://dod-graph.microsoft.us");
        assert_eq!(real.login, "https://login.microsoftonline.us");
        let local = real.at("http://127.0.0.1:9/");
        assert_eq!(local.address(Service::Azure), "http://127.0.0.1:9/arm");
        assert_eq!(local.scope(Service::Graph), "https://dod-graph.microsoft.us/.default");
    }

    #[test]
    fn a_regional_host_is_the_service_and_a_look_alike_is_not() {
        let endpoints = Endpoints::of(Cloud::Commercial);
        let is = |host| endpoints.is_host_of(Service::Exchange, host);
        assert!(is("outlook.office365.com"));
        assert!(is("eurprd01.outlook.office365.com"));
        assert!(!is("evil-outlook.office365.com"));
        assert!(!is("outlook.office365.com.evil.example"));
        assert!(!is(".outlook.office365.com"));
        assert!(!is("a.b.outlook.office365.com"));
    }
}
