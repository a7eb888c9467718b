//! How tight a policy is, against the values of the presets.
//!
//! Source: Microsoft Learn, "Recommendations for Microsoft 365 security settings", state of
//! 2026-08. A setting that was not read is a gap, unless another one decides.

use model::{
    AntiPhishPolicy, Data, Gap, HostedContentFilterPolicy, MalwareFilterPolicy,
    SafeAttachmentPolicy, SafeLinksPolicy,
};

use super::all_hold;
use crate::recipients::Preset;

/// Whether all settings hold; each with its name, `None` where it was not read.
fn settings<const N: usize>(data: Data, settings: [(&str, Option<bool>); N]) -> Result<bool, Gap> {
    all_hold(settings.map(|(name, holds)| holds.ok_or_else(|| Gap::field(data, name))))
}

/// Whether mail goes to quarantine or is deleted.
fn quarantined(action: Option<&String>) -> Option<bool> {
    action.map(|action| is_one_of(action, &["Quarantine", "Delete"]))
}

/// Whether mail is kept out of the inbox: in the Junk Email folder, in quarantine, or deleted.
fn set_aside(action: Option<&String>) -> Option<bool> {
    action.map(|action| is_one_of(action, &["MoveToJmf", "Quarantine", "Delete"]))
}

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// What Strict quarantines and Standard puts into the Junk Email folder.
fn as_in(preset: Preset, action: Option<&String>) -> Option<bool> {
    match preset {
        Preset::Strict => quarantined(action),
        Preset::Standard => set_aside(action),
    }
}

/// Spam, bulk mail and phishing found by content.
pub(super) fn spam(preset: Preset, policy: &HostedContentFilterPolicy) -> Result<bool, Gap> {
    let most = match preset {
        Preset::Strict => 5,
        Preset::Standard => 6,
    };
    let bulk = policy.mark_as_spam_bulk_mail.as_deref();
    let phish = policy.high_confidence_phish_action.as_ref();
    settings(
        Data::ExchangeHostedContentFilterPolicies,
        [
            ("AllowedSenders", Some(policy.allowed_senders.is_empty())),
            ("AllowedSenderDomains", Some(policy.allowed_sender_domains.is_empty())),
            ("BulkThreshold", policy.bulk_threshold.map(|threshold| threshold <= most)),
            ("MarkAsSpamBulkMail", bulk.map(|word| word.eq_ignore_ascii_case("On"))),
            ("BulkSpamAction", as_in(preset, policy.bulk_spam_action.as_ref())),
            ("SpamAction", as_in(preset, policy.spam_action.as_ref())),
            ("HighConfidenceSpamAction", quarantined(policy.high_confidence_spam_action.as_ref())),
            ("PhishSpamAction", quarantined(policy.phish_spam_action.as_ref())),
            ("HighConfidencePhishAction", quarantined(phish)),
            ("PhishZapEnabled", policy.phish_zap_enabled),
            ("SpamZapEnabled", policy.spam_zap_enabled),
        ],
    )
}

/// Malware; both presets are alike.
pub(super) fn malware(policy: &MalwareFilterPolicy) -> Result<bool, Gap> {
    settings(
        Data::ExchangeMalwareFilterPolicies,
        [("EnableFileFilter", policy.enable_file_filter), ("ZapEnabled", policy.zap_enabled)],
    )
}

/// Spoofed senders: the half of anti-phishing that takes no Defender for Office 365.
pub(super) fn spoof(preset: Preset, policy: &AntiPhishPolicy) -> Result<bool, Gap> {
    settings(
        Data::ExchangeAntiPhishPolicies,
        [
            ("Enabled", policy.enabled),
            ("EnableSpoofIntelligence", policy.enable_spoof_intelligence),
            ("HonorDmarcPolicy", policy.honor_dmarc_policy),
            ("AuthenticationFailAction", as_in(preset, policy.authentication_fail_action.as_ref())),
        ],
    )
}

/// Impersonation and phishing thresholds: the half of anti-phishing that takes Defender for
/// Office 365.
pub(super) fn phish(preset: Preset, policy: &AntiPhishPolicy) -> Result<bool, Gap> {
    let least = match preset {
        Preset::Strict => 4,
        Preset::Standard => 3,
    };
    let users = policy.targeted_user_protection_action.as_ref();
    let domains = policy.targeted_domain_protection_action.as_ref();
    let intelligence = policy.mailbox_intelligence_protection_action.as_ref();
    settings(
        Data::ExchangeAntiPhishPolicies,
        [
            ("Enabled", policy.enabled),
            ("PhishThresholdLevel", policy.phish_threshold_level.map(|level| level >= least)),
            ("EnableTargetedUserProtection", policy.enable_targeted_user_protection),
            ("TargetedUserProtectionAction", quarantined(users)),
            ("EnableOrganizationDomainsProtection", policy.enable_organization_domains_protection),
            ("TargetedDomainProtectionAction", quarantined(domains)),
            ("EnableMailboxIntelligence", policy.enable_mailbox_intelligence),
            ("EnableMailboxIntelligenceProtection", policy.enable_mailbox_intelligence_protection),
            ("MailboxIntelligenceProtectionAction", as_in(preset, intelligence)),
        ],
    )
}

/// Links; both presets are alike.
pub(super) fn links(policy: &SafeLinksPolicy) -> Result<bool, Gap> {
    settings(
        Data::ExchangeSafeLinksPolicies,
        [
            ("EnableSafeLinksForEmail", policy.enable_safe_links_for_email),
            ("EnableSafeLinksForTeams", policy.enable_safe_links_for_teams),
            ("EnableSafeLinksForOffice", policy.enable_safe_links_for_office),
            ("EnableForInternalSenders", policy.enable_for_internal_senders),
            ("ScanUrls", policy.scan_urls),
            ("DeliverMessageAfterScan", policy.deliver_message_after_scan),
            ("TrackClicks", policy.track_clicks),
            ("DisableUrlRewrite", policy.disable_url_rewrite.map(|disabled| !disabled)),
            ("AllowClickThrough", policy.allow_click_through.map(|allowed| !allowed)),
        ],
    )
}

/// Attachments; both presets are alike.
pub(super) fn attachments(policy: &SafeAttachmentPolicy) -> Result<bool, Gap> {
    let blocks = policy.action.as_ref().map(|action| is_one_of(action, &["Block"]));
    settings(Data::ExchangeSafeAttachmentPolicies, [("Enable", policy.enable), ("Action", blocks)])
}

/// Whether links in mail are scanned at all.
pub(super) fn scans_links(policy: &SafeLinksPolicy) -> Result<bool, Gap> {
    settings(
        Data::ExchangeSafeLinksPolicies,
        [
            ("EnableSafeLinksForEmail", policy.enable_safe_links_for_email),
            ("ScanUrls", policy.scan_urls),
        ],
    )
}

/// Whether attachments found bad are held back at all.
pub(super) fn scans_attachments(policy: &SafeAttachmentPolicy) -> Result<bool, Gap> {
    let words = ["Block", "DynamicDelivery", "Replace"];
    let holds = policy.action.as_ref().map(|action| is_one_of(action, &words));
    settings(Data::ExchangeSafeAttachmentPolicies, [("Enable", policy.enable), ("Action", holds)])
}
