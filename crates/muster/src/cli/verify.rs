//! `muster verify`: whether an archive is what was sealed.

use std::path::Path;

use ::archive::{
    Checked, Gap, Link, Request, SignatureState, TrustedKey, Verified, VerifiedTenant,
};
use anyhow::Context as _;
use comfy_table::ColumnConstraint;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::args::{ListFormat, Verify};
use super::terminal::{Terminal, one_line, table};
use super::{Status, Usage};
use crate::input;

const SCHEMA: &str = "muster.verify/1";

pub(crate) async fn run(arguments: &Verify, terminal: &Terminal) -> anyhow::Result<Status> {
    let mut keys = Vec::new();
    for path in &arguments.public_key {
        let text = input::text_file(path)?;
        let found = TrustedKey::all_from_pem(&text)
            .map_err(|error| Usage(format!("{}: {error}", path.display())))?;
        keys.extend(found);
    }
    let every = arguments.every.as_deref().map(every).transpose()?;
    let request = Request {
        keys,
        tenants: arguments.tenant.clone(),
        every,
        now: every.map(|_| Timestamp::now()),
        seen: arguments.since.as_deref().map(seen).transpose()?.unwrap_or_default(),
    };
    let store = ::archive::open(&arguments.archive).await.context("cannot use the archive")?;
    let verified =
        ::archive::verify_archive(&store, &request).await.context("cannot read the archive")?;
    let gaps = verified.tenants.iter().any(|tenant| !tenant.gaps.is_empty());
    let good = verified.is_whole() && !(gaps && every.is_some());
    match arguments.format {
        ListFormat::Table => terminal.data(&text(&verified, &request, good))?,
        ListFormat::Json => {
            let json = document(&verified, &request, good);
            terminal.data(&format!("{}\n", serde_json::to_string_pretty(&json)?))?;
        }
    }
    Ok(if good { Status::Done } else { Status::Crossed })
}

/// `1d`, `12h`, `90m`.
fn every(text: &str) -> Result<SignedDuration, Usage> {
    let expected = || Usage(format!("--every {text}: expected a time such as 1d, 7d or 12h"));
    let (number, unit) =
        text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(expected)?;
    let number: i64 =
        number.parse().ok().filter(|n| (1..=36_500).contains(n)).ok_or_else(expected)?;
    match unit {
        "d" => Ok(SignedDuration::from_hours(24 * number)),
        "h" => Ok(SignedDuration::from_hours(number)),
        "m" => Ok(SignedDuration::from_mins(number)),
        _ => Err(expected()),
    }
}

/// The last scans that an earlier check saw, from its JSON output.
fn seen(path: &Path) -> anyhow::Result<Vec<(String, Link)>> {
    let text = input::text_file(path)?;
    let bad = |what: &str| {
        Usage(format!(
            "{}: {what}; expected the JSON output of an earlier `muster verify`",
            path.display()
        ))
    };
    let document: Value =
        serde_json::from_str(&text).map_err(|error| bad(&format!("not valid JSON ({error})")))?;
    if document.get("schema") != Some(&json!(SCHEMA)) {
        return Err(bad("another format").into());
    }
    let tenants = document.get("tenants").and_then(Value::as_array);
    let tenants = tenants.ok_or_else(|| bad("no list of tenants"))?;
    let last = |tenant: &Value| {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let (id, last) = (text(tenant.get("id")?)?, tenant.get("last")?);
        let link =
            Link { manifest: text(last.get("manifest")?)?, sha256: text(last.get("sha256")?)? };
        Some((id, link))
    };
    Ok(tenants.iter().filter_map(last).collect())
}

/// For a person: what was checked, each tenant in a line, then every problem.
fn text(verified: &Verified, request: &Request, good: bool) -> String {
    let mut rows = table(&["Tenant", "Scans", "Files", "First", "Last", "Signatures", "Problems"]);
    for tenant in &verified.tenants {
        let day = |scan: Option<&Checked>| {
            scan.map_or("–".to_owned(), |scan| {
                scan.scan.started_at().strftime("%Y-%m-%d").to_string()
            })
        };
        let problems = problems(tenant).count();
        rows.add_row(vec![
            tenant.tenant.clone(),
            tenant.scans.len().to_string(),
            tenant.scans.iter().map(|scan| scan.files).sum::<usize>().to_string(),
            day(tenant.scans.first()),
            day(tenant.scans.last()),
            signatures(tenant),
            if problems == 0 { "none".to_owned() } else { problems.to_string() },
        ]);
    }
    // An id that is broken in two cannot be searched for.
    if let Some(column) = rows.column_mut(0) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    let mut lines = vec![rows.to_string(), String::new()];
    for problem in &verified.problems {
        lines.push(format!("✖ {}", one_line(&problem.to_string())));
    }
    for tenant in &verified.tenants {
        for (place, problem) in problems(tenant) {
            lines.push(format!("✖ {place}: {}", one_line(&problem.to_string())));
        }
        let mark = if request.every.is_some() { "✖" } else { "!" };
        lines.extend(
            tenant.gaps.iter().map(|gap| format!("{mark} {}: {}", tenant.tenant, words(gap))),
        );
        for scan in &tenant.scans {
            if let Some(erased) = &scan.erased {
                lines.push(format!(
                    "! {}: erased on {} by {}: {}",
                    scan.scan.folder(),
                    erased.at.strftime("%Y-%m-%d"),
                    one_line(&erased.by),
                    one_line(&erased.reason)
                ));
            }
        }
        lines.extend(
            tenant
                .unfinished
                .iter()
                .map(|scan| format!("! {}: not finished; it counts for nothing", scan.folder())),
        );
    }
    if !verified.portfolios.is_empty() {
        let count = verified.portfolios.len();
        lines.push(format!(
            "! portfolio/: {count} files, which are drawn from scans and not sealed"
        ));
    }
    lines.push(said(request));
    lines.push(if good { "Nothing is wrong." } else { "Something is wrong." }.to_owned());
    lines.join("\n") + "\n"
}

/// What the check can show, and what it cannot.
fn said(request: &Request) -> String {
    let mut text = if request.keys.is_empty() {
        "Checked without a public key: that the archive agrees with itself, not who wrote it. Whoever \
         can write it could have written all of it anew."
            .to_owned()
    } else {
        format!("Checked with {} public key(s).", request.keys.len())
    };
    if request.seen.is_empty() {
        text.push_str(
            " That it was not put back as a whole to an older state is seen with --since and the \
             JSON output of an earlier check.",
        );
    }
    text
}

fn words(gap: &Gap) -> String {
    let day = |time: Timestamp| time.strftime("%Y-%m-%d %H:%M");
    let until = gap.until.map_or("now".to_owned(), |until| day(until).to_string());
    format!("no scan between {} and {until}; about {} missing", day(gap.after), gap.missing)
}

fn signatures(tenant: &VerifiedTenant) -> String {
    let count = |state| tenant.scans.iter().filter(|scan| scan.signature == state).count();
    [
        (SignatureState::Valid, "valid"),
        (SignatureState::Vouched, "vouched for"),
        (SignatureState::Invalid, "wrong"),
        (SignatureState::NotChecked, "not checked"),
        (SignatureState::None, "none"),
    ]
    .into_iter()
    .map(|(state, word)| (count(state), word))
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect::<Vec<_>>()
    .join(", ")
}

/// Every problem of a tenant with the place it is at.
fn problems(tenant: &VerifiedTenant) -> impl Iterator<Item = (String, &::archive::Problem)> {
    let own = tenant.problems.iter().map(|problem| (format!("tenants/{}", tenant.tenant), problem));
    let scans = tenant.scans.iter().flat_map(|scan| {
        scan.problems.iter().map(|problem| (scan.scan.folder().to_string(), problem))
    });
    own.chain(scans)
}

fn document(verified: &Verified, request: &Request, good: bool) -> Value {
    let problem = |place: Option<String>, problem: &::archive::Problem| {
        json!({
            "at": place,
            "kind": problem.kind(),
            "file": problem.file(),
            "message": problem.to_string(),
        })
    };
    let tenants = verified.tenants.iter().map(|tenant| {
        json!({
            "id": tenant.tenant,
            "scans": tenant.scans.len(),
            "files": tenant.scans.iter().map(|scan| scan.files).sum::<usize>(),
            "bytes": tenant.scans.iter().map(|scan| scan.bytes).sum::<u64>(),
            "first": tenant.scans.first().map(|scan| scan.scan.started_at()),
            "newest": tenant.scans.last().map(|scan| scan.scan.started_at()),
            "last": tenant.last,
            "signatures": signatures(tenant),
            "problems": problems(tenant).map(|(at, p)| problem(Some(at), p)).collect::<Vec<_>>(),
            "gaps": tenant.gaps.iter().map(|gap| json!({
                "after": gap.after, "until": gap.until, "missing": gap.missing,
            })).collect::<Vec<_>>(),
            "erased": tenant.scans.iter().filter_map(|scan| scan.erased.as_ref().map(|erased| json!({
                "at": scan.scan.folder().to_string(), "on": erased.at, "by": erased.by,
                "reason": erased.reason,
            }))).collect::<Vec<_>>(),
            "unfinished": tenant.unfinished.iter().map(|scan| scan.folder().to_string())
                .collect::<Vec<_>>(),
        })
    });
    json!({
        "schema": SCHEMA,
        "good": good,
        "checked": if request.keys.is_empty() { "integrity" } else { "signatures" },
        "keys": request.keys.iter().map(|trusted| json!({
            "id": trusted.key.id(), "algorithm": trusted.key.algorithm().word(),
            "from": trusted.from, "until": trusted.until,
        })).collect::<Vec<_>>(),
        "says": said(request),
        "problems": verified.problems.iter().map(|p| problem(None, p)).collect::<Vec<_>>(),
        "tenants": tenants.collect::<Vec<_>>(),
        "portfolios": verified.portfolios.len(),
    })
}
