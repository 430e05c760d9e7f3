//! Passkeys against the store: made, used, played again, copied, removed.
use super::{App, PASSWORD, grant_of, half, pending, person, require, sign_in};
use crate::store::{
    common::{actions, raw},
    support::{code, refused_field},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Error,
    access::{
        Actor, Admission, Arrival, FRESH_MS, Grant, Opened, Permission, Role,
        factors::{
            self, Finish, Needs, Shown, held,
            passkey::{self, Answer, Question, RemovePasskey, RenamePasskey, Site},
            sign_in_with_passkey, step_up,
        },
        notices::{self, About},
    },
    error::Code,
    name::Name,
    testing::Fresh,
    time::{MINUTE, SECOND},
};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use std::sync::Mutex;

const BROWSER: &str = "the secret of this browser's forms";

fn site() -> Site {
    Site { id: "ledger.example".into(), origin: "https://ledger.example".into() }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What an authenticator or its browser may get wrong.
#[derive(Clone, Copy)]
struct Says {
    kind: &'static str,
    origin: &'static str,
    site: &'static str,
    flags: u8,
}

/// Somebody touched it, it checked who, and the key is with it.
const MADE: Says =
    Says { kind: "webauthn.create", origin: "https://ledger.example", site: "ledger.example", flags: 0x45 };
const USED: Says = Says { kind: "webauthn.get", flags: 0x05, ..MADE };

/// An authenticator with one key.
struct Device {
    key: EcdsaKeyPair,
    id: [u8; 16],
    /// What it was told of its owner.
    handle: Mutex<String>,
}

impl Device {
    fn new(id: u8) -> Self {
        let rng = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &rng).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &rng).unwrap();
        Self { key, id: [id; 16], handle: Mutex::default() }
    }

    fn client(says: Says, options: &Value) -> String {
        let (kind, origin) = (says.kind, says.origin);
        json!({ "type": kind, "challenge": options["challenge"], "origin": origin, "crossOrigin": false }).to_string()
    }

    fn data(says: Says, count: u32) -> Vec<u8> {
        [digest(&SHA256, says.site.as_bytes()).as_ref(), &[says.flags], &count.to_be_bytes()].concat()
    }

    fn said(&self, question: &Question, response: Value) -> String {
        let id = encode(self.id);
        let credential = json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        });
        json!({ "state": question.state, "credential": credential }).to_string()
    }

    fn makes(&self, question: &Question, says: Says) -> String {
        let options: Value = serde_json::from_str(&question.options).unwrap();
        *self.handle.lock().unwrap() = options["user"]["id"].as_str().unwrap().to_owned();
        let point = self.key.public_key().as_ref();
        let cose =
            [&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..], &point[1..33], b"\x22\x58\x20", &point[33..]].concat();
        let data = [&Self::data(says, 0)[..], &[0; 16], &[0, 16], &self.id, &cose].concat();
        let object = [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..], &[data.len() as u8], &data].concat();
        let client = Self::client(says, &options);
        let response = json!({
            "clientDataJSON": encode(client),
            "attestationObject": encode(object),
            "transports": ["internal", "of a later year"],
        });
        self.said(question, response)
    }

    fn shows(&self, question: &Question, count: u32, says: Says) -> String {
        let options: Value = serde_json::from_str(&question.options).unwrap();
        let (client, data) = (Self::client(says, &options), Self::data(says, count));
        let signed = [&data[..], digest(&SHA256, client.as_bytes()).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        let response = json!({
            "clientDataJSON": encode(client),
            "authenticatorData": encode(data),
            "signature": encode(signature),
            "userHandle": *self.handle.lock().unwrap(),
        });
        self.said(question, response)
    }

    /// The answer to a new question.
    fn show(&self, fresh: &Fresh, count: u32) -> String {
        self.shows(&asked(fresh), count, USED)
    }
}

fn asked(fresh: &Fresh) -> Question {
    passkey::ask_use(&fresh.db, BROWSER, &site()).unwrap()
}

async fn asked_new(fresh: &Fresh, grant: &Grant) -> Question {
    passkey::ask_new(&fresh.db, grant, BROWSER, &site()).await.unwrap()
}

async fn keep(fresh: &Fresh, grant: &Grant, said: &str) -> domain::Result<Option<factors::Changed>> {
    let site = site();
    let answer = Answer { said, browser: BROWSER, site: &site };
    let add = passkey::check_new(&fresh.db, grant, &answer, Name::parse("laptop").unwrap(), None)?;
    fresh.db.commit(grant, add).await
}

async fn add(fresh: &Fresh, grant: &Grant, device: &Device) -> domain::Result<Option<factors::Changed>> {
    let said = device.makes(&asked_new(fresh, grant).await, MADE);
    keep(fresh, grant, &said).await
}

async fn enter(fresh: &Fresh, said: &str) -> domain::Result<Opened> {
    let site = site();
    sign_in_with_passkey(&fresh.db, &Answer { said, browser: BROWSER, site: &site }, None, Arrival::default()).await
}

/// An owner with a passkey and nothing else: who, the session, the device.
async fn owner(fresh: &Fresh) -> (String, Grant, Device) {
    let (address, _) = person(fresh, Role::Owner).await;
    let Admission::In(opened) = sign_in(fresh, &address, PASSWORD, Arrival::default()).await else { panic!("not in") };
    let grant = grant_of(fresh, &opened.session).await.unwrap();
    let device = Device::new(7);
    let changed = add(fresh, &grant, &device).await.unwrap();
    assert_eq!(changed.unwrap().codes.len(), 10, "the first factor comes with recovery codes");
    assert!(grant_of(fresh, &opened.session).await.is_none(), "a change of factors ends sessions");
    (address, grant, device)
}

#[tokio::test]
async fn a_passkey_is_two_factors_in_one() {
    let fresh = Fresh::new().await;
    let (address, _, device) = owner(&fresh).await;
    require(&fresh, &[Role::Owner]).await;
    let opened = enter(&fresh, &device.show(&fresh, 1)).await.unwrap();
    let grant = grant_of(&fresh, &opened.session).await.unwrap();
    assert_eq!(held(&fresh.db, &grant).await.unwrap().0.passkeys, 1);
    // A password alone is asked for more.
    let (cookie, needs) = half(&fresh, sign_in(&fresh, &address, PASSWORD, Arrival::default()).await).await;
    assert_eq!(needs, Needs::Factor);
    // It may be the second half, and only the same person's.
    let site = site();
    let finish = async |said: &str, cookie: &str| {
        let half = pending(&fresh, cookie).await;
        assert!(half.is_some());
        sign_in_with_passkey(&fresh.db, &Answer { said, browser: BROWSER, site: &site }, half, Arrival::default()).await
    };
    let (other, _) = person(&fresh, Role::Admin).await;
    require(&fresh, &[Role::Owner, Role::Admin]).await;
    let (theirs, _) = half(&fresh, sign_in(&fresh, &other, PASSWORD, Arrival::default()).await).await;
    let foreign = finish(&device.show(&fresh, 2), &theirs).await;
    assert_eq!(refused_field(foreign), "passkey", "their password, my passkey");
    let finished = finish(&device.show(&fresh, 3), &cookie).await.unwrap();
    assert!(grant_of(&fresh, &finished.session).await.is_some());
    assert!(pending(&fresh, &cookie).await.is_none(), "the half is used up");
    // Step-up takes it too, and the password no longer.
    fresh.clock.advance(FRESH_MS + SECOND);
    let password = step_up(&fresh.db, &grant, &opened.session, Shown::Password(PASSWORD.into())).await;
    assert_eq!(refused_field(password), "code");
    let said = device.show(&fresh, 4);
    let shown = Shown::Passkey(said, BROWSER.into(), site.clone());
    let renewed = step_up(&fresh.db, &grant, &opened.session, shown).await.unwrap();
    assert!(grant_of(&fresh, &renewed).await.is_some() && grant_of(&fresh, &opened.session).await.is_none());
}

#[tokio::test]
async fn an_answer_counts_once_for_one_browser_and_five_minutes() {
    let fresh = Fresh::new().await;
    let (_, grant, device) = owner(&fresh).await;
    let question = asked(&fresh);
    let said = device.shows(&question, 0, USED);
    enter(&fresh, &said).await.unwrap();
    assert_eq!(refused_field(enter(&fresh, &said).await), "passkey", "played again");
    assert_eq!(refused_field(enter(&fresh, &device.shows(&question, 0, USED)).await), "passkey", "answered before");
    let other = passkey::ask_use(&fresh.db, "another browser", &site()).unwrap();
    assert_eq!(refused_field(enter(&fresh, &device.shows(&other, 0, USED)).await), "passkey", "another browser's");
    let new = asked_new(&fresh, &grant).await;
    assert_eq!(
        refused_field(enter(&fresh, &device.shows(&new, 0, USED)).await),
        "passkey",
        "asked for another purpose"
    );
    let swapped = Question { options: asked(&fresh).options, state: asked(&fresh).state };
    assert_eq!(refused_field(enter(&fresh, &device.shows(&swapped, 0, USED)).await), "passkey", "another challenge");
    let late = device.show(&fresh, 0);
    fresh.clock.advance(5 * MINUTE);
    assert_eq!(refused_field(enter(&fresh, &late).await), "passkey", "too late");
    for nonsense in ["", "{}", "[]", "{\"state\":1}", &"x".repeat(10_000)] {
        assert_eq!(refused_field(enter(&fresh, nonsense).await), "passkey");
    }
    enter(&fresh, &device.show(&fresh, 0)).await.unwrap();
}

#[tokio::test]
async fn what_is_made_or_shown_elsewhere_or_without_its_owner_is_refused() {
    let fresh = Fresh::new().await;
    let (_, grant, device) = owner(&fresh).await;
    let wrong = |right: Says, other_kind| {
        [
            ("for another purpose", Says { kind: other_kind, ..right }),
            ("another origin", Says { origin: "https://ledger.example.evil", ..right }),
            ("another port", Says { origin: "https://ledger.example:8443", ..right }),
            ("a name below", Says { origin: "https://www.ledger.example", ..right }),
            ("not encrypted", Says { origin: "http://ledger.example", ..right }),
            ("another site", Says { site: "evil.example", ..right }),
            ("nobody was there", Says { flags: right.flags & !1, ..right }),
            ("it did not check who", Says { flags: right.flags & !4, ..right }),
        ]
    };
    for (why, says) in wrong(USED, "webauthn.create") {
        let said = device.shows(&asked(&fresh), 1, says);
        assert_eq!(refused_field(enter(&fresh, &said).await), "passkey", "{why}");
    }
    let new = Device::new(8);
    for (why, says) in wrong(MADE, "webauthn.get") {
        let said = new.makes(&asked_new(&fresh, &grant).await, says);
        assert_eq!(refused_field(keep(&fresh, &grant, &said).await), "passkey", "{why}");
    }
    let stranger = Device { id: device.id, ..Device::new(0) };
    assert_eq!(refused_field(enter(&fresh, &stranger.show(&fresh, 1)).await), "passkey", "another key");
    let question = asked_new(&fresh, &grant).await;
    let said = new.makes(&question, MADE);
    keep(&fresh, &grant, &said).await.unwrap();
    assert_eq!(refused_field(keep(&fresh, &grant, &said).await), "passkey", "kept before");
    enter(&fresh, &device.show(&fresh, 1)).await.unwrap();
    enter(&fresh, &new.show(&fresh, 1)).await.unwrap();
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_told() {
    let fresh = Fresh::new().await;
    let (_, grant, device) = owner(&fresh).await;
    enter(&fresh, &device.show(&fresh, 5)).await.unwrap();
    for copied in [5, 4, 0] {
        assert_eq!(refused_field(enter(&fresh, &device.show(&fresh, copied)).await), "passkey", "{copied}");
    }
    enter(&fresh, &device.show(&fresh, 6)).await.unwrap();
    let Actor::Person { id, .. } = grant.actor() else { panic!("a person") };
    let tried = actions(&fresh, id).await.iter().filter(|action| **action == "session.started").count();
    assert_eq!(tried, 3 + 3, "password, two passkeys, and three that were refused");
    let told = notices::list(&fresh.db, &grant).await.unwrap();
    let copied: Vec<_> = told.iter().filter(|notice| matches!(notice.about, About::PasskeyCopied { .. })).collect();
    assert_eq!(copied.len(), 1, "once a day");
    assert!(copied[0].about.text().contains("your passkey laptop"));
}

#[tokio::test]
async fn one_of_two_uses_with_the_same_count_gets_in() {
    let fresh = Fresh::new().await;
    let (_, _, device) = owner(&fresh).await;
    let tries = [device.show(&fresh, 1), device.show(&fresh, 1), device.show(&fresh, 1)];
    let entered = futures::future::join_all(tries.iter().map(|said| enter(&fresh, said))).await;
    assert_eq!(entered.iter().filter(|entered| entered.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_passkey_belongs_to_its_person() {
    let fresh = Fresh::new().await;
    let (_, grant, device) = owner(&fresh).await;
    let (address, _) = person(&fresh, Role::Admin).await;
    let Admission::In(opened) = sign_in(&fresh, &address, PASSWORD, Arrival::default()).await else { panic!("not in") };
    let other = grant_of(&fresh, &opened.session).await.unwrap();
    let said = device.show(&fresh, 1);
    let foreign = step_up(&fresh.db, &other, &opened.session, Shown::Passkey(said, BROWSER.into(), site())).await;
    assert!(matches!(foreign, Err(Error::State { .. })));
    let owners = Device::new(9).makes(&asked_new(&fresh, &grant).await, MADE);
    assert_eq!(refused_field(keep(&fresh, &other, &owners).await), "passkey", "asked of another person");
    let own = device.handle.lock().unwrap().clone();
    assert_eq!(refused_field(add(&fresh, &other, &device).await), "passkey", "the same one twice");
    assert_ne!(*device.handle.lock().unwrap(), own);
    assert_eq!(refused_field(enter(&fresh, &device.show(&fresh, 2)).await), "passkey", "it names another person");
    *device.handle.lock().unwrap() = own;
    let own = passkey::passkeys(&fresh.db, &grant).await.unwrap().remove(0).id;
    let name = || Name::parse("phone").unwrap();
    let renamed = fresh.db.commit(&other, RenamePasskey { id: own.clone(), name: name() }).await;
    assert!(matches!(renamed, Err(Error::NotFound(_))));
    assert!(matches!(
        fresh.db.commit(&other, RemovePasskey { id: own.clone(), but: None }).await,
        Err(Error::NotFound(_))
    ));
    fresh.db.commit(&grant, RenamePasskey { id: own.clone(), name: name() }).await.unwrap();
    assert_eq!(passkey::passkeys(&fresh.db, &grant).await.unwrap()[0].name, "phone");
    fresh.db.commit(&grant, RemovePasskey { id: own, but: None }).await.unwrap();
    assert_eq!(refused_field(enter(&fresh, &device.show(&fresh, 3)).await), "passkey", "it is gone");
    assert!(!held(&fresh.db, &grant).await.unwrap().0.any());
}

#[tokio::test]
async fn a_role_may_owe_a_passkey() {
    let fresh = Fresh::new().await;
    let (address, _, device) = owner(&fresh).await;
    raw(&fresh, "update organisations set passkey_roles = 'owner,auditor'".into()).await;
    // Whoever has none sees nothing but what adds one.
    let (auditor, _) = person(&fresh, Role::Auditor).await;
    let Admission::In(opened) = sign_in(&fresh, &auditor, PASSWORD, Arrival::default()).await else { panic!("not in") };
    let owing = grant_of(&fresh, &opened.session).await.unwrap();
    assert!(!owing.has(Permission::View) && owing.has(Permission::ChangeFactors));
    let own = Device::new(9);
    add(&fresh, &owing, &own).await.unwrap();
    let opened = enter(&fresh, &own.show(&fresh, 1)).await.unwrap();
    let grant = grant_of(&fresh, &opened.session).await.unwrap();
    assert!(grant.has(Permission::View));
    let id = passkey::passkeys(&fresh.db, &grant).await.unwrap().remove(0).id;
    let last = fresh.db.commit(&grant, RemovePasskey { id, but: None }).await;
    assert_eq!(code(last), Code::FactorRequired, "it is asked for");
    // An app besides does not count, a recovery code does.
    let opened = enter(&fresh, &device.show(&fresh, 1)).await.unwrap();
    let grant = grant_of(&fresh, &opened.session).await.unwrap();
    let (organisation, Actor::Person { id, .. }) = (grant.organisation(), grant.actor()) else { panic!("a person") };
    let offer = factors::offer(&fresh.db, (organisation, id), ("Acme", &address), "").unwrap();
    let app = App::scan(offer.secret.text());
    let kept = factors::check_offer(&fresh.db, organisation, id, &offer.sealed, &app.code(&fresh, 0)).unwrap().unwrap();
    let codes = fresh.db.commit(&grant, kept).await.unwrap().codes;
    fresh.clock.advance(MINUTE);
    let (cookie, _) = half(&fresh, sign_in(&fresh, &address, PASSWORD, Arrival::default()).await).await;
    let waiting = async || pending(&fresh, &cookie).await.unwrap();
    let by_app = factors::finish(&fresh.db, waiting().await, &app.code(&fresh, 0), Arrival::default()).await;
    assert_eq!(refused_field(by_app), "code");
    let by_code = factors::finish(&fresh.db, waiting().await, codes[0].text(), Arrival::default()).await.unwrap();
    assert!(matches!(by_code, Finish::In(_)));
}
