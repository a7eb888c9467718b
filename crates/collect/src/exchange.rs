//! Cmdlets of Exchange Online and Security & Compliance, over `InvokeCommand`.
//!
//! It is the interface behind Microsoft's own PowerShell module and not a documented contract: any
//! answer of another shape is a failure, never an empty list.

use std::collections::HashSet;

use reqwest::Url;

use crate::client::{Bucket, Call, Client};
use crate::endpoints::Service;
use crate::fault::{Fault, Kind};
use crate::graph::{after, starts_again};
use crate::records::{Mark, Page, Records, quoted};

/// The mailbox that routes an application's requests. Source: Microsoft's PowerShell module.
pub(crate) const ANCHOR: &str = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";

/// Records on a page.
const PAGE_SIZE: &str = "odata.maxpagesize=1000";

/// Words, in lower case, of a warning that a list was cut.
const CUT_WORDS: &[&str] = &["more results", "resultsize", "truncat", "result size"];

/// A cmdlet to be run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cmdlet {
    pub(crate) name: &'static str,
    /// Its parameters, as a JSON object.
    pub(crate) parameters: &'static str,
    /// The properties to return, separated by commas; empty: all.
    pub(crate) select: &'static str,
    /// Whether it runs at the end of Security & Compliance.
    pub(crate) compliance: bool,
}

impl Client<'_> {
    /// Whether a cmdlet may be run: asks for few objects, and reads no second page.
    ///
    /// # Errors
    ///
    /// What went wrong.
    pub(crate) async fn try_cmdlet(
        &self,
        cmdlet: Cmdlet,
        domain: &str,
        compliance: &str,
    ) -> Result<(), Fault> {
        let parameters = cmdlet.parameters.replace(r#""Unlimited""#, "1");
        let (call, _) = self.cmdlet_call(cmdlet, &parameters, domain, compliance)?;
        let answer = self.send(&call).await?;
        Page::read(&answer.text)?.records().map(drop)
    }

    /// Reads every object that a cmdlet returns, or what follows the pages that an earlier run
    /// left. `domain` is a domain of the tenant, needed to route
    /// requests to Security & Compliance.
    ///
    /// # Errors
    ///
    /// What went wrong; [`Kind::Truncated`] when the service says or shows that objects are missing.
    pub(crate) async fn cmdlet(
        &self,
        cmdlet: Cmdlet,
        domain: &str,
        compliance: &str,
        left: Option<(String, Mark)>,
        records: &mut Records,
    ) -> Result<(), Fault> {
        let mark = left.as_ref().map_or_else(|| records.begin(), |(_, mark)| *mark);
        let next = left.map(|(next, _)| next);
        let (before, is_left) = (records.pages, next.is_some());
        let mut read = self.cmdlet_pages(cmdlet, domain, compliance, next, records).await;
        if let Err(fault) = &read
            && starts_again(fault, records.pages > mark.pages, is_left && records.pages == before)
        {
            records.rewind(mark);
            read = self.cmdlet_pages(cmdlet, domain, compliance, None, records).await;
        }
        read.map_err(|fault| after(fault, records.pages - mark.pages))
    }

    async fn cmdlet_pages(
        &self,
        cmdlet: Cmdlet,
        domain: &str,
        compliance: &str,
        next: Option<String>,
        records: &mut Records,
    ) -> Result<(), Fault> {
        let (mut call, asked) = self.cmdlet_call(cmdlet, cmdlet.parameters, domain, compliance)?;
        let mut visited = HashSet::from([asked.as_str().to_owned()]);
        if let Some(next) = next {
            call.url = self.link(&asked, call.service, &next)?;
        }
        loop {
            let answer = self.send(&call).await?;
            let page = Page::read(&answer.text)?;
            records.page(&page.records()?);
            records.request_ids.extend(answer.request_id);
            if page.next.is_none()
                && let Some(words) = cut_by(&page)
            {
                return Err(Fault::new(Kind::Truncated, words));
            }
            records.end_page(0, page.next.as_deref());
            let Some(next) = &page.next else { return Ok(()) };
            call.url = self.link(&asked, call.service, next)?;
            if !visited.insert(call.url.as_str().to_owned()) {
                let message = "the service links to a page that it gave before";
                return Err(Fault::new(Kind::Failed, message));
            }
        }
    }

    /// The request for the first page, and its address.
    fn cmdlet_call(
        &self,
        cmdlet: Cmdlet,
        parameters: &str,
        domain: &str,
        compliance: &str,
    ) -> Result<(Call, Url), Fault> {
        let (service, base, anchor) = if cmdlet.compliance {
            (Service::Compliance, compliance, format!("UPN:{ANCHOR}@{domain}"))
        } else {
            let base = self.endpoints.address(Service::Exchange);
            (Service::Exchange, base, format!("APP:{ANCHOR}@{}", self.tenant))
        };
        let select = if cmdlet.select.is_empty() { "" } else { "?$select=" };
        let address =
            format!("{base}/adminapi/beta/{}/InvokeCommand{select}{}", self.tenant, cmdlet.select);
        let url = Url::parse(&address)
            .map_err(|error| Fault::new(Kind::Failed, format!("invalid address: {error}")))?;
        let call = Call {
            service,
            bucket: Bucket::Directory,
            url: url.clone(),
            body: Some(format!(
                r#"{{"CmdletInput":{{"CmdletName":{},"Parameters":{parameters}}}}}"#,
                quoted(cmdlet.name),
            )),
            headers: vec![
                ("X-AnchorMailbox", anchor),
                ("X-CmdletName", cmdlet.name.to_owned()),
                ("X-ResponseFormat", "json".to_owned()),
                ("Prefer", PAGE_SIZE.to_owned()),
                ("connection-id", self.connection.clone()),
            ],
        };
        Ok((call, url))
    }
}

/// The warning of a last page that says there was more.
fn cut_by(page: &Page<'_>) -> Option<String> {
    let warnings = page.warnings.as_deref()?;
    warnings.iter().map(ToString::to_string).find(|warning| {
        let lower = warning.to_ascii_lowercase();
        CUT_WORDS.iter().any(|word| lower.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_of_a_cut_list_is_heard() {
        let page = |text| Page::read(text).unwrap();
        let cut = r#"{"value":[],"@adminapi.warnings":["There are more results available than are currently displayed."]}"#;
        assert!(cut_by(&page(cut)).is_some());
        let other = r#"{"value":[],"@adminapi.warnings":["This cmdlet will be retired."]}"#;
        assert!(cut_by(&page(other)).is_none());
        assert!(cut_by(&page(r#"{"value":[]}"#)).is_none());
    }
}
