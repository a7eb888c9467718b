//! Progress bars of a collection: one line a tenant.

use std::time::Duration;

use collect::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use model::Data;

use super::terminal::{Terminal, one_line};

/// Where the lines of all tenants are drawn: on standard error, only when that is a terminal.
pub(crate) struct Lines(MultiProgress);

impl Lines {
    pub(crate) fn new(terminal: &Terminal) -> Self {
        let target = if terminal.draws_progress() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self(MultiProgress::with_draw_target(target))
    }

    /// A line for one tenant, of which so many datasets are wanted.
    pub(crate) fn tenant(&self, name: &str, datasets: usize) -> Line {
        let length = u64::try_from(datasets).unwrap_or_default();
        let bar = self.0.add(ProgressBar::new(length));
        // The template is a constant; should it not parse, the default looks fine too.
        if let Ok(style) = ProgressStyle::with_template(
            "{spinner} {prefix:28!} {bar:24.blue} {pos:>3}/{len:3} {elapsed:>4} {wide_msg}",
        ) {
            bar.set_style(style);
        }
        bar.set_prefix(one_line(name));
        bar.enable_steady_tick(Duration::from_millis(120));
        Line(bar)
    }
}

/// One tenant's line.
pub(crate) struct Line(ProgressBar);

impl Line {
    /// What happens now.
    pub(crate) fn say(&self, text: &str) {
        self.0.set_message(text.to_owned());
    }

    /// A dataset was tried.
    pub(crate) fn tried(&self, data: Data) {
        self.say(data.words());
        self.0.inc(1);
    }

    /// Takes the line away.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Line {
    fn started(&self, data: Data) {
        self.say(data.words());
    }

    fn finished(&self, _: Data, _: Result<usize, &model::Unavailable>) {
        self.0.inc(1);
    }
}
