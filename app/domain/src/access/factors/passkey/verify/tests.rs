//! An authenticator in software, and everything that may be wrong with what it says.
use super::*;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};

const CREDENTIAL: [u8; 20] = [7; 20];

fn site() -> Site {
    Site { id: "ledger.example".into(), origin: "https://ledger.example".into() }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What differs from the good case.
#[derive(Clone)]
struct Case {
    kind: &'static str,
    origin: &'static str,
    cross_origin: bool,
    id: &'static str,
    flags: u8,
}

const MADE: Case = Case {
    kind: "webauthn.create",
    origin: "https://ledger.example",
    cross_origin: false,
    id: "ledger.example",
    flags: PRESENT | VERIFIED | ATTESTED,
};
const USED: Case = Case { kind: "webauthn.get", flags: PRESENT | VERIFIED, ..MADE };

impl Case {
    fn client(&self) -> Vec<u8> {
        let (kind, origin, cross) = (self.kind, self.origin, self.cross_origin);
        let challenge = encode("the challenge");
        format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":{cross},"other":1}}"#)
            .into()
    }

    fn data(&self, counter: u32) -> Vec<u8> {
        [&Sha256::digest(self.id)[..], &[self.flags], &counter.to_be_bytes()].concat()
    }

    fn made(&self, cose: &[u8]) -> Said {
        let length = (CREDENTIAL.len() as u16).to_be_bytes();
        let data = [&self.data(0)[..], &[0; 16], &length, &CREDENTIAL, cose].concat();
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x59");
        object.extend((data.len() as u16).to_be_bytes());
        object.extend(&data);
        Said {
            id: encode(CREDENTIAL),
            client_data: encode(self.client()),
            attestation_object: Some(encode(object)),
            authenticator_data: None,
            signature: None,
            user_handle: None,
        }
    }

    fn used(&self, counter: u32, sign: impl Fn(&[u8]) -> Vec<u8>) -> Said {
        let (client, data) = (self.client(), self.data(counter));
        let signature = sign(&[&data[..], &Sha256::digest(&client)].concat());
        Said {
            id: encode(CREDENTIAL),
            client_data: encode(client),
            attestation_object: None,
            authenticator_data: Some(encode(data)),
            signature: Some(encode(signature)),
            user_handle: None,
        }
    }
}

fn p256() -> (EcdsaKeyPair, Vec<u8>) {
    let rng = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &rng).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &rng).unwrap();
    let point = pair.public_key().as_ref();
    let cose =
        [&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..], &point[1..33], b"\x22\x58\x20", &point[33..]].concat();
    (pair, cose)
}

fn signed(pair: &EcdsaKeyPair) -> impl Fn(&[u8]) -> Vec<u8> {
    |text| pair.sign(&SystemRandom::new(), text).unwrap().as_ref().to_vec()
}

#[test]
fn a_passkey_is_made_and_used() {
    let (pair, cose) = p256();
    let made = super::made(&MADE.made(&cose), &site()).unwrap();
    assert_eq!((made.algorithm, &made.credential[..], made.sign_count), (-7, &CREDENTIAL[..], 0));
    let said = USED.used(9, signed(&pair));
    assert_eq!(challenge(&said).unwrap(), "the challenge");
    assert_eq!(used(&said, &site(), made.algorithm, &made.public_key), Ok(9));

    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
    let cose = [&b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20"[..], pair.public_key().as_ref()].concat();
    let made = super::made(&MADE.made(&cose), &site()).unwrap();
    let said = USED.used(0, |text| pair.sign(text).as_ref().to_vec());
    assert_eq!(used(&said, &site(), made.algorithm, &made.public_key), Ok(0));
}

#[test]
fn what_was_made_for_another_place_or_without_the_person_is_refused() {
    let (pair, cose) = p256();
    let key = super::made(&MADE.made(&cose), &site()).unwrap();
    for (wrong, why) in [
        (Case { kind: "webauthn.get", ..MADE }, Refusal::Elsewhere),
        (Case { origin: "https://ledger.example.evil.example", ..MADE }, Refusal::Elsewhere),
        (Case { origin: "http://ledger.example", ..MADE }, Refusal::Elsewhere),
        (Case { origin: "https://ledger.example:8443", ..MADE }, Refusal::Elsewhere),
        (Case { cross_origin: true, ..MADE }, Refusal::Elsewhere),
        (Case { id: "evil.example", ..MADE }, Refusal::OtherSite),
        (Case { flags: PRESENT | ATTESTED, ..MADE }, Refusal::NotVerified),
        (Case { flags: VERIFIED | ATTESTED, ..MADE }, Refusal::NotVerified),
        (Case { flags: PRESENT | VERIFIED, ..MADE }, Refusal::Malformed),
    ] {
        assert_eq!(super::made(&wrong.made(&cose), &site()), Err(why), "{} {}", wrong.kind, wrong.origin);
    }
    for (wrong, why) in [
        (Case { kind: "webauthn.create", ..USED }, Refusal::Elsewhere),
        (Case { origin: "https://evil.example", ..USED }, Refusal::Elsewhere),
        (Case { id: "evil.example", ..USED }, Refusal::OtherSite),
        (Case { flags: PRESENT, ..USED }, Refusal::NotVerified),
    ] {
        let said = wrong.used(1, signed(&pair));
        assert_eq!(used(&said, &site(), key.algorithm, &key.public_key), Err(why), "{} {}", wrong.kind, wrong.origin);
    }
}

#[test]
fn a_signature_is_the_keys_own_and_over_all_of_it() {
    let (pair, cose) = p256();
    let key = super::made(&MADE.made(&cose), &site()).unwrap();
    let other = super::made(&MADE.made(&p256().1), &site()).unwrap();
    let said = USED.used(1, signed(&pair));
    assert_eq!(used(&said, &site(), other.algorithm, &other.public_key), Err(Refusal::Signature));
    let raised = Said { authenticator_data: Some(encode(USED.data(2))), ..USED.used(1, signed(&pair)) };
    assert_eq!(used(&raised, &site(), key.algorithm, &key.public_key), Err(Refusal::Signature));
    let empty = Said { signature: Some(String::new()), ..USED.used(1, signed(&pair)) };
    assert_eq!(used(&empty, &site(), key.algorithm, &key.public_key), Err(Refusal::Signature));
    let mut small = cose.clone();
    small[4] = 0x38; // another algorithm, and a key that does not fit it
    assert!(super::made(&MADE.made(&small), &site()).is_err());
    for cut in 0..cose.len() {
        assert!(super::made(&MADE.made(&cose[..cut]), &site()).is_err(), "{cut}");
    }
}
