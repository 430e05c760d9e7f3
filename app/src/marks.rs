//! Marks in what others wrote: characters that cannot be seen, and words whose letters come from more than one script, as
//! when a Cyrillic "а" stands in a merchant's name (security X-I4).
//!
//! They are set in a finished page, so that no page can forget them: in its texts, never in attributes, where entries of
//! forms stand as they were typed. Names of our own cannot hold what is marked; this is for merchants and agents.
use domain::name::is_invisible;
use std::{borrow::Cow, fmt::Write as _};
use unicode_security::MixedScript;

/// Elements whose text is no markup: a mark in a title is plain text, what is typed into an entry gets none.
const PLAIN: [&str; 2] = ["title", "option"];
const RAW: [&str; 3] = ["textarea", "script", "style"];

/// The page with its marks.
pub fn marked(html: String) -> String {
    // Most pages: nothing beyond the dots, dashes and arrows of the house.
    if !has_letters_beyond_ascii(&html) {
        return html;
    }
    let mut marked = String::with_capacity(html.len() + 256);
    let (mut rest, mut around) = (html.as_str(), Around::Markup);
    while !rest.is_empty() {
        let text = rest.find('<').unwrap_or(rest.len());
        let (before, tag) = rest.split_at(text);
        marked.push_str(&match around {
            Around::Raw => Cow::Borrowed(before),
            Around::Plain => text_of(before, false),
            Around::Markup => text_of(before, true),
        });
        let end = end_of(tag);
        marked.push_str(&tag[..end]);
        around = Around::behind(&tag[..end]);
        rest = &tag[end..];
    }
    marked
}

/// Whether there is a letter that needs a look, or a character that cannot be seen.
fn has_letters_beyond_ascii(html: &str) -> bool {
    let mut rest = html;
    while let Some(at) = rest.bytes().position(|byte| !byte.is_ascii()) {
        rest = &rest[at..];
        let Some(c) = rest.chars().next() else { return false };
        if c.is_alphabetic() || is_invisible(c) {
            return true;
        }
        rest = &rest[c.len_utf8()..];
    }
    false
}

/// What stands around a text.
enum Around {
    Markup,
    Plain,
    Raw,
}

impl Around {
    fn behind(tag: &str) -> Self {
        let name = tag.get(1..).unwrap_or_default();
        let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
        if RAW.contains(&name) {
            Self::Raw
        } else if PLAIN.contains(&name) {
            Self::Plain
        } else {
            Self::Markup
        }
    }
}

/// The length of the tag that `text` begins with: a `>` in quotes does not end it.
fn end_of(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    text.len()
}

fn text_of(text: &str, markup: bool) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut marked = String::with_capacity(text.len() + 64);
    for word in text.split_inclusive(|c: char| !is_part(c)) {
        let letters = word.trim_end_matches(|c: char| !is_part(c));
        let mixed = markup && !letters.is_ascii() && !letters.is_single_script();
        if mixed {
            marked.push_str("<mark class=\"mixed\" title=\"Letters of more than one script\">");
        }
        for c in letters.chars() {
            push(&mut marked, c, markup);
        }
        if mixed {
            marked.push_str("<span class=\"quiet\"> (letters of more than one script)</span></mark>");
        }
        for c in word[letters.len()..].chars() {
            push(&mut marked, c, markup);
        }
    }
    Cow::Owned(marked)
}

/// Whether a character goes on a word; one that cannot be seen does not end it.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && is_invisible(c))
}

fn push(text: &mut String, c: char, markup: bool) {
    if c.is_ascii() || !is_invisible(c) {
        text.push(c);
        return;
    }
    let number = u32::from(c);
    // Writing to a text cannot fail.
    let _written = if markup {
        write!(text, "<mark class=\"unseen\" title=\"A character that cannot be seen\">U+{number:04X}</mark>")
    } else {
        write!(text, "[U+{number:04X}]")
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_named() {
        let html = marked("<b>STAPLES\u{202E}gpj</b>".into());
        assert!(!html.contains('\u{202E}'));
        assert!(html.contains("STAPLES<mark class=\"unseen\""), "{html}");
        assert!(html.contains(">U+202E</mark>gpj</b>"), "{html}");
        assert!(marked("<i>\u{E0041}\u{378}</i>".into()).contains("U+E0041"));
        assert_eq!(marked("<title>a\u{200B}b</title>".into()), "<title>a[U+200B]b</title>");
    }

    #[test]
    fn a_word_of_two_scripts_is_marked_and_others_are_not() {
        let mixed = marked("<p>p\u{430}ypal GmbH</p>".into());
        assert!(mixed.starts_with("<p><mark class=\"mixed\""), "{mixed}");
        assert!(mixed.contains(">p\u{430}ypal<span") && mixed.ends_with("</mark> GmbH</p>"), "{mixed}");
        // A hidden character does not break a word in two.
        assert!(marked("<p>pay\u{200B}p\u{430}l</p>".into()).contains("class=\"mixed\""));
        for plain in [
            "Büro · 50 €",
            "Яндекс Taxi",
            "Яндекс.Taxi",
            "東京タワー",
            "ラーメンと寿司",
            "Ελλάδα",
            "한국어 漢字",
            "naïve café",
            "µm 5²",
        ] {
            let html = format!("<p title=\"{plain}\">{plain}</p>");
            assert_eq!(marked(html.clone()), html);
        }
    }

    #[test]
    fn entries_of_forms_stay_as_they_were_typed() {
        for html in [
            "<input value=\"a\u{202E}b > c\">",
            "<textarea>a\u{202E}b p\u{430}y</textarea>",
            "<script nonce=\"x\">/* é */</script>",
            "<p title='p\u{430}y>'>plain</p>",
        ] {
            assert_eq!(marked(html.into()), html);
        }
    }
}
