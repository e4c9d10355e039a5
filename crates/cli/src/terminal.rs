use std::borrow::Cow;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;

use crate::progress::Progress;

/// All that is printed: results on standard output, everything else on standard error. Clones share one progress bar.
#[derive(Clone)]
pub(crate) struct Terminal {
    quiet: bool,
    alive: bool,
    color: bool,
    /// The bar on the screen, which makes way for every line.
    bar: Arc<Mutex<Option<ProgressBar>>>,
}

impl Terminal {
    pub(crate) fn new(quiet: bool) -> Terminal {
        let alive = stderr().is_terminal();
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Terminal { quiet, alive, color: alive && wanted, bar: Arc::default() }
    }

    /// A line of results. A reader that has gone is no mistake of ours.
    pub(crate) fn result(&self, line: &str) {
        self.aside(|| {
            let _ = writeln!(stdout(), "{}", printable(line));
        });
    }

    /// A line that tells what goes on; nothing when quiet.
    pub(crate) fn say(&self, line: &str) {
        if !self.quiet {
            self.tell(&printable(line));
        }
    }

    /// Something that could mislead the reader of the results.
    pub(crate) fn warn(&self, line: &str) {
        if !self.quiet {
            self.tell(&format!("{} {}", self.paint("33", "warning:"), printable(line)));
        }
    }

    /// What failed and why.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        self.tell(&format!("{} {}", self.paint("1;31", "error:"), printable(&format!("{error:#}"))));
    }

    /// Progress over pictures, each of so many steps: a bar, or plain lines without a terminal.
    pub(crate) fn progress(&self, pictures: usize, steps: usize, what: &'static str) -> Progress<'_> {
        Progress::new(self, pictures, steps, what)
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether what is printed can be drawn over again.
    pub(crate) fn is_alive(&self) -> bool {
        self.alive
    }

    /// Puts a bar on the screen.
    pub(crate) fn show(&self, bar: &ProgressBar) {
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
    }

    /// Takes the bar off the screen.
    pub(crate) fn clear(&self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }

    fn tell(&self, line: &str) {
        self.aside(|| {
            let _ = writeln!(stderr(), "{line}");
        });
    }

    /// Prints with the bar out of the way.
    fn aside(&self, print: impl FnOnce()) {
        match &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// A text without what would command the terminal or turn its reading order: names come from files of anybody's making.
/// Spelt as in JSON, so that documents stay what they are.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let commands = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(commands) {
        return Cow::Borrowed(text);
    }
    let spelt =
        text.chars().map(|c| if commands(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() });
    Cow::Owned(spelt.collect())
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_commands_a_terminal_is_spelt_out() {
        assert_eq!(printable("two\nlines\tof é"), "two\nlines\tof é");
        assert_eq!(
            printable("\x1b[31mred\x07\r\u{9b}2J\u{202e}"),
            "\\u001b[31mred\\u0007\\u000d\\u009b2J\\u202e"
        );
    }
}
