//! Places in lists, as callers and addresses carry them: opaque, and good for one list of one tenant (security X-I5).
use super::Vault;
use crate::alert::{self, Alert};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

const PURPOSE: &str = "cursor";

impl Vault {
    /// `place` as a text that this installation alone can make, and that opens for the same `list` only. What names a list
    /// names its organisation and environment too.
    pub fn cursor(&self, list: &str, place: &str) -> String {
        let tag = self.tag(PURPOSE, &format!("{list} {place}"));
        URL_SAFE_NO_PAD.encode(format!("{tag}{place}"))
    }

    /// The place of a cursor of this list; none of any other text, which is told to the log.
    pub fn place(&self, list: &str, cursor: &str) -> Option<String> {
        let place = self.opened(list, cursor);
        if place.is_none() {
            alert::raise(Alert::Bypass, "cursor");
        }
        place
    }

    fn opened(&self, list: &str, cursor: &str) -> Option<String> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (tag, place) = text.split_at_checked(32)?;
        self.tagged(PURPOSE, &format!("{list} {place}"), tag).then(|| place.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_for_its_own_list_and_installation_only() {
        let vault = Vault::new(&[7; 32]);
        let cursor = vault.cursor("org_1 dev /live/agents", "agent_1");
        assert_eq!(vault.place("org_1 dev /live/agents", &cursor).as_deref(), Some("agent_1"));
        for list in ["org_2 dev /live/agents", "org_1 live /live/agents", "org_1 dev /live/cards", ""] {
            assert_eq!(vault.place(list, &cursor), None, "{list}");
        }
        assert_eq!(Vault::new(&[8; 32]).place("org_1 dev /live/agents", &cursor), None);
        for at in 0..cursor.len() {
            let mut changed = cursor.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(vault.place("org_1 dev /live/agents", &changed), None, "{changed}");
        }
        for none in ["", "agent_1", "!", "A"] {
            assert_eq!(vault.place("org_1 dev /live/agents", none), None, "{none}");
        }
    }
}
