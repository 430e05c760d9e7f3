//! Merchants' names as words, compared without making any: a decision holds one name against hundreds of entries.

/// The letters of a text's words in lower case, with a space behind each word; what is neither letter nor digit stands
/// between words, but for apostrophes, which stand in them.
pub(super) fn letters(text: &str) -> impl Iterator<Item = char> {
    let folded =
        text.chars().filter(|c| !matches!(c, '\'' | '’')).flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let mut between = true;
    folded.chain(std::iter::once(' ')).filter_map(move |c| {
        let letter = c.is_alphanumeric();
        let said = if letter { Some(c) } else { (!between).then_some(' ') };
        between = !letter;
        said
    })
}

/// A name whose words were found once.
pub(crate) struct Folded(String);

impl Folded {
    pub(crate) fn of(name: &str) -> Self {
        Self(letters(name).collect())
    }

    /// Whether it begins with the words of `part`, whatever case and punctuation; nothing begins with no words.
    pub(crate) fn begins_with(&self, part: &str) -> bool {
        letters(part).next().is_some_and(|first| self.0.starts_with(first)) && is_at(&self.0, part)
    }

    /// Whether the words of `part` stand together somewhere in it.
    pub(crate) fn holds(&self, part: &str) -> bool {
        let Some(first) = letters(part).next() else { return false };
        let starts = std::iter::once(0).chain(self.0.match_indices(' ').map(|(space, _)| space + 1));
        let mut rests = starts.map(|start| &self.0[start..]);
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
