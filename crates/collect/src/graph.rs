//! Lists, objects and batches of Microsoft Graph and Azure Resource Manager.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use futures::future::join_all;
use reqwest::Url;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::client::{Answer, Bucket, Call, Client};
use crate::endpoints::Service;
use crate::fault::{Fault, Kind};
use crate::records::{Mark, Page, Records, quoted};
use crate::wait::{Waits, parse_retry_after};

/// Requests in a batch at most.
const BATCH: usize = 20;

/// A list to be read to its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List<'a> {
    pub(crate) service: Service,
    pub(crate) bucket: Bucket,
    /// Version, path and options, such as `/v1.0/users?$top=999`.
    pub(crate) path: &'a str,
}

/// How far a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    TheEnd,
    /// A page may be empty and still have a next one.
    ARecord,
}

impl<'a> List<'a> {
    /// A list of the directory.
    pub(crate) const fn of(path: &'a str) -> Self {
        Self { service: Service::Graph, bucket: Bucket::Directory, path }
    }
}

impl Client<'_> {
    pub(crate) async fn get(&self, list: List<'_>, url: Url) -> Result<Answer, Fault> {
        let List { service, bucket, .. } = list;
        self.send(&Call { service, bucket, url, body: None, headers: Vec::new() }).await
    }

    /// Every record of a list.
    ///
    /// # Errors
    ///
    /// What went wrong; [`Kind::Truncated`] when some pages had come by then.
    pub(crate) async fn list(&self, list: List<'_>) -> Result<Records, Fault> {
        let mut records = Records::new();
        self.list_on(list, 0, None, &mut records).await?;
        Ok(records)
    }

    /// Reads every record of a list, or what follows the pages that an earlier run left of it.
    /// `number` counts the lists of the dataset.
    ///
    /// # Errors
    ///
    /// As [`Client::list`].
    pub(crate) async fn list_on(
        &self,
        list: List<'_>,
        number: usize,
        left: Option<(String, Mark)>,
        records: &mut Records,
    ) -> Result<(), Fault> {
        let asked = self.url(list.service, list.path)?;
        let (mark, from) = match &left {
            Some((next, mark)) => (*mark, self.link(&asked, list.service, next)?),
            None => (records.begin(), asked.clone()),
        };
        let before = records.pages;
        let mut read = self.pages(list, &asked, from, number, records, Until::TheEnd).await;
        if let Err(fault) = &read
            && starts_again(
                fault,
                records.pages > mark.pages,
                left.is_some() && records.pages == before,
            )
        {
            records.rewind(mark);
            read = self.pages(list, &asked, asked.clone(), number, records, Until::TheEnd).await;
        }
        read.map_err(|fault| after(fault, records.pages - mark.pages))
    }

    /// Reads page after page from an address on.
    async fn pages(
        &self,
        list: List<'_>,
        asked: &Url,
        from: Url,
        number: usize,
        records: &mut Records,
        until: Until,
    ) -> Result<(), Fault> {
        let mut visited = HashSet::from([from.as_str().to_owned()]);
        let mut url = from;
        loop {
            let answer = self.get(list, url).await?;
            let page = Page::read(&answer.text)?;
            records.page(&page.records()?);
            records.request_ids.extend(answer.request_id);
            records.end_page(number, page.next.as_deref());
            let Some(next) = page.next else { return Ok(()) };
            if until == Until::ARecord && records.len() > 0 {
                return Ok(());
            }
            url = self.link(asked, list.service, &next)?;
            if !visited.insert(url.as_str().to_owned()) {
                let message = "the service links to a page that it gave before";
                return Err(Fault::new(Kind::Failed, message));
            }
        }
    }

    /// The first page of a list that has records; nobody wants the others.
    ///
    /// # Errors
    ///
    /// What went wrong.
    pub(crate) async fn first_page(&self, list: List<'_>) -> Result<Records, Fault> {
        let mut records = Records::new();
        let asked = self.url(list.service, list.path)?;
        self.pages(list, &asked, asked.clone(), 0, &mut records, Until::ARecord).await?;
        Ok(records)
    }

    /// A single object, as a list of one; some paths answer with a list where the documentation
    /// has an object.
    ///
    /// # Errors
    ///
    /// What went wrong.
    pub(crate) async fn object(&self, list: List<'_>) -> Result<Records, Fault> {
        let asked = self.url(list.service, list.path)?;
        let answer = self.get(list, asked.clone()).await?;
        let mut records = Records::new();
        records.request_ids.extend(answer.request_id);
        match Page::read(&answer.text) {
            Ok(page) if page.value.is_some_and(|value| value.get().starts_with('[')) => {
                records.page(&page.records()?);
                if let Some(next) = page.next {
                    let next = self.link(&asked, list.service, &next)?;
                    self.pages(list, &asked, next, 0, &mut records, Until::TheEnd).await?;
                }
            }
            _ if answer.text.trim_start().starts_with('{') => {
                records.push(&answer.text);
                records.pages = 1;
            }
            _ => return Err(Fault::new(Kind::Failed, "the answer is no object")),
        }
        Ok(records)
    }

    /// The answers to many small requests, twenty at a time, in the order of the requests. Each
    /// part succeeds, fails and is asked for again on its own.
    pub(crate) async fn batch(&self, version: &str, paths: &[String]) -> Batch<String> {
        let mut answers: Vec<_> = paths.iter().map(|_| Err(unanswered())).collect();
        let mut request_ids = Vec::new();
        let mut open: Vec<(usize, &String)> = paths.iter().enumerate().collect();
        let mut waits = Waits::new(self.limits, self.counters, self.deadline);
        while !open.is_empty() {
            let chunks = open.chunks(BATCH).map(|chunk| self.chunk(version, chunk));
            let mut parts = Vec::new();
            for (some, request_id) in join_all(chunks).await {
                parts.extend(some);
                request_ids.extend(request_id);
            }
            let retry_after = parts.iter().filter_map(|part| part.retry_after).max();
            let again: HashSet<_> =
                parts.iter().filter(|part| part.again).map(|part| part.place).collect();
            let mut throttled = false;
            for part in parts {
                if let Some(answer) = answers.get_mut(part.place) {
                    let busy = matches!(&part.answer, Err(it) if it.kind == Kind::Throttled);
                    throttled |= busy;
                    if part.again {
                        self.counters.trouble(busy);
                    }
                    *answer = part.answer;
                }
            }
            open.retain(|(place, _)| again.contains(place));
            if !open.is_empty() && !waits.again(throttled, retry_after).await {
                break;
            }
        }
        Batch { answers, request_ids }
    }

    /// One batch, and its request id.
    async fn chunk(
        &self,
        version: &str,
        parts: &[(usize, &String)],
    ) -> (Vec<Part>, Option<String>) {
        let (mut answered, request_id) = match self.chunk_answer(version, parts).await {
            Ok((answer, request_id)) => (answer.responses, request_id),
            Err(fault) => {
                // The batch itself was tried as often as is right.
                let part = |(place, _): &(usize, _)| Part {
                    place: *place,
                    answer: Err(fault.clone()),
                    retry_after: None,
                    again: false,
                };
                return (parts.iter().map(part).collect(), None);
            }
        };
        let mut expired = false;
        let mut results = Vec::new();
        for (place, _) in parts {
            let found = answered.iter().position(|it| it.id == place.to_string());
            let found = found.map(|found| answered.swap_remove(found));
            let answer = found.as_ref().map_or_else(|| Err(unanswered()), BatchPart::answer);
            let kind = answer.as_ref().err().map(|fault| fault.kind);
            expired |= kind == Some(Kind::Unauthorized);
            results.push(Part {
                place: *place,
                answer,
                retry_after: found.and_then(|part| part.retry_after()),
                again: kind.is_some_and(|it| it.is_transient() || it == Kind::Unauthorized),
            });
        }
        if expired && let Ok(token) = self.tokens.get(Service::Graph).await {
            self.tokens.forget(Service::Graph, &token).await;
        }
        (results, request_id)
    }

    async fn chunk_answer(
        &self,
        version: &str,
        parts: &[(usize, &String)],
    ) -> Result<(BatchAnswer, Option<String>), Fault> {
        let requests: Vec<_> = parts
            .iter()
            .map(|(place, path)| {
                format!(r#"{{"id":"{place}","method":"GET","url":{}}}"#, quoted(path))
            })
            .collect();
        let body = Some(format!(r#"{{"requests":[{}]}}"#, requests.join(",")));
        let url = self.url(Service::Graph, &format!("/{version}/$batch"))?;
        let (service, bucket) = (Service::Graph, Bucket::Directory);
        let answer = self.send(&Call { service, bucket, url, body, headers: Vec::new() }).await?;
        let parsed = serde_json::from_str(&answer.text)
            .map_err(|_| Fault::new(Kind::Failed, "the answer to a batch has no responses"))?;
        Ok((parsed, answer.request_id))
    }

    /// Many lists, their first pages in batches.
    pub(crate) async fn lists(&self, version: &str, paths: &[String]) -> Batch<Records> {
        let firsts = self.batch(version, paths).await;
        let lists = paths.iter().zip(firsts.answers).map(|(path, first)| async move {
            let first = first?;
            let page = Page::read(&first)?;
            let mut records = Records::new();
            records.page(&page.records()?);
            if let Some(next) = &page.next {
                let list = List::of(path);
                let asked = self.url(list.service, &format!("/{version}{path}"))?;
                let next = self.link(&asked, list.service, next)?;
                let pages = self.pages(list, &asked, next, 0, &mut records, Until::TheEnd).await;
                pages.map_err(|fault| fault.after(records.pages))?;
            }
            Ok(records)
        });
        Batch { answers: join_all(lists).await, request_ids: firsts.request_ids }
    }
}

/// The answers to many small requests, in the order of the requests.
pub(crate) struct Batch<T> {
    pub(crate) answers: Vec<Result<T, Fault>>,
    /// Of the batches.
    pub(crate) request_ids: Vec<String>,
}

/// What became of one part of a batch.
struct Part {
    place: usize,
    answer: Result<String, Fault>,
    retry_after: Option<Duration>,
    /// Whether it is worth asking again.
    again: bool,
}

#[derive(Deserialize)]
struct BatchAnswer {
    responses: Vec<BatchPart>,
}

#[derive(Deserialize)]
struct BatchPart {
    id: String,
    status: u16,
    #[serde(default)]
    headers: Option<BTreeMap<String, serde_json::Value>>,
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

impl BatchPart {
    fn answer(&self) -> Result<String, Fault> {
        let body = self.body.as_ref().map_or("", |body| body.get());
        if !(200..300).contains(&self.status) {
            return Err(Fault::of(Service::Graph, self.status, body.as_bytes()));
        }
        if body.starts_with('{') {
            Ok(body.to_owned())
        } else {
            Err(Fault::new(Kind::Unstable, "a part of the batch is no object"))
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        let headers = self.headers.as_ref()?;
        let text = |wanted: &str| {
            let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        parse_retry_after(&text("retry-after")?, text("date").as_deref())
    }
}

/// Whether a list is worth beginning again, once: a link to a page lives for some minutes only,
/// and one that an earlier run left may be refused in any words.
pub(crate) fn starts_again(fault: &Fault, has_pages: bool, is_left: bool) -> bool {
    let refused = matches!(fault.kind, Kind::Failed | Kind::Missing | Kind::Unsupported);
    (has_pages && fault.kind == Kind::PageExpired) || (is_left && refused)
}

/// The fault of a list of which so many pages had come.
pub(crate) fn after(fault: Fault, pages: u32) -> Fault {
    if pages == 0 { fault } else { fault.after(pages) }
}

fn unanswered() -> Fault {
    Fault::new(Kind::Unstable, "the batch was answered without this part")
}
