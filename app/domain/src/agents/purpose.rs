//! Purposes that say nothing: an agent that may buy anything has no limit but its money.
//!
//! A rule of thumb over English words, for a warning and never for a refusal: whoever means it goes on.

/// Why a purpose holds an agent to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broad {
    /// It is empty or hardly a word.
    Short,
    /// It holds these words, which take everything in.
    Everything(&'static str),
    /// Every word of it would fit any agent.
    Nothing,
}

impl Broad {
    /// One sentence for people: what is wrong with the purpose.
    pub fn plain(self) -> String {
        match self {
            Self::Short => "The purpose is too short to hold the agent to anything.".to_owned(),
            Self::Everything(words) => format!("The purpose says \u{201c}{words}\u{201d}, which takes everything in."),
            Self::Nothing => "The purpose names nothing in particular: it would fit any agent.".to_owned(),
        }
    }
}

/// The letters and digits below which a purpose is [`Broad::Short`], counted in bytes: a word of Chinese or Japanese
/// says much in two signs.
const LEAST: usize = 4;

/// Words that take everything in, whatever stands around them but a "never" or "not" before them.
const EVERYTHING: [&str; 23] = [
    "anything",
    "everything",
    "whatever",
    "misc",
    "miscellaneous",
    "stuff",
    "general purpose",
    "general purposes",
    "general purchases",
    "general spending",
    "all purpose",
    "all purposes",
    "all purchases",
    "all kinds",
    "any purchase",
    "any purchases",
    "any kind",
    "any purpose",
    "various purchases",
    "various things",
    "as needed",
    "as required",
    "and so on",
];

/// Words that say the opposite of [`EVERYTHING`] when they stand up to two words before it.
const NOT: [&str; 5] = ["never", "not", "nor", "without", "no"];

/// Words that would fit any agent: a purpose of these alone is [`Broad::Nothing`].
const FITS_ALL: &str = "a an and any all agent agents ai assistant automatic bot bots business buy buying buys can card \
    cards charge charges company corporate daily default demo different do does example expense expenses few for \
    from general generic get gets good goods her his i in internet is it item items its job jobs main make makes may \
    money more my n na need needed needs new none of on online or order ordering orders other others our out \
    pay paying payment payments pays product products purchase purchases purchasing sample service services several \
    shop shopping shops some spend spending spends task tasks tbd team test testing tests that the their thing things \
    this to todo tool use used user uses various web we when will with work you your";

/// Why the purpose holds an agent to nothing; none where it names something.
pub fn broad(purpose: &str) -> Option<Broad> {
    let folded = purpose.to_lowercase();
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.iter().map(|word| word.len()).sum::<usize>() < LEAST {
        return Some(Broad::Short);
    }
    if let Some(phrase) = EVERYTHING.into_iter().find(|phrase| says(&words, phrase)) {
        return Some(Broad::Everything(phrase));
    }
    let fits_all = |word: &&str| FITS_ALL.split_whitespace().any(|other| other == *word);
    words.iter().all(fits_all).then_some(Broad::Nothing)
}

/// Whether the words of `phrase` stand together among `words`, and nobody says "never" before them.
fn says(words: &[&str], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    let denied = |at: usize| words[at.saturating_sub(2)..at].iter().any(|word| NOT.contains(word));
    words.windows(phrase.len()).enumerate().any(|(at, here)| here == phrase && !denied(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_fits_every_agent_is_broad() {
        for (purpose, words) in [
            ("anything", "anything"),
            ("Buys ANYTHING the team asks for", "anything"),
            ("Books hotels, flights & whatever.", "whatever"),
            ("Misc.", "misc"),
            ("General-purpose agent", "general purpose"),
            ("various purchases", "various purchases"),
            ("Office supplies, and so on", "and so on"),
        ] {
            assert_eq!(broad(purpose), Some(Broad::Everything(words)), "{purpose}");
        }
        for purpose in ["", " \n", "x", "All", "...!?", "ab", "b-2"] {
            assert_eq!(broad(purpose), Some(Broad::Short), "{purpose:?}");
        }
        for purpose in ["test", "general", "New agent", "Buys things online for the company", "A bot that pays"] {
            assert_eq!(broad(purpose), Some(Broad::Nothing), "{purpose}");
        }
    }

    #[test]
    fn what_names_something_is_not() {
        for purpose in [
            "Pens",
            "Buys printer paper.\nNothing else.",
            "Test lab equipment",
            "Pays the electricity bill, never anything else",
            "Books trains for the sales team; not whatever is quickest",
            "General Electric spare parts",
            "Anythingbot's hosting bill",
            "Büromaterial",
            "办公",
        ] {
            assert_eq!(broad(purpose), None, "{purpose}");
        }
    }

    #[test]
    fn lists_hold_words_as_they_are_compared() {
        for phrase in EVERYTHING.iter().copied().chain(FITS_ALL.split_whitespace()) {
            assert!(phrase.chars().all(|c| c.is_ascii_lowercase() || c == ' '), "{phrase}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_looked_at(purpose in "\\PC{0,80}") {
            let _: Option<String> = broad(&purpose).map(Broad::plain);
        }

        #[test]
        fn one_word_of_substance_is_enough(before in "(buys |pays |all |the ){0,3}", after in "( online| for the team){0,2}") {
            prop_assert_eq!(broad(&format!("{before}stationery{after}")), None);
        }
    }
}
