//! Settings of the tenant as a whole that several requests give.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::fault::Kind;
use crate::graph::List;
use crate::records::{Records, with_members};
use crate::scan::{Outcome, Problem, Scan};

impl Scan<'_> {
    /// The domains; federated ones with how they federate.
    pub(super) async fn domains(&self) -> Outcome {
        const LIST: &[&str] = &["Domain.Read.All"];
        const FEDERATION: &[&str] = &["Domain-InternalFederation.Read.All"];
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Known {
            id: String,
            authentication_type: Option<String>,
        }
        let domains = self.client.list(List::of("/v1.0/domains")).await;
        let domains = domains.map_err(|fault| Problem::Fault(fault, Some(LIST)))?;
        let mut all = Records::new();
        all.credit(&domains);
        for record in domains.each() {
            let federated = serde_json::from_str::<Known>(&record).ok().filter(|known| {
                known
                    .authentication_type
                    .as_deref()
                    .is_some_and(|kind| kind.eq_ignore_ascii_case("Federated"))
            });
            let Some(domain) = federated else {
                all.push(&record);
                continue;
            };
            let name = utf8_percent_encode(&domain.id, NON_ALPHANUMERIC);
            let path = format!("/v1.0/domains/{name}/federationConfiguration");
            let configuration = match self.client.list(List::of(&path)).await {
                Ok(configuration) => configuration,
                Err(fault) if fault.kind == Kind::Missing => Records::new(),
                Err(fault) => {
                    // The domain itself was read: it stays, without what could not be.
                    let needed = FEDERATION.join(" ");
                    all.notes.push(format!("federation of {}: {fault} ({needed})", domain.id));
                    all.push(&record);
                    continue;
                }
            };
            all.credit(&configuration);
            let configuration = configuration.to_json();
            all.push(&with_members(&record, &[("federationConfiguration", &configuration)]));
        }
        Ok(all)
    }

    /// The policy of version 1.0, with the two members that only beta has.
    pub(super) async fn authentication_methods_policy(&self) -> Outcome {
        const PATH: &str = "/policies/authenticationMethodsPolicy";
        #[derive(Deserialize, Default)]
        #[serde(default, rename_all = "camelCase")]
        struct Beta {
            system_credential_preferences: Option<Box<RawValue>>,
            report_suspicious_activity_settings: Option<Box<RawValue>>,
        }
        let (v1, beta) = (format!("/v1.0{PATH}"), format!("/beta{PATH}"));
        let (policy, beta) =
            futures::join!(self.client.object(List::of(&v1)), self.client.object(List::of(&beta)));
        let policy = policy?;
        let mut all = Records::new();
        all.credit(&policy);
        let beta = match beta {
            Ok(beta) => {
                all.credit(&beta);
                beta.parse::<Beta>().ok().and_then(|beta| beta.into_iter().next())
            }
            Err(fault) => {
                all.notes.push(format!("members that only beta has: {fault}"));
                None
            }
        };
        let beta = beta.unwrap_or_default();
        let members: Vec<_> = [
            ("systemCredentialPreferences", &beta.system_credential_preferences),
            ("reportSuspiciousActivitySettings", &beta.report_suspicious_activity_settings),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?.get())))
        .collect();
        for record in policy.each() {
            all.push(&with_members(&record, &members));
        }
        Ok(all)
    }

    /// The default settings with the list of partners.
    pub(super) async fn cross_tenant_access_policy(&self) -> Outcome {
        let default = List::of("/v1.0/policies/crossTenantAccessPolicy/default");
        let partners = List::of("/v1.0/policies/crossTenantAccessPolicy/partners");
        let (default, partners) =
            futures::join!(self.client.object(default), self.client.list(partners));
        let (default, partners) = (default?, partners?);
        let mut all = Records::new();
        all.credit(&default);
        all.credit(&partners);
        let partners = partners.to_json();
        for record in default.each() {
            all.push(&with_members(&record, &[("partners", &partners)]));
        }
        Ok(all)
    }
}
