//! Lists that reports print beside the verdicts: who holds power, and how mail is protected.

use std::collections::{BTreeMap, BTreeSet};

use model::{Administrator, Gap, Id, Inventory, MailProtection, RoleSet};

use crate::context::Context;
use crate::directory::Holder;
use crate::people::last_sign_in;
use crate::recipients::{Preset, Presets, address};

/// How many mailboxes outside the presets are named.
const NAMED: usize = 100;

/// What could be read. A hole is `None`, never an empty list.
pub(crate) fn of(context: &Context<'_>) -> Inventory {
    Inventory { administrators: administrators(context).ok(), mail: mail(context).ok() }
}

fn administrators(context: &Context<'_>) -> Result<Vec<Administrator>, Gap> {
    let mut held: BTreeMap<&Id, Vec<&Holder<'_>>> = BTreeMap::new();
    for holder in context.directory()?.holders_of(RoleSet::Privileged)? {
        held.entry(holder.principal.id()).or_default().push(holder);
    }
    let registrations = context.tenant.user_registration_details.read().ok();
    let mut administrators: Vec<Administrator> = held
        .into_iter()
        .filter_map(|(id, paths)| {
            let principal = paths.first()?.principal;
            let methods = registrations
                .and_then(|rows| rows.iter().find(|row| row.id == *id))
                .map(|row| row.methods_registered.clone());
            Some(Administrator {
                id: id.to_string(),
                name: principal.name().to_owned(),
                kind: principal.kind(),
                emergency: context.emergency().is_ok_and(|accounts| accounts.recognizes(id)),
                paths: paths
                    .iter()
                    .map(|path| path.path())
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect(),
                methods,
                last_sign_in: last_sign_in(context, id).ok().flatten(),
            })
        })
        .collect();
    administrators.sort_by(|one, two| (&one.name, &one.id).cmp(&(&two.name, &two.id)));
    Ok(administrators)
}

fn mail(context: &Context<'_>) -> Result<Vec<MailProtection>, Gap> {
    let presets = Presets::of(context, context.tenant.exchange.eop_protection_policy_rules.read()?);
    let (mut strict, mut standard) = (0, 0);
    let mut outside = Vec::new();
    for mailbox in context.recipients()?.iter().copied() {
        match presets.effective(mailbox)? {
            Some(Preset::Strict) => strict += 1,
            Some(Preset::Standard) => standard += 1,
            None => outside.push(mailbox),
        }
    }
    let named = outside.iter().take(NAMED).map(|mailbox| {
        let why = [Preset::Strict, Preset::Standard].map(|preset| presets.why_not(preset, mailbox));
        (address(mailbox), why.join("; "))
    });
    let group = |preset: &str, mailboxes| MailProtection {
        preset: preset.to_owned(),
        mailboxes,
        outside: Vec::new(),
    };
    Ok(vec![
        group("Strict", strict),
        group("Standard", standard),
        MailProtection { outside: named.collect(), ..group("", outside.len()) },
    ])
}
