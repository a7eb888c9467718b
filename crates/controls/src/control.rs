//! A control: what is expected of a tenant, and how it is judged.

use model::{Data, Gap, Plan, Severity};

use crate::context::Context;
use crate::finding::Finding;

/// What is expected of a tenant, with every text a report needs, and how it is judged.
#[derive(Debug)]
pub struct Control {
    /// Stable, never reused; its prefix is the area's id.
    pub id: &'static str,
    /// The compliant state, without "Ensure".
    pub title: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// How it is judged: from data, by people, or both.
    pub kind: Kind,
    /// What the tenant must own for the control to exist.
    pub license: License,
    /// What it reads. With only these collected, no verdict is unknown for lack of data.
    pub reads: &'static [Data],
    /// Why it matters.
    pub rationale: &'static str,
    /// What passes, exact enough to repeat by hand in the admin center.
    pub passes_when: &'static str,
    /// What to do, step by step; the last step names the place in the admin center.
    pub remediation: &'static [&'static str],
    /// How much work that is: 1 minutes, 2 hours, 3 days.
    pub effort: u8,
    /// The source articles it comes from, by file name.
    pub sources: &'static [&'static str],
    /// Requirements of frameworks on the same subject; the rule may differ.
    pub mappings: &'static [(Framework, &'static [&'static str])],
    /// The judgement. A [`Gap`] makes the verdict unknown.
    pub judge: fn(&Context<'_>) -> Result<Finding, Gap>,
}

impl Control {
    /// The id of its area.
    pub fn area(&self) -> &'static str {
        self.id.split_once('-').map_or(self.id, |(area, _)| area)
    }
}

/// How a control is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// From data alone.
    Automatic,
    /// From data, completed by what people confirm.
    AutomaticAndAttested,
    /// By what people confirm; data may only contradict or hint.
    Attestation,
}

impl Kind {
    /// The words of reports.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::AutomaticAndAttested => "automatic, completed by attestation",
            Self::Attestation => "attestation",
        }
    }
}

/// What a tenant must own for a control to exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum License {
    /// Nothing, or the control itself judges the free alternative.
    None,
    /// At least one of the plans; without it the control is not applicable, and the controls named
    /// second are judged instead.
    AnyOf(&'static [Plan], &'static [&'static str]),
    /// All of the plans; otherwise as above.
    AllOf(&'static [Plan], &'static [&'static str]),
}

/// A framework that controls map to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Framework {
    /// CISA Secure Cloud Business Applications baselines.
    CisaScuba,
    /// CIS Microsoft 365 Foundations Benchmark.
    CisM365,
    /// Entra ID Security Config Analyzer.
    Eidsca,
    /// Maester, ORCA included.
    Maester,
    /// NIST SP 800-53.
    Nist80053,
}

impl Framework {
    /// Every framework.
    pub const ALL: [Self; 5] =
        [Self::CisaScuba, Self::CisM365, Self::Eidsca, Self::Maester, Self::Nist80053];

    /// The id of the file formats.
    pub const fn id(self) -> &'static str {
        match self {
            Self::CisaScuba => "cisa-scuba",
            Self::CisM365 => "cis-m365",
            Self::Eidsca => "eidsca",
            Self::Maester => "maester",
            Self::Nist80053 => "nist-800-53",
        }
    }

    /// The version that the mappings cite.
    pub fn version(self) -> &'static str {
        crate::frameworks::framework(self.id()).map_or("", |framework| &framework.version)
    }
}

/// A group of controls that reports show together.
#[derive(Debug)]
pub struct AreaInfo {
    /// The prefix of its controls' ids.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its controls, in the order of reports.
    pub controls: &'static [&'static Control],
}

pub(crate) const fn area(
    id: &'static str,
    title: &'static str,
    controls: &'static [&'static Control],
) -> AreaInfo {
    AreaInfo { id, title, controls }
}

/// The five source articles, by file name.
pub(crate) mod source {
    /// High value employees, early draft.
    pub(crate) const S0: &str = "000_6423d7efb21e8e9f.txt";
    /// Priority accounts.
    pub(crate) const S1: &str = "001_571da5ca09781454.txt";
    /// Privileged accounts, 2024.
    pub(crate) const S2: &str = "002_b00f07962214c47a.txt";
    /// Security defaults, 2023.
    pub(crate) const S3: &str = "003_4a19829a6336eae0.txt";
    /// Secure authentication, 2019.
    pub(crate) const S4: &str = "004_e31475dd934c014d.txt";

    /// What a person calls the article.
    pub(crate) fn title(file: &str) -> &'static str {
        match file {
            S0 => "High value employees (draft)",
            S1 => "Priority accounts",
            S2 => "Privileged accounts (2024)",
            S3 => "Security defaults (2023)",
            S4 => "Secure authentication (2019)",
            _ => "Article",
        }
    }
}
