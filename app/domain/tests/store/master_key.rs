//! The key file: which one opens a database, and another master key while everything goes on.
use super::{
    common::{raw, subscribe},
    keys::create,
};
use domain::{
    access::{self, Caller, Origin, Role},
    audit,
    db::{Db, OpenError, Options},
    environment::Environment,
    page::Paging,
    testing::Fresh,
    vault::Vault,
};
use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

fn own(fresh: &Fresh) -> PathBuf {
    fresh.dir.path().join("test.key")
}

async fn open(fresh: &Fresh, key_file: PathBuf) -> Result<Db, OpenError> {
    Db::open(Options { key_file: Some(key_file), ..Options::new(&fresh.url) }).await
}

async fn opens(db: &Db, text: &str) -> bool {
    matches!(access::caller(db, text, Origin::default()).await.unwrap(), Caller::Known(..))
}

async fn sealed_roots(fresh: &Fresh) -> usize {
    fresh.dump().await["master_keys"].len()
}

#[tokio::test]
async fn only_its_own_key_file_opens_a_database() {
    let fresh = Fresh::new().await;
    open(&fresh, own(&fresh)).await.unwrap().close().await;
    let other = fresh.dir.path().join("other.key");
    assert!(matches!(open(&fresh, other.clone()).await, Err(OpenError::KeyFile(path, _)) if path == other));
    assert!(!other.exists(), "a lost key is not replaced by another");
    fs::write(&other, "ab".repeat(32)).unwrap();
    assert!(matches!(open(&fresh, other.clone()).await, Err(OpenError::WrongKey(path)) if path == other));
    fs::write(&other, "not a key").unwrap();
    assert!(matches!(open(&fresh, other.clone()).await, Err(OpenError::KeyFile(path, _)) if path == other));
    let without = Options { key_file: None, ..Options::new("postgres://nobody@localhost/none") };
    assert!(matches!(Db::open(without).await, Err(OpenError::KeyFileMissing)));
    assert_eq!(sealed_roots(&fresh).await, 1);
}

#[tokio::test]
async fn a_database_of_the_first_versions_keeps_its_keys() {
    let fresh = Fresh::new().await;
    let mut master = [0; 32];
    hex::decode_to_slice(fs::read_to_string(own(&fresh)).unwrap().trim(), &mut master).unwrap();
    let tag = Vault::new(&master).tag("installation", "ledgeros");
    raw(&fresh, format!("update installation set tag = '{tag}'")).await;
    raw(&fresh, "delete from master_keys".into()).await;
    let wrong = fresh.dir.path().join("wrong.key");
    fs::write(&wrong, "ab".repeat(32)).unwrap();
    assert!(matches!(open(&fresh, wrong).await, Err(OpenError::WrongKey(_))));
    for _ in 0..2 {
        let db = open(&fresh, own(&fresh)).await.unwrap();
        assert_eq!(db.vault().tag("installation", "ledgeros"), tag);
        access::replace_master_key(&db).await.unwrap();
        assert_eq!(sealed_roots(&fresh).await, 1);
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_master_key_is_replaced_while_calls_come_in() {
    let fresh = Fresh::new().await;
    subscribe(&fresh).await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let text = fresh.db.commit(&admin, create("backend")).await.unwrap().secret.reveal();
    let before = fs::read_to_string(own(&fresh)).unwrap();
    let (over, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..4)
        .map(|caller| {
            let (db, admin, text) = (fresh.db.clone(), admin.clone(), text.text().to_owned());
            let (over, calls) = (over.clone(), calls.clone());
            tokio::spawn(async move {
                let mut made = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    assert!(opens(&db, &text).await);
                    let n = calls.fetch_add(1, Ordering::Relaxed);
                    let new = db.commit(&admin, create(&format!("{caller} {n}"))).await.unwrap().secret.reveal();
                    made.push(new.text().to_owned());
                }
                made
            })
        })
        .collect();
    // By a process of its own, as from the command line.
    let host = open(&fresh, own(&fresh)).await.unwrap();
    for _ in 0..3 {
        let seen = calls.load(Ordering::Relaxed);
        access::replace_master_key(&host).await.unwrap();
        while calls.load(Ordering::Relaxed) < seen + 8 {
            tokio::task::yield_now().await;
        }
    }
    over.store(true, Ordering::Relaxed);
    let made = futures::future::join_all(callers).await;

    let after = fs::read_to_string(own(&fresh)).unwrap();
    assert!(after != before && !own(&fresh).with_extension("key.new").exists());
    assert_eq!(sealed_roots(&fresh).await, 1);
    let old = fresh.dir.path().join("old.key");
    fs::write(&old, before).unwrap();
    assert!(matches!(open(&fresh, old).await, Err(OpenError::WrongKey(_))), "the old one is worthless");
    let again = open(&fresh, own(&fresh)).await.unwrap();
    assert!(opens(&again, text.text()).await);
    for text in made.into_iter().flat_map(Result::unwrap) {
        assert!(opens(&again, &text).await, "made while the key was replaced");
    }
    let log = audit::Filter { action: Some(audit::Action::MasterKeyReplaced), ..Default::default() };
    let log = audit::list(&fresh.db, &admin, &log, &Paging::newest(10)).await.unwrap().rows;
    assert_eq!(log.len(), 3);
    assert!(log.iter().all(|record| record.actor_name == "operator of the host" && record.environment.is_none()));
}

#[tokio::test]
async fn a_replacement_that_was_cut_short_locks_nobody_out() {
    let fresh = Fresh::new().await;
    // A new key was written beside the old one, and the process ended.
    let beside = fresh.dir.path().join("test.key.new");
    fs::write(&beside, "cd".repeat(32)).unwrap();
    open(&fresh, own(&fresh)).await.unwrap().close().await;
    let db = open(&fresh, own(&fresh)).await.unwrap();
    access::replace_master_key(&db).await.unwrap();
    assert!(!beside.exists());
    db.close().await;
    let new = fs::read_to_string(own(&fresh)).unwrap();
    let db = open(&fresh, own(&fresh)).await.unwrap();
    // Where the key file cannot be replaced, the old key stays in force.
    fs::create_dir(&beside).unwrap();
    assert!(matches!(access::replace_master_key(&db).await, Err(access::NotReplaced::Key(OpenError::KeyFile(..)))));
    assert_eq!(fs::read_to_string(own(&fresh)).unwrap(), new);
    open(&fresh, own(&fresh)).await.unwrap().close().await;
}
