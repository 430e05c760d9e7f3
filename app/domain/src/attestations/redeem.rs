//! Details tokens: 256 random bits, good once and for 120 seconds.
use super::{ExposureMode, commands::never, stricter};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    cards::{CardStatus, life::Life},
    chance::Chance,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{AccessId, AgentId, CardId},
    issuer::{self, Details},
    limits::stop,
    secret::{Plain, Stored},
    time::{SECOND, Timestamp},
    vault::Vault,
};
use serde_json::json;
use zeroize::Zeroizing;

/// How long a details token is good.
pub const TOKEN_MS: i64 = 120 * SECOND;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new token: `tok_` and 43 base62 characters that carry 256 bits.
pub(super) fn make(chance: &dyn Chance) -> Plain {
    let mut number = Zeroizing::new(chance.bytes::<32>());
    let mut text = String::with_capacity(47);
    text.push_str("tok_");
    for _ in 0..43 {
        // One digit is the remainder of the long division of all 32 bytes.
        let digit = number.iter_mut().fold(0_u16, |rest, byte| {
            let value = rest << 8 | u16::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            value % 62
        });
        text.push(char::from(BASE62[usize::from(digit)]));
    }
    Plain::new(text)
}

/// What is kept of a token.
pub(super) fn digest(vault: &Vault, token: &Plain) -> Stored {
    vault.hash("details token", token)
}

/// Gives the details that the token stands for: exactly once, within 120 seconds, while the card is active and has not
/// ended, and spending is not stopped.
pub struct Redeem {
    /// The token as it was sent.
    pub token: Plain,
}

/// The details that a token stood for.
pub struct Redeemed {
    /// The card.
    pub card_id: CardId,
    /// The last four digits of its number.
    pub last4: String,
    /// The details, for the one answer that shows them.
    pub details: Details,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: AccessId,
    agent_id: AgentId,
    card_id: CardId,
    token_expires_at: Timestamp,
    redeemed_at: Option<Timestamp>,
    status: CardStatus,
    credential_exposure: ExposureMode,
    policy_exposure: Option<ExposureMode>,
    serial: i64,
    #[sqlx(flatten)]
    life: Life,
    last4: String,
    stopped_at: Option<Timestamp>,
}

impl Command for Redeem {
    type Output = Redeemed;

    fn permission(&self) -> Permission {
        Permission::ReadCredentials
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Redeemed, Trail)> {
        let digest = digest(tx.vault(), &self.token);
        let row: Option<Row> = sql!(
            tx,
            fetch_optional,
            "select a.id, a.agent_id, a.card_id, a.token_expires_at, a.redeemed_at,
                    c.status, c.credential_exposure, p.credential_exposure as policy_exposure, c.serial,
                    c.ends_at, c.expiration_month, c.expiration_year, c.last4, z.stopped_at
             from accesses a
             join cards c on c.organisation_id = a.organisation_id and c.environment = a.environment
                         and c.id = a.card_id
             left join policies p on p.organisation_id = c.organisation_id and p.environment = c.environment
                                 and p.id = c.policy_id
             left join spending_stops z on z.organisation_id = a.organisation_id and z.environment = a.environment
             where a.organisation_id = $1 and a.environment = $2 and a.token_digest = $3",
            grant.organisation(),
            grant.environment(),
            digest
        )?;
        let row = row.filter(|row| grant.reaches(&row.agent_id)).ok_or(Error::NotFound(Noun::Access))?;
        let now = tx.now();
        let spent = || Error::state(Code::TokenSpent, "This token was redeemed before; read the details again.");
        if row.redeemed_at.is_some() {
            return Err(spent());
        }
        if row.token_expires_at <= now {
            let why = "This token's 120 seconds are over; read the details again.";
            return Err(Error::state(Code::TokenExpired, why));
        }
        if row.stopped_at.is_some() {
            return Err(stop::hidden());
        }
        if row.status != CardStatus::Active {
            let why = format!("This card is {}; its details can be read while it is active.", row.status);
            return Err(Error::state(Code::CardNotActive, why));
        }
        row.life.goes_on(now)?;
        // The policy may have become stricter since the token was made.
        let (level, exposure) = stricter(row.credential_exposure, row.policy_exposure);
        if exposure == ExposureMode::Never {
            return Err(never(level));
        }
        let redeemed = sql!(
            tx,
            execute,
            "update accesses set redeemed_at = $4
             where organisation_id = $1 and environment = $2 and id = $3 and redeemed_at is null",
            grant.organisation(),
            grant.environment(),
            &row.id,
            now
        )?;
        if redeemed == 0 {
            return Err(spent());
        }
        let trail = Trail::new(Action::CredentialsRedeemed, Subject::new(Noun::Card, &row.card_id, row.last4.as_str()))
            .after(json!({ "accessEventId": row.id }));
        let details = issuer::details(tx.vault(), row.serial, row.life.expiration_month, row.life.expiration_year)?;
        Ok((Redeemed { card_id: row.card_id, last4: row.last4, details }, trail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;

    #[test]
    fn a_token_carries_all_of_its_bits() {
        struct Fixed([u8; 32]);
        impl Chance for Fixed {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.0);
            }
        }
        // 256 ones are the largest number; its digits, the lowest first, are known to any calculator.
        let largest = make(&Fixed([255; 32]));
        let digits: Vec<usize> =
            largest.expose()[4..].bytes().map(|b| BASE62.iter().position(|c| *c == b).unwrap()).collect();
        assert_eq!(digits.len(), 43);
        let mut number = [0_u16; 32];
        for digit in digits.iter().rev() {
            let mut carry = *digit as u16;
            for byte in number.iter_mut().rev() {
                let value = *byte * 62 + carry;
                (*byte, carry) = (value & 255, value >> 8);
            }
            assert_eq!(carry, 0);
        }
        assert_eq!(number, [255; 32]);
        let chance = SeededChance::new(1);
        assert_ne!(make(&chance).expose(), make(&chance).expose());
    }
}
