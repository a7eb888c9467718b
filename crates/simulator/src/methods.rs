//! Authentication methods of a user, made from the row of the registration report.

use serde_json::{Value, json};

use crate::mix::guid;
use crate::table::text;

/// The type of a method that the report lists by this name, and what else the object tells.
fn kind(name: &str) -> Option<(&'static str, Value)> {
    Some(match name {
        "mobilePhone" => (
            "phoneAuthenticationMethod",
            json!({"phoneNumber": "+00 0000000000", "phoneType": "mobile",
                "smsSignInState": "notAllowedByPolicy"}),
        ),
        "officePhone" => (
            "phoneAuthenticationMethod",
            json!({"phoneNumber": "+00 0000000001", "phoneType": "office",
                "smsSignInState": "notSupported"}),
        ),
        "email" => ("emailAuthenticationMethod", json!({"emailAddress": "someone@mail.example"})),
        "microsoftAuthenticatorPush" => (
            "microsoftAuthenticatorAuthenticationMethod",
            json!({"displayName": "Phone", "deviceTag": "SoftwareTokenActivated",
                "phoneAppVersion": "6.2411.8012"}),
        ),
        "softwareOneTimePasscode" => {
            ("softwareOathAuthenticationMethod", json!({"secretKey": null}))
        }
        "hardwareOneTimePasscode" => ("hardwareOathAuthenticationMethod", json!({"device": null})),
        "fido2SecurityKey" | "passKeyDeviceBound" => (
            "fido2AuthenticationMethod",
            json!({"displayName": "Security key", "model": "YubiKey 5 NFC",
                "aaGuid": "2fc0579f-8113-47ea-b116-bb5a8db9202a",
                "attestationCertificates": [], "attestationLevel": "attested"}),
        ),
        "passKeyDeviceBoundAuthenticator" => (
            "fido2AuthenticationMethod",
            json!({"displayName": "Authenticator", "model": "Microsoft Authenticator",
                "aaGuid": "de1e552d-db1d-4423-a619-566b625cdc84",
                "attestationCertificates": [], "attestationLevel": "attested"}),
        ),
        "windowsHelloForBusiness" => (
            "windowsHelloForBusinessAuthenticationMethod",
            json!({"displayName": "Laptop", "keyStrength": "normal"}),
        ),
        "temporaryAccessPass" => (
            "temporaryAccessPassAuthenticationMethod",
            json!({"temporaryAccessPass": null, "isUsable": false, "isUsableOnce": true,
                "lifetimeInMinutes": 60, "methodUsabilityReason": "Expired"}),
        ),
        _ => return None,
    })
}

/// A password, which nobody is without, and what the report lists.
pub(crate) fn of(user: &str, registration: Option<&Value>) -> Vec<Value> {
    let mut methods = vec![json!({
        "@odata.type": "#microsoft.graph.passwordAuthenticationMethod",
        "id": "28c10230-6103-485e-b985-444c60001490",
        "password": null,
        "createdDateTime": null,
    })];
    let registered = registration.and_then(|row| row.get("methodsRegistered")?.as_array());
    let updated = registration.and_then(|row| text(row, "lastUpdatedDateTime"));
    for name in registered.into_iter().flatten().filter_map(Value::as_str) {
        let Some((kind, mut method)) = kind(name) else { continue };
        if let Some(members) = method.as_object_mut() {
            members.insert("@odata.type".to_owned(), json!(format!("#microsoft.graph.{kind}")));
            members.insert("id".to_owned(), json!(guid(0, &format!("{user} {name}"))));
            members.insert("createdDateTime".to_owned(), json!(updated));
        }
        methods.push(method);
    }
    methods
}
