//! Priority accounts: their extra protection in mail is on.

use model::{Data, Evidence, Gap, Plan, Severity};

use crate::context::Context;
use crate::control::source::{S0, S1};
use crate::finding::{Finding, count};
use crate::priority::named;
use crate::{Control, Framework, Kind, License};

pub(crate) static CONTROL: Control = Control {
    id: "vip-protection-on",
    title: "Priority account protection is on",
    severity: Severity::Medium,
    kind: Kind::Automatic,
    license: License::AnyOf(&[Plan::DefenderForOffice365P2], &["preset-strict-priority-accounts"]),
    reads: &[
        Data::ExchangeEmailTenantSettings,
        Data::ExchangeVipUsers,
        Data::Users,
        Data::Groups,
        Data::GroupMembers,
        Data::SubscribedSkus,
    ],
    rationale: "Mail to tagged accounts gets a closer look, made for the way executives are \
        attacked.",
    passes_when: "Get-EmailTenantSettings shows EnablePriorityAccountProtection as true, and at \
        least one working account carries the priority account tag. On without anybody tagged is \
        partial.",
    remediation: &[
        "Turn priority account protection on; it is on unless somebody turned it off.",
        "Tag the priority accounts.",
        "Microsoft Defender portal > Settings > Email & collaboration > Priority account protection.",
    ],
    effort: 1,
    sources: &[S0, S1],
    mappings: &[(Framework::CisM365, &["2.4.1"]), (Framework::Nist80053, &["SI-8"])],
    judge,
};

fn judge(context: &Context<'_>) -> Result<Finding, Gap> {
    let settings = &context.tenant.exchange.email_tenant_settings;
    let name = "EnablePriorityAccountProtection";
    let missing = || Gap::field(settings.data(), name);
    if !settings.one()?.enable_priority_account_protection.ok_or_else(missing)? {
        return Ok(Finding::fail("Priority account protection is off.")
            .with([Evidence::setting(name, "false", "true")])
            .would_pass_if("priority account protection were on"));
    }
    let tagged = named(context)?.iter().filter(|one| one.is_tagged && one.is_live()).count();
    let finding = if tagged == 0 {
        Finding::partial(0.5, "Priority account protection is on, but no account is tagged.")
            .with([Evidence::tenant("no working account carries the tag", "at least one")])
    } else {
        let accounts = count(tagged, "tagged account", "tagged accounts");
        Finding::pass(format!("Priority account protection is on, for {accounts}."))
    };
    Ok(finding
        .with([Evidence::setting(name, "true", "")])
        .would_pass_if("the priority accounts were tagged"))
}

#[cfg(test)]
mod tests {
    use model::NotApplicableReason::License;
    use model::UnknownReason::{FieldMissing, Permission};
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{Fixture, check};

    #[test]
    fn verdicts() {
        let data = Data::ExchangeEmailTenantSettings;
        let tags = Data::ExchangeVipUsers;
        let setting = |value: Value| {
            Fixture::exemplary().with_member(data, "EnablePriorityAccountProtection", &value)
        };
        check(&CONTROL)
            .passes("on, somebody tagged", Fixture::exemplary())
            .partial("nobody tagged", 0.5, Fixture::exemplary().set(tags, json!([])))
            .partial(
                "somebody tagged who is gone",
                0.5,
                Fixture::exemplary().set(tags, json!([{ "ExternalDirectoryObjectId": "gone" }])),
            )
            .fails_on("off", setting(json!("False")), &["EnablePriorityAccountProtection"])
            .fails("off, tags unread", setting(json!(false)).forbidden(tags))
            .unknown("no word", FieldMissing, setting(Value::Null))
            .unknown("no answer", FieldMissing, Fixture::exemplary().set(data, json!([])))
            .unknown("tags unread", Permission, Fixture::exemplary().forbidden(tags))
            .unknown("unread", Permission, Fixture::exemplary().forbidden(data))
            .not_applicable(
                "no Defender for Office 365 Plan 2",
                License,
                Fixture::exemplary().unlicensed(&[Plan::DefenderForOffice365P2]),
            );
    }
}
