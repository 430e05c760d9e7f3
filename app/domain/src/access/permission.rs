//! What can be done, and which role may do it: the matrix of the documented roles.
use crate::{environment::Environment, text::words};

words! {
    /// One of the six roles of an organisation's people.
    Role {
        /// Owns the organisation: everything.
        Owner = "owner",
        /// Runs keys, agents, limits and members.
        Admin = "admin",
        /// Builds against the dev environment.
        Developer = "developer",
        /// Audits attestations; may freeze.
        Support = "support",
        /// Reviews and limits spend.
        Finance = "finance",
        /// Reads and verifies.
        Auditor = "auditor",
    }
}

words! {
    /// A permission that an action needs, as it completes "the permission to …".
    Permission {
        /// See agents, masked cards, transactions, intents, reads and panels.
        View = "view",
        /// See how the risk rules are set: for who watches agents, not for agents.
        ViewRules = "see risk rules",
        /// Freeze a card or suspend an agent.
        Freeze = "freeze cards",
        /// Unfreeze or close a card, resume an agent.
        Unfreeze = "unfreeze or close cards",
        /// Register agents.
        CreateAgent = "register agents",
        /// Issue cards.
        IssueCard = "issue cards",
        /// See a card's number in the dashboard: for people, never for keys and agents.
        RevealCard = "reveal card numbers",
        /// Lower a limit.
        LowerLimit = "lower limits",
        /// Raise a limit or lift it.
        RaiseLimit = "raise limits",
        /// Approve or reject purchases that wait for a person.
        ApprovePurchase = "approve held purchases",
        /// Create API keys and agent tokens.
        CreateKey = "create keys",
        /// Revoke API keys and agent tokens.
        RevokeKey = "revoke keys",
        /// Add, change and remove webhook endpoints.
        ManageWebhooks = "manage webhook endpoints",
        /// See deliveries and send them again.
        ViewDeliveries = "see webhook deliveries",
        /// Read the audit log.
        ReadAudit = "read the audit log",
        /// Invite, change, disable and remove people of roles below the own.
        ManageMembers = "manage members",
        /// Add and remove owners, change the organisation's settings.
        ManageOrganisation = "change owners and settings",
        /// Take the audit log and the request log out as files.
        Export = "export logs",
        /// Create funding users and start their application.
        ManageUsers = "manage users",
        /// Declare and cancel intents.
        DeclareIntent = "declare intents",
        /// Read card credentials against an attestation.
        ReadCredentials = "read card credentials",
        /// Note something on purchases.
        Annotate = "edit notes of purchases",
        /// Open disputes about purchases and take them back.
        Dispute = "dispute purchases",
        /// Put authorizations, captures, reversals and deposits to the sandbox.
        UseSandbox = "use the sandbox",
        /// Authorize, capture and reverse purchases.
        Settle = "settle purchases",
        /// Keep the house: expiry and deliveries; held by jobs only.
        Housekeep = "keep house",
        /// Change the own password and second factors.
        ChangeFactors = "change your own sign-in",
        /// Change what the organisation asks for at the door.
        ChangeSecurity = "change security settings",
        /// Sign in, sign out, see and end the own sessions.
        Enter = "enter",
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u32);

impl Permissions {
    /// The set of the listed permissions.
    pub const fn of(list: &[Permission]) -> Self {
        let (mut set, mut i) = (0, 0);
        while i < list.len() {
            set |= 1 << list[i] as u32;
            i += 1;
        }
        Self(set)
    }
    /// What is in both sets.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    /// What is in either set.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// What is in this set and not in the other.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
    /// Whether the set holds `permission`.
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }
}

use Permission as P;

const EVERYTHING: &[Permission] = &[
    P::View,
    P::ViewRules,
    P::Freeze,
    P::Unfreeze,
    P::CreateAgent,
    P::IssueCard,
    P::RevealCard,
    P::LowerLimit,
    P::RaiseLimit,
    P::ApprovePurchase,
    P::CreateKey,
    P::RevokeKey,
    P::ManageWebhooks,
    P::ViewDeliveries,
    P::ReadAudit,
    P::Export,
    P::ManageUsers,
    P::Annotate,
    P::Dispute,
    P::ManageMembers,
];

/// What everybody has who is signed in.
pub(crate) const OWN: Permissions = Permissions::of(&[P::Enter, P::ChangeFactors]);

/// The acts for which the matrix asks whoever may do them to show a factor again: its S cells. Where a role is excepted
/// it says so in [`Role::step_up`].
const STEP_UP: Permissions = Permissions::of(&[
    P::Unfreeze,
    P::RevealCard,
    P::RaiseLimit,
    P::ApprovePurchase,
    P::CreateKey,
    P::ManageWebhooks,
    P::Export,
    P::ChangeFactors,
    P::ChangeSecurity,
    P::ManageMembers,
    P::ManageOrganisation,
]);

impl Role {
    /// Whether a person of this role may give `role` to others and take it: owners every role, admins those below
    /// their own. What touches an owner needs [`Permission::ManageOrganisation`] besides.
    pub const fn may_give(self, role: Role) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin => !matches!(role, Self::Owner | Self::Admin),
            _ => false,
        }
    }

    /// Of what the role may do in `environment`, what asks for a factor shown lately.
    pub const fn step_up(self, environment: Environment) -> Permissions {
        let asked = STEP_UP.and(self.permissions(environment));
        match self {
            // Test cards and test limits only.
            Self::Developer => asked.without(Permissions::of(&[P::Unfreeze, P::RaiseLimit])),
            _ => asked,
        }
    }

    /// What a person of this role may do in `environment`. Step-up and second-approver cells of the matrix
    /// count as allowed.
    pub const fn permissions(self, environment: Environment) -> Permissions {
        let own = self.of_role(environment).or(OWN);
        match (self, environment) {
            // A purchase that is tried out. Live ones come from the card network, never from people.
            (Self::Owner | Self::Admin | Self::Developer, Environment::Dev) => own.or(Permissions::of(&[P::Settle])),
            _ => own,
        }
    }

    const fn of_role(self, environment: Environment) -> Permissions {
        Permissions::of(match (self, environment) {
            (Self::Owner, _) => {
                return Permissions::of(EVERYTHING).or(Permissions::of(&[P::ChangeSecurity, P::ManageOrganisation]));
            }
            (Self::Admin, _) => EVERYTHING,
            (Self::Developer, Environment::Dev) => &[
                P::View,
                P::ViewRules,
                P::Freeze,
                P::Unfreeze,
                P::CreateAgent,
                P::IssueCard,
                P::RevealCard,
                P::LowerLimit,
                P::RaiseLimit,
                P::CreateKey,
                P::RevokeKey,
                P::ManageWebhooks,
                P::ViewDeliveries,
                P::ManageUsers,
                P::Annotate,
                P::Dispute,
            ],
            (Self::Developer, Environment::Live) => {
                &[P::View, P::ViewRules, P::Freeze, P::RevokeKey, P::ViewDeliveries]
            }
            (Self::Support, _) => &[P::View, P::ViewRules, P::Freeze, P::ViewDeliveries, P::ReadAudit],
            (Self::Finance, _) => &[
                P::View,
                P::ViewRules,
                P::Freeze,
                P::LowerLimit,
                P::RaiseLimit,
                P::ApprovePurchase,
                P::ReadAudit,
                P::Export,
            ],
            (Self::Auditor, _) => &[P::View, P::ViewRules, P::ReadAudit],
        })
    }
}

/// What an organisation's API key may do.
pub(crate) const KEY: Permissions = Permissions::of(&[
    P::View,
    P::ViewRules,
    P::Freeze,
    P::Unfreeze,
    P::CreateAgent,
    P::IssueCard,
    P::LowerLimit,
    P::RaiseLimit,
    P::ApprovePurchase,
    P::ManageWebhooks,
    P::ViewDeliveries,
    P::ManageUsers,
    P::Annotate,
    P::Dispute,
    P::DeclareIntent,
    P::ReadCredentials,
    P::UseSandbox,
    P::Settle,
]);

/// What an agent token may do, for its own agent only.
pub(crate) const TOKEN: Permissions = Permissions::of(&[P::View, P::DeclareIntent, P::ReadCredentials]);

/// What a job may do.
pub(crate) const JOB: Permissions = Permissions::of(&[P::Housekeep, P::Settle, P::Freeze]);

/// What a user may do who holds the link to the own application: complete it.
pub(crate) const APPLICANT: Permissions = Permissions::of(&[P::UseSandbox]);

/// What the door may do before anybody is known.
pub(crate) const DOOR: Permissions = Permissions::of(&[P::Enter]);

#[cfg(test)]
mod tests {
    use super::*;

    /// The S cells of security 4.8, and its row X-S6: who shows a factor again, in live and in dev.
    #[test]
    fn the_acts_that_ask_for_a_factor_are_the_documented_ones() {
        let table = [
            (P::Unfreeze, "OA", "OA"),
            (P::RevealCard, "OA", "OAD"),
            (P::RaiseLimit, "OAF", "OAF"),
            (P::ApprovePurchase, "OAF", "OAF"),
            (P::CreateKey, "OA", "OAD"),
            (P::ManageWebhooks, "OA", "OAD"),
            (P::ChangeFactors, "OADSFU", "OADSFU"),
            (P::ChangeSecurity, "O", "O"),
            (P::ManageMembers, "OA", "OA"),
            (P::ManageOrganisation, "O", "O"),
            (P::Export, "OAF", "OAF"),
        ];
        for permission in P::ALL {
            let row = table.iter().find(|(asked, ..)| asked == permission);
            let (live, dev) = row.map_or(("", ""), |(_, live, dev)| (live, dev));
            for (role, letter) in letters() {
                for (environment, who) in [(Environment::Live, live), (Environment::Dev, dev)] {
                    let asked = role.step_up(environment).has(*permission);
                    assert_eq!(asked, who.contains(letter), "{role} {permission} in {environment}");
                }
            }
        }
        for permission in [P::Freeze, P::RevokeKey] {
            assert!(table.iter().all(|(asked, ..)| *asked != permission), "stopping something must never wait");
        }
    }

    fn letters() -> [(Role, char); 6] {
        [
            (Role::Owner, 'O'),
            (Role::Admin, 'A'),
            (Role::Developer, 'D'),
            (Role::Support, 'S'),
            (Role::Finance, 'F'),
            (Role::Auditor, 'U'),
        ]
    }

    /// Security 4.8, row by row: who may, in live and in dev.
    #[test]
    fn the_matrix_is_the_documented_one() {
        let table = [
            (P::View, "ODAUSF", "ODAUSF"),
            (P::ViewRules, "ODAUSF", "ODAUSF"),
            (P::Freeze, "ODASF", "ODASF"),
            (P::Unfreeze, "OA", "OAD"),
            (P::CreateAgent, "OA", "OAD"),
            (P::IssueCard, "OA", "OAD"),
            (P::RevealCard, "OA", "OAD"),
            (P::LowerLimit, "OAF", "OADF"),
            (P::RaiseLimit, "OAF", "OADF"),
            (P::ApprovePurchase, "OAF", "OAF"),
            (P::CreateKey, "OA", "OAD"),
            (P::RevokeKey, "OAD", "OAD"),
            (P::ManageWebhooks, "OA", "OAD"),
            (P::ViewDeliveries, "OADS", "OADS"),
            (P::ReadAudit, "OASFU", "OASFU"),
            (P::Annotate, "OA", "OAD"),
            (P::Dispute, "OA", "OAD"),
            (P::Settle, "", "OAD"),
            (P::ManageMembers, "OA", "OA"),
            (P::ManageOrganisation, "O", "O"),
            (P::Export, "OAF", "OAF"),
            (P::ChangeFactors, "OADSFU", "OADSFU"),
            (P::ChangeSecurity, "O", "O"),
        ];
        for (permission, live, dev) in table {
            for (role, letter) in letters() {
                for (environment, who) in [(Environment::Live, live), (Environment::Dev, dev)] {
                    let has = role.permissions(environment).has(permission);
                    assert_eq!(has, who.contains(letter), "{role} {permission} in {environment}");
                }
            }
        }
    }
}
