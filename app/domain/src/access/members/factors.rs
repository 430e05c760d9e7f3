//! Lost factors: who has neither their app or passkey nor a recovery code needs another owner (security X-A9).
use super::{
    MemberStatus,
    house::{self, Managed},
};
use crate::{
    Error, Result,
    access::{
        Actor, Grant, Permission, Role,
        notices::{About, tell},
    },
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::PersonId,
    name::Line,
};

/// Takes away a person's second factors, which they have lost: app, passkeys, recovery codes. Their password stays; what
/// their role asks for is set up anew at the next sign-in. Owners do it, for everybody but themselves.
pub struct ClearFactors {
    /// Who.
    pub id: PersonId,
    /// How the owner knows that it is them, for the audit log.
    pub reason: Line,
}

impl Command for ClearFactors {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::ManageOrganisation
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let Managed { actor, acting, member } = house::managed(tx, grant, &self.id).await?;
        house::may_give(acting, Role::Owner)?;
        let refused = |message: String| Err(Error::state(Code::MemberState, message));
        if actor == member.id {
            return refused(
                "You change your own factors on the page Your sign-in. Another owner clears lost ones.".into(),
            );
        }
        if member.status == MemberStatus::Disabled {
            return refused(format!("{} is disabled. Enable them first.", member.name));
        }
        let held: i64 = sql!(
            tx,
            scalar,
            "select (select count(*) from totp_factors where organisation_id = $1 and person_id = $2)
                  + (select count(*) from passkeys where organisation_id = $1 and person_id = $2)",
            grant.organisation(),
            &self.id
        )?;
        if held == 0 {
            return refused(format!("{} has no second factor.", member.name));
        }
        house::forget_factors(tx, grant, &self.id).await?;
        house::end_sessions(tx, grant, &self.id).await?;
        if let Actor::Person { name, .. } = grant.actor() {
            let what =
                format!("{name} took your second factors away, as lost. You set up what your role asks for anew.");
            tell(tx, grant.organisation(), &member.id, &About::FactorChanged { what }, None).await?;
        }
        let subject = Subject::new(Noun::Person, &member.id, &member.name);
        let trail = Trail::new(Action::FactorsCleared, subject).reason(self.reason.as_str());
        Ok(((), trail.organisation_wide()))
    }
}
