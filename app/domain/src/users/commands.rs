//! Changes to users.
use super::{ApplicationStatus, Balance, full_name, store};
use crate::{
    Error, Result,
    access::{self, Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::UserId,
    metadata::Metadata,
    money::{Amount, Currency},
    name::{Email, Name},
    webhooks::EventType,
};
use serde_json::json;

/// The most that one user may have deposited, in minor units: such sums stay exact in every JSON reader.
const MOST_DEPOSITED: i64 = 1_000_000_000_000_000;

/// A new funding user of the grant's environment.
pub struct CreateUser {
    /// First name.
    pub first_name: Name,
    /// Last name.
    pub last_name: Name,
    /// E-mail address; users may share one.
    pub email: Email,
    /// The caller's own data.
    pub metadata: Option<Metadata>,
    /// Whether the application starts now (`pending`) or later (`notStarted`).
    pub start_application: bool,
}

impl Command for CreateUser {
    type Output = UserId;

    fn permission(&self) -> Permission {
        Permission::ManageUsers
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(UserId, Trail)> {
        let now = tx.now();
        // Who holds the locks of all users of the organisation holds those of its next one, too.
        access::lock_organisation(tx, grant).await?;
        let id = UserId::new(now, tx.chance());
        let status = if self.start_application { ApplicationStatus::Pending } else { ApplicationStatus::NotStarted };
        sql!(
            tx,
            execute,
            "insert into users (organisation_id, environment, id, first_name, last_name, email, application_status,
                                metadata, currency, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            grant.organisation(),
            grant.environment(),
            &id,
            self.first_name.as_str(),
            self.last_name.as_str(),
            self.email.as_str(),
            status,
            &self.metadata,
            Currency::USD,
            now
        )?;
        let name = full_name(self.first_name.as_str(), self.last_name.as_str());
        let trail = Trail::new(Action::UserCreated, Subject::new(Noun::User, &id, name))
            .after(json!({ "email": self.email.as_str(), "applicationStatus": status }));
        Ok((id, trail))
    }
}

/// Credits money to an approved user. The sandbox's stand-in for a deposit.
pub struct Deposit {
    /// To whom.
    pub id: UserId,
    /// How much, in minor units of the user's currency.
    pub amount: Amount,
}

impl Command for Deposit {
    type Output = Balance;

    fn permission(&self) -> Permission {
        Permission::UseSandbox
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Balance, Trail)> {
        let user = store::lock(tx, grant, &self.id).await?;
        if user.application_status != ApplicationStatus::Approved {
            return Err(Error::state(
                Code::UserNotApproved,
                format!("The application is {}; only an approved user can deposit.", user.application_status),
            ));
        }
        let deposited = user.deposited.saturating_add(self.amount.minor());
        if deposited > MOST_DEPOSITED {
            return Err(Error::field(
                "amount",
                format!("must not take the user's deposits above {MOST_DEPOSITED} cents"),
            ));
        }
        sql!(
            tx,
            execute,
            "update users set deposited = $4 where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            deposited
        )?;
        let balance = Balance::of(deposited, user.pending, user.posted);
        let name = full_name(&user.first_name, &user.last_name);
        let trail = Trail::new(Action::DepositReceived, Subject::new(Noun::User, &self.id, name))
            .before(json!({ "creditLimit": user.deposited }))
            .after(json!({ "creditLimit": deposited, "amount": self.amount, "currency": user.currency }))
            .event(
                EventType::DepositReceived,
                json!({ "userId": self.id, "amount": self.amount, "currency": user.currency }),
            )
            .event(EventType::UserBalanceUpdated, balance.told(&self.id, user.currency));
        Ok((balance, trail))
    }
}
