//! What is kept of an answer: text that is safe to store and to show.

/// The most bytes of an excerpt.
pub const MOST: usize = 4_096;

/// The answer's bytes as text of at most [`MOST`] bytes: what is not UTF-8 becomes `\x..`, control characters and
/// those that hide or turn text become `\u{..}`, a backslash is doubled; line ends and tabs stay.
pub fn excerpt(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut piece = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            piece.clear();
            match c {
                '\n' | '\t' => piece.push(c),
                '\\' => piece.push_str("\\\\"),
                c if crate::name::is_invisible(c) => piece.extend(c.escape_unicode()),
                c => piece.push(c),
            }
            if !push(&mut text, &piece) {
                return text;
            }
        }
        for byte in chunk.invalid() {
            if !push(&mut text, &format!("\\x{byte:02x}")) {
                return text;
            }
        }
    }
    text
}

fn push(text: &mut String, piece: &str) -> bool {
    let fits = text.len() + piece.len() <= MOST;
    if fits {
        text.push_str(piece);
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hidden_bytes_become_visible() {
        assert_eq!(excerpt("ok <b>ä\n".as_bytes()), "ok <b>ä\n");
        assert_eq!(excerpt(b"a\0b\x1b[2J\xff\\\xe2\x80\xae\r"), "a\\u{0}b\\u{1b}[2J\\xff\\\\\\u{202e}\\u{d}");
    }

    proptest! {
        #[test]
        fn it_is_short_and_holds_nothing_hidden(bytes in prop::collection::vec(any::<u8>(), 0..9_000)) {
            let text = excerpt(&bytes);
            prop_assert!(text.len() <= MOST);
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        }
    }
}
