//! Brings the company to life: organisations, people, keys, endpoints, users, agents and cards, all by the house's
//! own commands, before the first purchase.
use super::{
    roster::{AgentSpec, COMPANIES, CardSpec, Company, Fate, WorldSpec},
    timeline::Timeline,
};
use chrono_tz::Tz;
use domain::{
    Error, Result,
    access::{self, Actor, Caller, Grant, NewOrganisation, Origin, Password, Role},
    agents::CreateAgent,
    attestations::ExposureMode,
    cards::{CardType, CloseCard, FreezeCard, IssueCard},
    db::Db,
    environment::Environment,
    ids::{AgentId, CardId, OrganisationId, PersonId, UserId},
    keys::{CreateKey, Expiry, RevokeKey, Scopes},
    limits::terms::Change,
    money::Amount,
    name::{Email, Line, Name, Passage},
    time::{DAY, HOUR, MINUTE, Timestamp},
    users::{CreateUser, DecideApplication, Deposit},
    webhooks::{AllowedNet, CreateEndpoint, EventType},
};

/// The passphrase with which every person of the demo signs in.
pub const PASSPHRASE: &str = "seven quiet harbour robots";

/// Where webhooks go: two receivers of this machine.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// Takes everything.
    pub healthy: String,
    /// Has been failing for days.
    pub failing: String,
    /// The networks that let both be called.
    pub allow: Vec<AllowedNet>,
}

/// One environment of one organisation, with those who act in it.
pub(super) struct World {
    pub spec: &'static WorldSpec,
    pub zone: Tz,
    pub key: Grant,
    pub people: Vec<(Role, Grant)>,
    pub users: Vec<UserId>,
    pub agents: Vec<Agent>,
}

/// An agent with its token.
pub(super) struct Agent {
    pub spec: &'static AgentSpec,
    pub id: AgentId,
    pub token: Grant,
    pub cards: Vec<Card>,
}

pub(super) struct Card {
    pub spec: &'static CardSpec,
    pub id: CardId,
}

/// What the demo needs to know of the first organisation to let others in.
#[derive(Clone, Default)]
pub struct Secrets {
    /// The API key of each environment.
    pub keys: Vec<(Environment, String)>,
    /// The live agents' tokens, with name, id and the cards that show their details.
    pub agents: Vec<AgentAccess>,
    /// The signing secret of the healthy live endpoint.
    pub webhook_secret: String,
}

/// A live agent as the traffic knows it.
#[derive(Clone)]
pub struct AgentAccess {
    /// Its name, by which its shops are known.
    pub name: String,
    /// Its token.
    pub token: String,
    /// Its cards whose details it may read.
    pub cards: Vec<CardId>,
}

impl World {
    /// The grant of the first person who has `role`, else of the owner.
    pub fn person(&self, role: Role) -> &Grant {
        let found = self.people.iter().find(|(own, _)| *own == role).or(self.people.first());
        found.map_or(&self.key, |(_, grant)| grant)
    }
}

/// The people of the story show no factors while their past is lived through.
const ALWAYS_FRESH: Timestamp = Timestamp(i64::MAX);

/// A refusal of the demo's own data is a fault of this program.
pub(super) fn fixed<T, E: std::error::Error + Send + Sync + 'static>(value: std::result::Result<T, E>) -> Result<T> {
    value.map_err(Error::broken)
}

/// An amount of the demo's own.
pub(super) fn cents(minor: i64) -> Result<Amount> {
    fixed(Amount::try_from(minor.max(1)))
}

fn origin(address: [u8; 4], client: &str) -> Origin {
    Origin { request: None, address: Some(address.into()), client: Some(client.to_owned()), sign_in: None }
}

/// Makes everybody, a few days before the first purchase; the clock stands at the end of that.
pub(super) async fn make(
    db: &Db,
    time: &mut Timeline<'_>,
    endpoints: &Endpoints,
    scale: i64,
) -> Result<(Vec<World>, Secrets)> {
    let (mut worlds, mut secrets) = (Vec::new(), Secrets::default());
    for (place, company) in COMPANIES.iter().enumerate() {
        let (organisation, people) = found(db, time, company).await?;
        for spec in company.worlds {
            let told = (place == 0).then_some(&mut secrets);
            let mut maker = Maker { db, time, organisation: &organisation, spec, endpoints, scale };
            worlds.push(maker.world(company, &people, told).await?);
        }
    }
    Ok((worlds, secrets))
}

async fn found(
    db: &Db,
    time: &mut Timeline<'_>,
    company: &'static Company,
) -> Result<(OrganisationId, Vec<(Role, PersonId)>)> {
    let password = || fixed(Password::new(PASSPHRASE.to_owned()));
    let Some((owner, others)) = company.people.split_first() else {
        return Err(Error::broken("a company without people"));
    };
    let new = NewOrganisation::parse(company.name, company.zone, owner.name, owner.email)?.without_second_factor();
    let (organisation, id) = access::add_organisation(db, new, password()?).await?;
    let mut people = vec![(owner.role, id)];
    for person in others {
        time.pass(20 * MINUTE);
        let (name, email) = (fixed(Name::parse(person.name))?, fixed(Email::parse(person.email))?);
        let id = access::add_person(db, &organisation, name, email, person.role, password()?).await?;
        people.push((person.role, id));
    }
    Ok((organisation, people))
}

struct Maker<'a, 't> {
    db: &'a Db,
    time: &'a mut Timeline<'t>,
    organisation: &'a OrganisationId,
    spec: &'static WorldSpec,
    endpoints: &'a Endpoints,
    scale: i64,
}

impl Maker<'_, '_> {
    async fn world(
        &mut self,
        company: &Company,
        people: &[(Role, PersonId)],
        mut told: Option<&mut Secrets>,
    ) -> Result<World> {
        let mut grants = Vec::new();
        for (place, (role, person)) in people.iter().enumerate() {
            let last = u8::try_from(place + 20).unwrap_or(u8::MAX);
            if let Some(visitor) = access::visitor(self.db, self.organisation, person, ALWAYS_FRESH).await? {
                let from = origin([198, 51, 100, last], "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
                grants.push((*role, visitor.grant(self.spec.environment, from)));
            }
        }
        let owner = grants.first().map(|(_, grant)| grant.clone()).ok_or_else(|| Error::broken("nobody is there"))?;
        self.time.pass(HOUR);
        let key = self.key(&owner, told.as_deref_mut()).await?;
        let mut world = World {
            spec: self.spec,
            zone: fixed(company.zone.parse())?,
            key,
            people: grants,
            users: Vec::new(),
            agents: Vec::new(),
        };
        if self.spec.endpoints {
            self.receivers(world.person(Role::Developer), &owner, told.as_deref_mut()).await?;
        }
        for user in self.spec.users {
            self.time.pass(30 * MINUTE);
            let email = format!("{}.{}@northwind.example", user.first, user.last);
            let command = CreateUser {
                first_name: fixed(Name::parse(user.first))?,
                last_name: fixed(Name::parse(user.last))?,
                email: fixed(Email::parse(&email))?,
                metadata: None,
                start_application: true,
            };
            let id = self.db.commit(&world.key, command).await?;
            self.time.pass(2 * HOUR);
            self.db.commit(&world.key, DecideApplication { id: id.clone(), approve: true }).await?;
            let deposit = Deposit { id: id.clone(), amount: cents(user.balance * self.scale)? };
            self.db.commit(&world.key, deposit).await?;
            world.users.push(id);
        }
        for agent in self.spec.agents {
            self.time.pass(25 * MINUTE);
            let agent = self.agent(&world, agent, told.as_deref_mut()).await?;
            world.agents.push(agent);
        }
        self.time.pass(3 * HOUR);
        self.fates(&world).await?;
        Ok(world)
    }

    /// The key in use, and one that was revoked.
    async fn key(&mut self, owner: &Grant, told: Option<&mut Secrets>) -> Result<Grant> {
        let old = CreateKey::new(fixed(Name::parse("First try"))?, Expiry::At(self.time.now() + 30 * DAY));
        let old = self.db.commit(owner, old).await?;
        self.time.pass(HOUR);
        self.db.commit(owner, RevokeKey { id: old.id }).await?;
        let name = match self.spec.environment {
            Environment::Live => "Production backend",
            Environment::Dev => "Development",
        };
        let reason = fixed(Line::parse("Rotated by the deploy pipeline every 60 days"))?;
        let key = CreateKey {
            lives: Some(fixed(Line::parse("Kubernetes secret ledgeros, namespace billing"))?),
            ..CreateKey::new(fixed(Name::parse(name))?, Expiry::Never(Some(reason)))
        };
        let key = self.db.commit(owner, key).await?;
        let report = CreateKey {
            lives: Some(fixed(Line::parse("Finance laptop, password manager"))?),
            scopes: Scopes::READ,
            addresses: fixed("203.0.113.0/24".parse())?,
            ..CreateKey::new(fixed(Name::parse("Month-end report"))?, Expiry::At(self.time.end() + 13 * DAY))
        };
        self.db.commit(owner, report).await?;
        let text = key.secret.reveal();
        if let Some(secrets) = told {
            secrets.keys.push((self.spec.environment, text.text().to_owned()));
        }
        grant(self.db, text.text(), origin([203, 0, 113, 7], "northwind-backend/3.2")).await
    }

    async fn receivers(&mut self, developer: &Grant, owner: &Grant, told: Option<&mut Secrets>) -> Result<()> {
        let by = if developer.has(access::Permission::ManageWebhooks) { developer } else { owner };
        let live = self.spec.environment == Environment::Live;
        let healthy = CreateEndpoint {
            url: self.endpoints.healthy.clone(),
            description: Some(fixed(Line::parse("Backend: purchases and intents"))?),
            events: HEARD.to_vec(),
            allow: self.endpoints.allow.clone(),
        };
        let made = self.db.commit(by, healthy).await?;
        if live {
            let failing = CreateEndpoint {
                url: self.endpoints.failing.clone(),
                description: Some(fixed(Line::parse("Accounting: refunds (moving to a new host)"))?),
                events: vec![EventType::TransactionReversed],
                allow: self.endpoints.allow.clone(),
            };
            self.db.commit(by, failing).await?;
            if let Some(secrets) = told {
                made.secret.reveal().text().clone_into(&mut secrets.webhook_secret);
            }
        }
        Ok(())
    }

    async fn agent(&mut self, world: &World, spec: &'static AgentSpec, told: Option<&mut Secrets>) -> Result<Agent> {
        let limit = match spec.limit {
            Some((most, frequency)) if frequency == domain::limits::Frequency::PerTransaction => {
                Some((cents(most)?, frequency))
            }
            Some((most, frequency)) => Some((cents(most * self.scale)?, frequency)),
            None => None,
        };
        let user_id =
            world.users.get(spec.user).cloned().ok_or_else(|| Error::broken("an agent of a user who is not there"))?;
        let command = CreateAgent {
            user_id,
            external_id: None,
            name: fixed(Name::parse(spec.name))?,
            description: Some(fixed(Passage::parse(spec.purpose))?),
            limit,
            on_limit_exceeded: spec.on_exceeded,
            max_cards: Some(25),
            default_card_limit: None,
            default_policy_id: None,
            metadata: None,
        };
        let made = self.db.commit(world.person(Role::Admin), command).await?;
        let mut cards = Vec::new();
        for card in spec.cards {
            self.time.pass(4 * MINUTE);
            cards.push(Card { spec: card, id: self.db.commit(&world.key, issue(&made.id, card)?).await? });
        }
        let text = made.token.reveal();
        if let Some(secrets) = told.filter(|_| self.spec.environment == Environment::Live) {
            let readable = cards.iter().filter(|card| card.spec.fate == Fate::Used).map(|card| card.id.clone());
            secrets.agents.push(AgentAccess {
                name: spec.name.to_owned(),
                token: text.text().to_owned(),
                cards: readable.collect(),
            });
        }
        let token = grant(self.db, text.text(), origin([203, 0, 113, 40], "northwind-agents/1.9")).await?;
        Ok(Agent { spec, id: made.id, token, cards })
    }

    /// Freezes and closes the cards whose lot that is.
    async fn fates(&mut self, world: &World) -> Result<()> {
        for card in world.agents.iter().flat_map(|agent| &agent.cards) {
            self.time.pass(MINUTE);
            match card.spec.fate {
                Fate::Used | Fate::Subscription => {}
                Fate::Frozen => {
                    let reason = Some(fixed(Line::parse("Number seen in a chat; frozen until it is clear by whom"))?);
                    self.db.commit(world.person(Role::Support), FreezeCard { id: card.id.clone(), reason }).await?;
                }
                Fate::Closed => {
                    let reason = Some(fixed(Line::parse("Not needed any more"))?);
                    self.db.commit(world.person(Role::Admin), CloseCard { id: card.id.clone(), reason }).await?;
                }
            }
        }
        Ok(())
    }
}

/// What the healthy receiver asks for.
const HEARD: [EventType; 8] = [
    EventType::TransactionAuthorized,
    EventType::TransactionCompleted,
    EventType::TransactionDeclined,
    EventType::TransactionReversed,
    EventType::IntentMatched,
    EventType::IntentMismatched,
    EventType::AgentLimitExceeded,
    EventType::AgentSuspended,
];

/// The power of a key or token by its text, through the door that its caller would take.
pub(super) async fn grant(db: &Db, text: &str, origin: Origin) -> Result<Grant> {
    match access::caller(db, text, origin).await? {
        Caller::Known(grant, _) => Ok(grant),
        other => Err(Error::broken(format!("a key that was just made does not open: {other:?}"))),
    }
}

fn issue(agent: &AgentId, spec: &CardSpec) -> Result<IssueCard> {
    let exposure = match spec.fate {
        Fate::Subscription => ExposureMode::Never,
        _ => ExposureMode::ExtensionOnly,
    };
    Ok(IssueCard { exposure, ..card(agent, spec.purpose, CardType::Multi, spec.most)? })
}

/// A card that shows its details.
pub(super) fn card(agent: &AgentId, purpose: &str, card_type: CardType, most: Option<i64>) -> Result<IssueCard> {
    Ok(IssueCard {
        agent_id: agent.clone(),
        purpose: fixed(Line::parse(purpose))?,
        card_type,
        max_amount: most.map(cents).transpose()?,
        exposure: ExposureMode::ExtensionOnly,
        attestation_window_minutes: None,
        merchant_hint: None,
        intent_tolerance_bp: None,
        require_intent: None,
        policy_id: None,
        set: Change::default(),
        acknowledge_raw_pan_risk: false,
        issuer_served: true,
    })
}

/// The id under which the use of a key or token is noted.
pub(super) fn used_id(grant: &Grant) -> Option<String> {
    match grant.actor() {
        Actor::Key { id, .. } => Some(id.to_string()),
        Actor::Token { id, .. } => Some(id.to_string()),
        Actor::Person { .. } | Actor::Job(_) | Actor::Door => None,
    }
}
