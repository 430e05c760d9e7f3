//! The log: one line a request, in text or JSON, to standard error.
//!
//! Request lines name the route's template, never the address itself: neither query strings, secrets nor
//! personal data reach the log. Each event is one line, whatever texts are in it (security X-L3), and what looks like a
//! card number or a secret is masked whoever wrote it: the last net (X-P5).
use crate::config::{Config, LogFormat};
use domain::redact::{MASK, redact, redact_values};
use serde_json::Value;
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
        let mut line = masked(&one_line(line, self.colours));
        line.push('\n');
        self.to.write_all(line.as_bytes())?;
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

/// The line without card numbers and secrets. One of JSON stays JSON.
fn masked(line: &str) -> String {
    let masked = redact(line);
    if masked == line {
        return masked;
    }
    match serde_json::from_str::<Value>(line) {
        Ok(Value::Object(event)) => {
            let numbers = |value: &Value| value.is_number() && redact(&value.to_string()) == MASK;
            let event = event
                .into_iter()
                .map(|(name, value)| (name, if numbers(&value) { Value::from(MASK) } else { redact_values(&value) }));
            Value::Object(event.collect()).to_string()
        }
        _ => masked,
    }
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

    /// What the layer writes of these events, as text or as JSON.
    fn logged(json: bool, events: impl FnOnce()) -> String {
        let kept = Kept::default();
        let to = {
            let kept = kept.clone();
            move || kept.clone()
        };
        let lines = fmt::layer().with_writer(OneLine { to, colours: false }).with_ansi(false);
        let lines = if json { lines.json().flatten_event(true).boxed() } else { lines.boxed() };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), events);
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn no_card_number_and_no_secret_passes_the_log() {
        let secret = format!("{}_live_{}", domain::keys::format::KeyKind::ALL[0], "a1".repeat(24));
        for json in [false, true] {
            let log = logged(json, || {
                tracing::warn!(shown = %"4242 4242 4242 4242", "a decline of 5555-5555-5555-4444");
                tracing::warn!(number = 4_242_424_242_424_242_u64, debugged = ?["4000056655665556"]);
                tracing::warn!("{secret}");
            });
            for part in ["4242 4242", "4242424242", "5555-5555", "40000566", "a1a1a1a1"] {
                assert!(!log.contains(part), "{log}");
            }
            assert!(log.matches(MASK).count() >= 5, "{log}");
            // Not a card's: the check digit is wrong, an id, a moment.
            let kept = "4242 4242 4242 4243 pur_01jd4242424242424242 1732327600001";
            assert!(logged(json, || tracing::info!("{kept}")).contains(kept));
            if json {
                log.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap()));
            }
        }
    }

    #[test]
    fn no_text_ends_a_line_or_turns_it_round() {
        for json in [false, true] {
            let log = logged(json, || {
                for text in HOSTILE {
                    tracing::info!(shown = %text, debugged = ?text, plain = text, "{text}");
                }
            });
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
