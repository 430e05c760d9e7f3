//! Something of everything, made by the commands that make it in use.
use domain::{
    access::{
        self, Actor, Grant, KeyUsed, Role,
        approvals::Effect,
        invites::{Invite, Invited},
        members::{self, ChangeRole},
    },
    agents::{CreateAgent, CreateToken, SuspendAgent},
    audit,
    cards::{CloseCard, FreezeCard, IssueCard},
    db::{Command, Db},
    disputes::{DisputeReason, OpenDispute},
    environment::Environment,
    ids::{
        AccessId, AgentId, AuditId, CardId, DeliveryId, DisputeId, EndpointId, IntentId, InviteId, KeyId,
        OrganisationId, PersonId, PolicyId, ProposalId, PurchaseId, RequestId, TokenId, UserId, ViewId,
    },
    keys::{CreateKey, Expiry},
    limits::{policies::CreatePolicy, terms::Change},
    name::{Passage, Statement},
    page::Paging,
    purchases::{Annotate, Authorize, Capture, Purchase, Remark, Tags, is_secret},
    requests::{Call as Asked, Entry, Record},
    testing::{Fresh, email},
    users::{DecideApplication, Deposit},
    views::{SaveView, Screen},
    webhooks::{
        self, CreateEndpoint, DeliveryFilter,
        deliver::{self, Sent, Transport},
    },
};

mod made;
mod routes;

pub use made::{amount, asks, line, merchant, name, new_agent, new_card, new_intent, new_purchase, new_read, new_user};
pub use routes::{ENTRIES, api, fill, opens};

/// One organisation's environment with something of everything in it.
pub struct World {
    pub db: Db,
    /// An owner and a backend: between them they hold every permission.
    pub owner: Grant,
    pub key: Grant,
    pub user: UserId,
    pub agent: AgentId,
    pub idle: AgentId,
    /// A spare token of the agent.
    pub token: TokenId,
    pub card: CardId,
    /// Inherits the policy.
    pub frozen: CardId,
    pub policy: PolicyId,
    pub closed: CardId,
    pub intent: IntentId,
    /// Declared for the frozen card, and waiting for a person.
    pub held: IntentId,
    pub read: AccessId,
    pub purchase: PurchaseId,
    /// Another, which was captured.
    pub settled: PurchaseId,
    /// A third, which was captured, too.
    pub disputed: PurchaseId,
    /// About that.
    pub dispute: DisputeId,
    pub api_key: KeyId,
    pub endpoint: EndpointId,
    pub delivery: DeliveryId,
    /// A developer, who cannot sign in.
    pub member: PersonId,
    pub invite: InviteId,
    /// That the developer becomes an owner.
    pub proposal: ProposalId,
    pub request: RequestId,
    /// A view of the keys that everybody sees.
    pub view: ViewId,
    pub record: AuditId,
}

/// The power of somebody who has signed in, by their address: to give them what a page is about.
pub async fn power_of(fresh: &Fresh, address: &str) -> Grant {
    let owner = fresh.person(Environment::Live, Role::Owner);
    let all = members::list(&fresh.db, &owner).await.unwrap();
    let member = all.iter().find(|member| member.email.as_deref() == Some(address)).expect("a member");
    access::testing::acting(&owner, member)
}

/// Answers every call alike.
pub struct Answer(pub Sent);

impl Transport for Answer {
    async fn send(&self, _: deliver::Call) -> Sent {
        self.0.clone()
    }
}

impl World {
    /// What everybody writes is their own word for it.
    pub async fn new(fresh: &Fresh) -> Self {
        Self::written(&fresh.db, &fresh.organisation, Environment::Live, None).await
    }

    /// With `text` wherever a person, an agent, a merchant or a receiver may write.
    pub async fn written(db: &Db, organisation: &OrganisationId, environment: Environment, text: Option<&str>) -> Self {
        let owner = access::testing::person(db, organisation, environment, Role::Owner);
        let key = access::testing::key(db, organisation, environment);
        let word = |own: &'static str| text.unwrap_or(own).to_owned();
        let user = db.commit(&key, new_user(&word("Ada"), &word("Lovelace"))).await.unwrap();
        db.commit(&key, DecideApplication { id: user.clone(), approve: true }).await.unwrap();
        db.commit(&key, Deposit { id: user.clone(), amount: amount(100_000_000) }).await.unwrap();
        let api_key = CreateKey {
            lives: Some(line(&word("vault"))),
            ..CreateKey::new(name(&word("backend")), Expiry::Never(Some(line(&word("no end")))))
        };
        let api_key = db.commit(&owner, api_key).await.unwrap().id;
        let used = KeyUsed {
            organisation: organisation.clone(),
            environment,
            key: api_key.to_string(),
            address: Some("192.0.2.7".into()),
            client: Some(word("curl/8")),
            scope: Some("cards:read".into()),
        };
        db.note(used).await.unwrap();
        let endpoint = CreateEndpoint {
            url: "https://hooks.example/in?a='\"><img/src=x/onerror=alert(1)>{{7*7}}".into(),
            description: Some(line(&word("bookkeeping"))),
            events: vec![],
            allow: vec![],
        };
        let endpoint = db.commit(&owner, endpoint).await.unwrap().id;
        let agent = db.commit(&owner, new_agent(&user, &word("shopper"), &word("Buys paper"))).await.unwrap().id;
        let spare = CreateToken { agent_id: agent.clone(), name: name(&word("worker")), expires_at: None };
        let token = db.commit(&owner, spare).await.unwrap().0;
        let idle = CreateAgent { external_id: None, ..new_agent(&user, &word("sleeper"), &word("Buys nothing")) };
        let idle = db.commit(&owner, idle).await.unwrap().id;
        let suspend = SuspendAgent { id: idle.clone(), reason: line(&word("for the night")) };
        db.commit(&owner, suspend).await.unwrap();
        let issue = || new_card(&agent, &word("Paper"), &word("Staples"));
        let card = db.commit(&owner, issue()).await.unwrap();
        let set = Change {
            limit_per_day: Some(Some(amount(3_000_000))),
            blocked_merchants: Some(Some(vec![word("Casino")])),
            merchant_hint: Some(Some(line(&word("Staples")))),
            ..Change::default()
        };
        let policy = CreatePolicy { name: name(&word("Office")), description: Some(line(&word("Paper"))), set };
        let policy = db.commit(&owner, policy).await.unwrap();
        let guarded = IssueCard { set: asks(None), policy_id: Some(policy.clone()), ..issue() };
        let frozen = db.commit(&owner, guarded).await.unwrap();
        let held = new_intent(&frozen, "order-held", &word("Dear paper"), &word("Staples"));
        let held = db.commit(&key, held).await.unwrap().intent.id;
        let freeze = FreezeCard { id: frozen.clone(), reason: Some(line(&word("lost"))) };
        db.commit(&owner, freeze).await.unwrap();
        let closed = db.commit(&owner, issue()).await.unwrap();
        let close = CloseCard { id: closed.clone(), reason: Some(line(&word("done"))) };
        db.commit(&owner, close).await.unwrap();
        let own_id = word("order-1").replace(' ', "-");
        let declare = new_intent(&card, &own_id, &word("Printer paper"), &word("Staples"));
        let intent = db.commit(&key, declare).await.unwrap().intent.id;
        let read = new_read(&card, &word("Printer paper"), &word("Staples"));
        let read = db.commit(&key, read).await.unwrap().id;
        let buy =
            Authorize { merchant: merchant(&word("STAPLES*1234"), &word("Boston")), ..new_purchase(&card, 5_000) };
        let purchase = db.commit(&key, buy).await.unwrap().id;
        // Where nothing that opens something may be written, our own words stand.
        let plain = |own: &'static str| if text.is_some_and(is_secret) { own.to_owned() } else { word(own) };
        let remark = Remark {
            version: None,
            notes: Some(Some(Passage::parse(&plain("For the fair")).unwrap())),
            tags: Some(Tags::typed(&plain("travel")).unwrap_or_default()),
            category: Some(Some(name(&plain("Office")))),
        };
        db.commit(&owner, Annotate { id: purchase.clone(), remark }).await.unwrap();
        let settle = async |minor| {
            let buy =
                Authorize { merchant: merchant(&word("STAPLES*5678"), &word("Boston")), ..new_purchase(&card, minor) };
            let id = db.commit(&key, buy).await.unwrap().id;
            db.commit(&key, Capture { id: id.clone(), amount: None }).await.unwrap();
            id
        };
        // Of one amount at one merchant the second would be found to be a duplicate.
        let settled = settle(150).await;
        let disputed = settle(50).await;
        let open = OpenDispute {
            purchase_id: disputed.clone(),
            amount: None,
            reason: DisputeReason::Duplicate,
            description: Some(Passage::parse(&plain("Charged twice")).unwrap()),
            text_evidence: Some(Statement::parse(&plain("Order 7, once")).unwrap()),
        };
        let dispute = db.commit(&owner, open).await.unwrap().id;
        let said = Sent { status: Some(500), response_head: word("no"), duration_ms: 12, ..Sent::default() };
        deliver::run_due(db, &Answer(said), 100).await.unwrap();
        let deliveries = webhooks::deliveries(db, &owner, &DeliveryFilter::default(), &Paging::newest(1)).await;
        let delivery = deliveries.unwrap().rows.remove(0).id;
        let address = format!("dev.{environment}@{organisation}.example");
        let member = access::testing::member(db, organisation, Role::Developer, &word("Dev"), &address).await;
        let Actor::Person { id: member, .. } = member.actor().clone() else { panic!("a person") };
        let address = format!("boss.{environment}@{organisation}.example");
        let boss = access::testing::member(db, organisation, Role::Owner, &word("Boss"), &address).await;
        let invite = Invite { email: email(&format!("new.{environment}@{organisation}.example")), role: Role::Support };
        let Invited::Made(invite) = db.commit(&boss, invite).await.unwrap() else { panic!("made at once") };
        let invite = invite.id;
        let promote = ChangeRole { id: member.clone(), role: Role::Owner, version: 1 };
        let Effect::Proposed(proposal) = db.commit(&boss, promote).await.unwrap() else { panic!("there is an owner") };
        let view = SaveView {
            screen: Screen::Keys,
            name: name(&word("In use")),
            query: "status=active".into(),
            shared: true,
            chosen: false,
        };
        let view = db.commit(&access::testing::in_environment(&boss, environment), view).await.unwrap();
        let request = RequestId::new(db.now(), db.chance());
        let call = Asked {
            id: request.clone(),
            at: db.now(),
            method: "POST".into(),
            route: "/v1/agents/{id}/cards".into(),
            status: 409,
            micros: 2_345,
            address: Some("192.0.2.7".into()),
            client: Some(word("curl/8")),
            key_id: api_key.to_string(),
            agent_id: Some(agent.clone()),
            idempotency_key: Some(word("order-1")),
            error: Some("card_limit_reached".into()),
            replay_of: None,
        };
        let call = Entry { organisation: organisation.clone(), environment, call, scopes: vec![] };
        db.note(Record(vec![call])).await.unwrap();
        let frozen_by = audit::Filter { action: Some(audit::Action::CardFrozen), ..Default::default() };
        let record = audit::list(db, &owner, &frozen_by, &Paging::newest(1)).await.unwrap().rows.remove(0).id;
        let db = db.clone();
        Self {
            db,
            owner,
            key,
            user,
            agent,
            idle,
            token,
            card,
            frozen,
            policy,
            closed,
            intent,
            held,
            read,
            purchase,
            settled,
            disputed,
            dispute,
            api_key,
            endpoint,
            delivery,
            member,
            invite,
            proposal,
            request,
            view,
            record,
        }
    }

    /// A command by the owner or, where people may not, by the backend.
    pub async fn make<C: Command>(&self, command: C) -> C::Output {
        let grant = if self.owner.has(command.permission()) { &self.owner } else { &self.key };
        self.db.commit(grant, command).await.unwrap()
    }

    pub async fn buy(&self, minor: i64) -> Purchase {
        self.make(new_purchase(&self.card, minor)).await
    }
}
