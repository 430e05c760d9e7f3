//! Recovery codes: ten of 128 random bits, for the day on which the phone is gone. Kept as keyed hashes.
use crate::{
    Result,
    chance::Chance,
    db::{Tx, sql},
    ids::{OrganisationId, PersonId},
    secret::{Plain, Revealed, Stored},
    vault::Vault,
};

/// How many there are in a set.
pub const SET: usize = 10;
/// Letters of a code: 130 bits of which 128 are random.
const LETTERS: usize = 26;
/// No letter of it is taken for another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new code, in groups that are easy to copy.
fn make(chance: &dyn Chance) -> String {
    let mut bits = u128::from_be_bytes(chance.bytes());
    let mut text = String::with_capacity(LETTERS + 5);
    for n in 0..LETTERS {
        if n > 0 && n % 5 == 0 && n < 25 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[(bits & 31) as usize]));
        bits >>= 5;
    }
    text
}

/// The hash of a code as it was typed; none when it cannot be one.
pub(super) fn hash(vault: &Vault, typed: &str) -> Option<Stored> {
    let read = |c: char| match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    };
    let plain: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(read).collect();
    let is_one = plain.len() == LETTERS && plain.bytes().all(|b| ALPHABET.contains(&b));
    is_one.then(|| vault.hash("recovery code", &Plain::new(plain)))
}

/// Takes the person's codes away, used and unused.
pub(super) async fn void(tx: &mut Tx, organisation: &OrganisationId, person: &PersonId) -> Result<()> {
    let codes = "delete from recovery_codes where organisation_id = $1 and person_id = $2";
    sql!(tx, execute, codes, organisation, person)?;
    Ok(())
}

/// Replaces the person's set; what was left of the old one is void.
pub(super) async fn replace(tx: &mut Tx, organisation: &OrganisationId, person: &PersonId) -> Result<Vec<Revealed>> {
    let now = tx.now();
    void(tx, organisation, person).await?;
    let codes: Vec<String> = (0..SET).map(|_| make(tx.chance())).collect();
    for code in &codes {
        let hash = hash(tx.vault(), code);
        sql!(
            tx,
            execute,
            "insert into recovery_codes (organisation_id, person_id, hash, created_at) values ($1, $2, $3, $4)",
            organisation,
            person,
            hash,
            now
        )?;
    }
    Ok(codes.into_iter().map(|code| Plain::new(code).reveal()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SystemChance;

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let vault = Vault::new(&[7; 32]);
        let code = make(&SystemChance);
        assert_eq!((code.len(), code.matches('-').count()), (30, 4), "{code}");
        let own = hash(&vault, &code).unwrap();
        for typed in [
            code.to_uppercase(),
            code.replace('-', " "),
            code.replace('-', ""),
            code.replace('0', "O").replace('1', "l"),
        ] {
            assert!(hash(&vault, &typed).is_some_and(|hash| hash.matches(&own)), "{typed}");
        }
        for other in ["", "123456", &code[1..], &format!("{code}0"), &code.replace(&code[..1], "u")] {
            assert!(hash(&vault, other).is_none_or(|hash| !hash.matches(&own)), "{other}");
        }
    }

    #[test]
    fn codes_do_not_repeat() {
        let all: std::collections::HashSet<String> = (0..1_000).map(|_| make(&SystemChance)).collect();
        assert_eq!(all.len(), 1_000);
    }
}
