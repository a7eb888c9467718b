//! `muster permissions`: what a checklist takes, and why.

use std::fmt::Write as _;

use ::collect::Resource;
use ::controls::Checklist;
use anstyle::Style;
use model::{Data, Profile};
use serde_json::{Value, json};

use super::Status;
use super::args::{Permissions, PermissionsFormat};
use super::layout::{count, ends, fill, some};
use super::terminal::{Terminal, width};
use crate::needs::{Need, controls_on, needs, role_data};
use crate::onboarding::{GLOBAL_READER, ROLES};

/// Controls that are named for each permission.
const MOST_CONTROLS: usize = 8;

/// The type of every permission here, in Microsoft's word.
const TYPE: &str = "Application";

pub(crate) fn run(arguments: &Permissions, terminal: &Terminal) -> anyhow::Result<Status> {
    let name = arguments.checklist.as_deref();
    let checklist = super::assess::checklist(name, None, &Profile::default())?;
    let all = needs(&checklist);
    let text = match arguments.format {
        PermissionsFormat::Table => table(&checklist, &all, usize::from(width().min(100))),
        PermissionsFormat::Json => format!("{:#}\n", describe(&checklist, &all)),
        PermissionsFormat::Csv => csv(&all)?,
        PermissionsFormat::Manifest => format!("{:#}\n", manifest(&all, arguments.optional)),
    };
    terminal.data(&text)?;
    Ok(Status::Done)
}

fn table(checklist: &Checklist, all: &[Need], width: usize) -> String {
    let bold = Style::new().bold();
    let (always, sometimes): (Vec<&Need>, Vec<&Need>) =
        all.iter().partition(|need| need.permission.only_for.is_none());
    let mut text = format!(
        "{bold}{} for the checklist {}{bold:#}\n{}\n",
        count(always.len(), "application permission", "application permissions"),
        checklist.id,
        fill(
            "Each is the least that gives what controls read; none can change anything.",
            "",
            width
        ),
    );
    for resource in [Resource::Graph, Resource::Exchange, Resource::Compliance] {
        let of_resource: Vec<&Need> =
            always.iter().copied().filter(|need| need.permission.resource == resource).collect();
        if of_resource.is_empty() {
            continue;
        }
        let _ =
            writeln!(text, "\n{bold}{}{bold:#}", ends(resource.words(), resource.app_id(), width));
        for need in of_resource {
            row(&mut text, need, width);
        }
    }
    if !sometimes.is_empty() {
        let _ = writeln!(text, "\n{bold}Only some tenants need{bold:#}");
        for need in sometimes {
            row(&mut text, need, width);
        }
    }
    let roles = role_data(checklist);
    if !roles.is_empty() {
        let controls = controls_on(checklist, &roles).len();
        let right = count(controls, "control", "controls");
        let _ = writeln!(text, "\n{bold}Beside permissions{bold:#}");
        let _ = writeln!(text, "{}", ends("  Directory role Global Reader", &right, width));
        let dim = Style::new().dimmed();
        let _ = writeln!(text, "{dim}    {GLOBAL_READER}{dim:#}");
        let words = "for the cmdlets of Exchange Online and Security & Compliance and for the \
            diagnostic settings of Microsoft Entra ID. Security Reader opens policies and rules, \
            not mailboxes and settings of the organization. Where Azure refuses the diagnostic \
            settings all the same: the Azure role Reader at the scope /providers/Microsoft.aadiam. \
            `muster onboard` prints the commands.";
        let _ = writeln!(text, "{}", fill(words, "    ", width));
    }
    text
}

fn row(text: &mut String, need: &Need, width: usize) {
    let dim = Style::new().dimmed();
    let permission = need.permission;
    let controls = count(need.controls.len(), "control", "controls");
    let _ = writeln!(text, "{}", ends(&format!("  {}", permission.name), &controls, width));
    let _ = writeln!(text, "{dim}    {}{dim:#}", permission.id);
    if let Some(what) = permission.only_for {
        let _ = writeln!(text, "{}", fill(&format!("only for {what}"), "    ", width));
    }
    let names: Vec<String> = need.controls.iter().map(|id| (*id).to_owned()).collect();
    let _ = writeln!(text, "{}", fill(&some(&names, MOST_CONTROLS), "    ", width));
}

fn describe(checklist: &Checklist, all: &[Need]) -> Value {
    let permissions: Vec<Value> = all
        .iter()
        .map(|need| {
            let permission = need.permission;
            json!({
                "permission": permission.name,
                "id": permission.id,
                "type": TYPE,
                "leastPrivileged": true,
                "resource": permission.resource.words(),
                "resourceAppId": permission.resource.app_id(),
                "onlyFor": permission.only_for,
                "datasets": need.data.iter().map(|data| data.name()).collect::<Vec<_>>(),
                "controls": need.controls,
            })
        })
        .collect();
    let roles = role_data(checklist);
    let of_azure: Vec<&str> = controls_on(checklist, &[Data::DiagnosticSettings].into());
    let directory_roles = if roles.is_empty() {
        json!([])
    } else {
        json!([{
            "role": ROLES[0].1,
            "templateId": GLOBAL_READER,
            "datasets": roles.iter().map(|data| data.name()).collect::<Vec<_>>(),
            "controls": controls_on(checklist, &roles),
        }])
    };
    let azure_roles = if of_azure.is_empty() {
        json!([])
    } else {
        json!([{
            "role": "Reader",
            "scope": "/providers/Microsoft.aadiam",
            "onlyFor": "tenants where the directory role is refused",
            "controls": of_azure,
        }])
    };
    json!({
        "schema": "muster.permissions/1",
        "checklist": { "id": checklist.id, "version": checklist.version },
        "permissions": permissions,
        "directoryRoles": directory_roles,
        "azureRoles": azure_roles,
    })
}

fn csv(all: &[Need]) -> anyhow::Result<String> {
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record([
        "permission",
        "id",
        "type",
        "least-privileged",
        "resource",
        "resource-app-id",
        "only-for",
        "controls",
    ])?;
    for need in all {
        let permission = need.permission;
        rows.write_record([
            permission.name,
            permission.id,
            TYPE,
            "true",
            permission.resource.words(),
            permission.resource.app_id(),
            permission.only_for.unwrap_or_default(),
            &need.controls.join(" "),
        ])?;
    }
    Ok(String::from_utf8(rows.into_inner()?)?)
}

/// `requiredResourceAccess` of an application's manifest.
fn manifest(all: &[Need], optional: bool) -> Value {
    let of = |resource: Resource| {
        let access: Vec<Value> = all
            .iter()
            .map(|need| need.permission)
            .filter(|permission| permission.resource == resource)
            .filter(|permission| optional || permission.only_for.is_none())
            .map(|permission| json!({ "id": permission.id, "type": "Role" }))
            .collect();
        (!access.is_empty())
            .then(|| json!({ "resourceAppId": resource.app_id(), "resourceAccess": access }))
    };
    let resources = [Resource::Graph, Resource::Exchange, Resource::Compliance];
    Value::Array(resources.into_iter().filter_map(of).collect())
}
