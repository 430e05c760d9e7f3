//! What opening a database brings up to date, and what a lost connection to PostgreSQL leaves.
use super::{
    common::{key, new_user, raw},
    support::{Shop, authorize},
};
use domain::{
    Error,
    db::{Db, Options},
    limits,
    purchases::testing::Cast,
    testing::Fresh,
};
use futures::future::join_all;
use sqlx::{Connection, PgConnection};
use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

async fn open(shop: &Shop, url: &str) -> Db {
    let fresh = &shop.fresh;
    let options = Options {
        key_file: Some(fresh.dir.path().join("test.key")),
        clock: fresh.clock.clone(),
        connections: 1,
        ..Options::new(url)
    };
    Db::open(options).await.unwrap()
}

#[tokio::test]
async fn other_rules_of_time_zones_lay_the_windows_anew() {
    let shop = Shop::new(Cast::default()).await;
    let bought = shop.buy(700).await;
    let (db, fresh) = (&shop.fresh.db, &shop.fresh);
    open(&shop, &fresh.url).await.close().await;
    // As left by a release that put each month an hour earlier.
    raw(fresh, "update spend_windows set starts_at = starts_at - 3600000 where frequency <> 'allTime'".into()).await;
    raw(fresh, "update installation set zone_rules = '1999a'".into()).await;
    assert_ne!(limits::recount(db).await.unwrap(), []);
    open(&shop, &fresh.url).await.close().await;
    assert_eq!(limits::recount(db).await.unwrap(), []);
    shop.reverse(&bought.id, None).await.unwrap();
    assert_eq!(limits::recount(db).await.unwrap(), []);
}

/// Enough changes for the journal to be moved beside the writer, whose connection is to be closed like all others.
#[tokio::test]
async fn a_closed_database_is_one_file() {
    let fresh = Fresh::new().await;
    let Some(file) = fresh.url.strip_prefix("sqlite:").map(str::to_owned) else { return };
    let grant = key(&fresh);
    let made = join_all((0..300).map(|_| fresh.db.commit(&grant, new_user()))).await;
    assert!(made.iter().all(Result::is_ok));
    assert!(fs::exists(format!("{file}-wal")).unwrap());
    fresh.db.close().await;
    assert!(!fs::exists(format!("{file}-wal")).unwrap());
    assert_eq!(fresh.count("users").await, 300);
}

#[tokio::test]
async fn what_is_joined_by_environment_compares_it_alike() {
    let shop = Shop::new(Cast::default()).await;
    if shop.fresh.url.starts_with("sqlite:") {
        println!("of PostgreSQL only");
        return;
    }
    let mut connection = PgConnection::connect(&shop.fresh.url).await.unwrap();
    let other: Vec<String> = sqlx::query_scalar(
        "select table_name::text from information_schema.columns
         where table_schema = 'public' and column_name = 'environment' and collation_name is not null",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(other, [""; 0], "an index of `purchases` cannot serve a join to these");
}

/// Stands between a client and PostgreSQL, and once `armed` swallows the answer to a commit together with the connection.
async fn deaf(url: &str, armed: Arc<AtomicBool>) -> String {
    let mut address = url::Url::parse(url).unwrap();
    let server = format!("{}:{}", address.host_str().unwrap(), address.port().unwrap_or(5432));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    address.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (server, armed) = (TcpStream::connect(&server).await.unwrap(), armed.clone());
            tokio::spawn(carry(client, server, armed));
        }
    });
    address.into()
}

async fn carry(mut client: TcpStream, mut server: TcpStream, armed: Arc<AtomicBool>) {
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            n = client.read(&mut asked) => {
                let Ok(n @ 1..) = n else { return };
                server.write_all(&asked[..n]).await.unwrap();
                let commits = asked[..n].windows(6).any(|word| word == b"COMMIT");
                if commits && armed.swap(false, Ordering::SeqCst) {
                    // The server has committed once it answers.
                    assert!(server.read(&mut answered).await.unwrap() > 0);
                    return;
                }
            }
            n = server.read(&mut answered) => {
                let Ok(n @ 1..) = n else { return };
                if client.write_all(&answered[..n]).await.is_err() {
                    return;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_purchase_whose_commit_is_not_answered_is_not_made_twice() {
    let shop = Shop::new(Cast::default()).await;
    if shop.fresh.url.starts_with("sqlite:") {
        println!("of PostgreSQL only: SQLite has no connection to lose");
        return;
    }
    let armed = Arc::new(AtomicBool::new(false));
    let db = open(&shop, &deaf(&shop.fresh.url, armed.clone()).await).await;
    db.commit(&shop.grant, authorize(&shop.ids.card, 100, "Amazon")).await.unwrap();
    armed.store(true, Ordering::SeqCst);
    let lost = db.commit(&shop.grant, authorize(&shop.ids.card, 200, "Amazon")).await;
    assert!(matches!(lost, Err(Error::Broken(_))), "nobody knows, and nobody is told to try again: {lost:?}");
    assert!(!armed.load(Ordering::SeqCst), "the commit went by");
    assert_eq!(shop.fresh.count("purchases").await, 2);
    db.commit(&shop.grant, authorize(&shop.ids.card, 300, "Amazon")).await.unwrap();
    assert_eq!(shop.fresh.count("purchases").await, 3);
    assert_eq!(limits::recount(&shop.fresh.db).await.unwrap(), []);
}
