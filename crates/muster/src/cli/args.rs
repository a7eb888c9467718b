//! The commands and their options, as `--help` shows them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use model::Severity;

const EXAMPLES: &str = "\
Examples:
  muster demo                                     scan the made-up tenants, write all reports
  muster scan --tenants tenants/ --archive audit/ scan every tenant that has a profile
  muster assess snapshot.json --fail-on high      judge a snapshot; exit status 1 on a finding
  muster signin snapshot.json                     who can get in with only a password, and how
  muster verify --archive audit/ --public-key k   prove that nothing archived was altered
  muster diff --archive audit/ --tenant ID        what changed since the scan before, and who did it

Exit status: 0 done; 1 a --fail-on or --fail-under threshold was crossed; 2 wrong usage or
unreadable input; 3 done, but some tenant or dataset could not be read; 4 nothing could be done.";

/// Inspects Microsoft 365 tenants: snapshot, verdicts with evidence, scorecards.
#[derive(Debug, Parser)]
#[command(name = "muster", version, about, after_help = EXAMPLES, max_term_width = 100)]
#[command(arg_required_else_help = true, infer_subcommands = false)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Global {
    /// Say nothing but errors and the data asked for.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Print without color; the environment variable `NO_COLOR` does the same.
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan the made-up tenants over HTTP and write the archive and all reports.
    ///
    /// Starts the simulated Microsoft cloud on the loopback interface. Needs no account, no
    /// network and no configuration.
    Demo(Demo),
    /// Collect, judge, draw and archive each tenant that has a profile.
    Scan(Scan),
    /// Only collect one tenant's snapshot.
    Collect(Collect),
    /// Turn another tool's export into a snapshot.
    Import(Import),
    /// Judge a snapshot or a `ScubaGear` export.
    Assess(Assess),
    /// Answer exactly who can sign in how; with options, ask about one sign-in.
    Signin(Signin),
    /// Draw the documents of a snapshot or an assessment.
    Report(Report),
    /// Check an archive: every file, manifest, signature and link. Offline.
    ///
    /// Exit status 1 when something is wrong.
    Verify(Verify),
    /// Say what changed between two snapshots or archived scans, and who did it.
    Diff(Diff),
    /// Show a tenant's scores and grades over time.
    History(History),
    /// Judge archived snapshots again. Never alters what is archived.
    Rescore(Rescore),
    /// Remove a tenant's personal data from an archive, so that the chain still verifies.
    Erase(Erase),
    /// List the catalog of controls, or explain one.
    Controls(Controls),
    /// Say what to click and run to let the scanner into a tenant.
    Onboard(Onboard),
    /// List the permissions that a checklist takes, each with the controls that it serves.
    Permissions(Permissions),
    /// Try sign-in, permissions, licenses and each dataset; say what is missing and how to get it.
    Doctor(Doctor),
    /// Run the simulated Microsoft cloud by itself.
    Simulate(Simulate),
    /// Print the completions of a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The folder to write to; it is created.
    #[arg(long, value_name = "DIR", default_value = "muster-demo")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    #[command(flatten)]
    pub(crate) cloud: CloudChoice,
    /// Only this tenant, by id or domain; may be repeated.
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: Vec<String>,
    /// Where the results go: a folder, or `s3://BUCKET/PREFIX`.
    #[arg(long, value_name = "DIR|s3://…")]
    pub(crate) archive: String,
    /// A folder of custom controls that are judged too; see docs/custom-controls.md.
    #[arg(long, value_name = "DIR")]
    pub(crate) custom: Option<PathBuf>,
    /// What signs the manifests: a file with a private key (Ed25519 or ECDSA P-256, PKCS #8 in
    /// PEM), or a key of AWS KMS.
    #[arg(long, value_name = "FILE|awskms:///KEY")]
    pub(crate) signing_key: Option<String>,
}

/// Where profiles are and which cloud is asked.
#[derive(Debug, Args)]
pub(crate) struct CloudChoice {
    /// The folder of profiles: one `*.toml` a tenant, or one folder a tenant with `tenant.toml`.
    #[arg(long, value_name = "DIR")]
    pub(crate) tenants: PathBuf,
    /// Ask this address in place of Microsoft's: a simulated cloud, see `muster simulate`.
    #[arg(long, value_name = "URL")]
    pub(crate) cloud_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Collect {
    #[command(flatten)]
    pub(crate) cloud: CloudChoice,
    /// The tenant, by id or domain.
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: String,
    /// The snapshot to write; with the ending `.zst` it is compressed.
    #[arg(long, short, value_name = "SNAPSHOT")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Which tool made the export.
    pub(crate) tool: Tool,
    /// The export.
    pub(crate) export: PathBuf,
    /// The snapshot to write; with the ending `.zst` it is compressed.
    #[arg(long, short, value_name = "SNAPSHOT")]
    pub(crate) output: PathBuf,
}

/// Tools whose exports can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tool {
    /// CISA `ScubaGear`: the provider settings export.
    Scubagear,
}

#[derive(Debug, Args)]
pub(crate) struct Assess {
    /// A snapshot (`.json`, `.json.zst`) or a `ScubaGear` export.
    pub(crate) snapshot: PathBuf,
    /// The tenant's profile: emergency access accounts, waivers, attestations.
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// The checklist: `default`, `essentials`, `cisa-scuba`, or a TOML file.
    #[arg(long, value_name = "NAME")]
    pub(crate) checklist: Option<String>,
    /// A folder of custom controls that are judged too; see docs/custom-controls.md.
    #[arg(long, value_name = "DIR")]
    pub(crate) custom: Option<PathBuf>,
    /// Exit with status 1 when a control of this severity or above fails.
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
    /// Exit with status 1 when the score is below this, or there is none.
    #[arg(long, value_name = "SCORE")]
    pub(crate) fail_under: Option<f64>,
    /// Print the waiver that accepts what this control found, to paste into the profile.
    #[arg(long, value_name = "CONTROL", conflicts_with_all = ["format", "explain_score"])]
    pub(crate) accept: Option<String>,
    /// Print how the score comes about, to follow by hand.
    #[arg(long, conflicts_with = "format")]
    pub(crate) explain_score: bool,
    /// Print the requirements of this framework instead of the controls, such as `cisa-scuba`.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["accept", "explain_score"])]
    pub(crate) framework: Option<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = AssessFormat::Table)]
    pub(crate) format: AssessFormat,
}

/// How an assessment is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AssessFormat {
    /// For people.
    Table,
    /// `muster.assessment/1`.
    Json,
    /// One row for each control and each piece of evidence.
    Csv,
}

/// The least severity that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Low,
    Medium,
    High,
    Critical,
}

impl FailOn {
    pub(crate) const fn severity(self) -> Severity {
        match self {
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// A snapshot, a `ScubaGear` export, or an assessment.
    pub(crate) input: PathBuf,
    /// The folder to write to; it is created.
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// The tenant's profile, for a snapshot.
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// The checklist, for a snapshot: a name or a TOML file.
    #[arg(long, value_name = "NAME")]
    pub(crate) checklist: Option<String>,
    /// A folder of custom controls that are judged too; see docs/custom-controls.md.
    #[arg(long, value_name = "DIR")]
    pub(crate) custom: Option<PathBuf>,
    /// Name, logo, colors, footer and contact of the provider.
    #[arg(long, value_name = "FILE")]
    pub(crate) brand: Option<PathBuf>,
    /// The documents' language; without it the profile's, else English.
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) lang: Option<DocumentLanguage>,
    /// The paper of the PDF documents.
    #[arg(long, value_name = "PAPER", default_value = "a4")]
    pub(crate) paper: DocumentPaper,
    /// Replace names by pseudonyms that follow from this key: any file of 16 bytes or more, kept
    /// secret. The same key gives the same pseudonyms. Give the snapshot, which knows all names.
    #[arg(long, value_name = "KEYFILE")]
    pub(crate) redact: Option<PathBuf>,
}

/// The language of the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentLanguage {
    /// English.
    En,
    /// German.
    De,
    /// French.
    Fr,
    /// Spanish.
    Es,
}

impl DocumentLanguage {
    pub(crate) const fn language(self) -> ::report::Language {
        match self {
            Self::En => ::report::Language::English,
            Self::De => ::report::Language::German,
            Self::Fr => ::report::Language::French,
            Self::Es => ::report::Language::Spanish,
        }
    }
}

/// The paper of the PDF documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DocumentPaper {
    /// 210 by 297 mm.
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The archive: a folder, or `s3://BUCKET/PREFIX`.
    #[arg(long, value_name = "DIR|s3://…")]
    pub(crate) archive: String,
    /// Public keys that signed, in PEM; may be repeated. Lines `Valid-From: TIME` and
    /// `Valid-Until: TIME` above a key say for which scans it counts.
    ///
    /// Without a key, only whether the archive agrees with itself is checked.
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key: Vec<PathBuf>,
    /// Only this tenant, by id; may be repeated.
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: Vec<String>,
    /// How often each tenant should have been scanned, such as `1d`, `7d`, `12h`: a gap is wrong.
    #[arg(long, value_name = "TIME")]
    pub(crate) every: Option<String>,
    /// The JSON output of an earlier check: what it saw must still be there.
    ///
    /// An archive that was put back as a whole to an older state agrees with itself; only who saw
    /// more can tell.
    #[arg(long, value_name = "FILE")]
    pub(crate) since: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The older snapshot, or with --archive the older scan by its time or the start of it, such
    /// as `2026-10-01` or `20261001T020000Z`. Without any: the last scan but one.
    pub(crate) old: Option<String>,
    /// The newer one. Without it: the last scan.
    pub(crate) new: Option<String>,
    /// The archive of the scans.
    #[arg(long, value_name = "DIR|s3://…", requires = "tenant")]
    pub(crate) archive: Option<String>,
    /// The tenant of the scans, by id.
    #[arg(long, value_name = "ID", requires = "archive")]
    pub(crate) tenant: Option<String>,
    /// The tenant's profile, for snapshots.
    #[arg(long, value_name = "FILE", conflicts_with = "archive")]
    pub(crate) profile: Option<PathBuf>,
    /// The checklist, for snapshots.
    #[arg(long, value_name = "NAME", conflicts_with = "archive")]
    pub(crate) checklist: Option<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = DataFormat::Table)]
    pub(crate) format: DataFormat,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// The archive: a folder, or `s3://BUCKET/PREFIX`.
    #[arg(long, value_name = "DIR|s3://…")]
    pub(crate) archive: String,
    /// The tenant, by id.
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: String,
    /// Only the last scan of each month.
    #[arg(long)]
    pub(crate) monthly: bool,
    /// Split each move of the score into tenant, checklist, license and coverage. Judges each
    /// snapshot again.
    #[arg(long)]
    pub(crate) explain: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = DataFormat::Table)]
    pub(crate) format: DataFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Rescore {
    /// The archive: a folder, or `s3://BUCKET/PREFIX`.
    #[arg(long, value_name = "DIR|s3://…")]
    pub(crate) archive: String,
    /// Only this tenant, by id; may be repeated.
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: Vec<String>,
    /// The checklist; without it, the one of each scan.
    #[arg(long, value_name = "NAME")]
    pub(crate) checklist: Option<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = DataFormat::Table)]
    pub(crate) format: DataFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    /// The archive: a folder, or `s3://BUCKET/PREFIX`.
    #[arg(long, value_name = "DIR|s3://…")]
    pub(crate) archive: String,
    /// The tenant, by id.
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: String,
    /// Only scans that started before this time, such as `2025-01-01T00:00:00Z`.
    #[arg(long, value_name = "TIME")]
    pub(crate) before: Option<jiff::Timestamp>,
    /// Who answers for it.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: String,
    /// Why, such as the request it answers.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// What signs the records of the erasure, as for `muster scan`.
    #[arg(long, value_name = "FILE|awskms:///KEY")]
    pub(crate) signing_key: Option<String>,
    /// Really do it. What is erased is gone.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Controls {
    /// Explain this control.
    pub(crate) id: Option<String>,
    /// Only controls that map to this framework, such as `cisa-scuba`.
    #[arg(long, value_name = "NAME", conflicts_with = "id")]
    pub(crate) framework: Option<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
}

/// How data with many rows is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DataFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// For spreadsheets.
    Csv,
}

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Onboard {
    /// The tenant: its id, one of its domains, or a profile (`TENANT.toml`).
    pub(crate) tenant: String,
    /// The scanner's application id; a profile has it already.
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// The cloud it lives in; without it Microsoft is asked.
    #[arg(long, value_enum)]
    pub(crate) cloud: Option<CloudName>,
    /// How the scanner signs in.
    #[arg(long, value_enum)]
    pub(crate) method: Option<Method>,
    /// Where the browser goes after consent: a redirect address of the application.
    #[arg(long, value_name = "URL", default_value = crate::onboarding::REDIRECT)]
    pub(crate) redirect: String,
    /// The folder of profiles.
    #[arg(long, value_name = "DIR")]
    pub(crate) tenants: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = OnboardFormat::Text)]
    pub(crate) format: OnboardFormat,
    /// Ask this address in place of Microsoft's: a simulated cloud, see `muster simulate`.
    #[arg(long, value_name = "URL")]
    pub(crate) cloud_url: Option<String>,
}

/// How the steps of onboarding are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnboardFormat {
    /// For people.
    Text,
    /// The profile to start with, as TOML.
    Profile,
}

/// A cloud of Microsoft, in the words of profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CloudName {
    Commercial,
    Gcc,
    #[value(name = "gccHigh")]
    GccHigh,
    Dod,
    China,
}

impl CloudName {
    pub(crate) const fn cloud(self) -> model::Cloud {
        match self {
            Self::Commercial => model::Cloud::Commercial,
            Self::Gcc => model::Cloud::Gcc,
            Self::GccHigh => model::Cloud::GccHigh,
            Self::Dod => model::Cloud::Dod,
            Self::China => model::Cloud::China,
        }
    }
}

/// A kind of credential, in the words of profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    Federated,
    Certificate,
    Secret,
}

impl Method {
    pub(crate) const fn method(self) -> model::SignInMethod {
        match self {
            Self::Federated => model::SignInMethod::Federated,
            Self::Certificate => model::SignInMethod::Certificate,
            Self::Secret => model::SignInMethod::Secret,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Permissions {
    /// The checklist: `default` or `essentials`.
    #[arg(long, value_name = "NAME")]
    pub(crate) checklist: Option<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = PermissionsFormat::Table)]
    pub(crate) format: PermissionsFormat,
    /// In the manifest, also what only some tenants need.
    #[arg(long)]
    pub(crate) optional: bool,
}

/// How permissions are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PermissionsFormat {
    /// For people.
    Table,
    /// `muster.permissions/1`.
    Json,
    /// One row for each permission.
    Csv,
    /// `requiredResourceAccess` of an application's manifest.
    Manifest,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) cloud: CloudChoice,
    /// Only this tenant, by id or domain; may be repeated.
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: Vec<String>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// The folder of sample tenants; without it the built-in ones.
    #[arg(long, value_name = "DIR")]
    pub(crate) tenants: Option<PathBuf>,
    /// The address to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8365")]
    pub(crate) listen: std::net::SocketAddr,
}

#[derive(Debug, Args)]
pub(crate) struct Signin {
    /// A snapshot, a `ScubaGear` export, or a `ca-tenant/1` file.
    pub(crate) snapshot: PathBuf,
    /// The tenant's profile.
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// Ask about this account's sign-in: an object id or user principal name.
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) user: Option<String>,
    #[command(flatten)]
    pub(crate) what_if: WhatIf,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    pub(crate) format: ListFormat,
}

/// The sign-in to ask about; what is not said is the most ordinary.
#[derive(Debug, Args)]
pub(crate) struct WhatIf {
    /// The application's id.
    #[arg(long, value_name = "ID", requires = "user")]
    pub(crate) app: Option<String>,
    /// `browser`, `mobileAppsAndDesktopClients`, `exchangeActiveSync`, `other`.
    #[arg(long, value_name = "TYPE", requires = "user")]
    pub(crate) client: Option<String>,
    /// `windows`, `macOS`, `linux`, `android`, `iOS`, `windowsPhone`, `unknown`.
    #[arg(long, value_name = "NAME", requires = "user")]
    pub(crate) platform: Option<String>,
    /// The address.
    #[arg(long, value_name = "ADDRESS", requires = "user")]
    pub(crate) ip: Option<String>,
    /// The country of the address, two letters, or `unknown`.
    #[arg(long, value_name = "CODE", requires = "user")]
    pub(crate) country: Option<String>,
    /// `none`, `low`, `medium`, `high`.
    #[arg(long, value_name = "LEVEL", requires = "user")]
    pub(crate) sign_in_risk: Option<String>,
    /// `none`, `low`, `medium`, `high`.
    #[arg(long, value_name = "LEVEL", requires = "user")]
    pub(crate) user_risk: Option<String>,
    /// `none`, `minor`, `moderate`, `elevated`.
    #[arg(long, value_name = "LEVEL", requires = "user")]
    pub(crate) insider_risk: Option<String>,
    /// `none`, `deviceCodeFlow`, `authenticationTransfer`.
    #[arg(long, value_name = "FLOW", requires = "user")]
    pub(crate) flow: Option<String>,
    /// From a protected client app.
    #[arg(long, requires = "user")]
    pub(crate) managed_app: bool,
    /// From a compliant device.
    #[arg(long, requires = "user")]
    pub(crate) compliant_device: bool,
    /// The device's trust: `AzureAD`, `ServerAD` (hybrid joined), `Workplace`.
    #[arg(long, value_name = "TYPE", requires = "user")]
    pub(crate) device_trust: Option<String>,
}
