//! The conditions of a policy other than its users.

use serde_json::Value;

use super::rule::{self, Attribute};
use super::{SignIn, Tenant, flags, is_set, list, same, strings, text};

type Holds = fn(&Tenant, &Value, &SignIn) -> bool;

/// Every condition by its name in Graph; all must hold for a policy to apply.
pub(super) const CONDITIONS: [(&str, Holds); 9] = [
    ("applications", applications),
    ("clientAppTypes", client_app_types),
    ("platforms", platforms),
    ("locations", locations),
    ("signInRiskLevels", sign_in_risk),
    ("userRiskLevels", user_risk),
    ("insiderRiskLevels", insider_risk),
    ("devices", devices),
    ("authenticationFlows", authentication_flows),
];

pub(super) fn applications(tenant: &Tenant, policy: &Value, sign_in: &SignIn) -> bool {
    let at = "/conditions/applications";
    let app = sign_in.app.as_str();
    let mut included = strings(policy, &format!("{at}/includeApplications"))
        .iter()
        .any(|term| tenant.app_term_matches(term, app));
    let mut excluded = strings(policy, &format!("{at}/excludeApplications"))
        .iter()
        .any(|term| tenant.app_term_matches(term, app));
    if is_set(policy, &format!("{at}/applicationFilter")) {
        let rule = text(policy, &format!("{at}/applicationFilter/rule"));
        let matches = rule::matches(rule, &|name| tenant.app_attribute(app, name));
        match text(policy, &format!("{at}/applicationFilter/mode")) {
            "include" => included |= matches,
            "exclude" => excluded |= matches,
            mode => panic!("an application filter of mode {mode:?}"),
        }
    }
    included && !excluded
}

impl Tenant<'_> {
    /// Whether a term of an application list means this application: `All`, its own id, or a suite
    /// it belongs to.
    pub(crate) fn app_term_matches(&self, term: &str, app: &str) -> bool {
        match term {
            "All" => true,
            "None" => false,
            term => same(term, app) || self.app_group(term).iter().any(|member| same(member, app)),
        }
    }

    /// The applications that a suite name, or an id standing for several, means.
    pub(super) fn app_group(&self, term: &str) -> Vec<&str> {
        strings(&self.json["appGroups"][term], "")
    }

    /// A custom security attribute, named `Set_Attribute`, of an application's service principal.
    fn app_attribute(&self, app: &str, name: &str) -> Attribute {
        let name = name.split_once('.').expect("an attribute is CustomSecurityAttribute.x").1;
        for principal in list(self.json, "/servicePrincipals") {
            let sets = principal["customSecurityAttributes"].as_object().into_iter().flatten();
            for (set, attributes) in sets {
                for (attribute, value) in attributes.as_object().into_iter().flatten() {
                    if same(text(principal, "/appId"), app)
                        && same(&format!("{set}_{attribute}"), name)
                    {
                        return Attribute::from_json(value);
                    }
                }
            }
        }
        Attribute::Null
    }
}

pub(super) fn client_app_types(_: &Tenant, policy: &Value, sign_in: &SignIn) -> bool {
    let types = strings(policy, "/conditions/clientAppTypes");
    types.is_empty()
        || types.iter().any(|client| match *client {
            "all" => true,
            "easSupported" => {
                sign_in.client == "exchangeActiveSync"
                    && ["iOS", "android", "windows"].contains(&sign_in.platform.as_str())
            }
            client => client == sign_in.client,
        })
}

pub(super) fn platforms(_: &Tenant, policy: &Value, sign_in: &SignIn) -> bool {
    let include = strings(policy, "/conditions/platforms/includePlatforms");
    let exclude = strings(policy, "/conditions/platforms/excludePlatforms");
    let matches = |term: &&str| *term == "all" || *term == sign_in.platform;
    let unset = include.is_empty() && exclude.is_empty();
    unset || include.iter().any(matches) && !exclude.iter().any(matches)
}

pub(super) fn locations(tenant: &Tenant, policy: &Value, sign_in: &SignIn) -> bool {
    let include = strings(policy, "/conditions/locations/includeLocations");
    let exclude = strings(policy, "/conditions/locations/excludeLocations");
    let matches = |term: &&str| tenant.in_location(term, sign_in);
    let unset = include.is_empty() && exclude.is_empty();
    unset || include.iter().any(matches) && !exclude.iter().any(matches)
}

pub(super) fn sign_in_risk(_: &Tenant, policy: &Value, sign_in: &SignIn) -> bool {
    let levels = strings(policy, "/conditions/signInRiskLevels");
    levels.is_empty() || levels.contains(&sign_in.sign_in_risk.as_str())
}

pub(super) fn user_risk(_: &Tenant, policy: &Value, sign_in: &SignIn) -> bool {
    let levels = strings(policy, "/conditions/userRiskLevels");
    levels.is_empty() || levels.contains(&sign_in.user_risk.as_str())
}

pub(super) fn insider_risk(_: &Tenant, policy: &Value, sign_in: &SignIn) -> bool {
    let levels = flags(policy, "/conditions/insiderRiskLevels");
    levels.is_empty() || levels.contains(&sign_in.insider_risk.as_str())
}

pub(super) fn devices(_: &Tenant, policy: &Value, sign_in: &SignIn) -> bool {
    if !is_set(policy, "/conditions/devices/deviceFilter") {
        return true;
    }
    let rule = text(policy, "/conditions/devices/deviceFilter/rule");
    let matches = rule::matches(rule, &|name| device_attribute(sign_in, name));
    match text(policy, "/conditions/devices/deviceFilter/mode") {
        "include" => matches,
        "exclude" => !matches,
        mode => panic!("a device filter of mode {mode:?}"),
    }
}

/// An attribute of the device; all are null on one that is not registered, compliance too.
fn device_attribute(sign_in: &SignIn, name: &str) -> Attribute {
    let name = name.split_once('.').expect("an attribute is device.x").1;
    let device = &sign_in.device;
    if !device.registered {
        return Attribute::Null;
    }
    if same(name, "isCompliant") {
        return Attribute::Text(device.compliant.to_string());
    }
    if same(name, "trustType") {
        return device.trust_type.clone().map_or(Attribute::Null, Attribute::Text);
    }
    let value = device.attributes.iter().find(|(attribute, _)| same(attribute, name));
    value.map_or(Attribute::Null, |(_, value)| Attribute::from_json(value))
}

pub(super) fn authentication_flows(_: &Tenant, policy: &Value, sign_in: &SignIn) -> bool {
    let mut methods = flags(policy, "/conditions/authenticationFlows/transferMethods");
    methods.retain(|method| *method != "none");
    methods.is_empty() || methods.contains(&sign_in.flow.as_str())
}
