//! One entry at a time: what was typed, as a value or as a refusal in words.
use super::{
    entry::{CURRENCY, NONE, label},
    words,
};
use crate::{form::entry::amount, problem::Refusal};
use domain::{intents::matching::Fraction, money::Amount};

/// Minutes of each unit that a lifetime can be typed in.
pub const LIFETIMES: [(&str, i64); 3] = [("days", 24 * 60), ("hours", 60), ("minutes", 1)];
/// Seconds of each unit that a window can be typed in.
pub const WINDOWS: [(&str, i64); 4] = [("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)];

/// What was chosen, if anything was.
pub fn chosen(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty() && *text != NONE)
}

/// `3600` seconds are `1`, `hours`: in the largest unit that needs no fraction.
pub fn split(number: i64, units: &[(&str, i64)]) -> (String, String) {
    let unit = units.iter().find(|(_, size)| number % size == 0);
    unit.map(|(unit, size)| ((number / size).to_string(), (*unit).to_owned())).unwrap_or_default()
}

/// What stands between blanks, commas and line ends; none where nothing does.
pub fn codes(text: &str) -> Option<Vec<String>> {
    let all: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c == ',' || c == ';')
        .filter(|one| !one.is_empty())
        .map(str::to_owned)
        .collect();
    (!all.is_empty()).then_some(all)
}

/// The lines that are not empty; none where all are.
pub fn lines(text: &str) -> Option<Vec<String>> {
    let all: Vec<String> = text.lines().map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect();
    (!all.is_empty()).then_some(all)
}

/// Reads entries, and notes why each was refused.
pub struct Reader<'a>(pub &'a mut Refusal);

impl Reader<'_> {
    /// Notes that the entry `name` cannot be taken.
    pub fn no(&mut self, name: &str, why: &str) {
        self.0.add(name, format!("{} {why}", label(name)));
    }

    /// Takes a value, or notes why it is none.
    pub fn take<T>(&mut self, name: &str, value: Result<T, impl std::fmt::Display>) -> Option<T> {
        value.map_err(|why| self.no(name, &why.to_string())).ok()
    }

    /// An amount, where one was typed.
    pub fn money(&mut self, name: &str, text: &str) -> Option<Amount> {
        if text.trim().is_empty() { None } else { self.take(name, amount(text, CURRENCY)) }
    }

    /// Each amount that is set must hold those before it.
    pub fn widening(&mut self, steps: &[(&str, Option<Amount>)]) {
        let set: Vec<_> = steps.iter().filter_map(|(name, amount)| amount.map(|amount| (*name, amount))).collect();
        for pair in set.windows(2) {
            let ((narrow, low), (wide, high)) = (pair[0], pair[1]);
            if low > high {
                let least = words::plain(low);
                self.no(
                    wide,
                    &format!("must be at least {least}, which \u{201c}{}\u{201d} allows already", label(narrow)),
                );
            }
        }
    }

    /// A whole number, where one was typed.
    pub fn number(&mut self, name: &str, text: &str) -> Option<i64> {
        let plain = text.trim().replace([',', ' ', '\u{a0}'], "");
        if plain.is_empty() {
            return None;
        }
        let value = plain.parse::<i64>().ok().filter(|value| (0..=4_294_967_295).contains(value));
        self.take(name, value.ok_or("must be a whole number such as 10"))
    }

    /// A number of units, in the smallest.
    pub fn scaled(&mut self, name: &str, text: &str, unit: &str, units: &[(&str, i64)]) -> Option<i64> {
        let number = self.number(name, text)?;
        let size = units.iter().find(|(own, _)| *own == unit).map(|(_, size)| *size);
        let size = self.take(name, size.ok_or("must be counted in one of the choices"))?;
        self.take(name, number.checked_mul(size).filter(|_| number > 0).ok_or("must be a whole number above 0"))
    }

    /// A word of a closed set, where one was chosen.
    pub fn word<T: std::str::FromStr>(&mut self, name: &str, text: &str) -> Option<T> {
        chosen(text).and_then(|text| self.take(name, text.parse().map_err(|_| "must be one of the choices")))
    }

    /// `5` or `2.5` percent, exactly.
    pub fn percent(&mut self, name: &str, text: &str) -> Option<Fraction> {
        let text = text.trim().trim_end_matches('%').trim_end();
        if text.is_empty() {
            return None;
        }
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let fits = !whole.is_empty() && whole.len() <= 3 && part.len() <= 2 && digits(whole) && digits(part);
        let points = fits.then(|| format!("{whole}{part:0<2}").parse::<i64>().ok()).flatten();
        let fraction = points.and_then(|points| Fraction::try_from(points).ok());
        self.take(name, fraction.ok_or("must be a percentage from 0 to 100, such as 5 or 2.5"))
    }
}
