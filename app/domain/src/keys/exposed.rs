//! A whole key that was sent in the open: refused, noted on its page, and in the audit log.
use super::{ExposedIn, format};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::Noun,
    ids::KeyId,
    time::HOUR,
};
use serde_json::json;

/// Characters of a key after `lk_live_` or `lk_dev_`.
const BODY: usize = 46;

/// The first well-formed key or token in a text. The checksum must be right, so that prose about keys is none.
pub fn key_in(text: &str) -> Option<&str> {
    text.match_indices('_').find_map(|(at, _)| {
        let start = at.checked_sub(2)?;
        let rest = text.get(start..)?;
        let second = rest.get(3..)?.find('_').filter(|n| *n <= 4)? + 4;
        let whole = rest.get(..second + BODY)?;
        format::parse(whole).is_ok().then_some(whole)
    })
}

/// Notes that a key of ours was sent in the open; once an hour for each key.
pub(crate) struct NoteExposed {
    pub id: KeyId,
    pub place: ExposedIn,
}

impl Command for NoteExposed {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let now = tx.now();
        let name: Option<String> = sql!(
            tx,
            scalar_optional,
            "update api_keys set exposed_at = $4, exposed_in = $5
             where organisation_id = $1 and environment = $2 and id = $3 and (exposed_at is null or exposed_at <= $6)
             returning name",
            grant.organisation(),
            grant.environment(),
            &self.id,
            now,
            self.place,
            now - HOUR
        )?;
        let name = name.ok_or(Error::NotFound(Noun::Key))?;
        let trail = Trail::new(Action::KeyExposed, Subject::new(Noun::Key, &self.id, name))
            .after(json!({ "sentIn": self.place }))
            .refused();
        Ok(((), trail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        environment::Environment,
        keys::format::{KeyKind, KeyText},
    };
    use proptest::prelude::*;

    #[test]
    fn a_key_is_found_in_any_text_and_prose_about_keys_is_none() {
        let key = KeyText::make(KeyKind::Organization, Environment::Live, &[7; 32]);
        let key = key.expose();
        for text in
            [key.to_owned(), format!("/v1/x?k={key}&y=1"), format!("{{\"a_b\":\"é_{key}\"}}"), format!("_lk_{key}_")]
        {
            assert_eq!(key_in(&text), Some(key), "{text}");
        }
        let mut wrong = key.to_owned();
        wrong.replace_range(20..21, if &key[20..21] == "a" { "b" } else { "a" });
        for text in [&*wrong, "lk_live_", "a key begins with lk_live_ or lk_dev_", "", "_", "__", &key[..50]] {
            assert_eq!(key_in(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,80}", glue in "[lkat_devi]{0,60}") {
            let _ = key_in(&text);
            let _ = key_in(&glue);
        }
    }
}
