//! Agents to start from: what is proposed in the form that registers one. Nothing hangs on a template afterwards.
use crate::{limits::Frequency, text::words};

words! {
    /// What an agent of the template buys.
    Template {
        /// Servers and storage.
        Cloud = "cloud",
        /// Software that is paid for again and again.
        Software = "software",
        /// Trips.
        Travel = "travel",
        /// Paper and pens.
        Office = "office",
    }
}

impl Template {
    /// Its name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Cloud => "Cloud infrastructure",
            Self::Software => "Software subscriptions",
            Self::Travel => "Travel booking",
            Self::Office => "Office supplies",
        }
    }

    /// The purpose that it proposes: as narrow as can be known beforehand.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Cloud => {
                "Pays the bills of our cloud providers: computing, storage and domains. Never hardware or software."
            }
            Self::Software => "Renews the software subscriptions that we have. It signs up for nothing new.",
            Self::Travel => "Books trains, flights and hotels for a trip that a person asked for.",
            Self::Office => "Orders paper, pens and printer ink for our offices.",
        }
    }

    /// The limit that it proposes: minor units, and the time that it counts over.
    pub const fn limit(self) -> (i64, Frequency) {
        match self {
            Self::Cloud => (200_000, Frequency::PerMonth),
            Self::Software => (50_000, Frequency::PerMonth),
            Self::Travel => (150_000, Frequency::PerWeek),
            Self::Office => (20_000, Frequency::PerWeek),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{agents::broad, name::Passage};

    #[test]
    fn no_template_proposes_what_the_form_would_warn_about() {
        for template in Template::ALL {
            assert_eq!(broad(template.purpose()), None, "{template}");
            assert!(Passage::parse(template.purpose()).is_ok(), "{template}");
            // Above this a live limit is not raised by one person alone, unless the organisation says otherwise.
            assert!((1..=1_000_000).contains(&template.limit().0), "{template}");
        }
    }
}
