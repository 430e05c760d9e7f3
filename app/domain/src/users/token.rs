//! The text under which a user completes the own application: `/verify/{token}`.
//!
//! Nothing is stored: the token is the user's id and a tag that only this installation can make. It has no end of
//! its own; it is worth nothing once the application is decided.
use crate::{alert, ids::UserId, vault::Vault};

const PURPOSE: &str = "application completion link";

/// The token of `user`'s completion link.
pub fn completion_token(vault: &Vault, user: &UserId) -> String {
    format!("{user}.{}", vault.tag(PURPOSE, user.as_str()))
}

/// The user of a completion link's token; none when this installation did not make it.
pub(crate) fn user(vault: &Vault, token: &str) -> Option<UserId> {
    let found = token.split_once('.').filter(|(id, tag)| vault.tagged(PURPOSE, id, tag));
    alert::link(found.and_then(|(id, _)| id.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chance::SystemChance, time::Timestamp};

    #[test]
    fn only_the_tagged_id_opens() {
        let vault = Vault::new(&[7; 32]);
        let (a, b) = (UserId::new(Timestamp(1), &SystemChance), UserId::new(Timestamp(1), &SystemChance));
        let token = completion_token(&vault, &a);
        assert_eq!(user(&vault, &token), Some(a.clone()));
        assert_eq!(user(&Vault::new(&[8; 32]), &token), None);
        assert_eq!(user(&vault, &token.replace(a.as_str(), b.as_str())), None);
        for bad in ["", ".", a.as_str(), &token[..token.len() - 1], &token[..token.len() - 2], &format!("{token}0")] {
            assert_eq!(user(&vault, bad), None, "{bad}");
        }
    }
}
