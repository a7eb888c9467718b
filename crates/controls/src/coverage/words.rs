//! A sign-in in words.

use std::fmt::Write as _;

use signin::{
    AZURE_MANAGEMENT, ClientApp, Device, EXCHANGE_ONLINE, Platform, RiskLevel, SignIn,
    TransferMethod, TrustType,
};

use crate::context::Context;

/// "Exchange Online in a browser on Windows, from an unmanaged device": where the sign-in leads,
/// and whatever is not ordinary about it.
pub(crate) fn sign_in_in_words(context: &Context<'_>, sign_in: &SignIn) -> String {
    let client = match sign_in.client_app_type {
        ClientApp::Browser => "in a browser",
        ClientApp::MobileOrDesktop => "in an app",
        ClientApp::Other => "with basic authentication",
        ClientApp::ExchangeActiveSync => "with basic authentication over Exchange ActiveSync",
    };
    let platform = match sign_in.platform {
        Platform::Windows => "Windows",
        Platform::MacOs => "macOS",
        Platform::Ios => "iOS",
        Platform::Android => "Android",
        Platform::Linux => "Linux",
        Platform::WindowsPhone => "Windows Phone",
        Platform::Unknown => "an unrecognized platform",
    };
    let mut words = format!("{} {client} on {platform}", application(context, &sign_in.app));
    let device = if sign_in.managed_app { "in a protected app" } else { device(&sign_in.device) };
    words.push_str(", ");
    words.push_str(device);
    let ordinary = SignIn::to(sign_in.app.clone());
    if sign_in.ip != ordinary.ip {
        words.push_str(", from ");
        words.push_str(&sign_in.ip);
    }
    let locations = context.tenant.named_locations.read().unwrap_or_default();
    let by_country = locations.iter().any(|one| !one.countries_and_regions.is_empty());
    if by_country && sign_in.country != ordinary.country {
        words.push_str(", in ");
        words.push_str(&sign_in.country);
    }
    match sign_in.transfer_method {
        TransferMethod::None => {}
        TransferMethod::DeviceCode => words.push_str(", by device code flow"),
        TransferMethod::AuthenticationTransfer => words.push_str(", by authentication transfer"),
    }
    for (kind, level) in [("sign-in", sign_in.sign_in_risk), ("user", sign_in.user_risk)] {
        if level != RiskLevel::None {
            let _ = write!(words, ", at {kind} risk {}", level.word());
        }
    }
    words
}

fn device(device: &Device) -> &'static str {
    match (device.registered, device.is_compliant, device.trust_type) {
        (false, ..) => "from an unmanaged device",
        (true, true, _) => "from a compliant device",
        (true, false, Some(TrustType::HybridJoined)) => "from a hybrid joined device",
        (true, false, _) => "from a registered device",
    }
}

/// The application's name where it is known, else its id; also user actions and contexts.
fn application(context: &Context<'_>, id: &str) -> String {
    let known = match id {
        EXCHANGE_ONLINE => Some("Exchange Online"),
        AZURE_MANAGEMENT => Some("Azure management"),
        signin::REGISTER_SECURITY_INFO => Some("the registration of security information"),
        signin::REGISTER_DEVICE => Some("the registration of devices"),
        _ => None,
    };
    let principals = context.tenant.service_principals.read().unwrap_or_default();
    let named = principals.iter().find(|principal| principal.app_id == *id);
    known
        .or_else(|| named.map(|principal| principal.display_name.as_str()))
        .map_or_else(|| format!("the application {id}"), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fixture;

    #[test]
    fn a_sign_in_in_words() {
        let mut sign_in = SignIn::to(EXCHANGE_ONLINE.into());
        let words = |sign_in: &SignIn| {
            Fixture::exemplary().look(|context| sign_in_in_words(context, sign_in))
        };
        assert_eq!(
            words(&sign_in),
            "Exchange Online in a browser on Windows, from an unmanaged device"
        );
        sign_in.client_app_type = ClientApp::MobileOrDesktop;
        sign_in.platform = Platform::Unknown;
        sign_in.ip = "203.0.113.7".to_owned();
        sign_in.transfer_method = TransferMethod::DeviceCode;
        sign_in.user_risk = RiskLevel::High;
        sign_in.device.registered = true;
        sign_in.device.is_compliant = true;
        assert_eq!(
            words(&sign_in),
            "Exchange Online in an app on an unrecognized platform, from a compliant device, from \
             203.0.113.7, by device code flow, at user risk high"
        );
    }
}
