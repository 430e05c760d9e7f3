//! The log: one line a request, in text or JSON, to standard error.
//!
//! Request lines name the route's template, never the address itself: neither query strings, secrets nor
//! personal data reach the log. Each event is one line, whatever texts are in it (security X-L3).
use crate::config::{Config, LogFormat};
use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
};
use tracing_subscriber::{
    EnvFilter,
    fmt::{self, MakeWriter},
    prelude::*,
};

/// The filter cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("RUST_LOG must be a filter such as info or info,server=debug: {0}")]
pub struct FilterError(#[from] tracing_subscriber::filter::ParseError);

/// Starts the log. A second call changes nothing.
pub fn start(config: &Config) -> Result<(), FilterError> {
    let filter = EnvFilter::try_new(&config.log_filter)?;
    let colours = io::stderr().is_terminal();
    let lines = fmt::layer().with_writer(OneLine { to: io::stderr, colours }).with_ansi(colours);
    let lines = match config.log {
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
        LogFormat::Text => lines.with_target(false).boxed(),
    };
    // An embedding test may have set a subscriber of its own.
    let _already_there = tracing_subscriber::registry().with(filter).with(lines).try_init();
    Ok(())
}

/// Writes each event as one line: what ends a line, steers a terminal or turns text round is written as an escape.
#[derive(Debug, Clone)]
pub struct OneLine<M> {
    /// Where the lines go.
    pub to: M,
    /// Escape sequences of the formatter's own colours pass; those in values it has escaped itself.
    pub colours: bool,
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for OneLine<M> {
    type Writer = OneLineWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLineWriter { to: self.to.make_writer(), colours: self.colours }
    }
}

/// The writer of one event.
pub struct OneLineWriter<W> {
    to: W,
    colours: bool,
}

impl<W: Write> Write for OneLineWriter<W> {
    /// The formatter hands an event over whole, its line end last.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let mut escaped = one_line(line, self.colours).into_owned();
        escaped.push('\n');
        self.to.write_all(escaped.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn one_line(text: &str, colours: bool) -> Cow<'_, str> {
    let harmful = |c: char| {
        (c.is_control() && !(colours && c == '\u{1B}'))
            || matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    if !text.chars().any(harmful) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().fold(String::with_capacity(text.len() + 16), |mut line, c| {
        match harmful(c) {
            // The escape of JSON, so that a line of JSON stays one.
            true => line.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => line.push(c),
        }
        line
    });
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What breaks a line, steers a terminal, forges an entry or turns text round.
    const HOSTILE: [&str; 8] = [
        "a\nERROR forged",
        "a\r\n{\"level\":\"ERROR\"}",
        "a\u{2028}b\u{2029}c",
        "a\u{1B}[2Jb",
        "a\u{85}b\u{B}c\u{C}d",
        "a\0b",
        "a\u{202E}b\u{2066}c",
        "a\u{200B}b\u{FEFF}c",
    ];

    #[test]
    fn no_text_ends_a_line_or_turns_it_round() {
        for json in [false, true] {
            let kept = Kept::default();
            let to = {
                let kept = kept.clone();
                move || kept.clone()
            };
            let lines = fmt::layer().with_writer(OneLine { to, colours: false }).with_ansi(false);
            let lines = if json { lines.json().boxed() } else { lines.boxed() };
            let subscriber = tracing_subscriber::registry().with(lines);
            tracing::subscriber::with_default(subscriber, || {
                for text in HOSTILE {
                    tracing::info!(shown = %text, debugged = ?text, plain = text, "{text}");
                }
            });
            let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
            let lines: Vec<&str> = log.split_inclusive('\n').collect();
            assert_eq!(lines.len(), HOSTILE.len(), "{log:?}");
            for line in lines {
                let line = line.strip_suffix('\n').unwrap();
                assert_eq!(one_line(line, false), line, "{line:?}");
                if json {
                    serde_json::from_str::<serde_json::Value>(line).unwrap();
                }
            }
        }
    }
}
