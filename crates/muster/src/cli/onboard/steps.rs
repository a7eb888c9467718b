//! The steps for a person, and the profile to start with.

use std::fmt::Write as _;

use anstyle::Style;
use model::SignInMethod;

use super::Newcomer;
use crate::cli::layout::fill;
use crate::cli::terminal::one_line;
use crate::onboarding::{CloudNames, GLOBAL_READER, consent_address, word};

pub(super) fn text(newcomer: &Newcomer, names: &CloudNames, width: usize) -> String {
    let bold = Style::new().bold();
    let Newcomer { id, cloud, client_id, redirect, folder, .. } = newcomer;
    let name = if newcomer.name.is_empty() { id.to_string() } else { one_line(&newcomer.name) };
    let mut text = format!("{bold}Letting Muster into {name}{bold:#}\n");
    let _ =
        writeln!(text, "Tenant       {id}\nCloud        {}\nApplication  {client_id}", names.words);
    let mut step = |title: &str, parts: &[(&str, &str)]| {
        let _ = writeln!(text, "\n{bold}{title}{bold:#}");
        for (words, commands) in parts {
            if !words.is_empty() {
                let _ = writeln!(text, "{}\n", fill(words, "   ", width));
            }
            for line in commands.lines() {
                let _ = writeln!(text, "{}", format!("    {line}").trim_end());
            }
            if !commands.is_empty() && parts.len() > 1 {
                text.push('\n');
            }
        }
    };

    let consent = consent_address(*cloud, id, client_id, redirect);
    step(
        "1. Consent",
        &[
            (
                "A Global Administrator or Privileged Role Administrator of the tenant opens this \
                 address and accepts:",
                &consent,
            ),
            (
                &format!(
                    "The browser then goes to {redirect}, where nothing needs to answer: \
                     `admin_consent=True` in the address means that it worked, `error=` says why \
                     not. The address must be a redirect address of the application."
                ),
                "",
            ),
        ],
    );

    let (role, exchange) = (role_commands(newcomer, names), exchange_commands(newcomer, names));
    step(
        "2. Exchange Online and Security & Compliance",
        &[
            (
                "They take two grants. The first, the permission Exchange.ManageAsApp, came with \
                 consent. The second is a directory role, Global Reader, which a Privileged Role \
                 Administrator assigns in PowerShell:",
                &role,
            ),
            (
                "It takes effect within an hour. Where a directory role is not wanted, roles of \
                 Exchange Online do for mail; alert policies and the diagnostic settings of \
                 Microsoft Entra ID stay closed then:",
                &exchange,
            ),
            (
                "A tenant without Exchange Online skips this step, and its controls do not apply.",
                "",
            ),
        ],
    );

    let azure = azure_commands(newcomer, names);
    step(
        "3. Azure, only where `muster doctor` asks for it",
        &[(
            "The role of step 2 mostly opens the diagnostic settings too. Where Azure refuses all \
             the same, a Global Administrator lets the scanner read them, and gives the elevated \
             access back with the last line:",
            &azure,
        )],
    );

    let file = format!("{folder}/{}.toml", file_name(&name));
    step(
        &format!("4. Profile: {}", one_line(&file)),
        &[(
            "It holds no secret, only where the credential is kept. `--format profile` prints it \
             alone.",
            &profile(newcomer),
        )],
    );

    step("5. Verify", &[("", &format!("muster doctor --tenants {folder} \\\n  --tenant {id}"))]);
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    text
}

/// PowerShell that assigns the directory role.
fn role_commands(newcomer: &Newcomer, names: &CloudNames) -> String {
    let Newcomer { id, client_id, .. } = newcomer;
    format!(
        "Connect-MgGraph -Environment {} `\n  \
         -TenantId {id} `\n  \
         -Scopes Application.Read.All, RoleManagement.ReadWrite.Directory\n\
         $scanner = Get-MgServicePrincipal `\n  \
         -Filter \"appId eq '{client_id}'\"\n\
         New-MgRoleManagementDirectoryRoleAssignment -PrincipalId $scanner.Id `\n  \
         -DirectoryScopeId '/' `\n  \
         -RoleDefinitionId {GLOBAL_READER}",
        names.graph
    )
}

/// PowerShell that assigns roles of Exchange Online instead.
fn exchange_commands(newcomer: &Newcomer, names: &CloudNames) -> String {
    format!(
        "Connect-ExchangeOnline -Organization {} `\n  \
         -ExchangeEnvironmentName {}\n\
         New-ServicePrincipal -AppId $scanner.AppId -ObjectId $scanner.Id `\n  \
         -DisplayName Muster\n\
         New-ManagementRoleAssignment -App $scanner.AppId `\n  \
         -Role 'View-Only Configuration'\n\
         New-ManagementRoleAssignment -App $scanner.AppId `\n  \
         -Role 'View-Only Recipients'",
        if newcomer.domain.is_empty() { "DOMAIN" } else { &newcomer.domain },
        names.exchange
    )
}

/// Azure CLI that assigns the Azure role.
fn azure_commands(newcomer: &Newcomer, names: &CloudNames) -> String {
    let Newcomer { id, client_id, .. } = newcomer;
    format!(
        "az cloud set --name {}\n\
         az login --allow-no-subscriptions \\\n  \
         --tenant {id}\n\
         az rest --method post --url \\\n  \
         '/providers/Microsoft.Authorization/elevateAccess?api-version=2016-07-01'\n\
         scanner=$(az ad sp show --query id --output tsv \\\n  \
         --id {client_id})\n\
         az role assignment create --role Reader \\\n  \
         --scope /providers/Microsoft.aadiam \\\n  \
         --assignee-object-id \"$scanner\" \\\n  \
         --assignee-principal-type ServicePrincipal\n\
         az role assignment delete --role 'User Access Administrator' --scope / \\\n  \
         --assignee \"$(az ad signed-in-user show --query id --output tsv)\"",
        names.azure
    )
}

/// The name in small letters and digits, the rest as hyphens.
fn file_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let words = lower.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "tenant".to_owned() } else { words.join("-") }
}

/// The profile to start with.
pub(super) fn profile(newcomer: &Newcomer) -> String {
    let quoted = |text: &str| toml_string(&one_line(text));
    let (method, credential) = match newcomer.method {
        SignInMethod::Federated => {
            ("federated", "# Signs in with a token of AWS: nothing is kept.")
        }
        SignInMethod::Certificate => (
            "certificate",
            "# Certificate and private key in PEM; \"file:PATH\" and \"env:NAME\" say where.",
        ),
        SignInMethod::Secret => {
            ("secret", "# Where the secret is kept: \"file:PATH\" or \"env:NAME\".")
        }
    };
    let place = match newcomer.credential.as_str() {
        "" => String::new(),
        place => format!("credential = {}\n", quoted(place)),
    };
    let domain = match newcomer.domain.as_str() {
        "" => "# domain = \"…\"".to_owned(),
        domain => format!("domain = {}", quoted(domain)),
    };
    format!(
        "[tenant]\n\
         id = {}\n\
         name = {}\n\
         cloud = {}\n\
         {domain}\n\
         \n\
         [sign-in]\n\
         method = \"{method}\"\n\
         client-id = {}\n\
         {credential}\n\
         {place}\n\
         [accounts]\n\
         # Object ids or user principal names.\n\
         emergency = []\n\
         priority = []\n\
         service = []\n",
        quoted(&newcomer.id),
        quoted(if newcomer.name.is_empty() { &newcomer.id } else { &newcomer.name }),
        quoted(word(newcomer.cloud)),
        quoted(&newcomer.client_id),
    )
}

/// A basic string of TOML; the text has no control characters.
fn toml_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use model::{Cloud, Id, Profile};

    use super::*;
    use crate::onboarding::names;

    fn newcomer(cloud: Cloud, method: SignInMethod) -> Newcomer {
        Newcomer {
            id: Id::from("0a0a0a0a-0000-4000-8000-000000000001"),
            name: "O'Neill \"Joinery\" \\ Söhne".to_owned(),
            cloud,
            domain: "joinery.example".to_owned(),
            client_id: "0c0c0c0c-0000-4000-8000-000000000002".to_owned(),
            method,
            credential: "env:MUSTER_CREDENTIAL".to_owned(),
            redirect: "http://localhost".to_owned(),
            folder: "tenants".to_owned(),
        }
    }

    #[test]
    fn the_profile_is_one_in_every_cloud() {
        for cloud in [Cloud::Commercial, Cloud::Gcc, Cloud::GccHigh, Cloud::Dod, Cloud::China] {
            for method in [SignInMethod::Federated, SignInMethod::Certificate, SignInMethod::Secret]
            {
                let newcomer = newcomer(cloud, method);
                let parsed = Profile::parse(&profile(&newcomer)).unwrap();
                assert_eq!(parsed.tenant.cloud, cloud);
                assert_eq!(parsed.tenant.id, newcomer.id);
                assert_eq!(parsed.tenant.name, newcomer.name);
                assert_eq!(parsed.sign_in.method, method);
                assert_eq!(parsed.sign_in.client_id, newcomer.client_id);
            }
        }
    }

    #[test]
    fn each_cloud_has_its_own_names_and_lines_fit() {
        let of = |cloud| text(&newcomer(cloud, SignInMethod::Certificate), &names(cloud), 80);
        let dod = of(Cloud::Dod);
        for expected in [
            "https://login.microsoftonline.us/0a0a0a0a",
            "-Environment USGovDoD",
            "-ExchangeEnvironmentName O365USGovDoD",
            "--name AzureUSGovernment",
            "cloud = \"dod\"",
            "tenants/o-neill-joinery-s-hne.toml",
        ] {
            assert!(dod.contains(expected), "{expected} is missing in:\n{dod}");
        }
        assert!(of(Cloud::China).contains("https://login.chinacloudapi.cn/"));
        let long: Vec<_> = dod
            .lines()
            .filter(|line| line.chars().count() > 80 && !line.contains("https://"))
            .collect();
        assert!(long.is_empty(), "{long:#?}");
    }
}
