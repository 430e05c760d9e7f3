//! Passkeys against the store: made, used, played again, copied, removed.
use super::{PASSWORD, grant_of, half, person, require, sign_in};
use crate::store::{common::actions, support::refused_field};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    Error,
    access::{
        Admission, Arrival, FRESH_MS, Grant, Opened, Role,
        factors::{
            self, Needs, Shown, held,
            passkey::{self, Answer, RemovePasskey, RenamePasskey, Site},
            sign_in_with_passkey, step_up,
        },
    },
    name::Name,
    testing::Fresh,
    time::{MINUTE, SECOND},
};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::json;

const BROWSER: &str = "the secret of this browser's forms";

fn site() -> Site {
    Site { id: "ledger.example".into(), origin: "https://ledger.example".into() }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An authenticator with one key.
struct Device {
    key: EcdsaKeyPair,
    id: [u8; 16],
    handle: String,
}

impl Device {
    fn new(id: u8, handle: impl ToString) -> Self {
        let rng = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &rng).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &rng).unwrap();
        Self { key, id: [id; 16], handle: handle.to_string() }
    }

    fn client(kind: &str, challenge: &str) -> String {
        json!({ "type": kind, "challenge": encode(challenge), "origin": site().origin, "crossOrigin": false })
            .to_string()
    }

    fn data(flags: u8, count: u32) -> Vec<u8> {
        [digest(&SHA256, b"ledger.example").as_ref(), &[flags], &count.to_be_bytes()].concat()
    }

    fn make(&self, challenge: &str) -> String {
        let point = self.key.public_key().as_ref();
        let cose =
            [&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..], &point[1..33], b"\x22\x58\x20", &point[33..]].concat();
        let data = [&Self::data(0x45, 0)[..], &[0; 16], &[0, 16], &self.id, &cose].concat();
        let object = [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..], &[data.len() as u8], &data].concat();
        let client = Self::client("webauthn.create", challenge);
        json!({ "id": encode(self.id), "clientDataJSON": encode(client), "attestationObject": encode(object) })
            .to_string()
    }

    fn show(&self, challenge: &str, count: u32) -> String {
        let (client, data) = (Self::client("webauthn.get", challenge), Self::data(0x05, count));
        let signed = [&data[..], digest(&SHA256, client.as_bytes()).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": encode(self.id),
            "clientDataJSON": encode(client),
            "authenticatorData": encode(data),
            "signature": encode(signature),
            "userHandle": encode(&self.handle),
        })
        .to_string()
    }
}

async fn add(fresh: &Fresh, grant: &Grant, device: &Device) -> domain::Result<Option<factors::Changed>> {
    let said = device.make(&passkey::challenge(&fresh.db, BROWSER));
    let site = site();
    let answer = Answer { said: &said, browser: BROWSER, site: &site };
    let add = passkey::check_new(&fresh.db, &answer, Name::parse("laptop").unwrap(), None)?;
    fresh.db.commit(grant, add).await
}

async fn enter(fresh: &Fresh, said: &str) -> domain::Result<Opened> {
    let site = site();
    sign_in_with_passkey(&fresh.db, &Answer { said, browser: BROWSER, site: &site }, Arrival::default()).await
}

/// An owner with a passkey and nothing else: who, the session, the device.
async fn owner(fresh: &Fresh) -> (String, Grant, Device) {
    let (address, id) = person(fresh, Role::Owner).await;
    let Admission::In(opened) = sign_in(fresh, &address, PASSWORD, Arrival::default()).await else { panic!("not in") };
    let grant = grant_of(fresh, &opened.session).await.unwrap();
    let device = Device::new(7, id);
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
    let opened = enter(&fresh, &device.show(&passkey::challenge(&fresh.db, BROWSER), 1)).await.unwrap();
    let grant = grant_of(&fresh, &opened.session).await.unwrap();
    assert_eq!(held(&fresh.db, &grant).await.unwrap().0.passkeys, 1);
    // A password alone is asked for more.
    let (_, needs) = half(&fresh, sign_in(&fresh, &address, PASSWORD, Arrival::default()).await).await;
    assert_eq!(needs, Needs::Factor);
    // Step-up takes it too, and the password no longer.
    fresh.clock.advance(FRESH_MS + SECOND);
    let password = step_up(&fresh.db, &grant, &opened.session, Shown::Password(PASSWORD.into())).await;
    assert_eq!(refused_field(password), "code");
    let said = device.show(&passkey::challenge(&fresh.db, BROWSER), 2);
    let shown = Shown::Passkey(said, BROWSER.into(), site());
    let renewed = step_up(&fresh.db, &grant, &opened.session, shown).await.unwrap();
    assert!(grant_of(&fresh, &renewed).await.is_some() && grant_of(&fresh, &opened.session).await.is_none());
}

#[tokio::test]
async fn an_answer_counts_once_for_one_browser_and_five_minutes() {
    let fresh = Fresh::new().await;
    let (_, _, device) = owner(&fresh).await;
    let challenge = passkey::challenge(&fresh.db, BROWSER);
    let said = device.show(&challenge, 0);
    enter(&fresh, &said).await.unwrap();
    assert_eq!(refused_field(enter(&fresh, &said).await), "passkey", "played again");
    assert_eq!(refused_field(enter(&fresh, &device.show(&challenge, 0)).await), "passkey", "the challenge is used up");
    let other = device.show(&passkey::challenge(&fresh.db, "another browser"), 0);
    assert_eq!(refused_field(enter(&fresh, &other).await), "passkey", "another browser's challenge");
    let own = device.show("a challenge of its own", 0);
    assert_eq!(refused_field(enter(&fresh, &own).await), "passkey");
    let late = device.show(&passkey::challenge(&fresh.db, BROWSER), 0);
    fresh.clock.advance(5 * MINUTE);
    assert_eq!(refused_field(enter(&fresh, &late).await), "passkey", "too late");
    for nonsense in ["", "{}", "[]", "{\"id\":1}", &"x".repeat(10_000)] {
        assert_eq!(refused_field(enter(&fresh, nonsense).await), "passkey");
    }
    enter(&fresh, &device.show(&passkey::challenge(&fresh.db, BROWSER), 0)).await.unwrap();
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_told() {
    let fresh = Fresh::new().await;
    let (_, grant, device) = owner(&fresh).await;
    let show = |count| device.show(&passkey::challenge(&fresh.db, BROWSER), count);
    enter(&fresh, &show(5)).await.unwrap();
    for copied in [5, 4, 0] {
        assert_eq!(refused_field(enter(&fresh, &show(copied)).await), "passkey", "{copied}");
    }
    enter(&fresh, &show(6)).await.unwrap();
    let domain::access::Actor::Person { id, .. } = grant.actor() else { panic!("a person") };
    let tried = actions(&fresh, id).await.iter().filter(|action| **action == "session.started").count();
    assert_eq!(tried, 3 + 3, "password, two passkeys, and three that were refused");
}

#[tokio::test]
async fn a_passkey_belongs_to_its_person() {
    let fresh = Fresh::new().await;
    let (_, grant, device) = owner(&fresh).await;
    let (address, id) = person(&fresh, Role::Admin).await;
    let Admission::In(opened) = sign_in(&fresh, &address, PASSWORD, Arrival::default()).await else { panic!("not in") };
    let other = grant_of(&fresh, &opened.session).await.unwrap();
    assert_eq!(refused_field(add(&fresh, &other, &device).await), "passkey", "the same one twice");
    let said = device.show(&passkey::challenge(&fresh.db, BROWSER), 1);
    let foreign = step_up(&fresh.db, &other, &opened.session, Shown::Passkey(said, BROWSER.into(), site())).await;
    assert!(matches!(foreign, Err(Error::State { .. })));
    let lying = Device { key: device.key, id: device.id, handle: id.to_string() };
    let said = lying.show(&passkey::challenge(&fresh.db, BROWSER), 2);
    assert_eq!(refused_field(enter(&fresh, &said).await), "passkey", "it names another person");
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
    let said = lying.show(&passkey::challenge(&fresh.db, BROWSER), 3);
    assert_eq!(refused_field(enter(&fresh, &said).await), "passkey", "it is gone");
    assert!(!held(&fresh.db, &grant).await.unwrap().0.any());
}
