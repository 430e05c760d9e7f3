//! Merchants' names as words, compared without making any: a decision holds one name against hundreds of entries.

use std::{char, iter::FlatMap, str::Chars};

/// The letters of a text's words in lower case, with a space behind each word; what is neither letter nor digit stands
/// between words, but for apostrophes, which stand in them.
pub(super) fn letters(text: &str) -> Letters<'_> {
    Letters { rest: text.chars(), folded: None, between: true }
}

type Folds = FlatMap<char::ToUppercase, char::ToLowercase, fn(char) -> char::ToLowercase>;

pub(super) struct Letters<'a> {
    rest: Chars<'a>,
    /// What the last character outside ASCII became: "ß" is two letters.
    folded: Option<Folds>,
    between: bool,
}

impl Iterator for Letters<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        loop {
            let folded = self.folded.as_mut().and_then(Iterator::next);
            let c = match folded.or_else(|| self.rest.next()) {
                None if self.between => return None,
                None => ' ',
                Some('\'' | '’') => continue,
                Some(c) if c.is_ascii() => c.to_ascii_lowercase(),
                Some(c) if folded.is_some() => c,
                Some(c) => {
                    self.folded = Some(c.to_uppercase().flat_map(char::to_lowercase));
                    continue;
                }
            };
            if c.is_alphanumeric() {
                self.between = false;
                return Some(c);
            }
            if !self.between {
                self.between = true;
                return Some(' ');
            }
        }
    }
}

/// A name whose words were found once.
pub(crate) struct Folded {
    text: String,
    /// A bit for the first letter of each word: most entries of a list begin with none of them.
    firsts: u64,
}

const fn bit(letter: char) -> u64 {
    1 << (letter as u32 % u64::BITS)
}

impl Folded {
    pub(crate) fn of(name: &str) -> Self {
        let text: String = letters(name).collect();
        let firsts = text.split(' ').filter_map(|word| word.chars().next()).fold(0, |all, first| all | bit(first));
        Self { text, firsts }
    }

    /// Whether it begins with the words of `part`, whatever case and punctuation; nothing begins with no words.
    pub(crate) fn begins_with(&self, part: &str) -> bool {
        letters(part).next().is_some_and(|first| self.text.starts_with(first)) && is_at(&self.text, part)
    }

    /// Whether the words of `part` stand together somewhere in it.
    pub(crate) fn holds(&self, part: &str) -> bool {
        let Some(first) = letters(part).next().filter(|first| self.firsts & bit(*first) != 0) else { return false };
        let starts = std::iter::once(0).chain(self.text.match_indices(' ').map(|(space, _)| space + 1));
        let mut rests = starts.map(|start| &self.text[start..]);
        rests.any(|rest| rest.starts_with(first) && is_at(rest, part))
    }
}

/// Whether `text` begins with the letters of `part`, the space behind its last word included.
fn is_at(text: &str, part: &str) -> bool {
    let mut rest = text.chars();
    letters(part).all(|letter| rest.next() == Some(letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        letters(text).collect::<String>().split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn words_are_whole_and_case_and_punctuation_do_not_matter() {
        let name = Folded::of("McDonald's #4411, STRASSE 5");
        for part in ["mcdonalds", "MCDONALD’S 4411", "4411", "Straße", " straße-5 "] {
            assert!(name.holds(part), "{part}");
        }
        for part in ["", " - ", "mc donalds", "441", "strasse 5 berlin", "5 mcdonalds"] {
            assert!(!name.holds(part), "{part}");
        }
        assert!(name.begins_with("mcdonalds 4411") && !name.begins_with("4411") && !name.begins_with("mcdonald"));
        assert!(!Folded::of("").holds("") && !Folded::of("").begins_with(""));
    }

    proptest! {
        #[test]
        fn it_is_as_if_lists_of_words_were_compared(
            name in "[aAß'’ .1é]{0,12}", part in "[aAß'’ .1é]{0,5}"
        ) {
            let (all, some, folded) = (words(&name), words(&part), Folded::of(&name));
            prop_assert_eq!(folded.begins_with(&part), !some.is_empty() && all.starts_with(&some));
            prop_assert_eq!(folded.holds(&part), !some.is_empty() && all.windows(some.len()).any(|run| run == some));
        }
    }
}
