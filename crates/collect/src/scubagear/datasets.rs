//! Datasets that are made of several members of an export, or of a part of one.

use model::{Data, Dataset, Members};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::importer::{Importer, collected, failed, missing};
use super::rewrite::{Spelling, rewrite};
use crate::records::{quoted, with_members};

const PRIVILEGED_ONLY: &str = "ScubaGear exports the roles that it calls privileged, not all";

impl<'a> Importer<'a> {
    /// Every dataset of this module.
    pub(super) fn composed(&self) -> [(Data, Dataset); 6] {
        [
            (Data::Organization, self.organization()),
            (Data::SubscribedSkus, self.subscribed_skus()),
            (Data::AuthenticationMethodsPolicy, self.authentication_methods_policy()),
            (Data::RoleDefinitions, self.role_definitions()),
            (Data::RoleAssignmentScheduleInstances, self.role_assignments()),
            (Data::RoleManagementPolicyAssignments, self.role_settings()),
        ]
    }

    pub(super) fn organization(&self) -> Dataset {
        const KEY: &str = "tenant_details";
        #[derive(Deserialize)]
        struct Details<'a> {
            #[serde(borrow, default, rename = "AADAdditionalData")]
            organization: Option<&'a RawValue>,
        }
        let list = match self.list(KEY) {
            Ok(Some(list)) => list,
            Ok(None) => return missing(KEY),
            Err(failed) => return failed,
        };
        let first = list.first().and_then(|it| serde_json::from_str::<Details<'_>>(it.get()).ok());
        // Without the organization object an absent `onPremisesSyncEnabled` would mean "never".
        let Some(organization) = first.and_then(|it| it.organization) else {
            return missing("tenant_details[].AADAdditionalData");
        };
        let single = [organization];
        let objects = serde_json::from_str::<Vec<&RawValue>>(organization.get());
        let objects = objects.as_deref().unwrap_or(&single);
        let objects = objects.iter().filter(|it| it.get().starts_with('{'));
        let records: Vec<_> = objects.map(|it| rewrite(it.get(), Spelling::Camel)).collect();
        if records.is_empty() {
            return missing("tenant_details[].AADAdditionalData");
        }
        collected("tenant_details (Get-MgBetaOrganization)", records.into_iter(), None)
    }

    /// The export has the service plans that are switched on and the subscriptions, but not which
    /// plan belongs to which: the plans become a subscription of their own.
    fn subscribed_skus(&self) -> Dataset {
        #[derive(Deserialize, Default)]
        #[serde(rename_all = "PascalCase", default)]
        struct Subscription {
            prepaid_units: Option<Units>,
        }
        #[derive(Deserialize, Default, Clone, Copy)]
        #[serde(rename_all = "PascalCase", default)]
        struct Units {
            enabled: Option<i64>,
            warning: Option<i64>,
        }
        let plans = match self.list("service_plans") {
            Ok(Some(plans)) => plans,
            Ok(None) => return missing("service_plans"),
            Err(failed) => return failed,
        };
        let command = "Get-MgBetaSubscribedSku";
        if plans.is_empty() && self.failed.contains(command) {
            return failed(&format!("ScubaGear's {command} did not succeed"));
        }
        let plans: Vec<_> = plans
            .iter()
            .map(|plan| {
                let plan = rewrite(plan.get(), Spelling::Camel);
                // ScubaGear exports the plans with this status only.
                with_members(&plan, &[("provisioningStatus", "\"Success\"")])
            })
            .collect();
        let subscriptions = match self.list("license_information") {
            Ok(list) => list,
            Err(failed) => return failed,
        };
        let (mut enabled, mut warning) = (0, 0);
        for subscription in subscriptions.iter().flatten() {
            let parsed = serde_json::from_str::<Subscription>(subscription.get());
            let units = parsed.unwrap_or_default().prepaid_units.unwrap_or_default();
            enabled = enabled.max(units.enabled.unwrap_or(0));
            warning = warning.max(units.warning.unwrap_or(0));
        }
        if subscriptions.is_none() {
            enabled = 1;
        }
        let status = if enabled == 0 && warning > 0 { "Warning" } else { "Enabled" };
        let all_plans = format!(
            r#"{{"skuPartNumber":"(all service plans)","capabilityStatus":"{status}","prepaidUnits":{{"enabled":{enabled},"warning":{warning}}},"servicePlans":[{}]}}"#,
            plans.join(",")
        );
        let subscriptions = subscriptions.unwrap_or_default();
        let subscriptions = subscriptions.iter().map(|it| rewrite(it.get(), Spelling::Camel));
        collected(
            "license_information, service_plans (Get-MgBetaSubscribedSku)",
            subscriptions.chain([all_plans]),
            Some("which plan belongs to which subscription is not exported"),
        )
    }

    fn authentication_methods_policy(&self) -> Dataset {
        const KEY: &str = "authentication_method";
        #[derive(Deserialize)]
        struct Method<'a> {
            #[serde(borrow, default)]
            authentication_method_policy: Option<&'a RawValue>,
            #[serde(borrow, default)]
            authentication_method_feature_settings: Option<&'a RawValue>,
        }
        let list = match self.list(KEY) {
            Ok(Some(list)) => list,
            Ok(None) => return missing(KEY),
            Err(failed) => return failed,
        };
        let command = "Get-MgBetaPolicyAuthenticationMethodPolicy";
        let Some(method) =
            list.first().and_then(|it| serde_json::from_str::<Method<'_>>(it.get()).ok())
        else {
            let detail = if self.failed.contains(command) {
                format!("ScubaGear's {command} did not succeed")
            } else {
                format!("the export's `{KEY}` is empty")
            };
            return failed(&detail);
        };
        let object = |value: Option<&'a RawValue>| value.filter(|it| it.get().starts_with('{'));
        // An absent policy would read as one whose migration is over.
        let Some(policy) = object(method.authentication_method_policy) else {
            return missing("authentication_method[].authentication_method_policy");
        };
        let policy = rewrite(policy.get(), Spelling::Camel);
        let settings = method
            .authentication_method_feature_settings
            .filter(|it| it.get().starts_with('['))
            .map(|it| rewrite(it.get(), Spelling::Camel));
        let members = serde_json::from_str::<Members>(&policy).unwrap_or_default();
        if settings.is_none() && !members.contains_key("authenticationMethodConfigurations") {
            return missing("authentication_method[].authentication_method_feature_settings");
        }
        let settings = settings.unwrap_or_default();
        let policy = with_members(&policy, &[("authenticationMethodConfigurations", &settings)]);
        collected(&format!("{KEY} ({command})"), [policy].into_iter(), None)
    }

    /// ScubaGear's privileged roles; an error is the dataset to return instead.
    fn roles(&self) -> Result<Vec<Role<'a>>, Dataset> {
        const KEY: &str = "privileged_roles";
        let list = self.list(KEY)?.ok_or_else(|| missing(KEY))?;
        if list.is_empty() {
            let command = "Get-PrivilegedRole";
            return Err(if self.failed.contains(command) {
                failed(&format!("ScubaGear's {command} did not succeed"))
            } else {
                failed(&format!("the export's `{KEY}` is empty"))
            });
        }
        list.iter()
            .map(|role| serde_json::from_str(role.get()))
            .collect::<Result<_, _>>()
            .map_err(|error| failed(&format!("the export's `{KEY}` has another shape: {error}")))
    }

    fn role_definitions(&self) -> Dataset {
        let roles = match self.roles() {
            Ok(roles) => roles,
            Err(dataset) => return dataset,
        };
        let records = roles.iter().map(|role| {
            let (id, name) = (quoted(&role.template_id), quoted(&role.display_name));
            format!(r#"{{"id":{id},"templateId":{id},"displayName":{name},"isBuiltIn":true}}"#)
        });
        collected("privileged_roles (Get-PrivilegedRole)", records, Some(PRIVILEGED_ONLY))
    }

    fn role_assignments(&self) -> Dataset {
        let roles = match self.roles() {
            Ok(roles) => roles,
            Err(dataset) => return dataset,
        };
        if roles.iter().all(|role| role.assignments.is_none()) {
            return missing("privileged_roles[].Assignments");
        }
        let mut records = Vec::new();
        for role in &roles {
            let id = quoted(&role.template_id);
            records.extend(
                objects(role.assignments)
                    .map(|it| rewrite(it.get(), Spelling::Camel))
                    .map(|it| with_members(&it, &[("roleDefinitionId", &id)])),
            );
        }
        let source = "privileged_roles[].Assignments (Get-PrivilegedRole)";
        collected(source, records.into_iter(), Some(PRIVILEGED_ONLY))
    }

    fn role_settings(&self) -> Dataset {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Rule {
            rule_source_type: Option<String>,
        }
        let roles = match self.roles() {
            Ok(roles) => roles,
            Err(dataset) => return dataset,
        };
        if roles.iter().all(|role| role.rules.is_none()) {
            return missing("privileged_roles[].Rules");
        }
        // Rules of groups in Privileged Identity Management stand in the same list.
        let is_of_role = |rule: &&RawValue| {
            let rule = serde_json::from_str::<Rule>(rule.get()).ok();
            let kind = rule.and_then(|rule| rule.rule_source_type);
            kind.is_none_or(|kind| kind.eq_ignore_ascii_case("Directory Role"))
        };
        let records = roles.iter().filter(|role| role.rules.is_some()).map(|role| {
            let listed = objects(role.rules)
                .filter(is_of_role)
                .map(|it| rewrite(it.get(), Spelling::Camel))
                .collect::<Vec<_>>()
                .join(",");
            let id = quoted(&role.template_id);
            format!(
                r#"{{"scopeId":"/","scopeType":"DirectoryRole","roleDefinitionId":{id},"policy":{{"rules":[{listed}]}}}}"#
            )
        });
        let source = "privileged_roles[].Rules (Get-PrivilegedRole)";
        collected(source, records, Some(PRIVILEGED_ONLY))
    }
}

/// A role of `privileged_roles`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Role<'a> {
    #[serde(rename = "RoleTemplateId")]
    template_id: String,
    #[serde(default)]
    display_name: String,
    #[serde(borrow, default)]
    assignments: Option<&'a RawValue>,
    #[serde(borrow, default)]
    rules: Option<&'a RawValue>,
}

/// The objects of a list, or the single object; PowerShell writes a list of one either way.
fn objects(list: Option<&RawValue>) -> impl Iterator<Item = &RawValue> {
    let text = list.map_or("null", RawValue::get);
    let objects =
        serde_json::from_str::<Vec<&RawValue>>(text).unwrap_or_else(|_| list.into_iter().collect());
    objects.into_iter().filter(|it| it.get().starts_with('{'))
}
