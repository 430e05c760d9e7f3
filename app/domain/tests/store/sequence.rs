//! The records of an organisation are numbered without a gap, and a record that is gone is missed.
use domain::{
    Error, Result,
    access::{Grant, Permission, Role},
    audit::{self, Action, Beside, Filter, Record},
    db::{Command, Subject, Trail, Tx},
    environment::Environment,
    error::{Code, Noun},
    ids::OrganisationId,
    page::Paging,
    testing::{self, Fresh},
};
use futures::future::join_all;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

/// Leaves so many records, or fails after they were to be written.
struct Leave {
    records: usize,
    fails: bool,
}

impl Command for Leave {
    type Output = ();
    fn permission(&self) -> Permission {
        Permission::View
    }
    async fn run(&self, _: &Grant, _: &mut Tx) -> Result<((), Trail)> {
        if self.fails {
            return Err(Error::state(Code::StaleEdit, "It fails."));
        }
        let subject = || Subject::new(Noun::Agent, "agent_x", "x");
        let first = Trail::new(Action::AgentChanged, subject());
        Ok(((), (1..self.records).fold(first, |trail, _| trail.also(Action::AgentChanged, subject()))))
    }
}

fn owner(fresh: &Fresh, organisation: &OrganisationId, environment: Environment) -> Grant {
    domain::access::testing::person(&fresh.db, organisation, environment, Role::Owner)
}

/// Every record of an organisation, each once, by number.
async fn records(fresh: &Fresh, organisation: &OrganisationId) -> Vec<Record> {
    let mut all: Vec<Record> = Vec::new();
    for environment in Environment::ALL {
        let reader = owner(fresh, organisation, *environment);
        let mut paging = Paging::newest(100);
        loop {
            let page = audit::list(&fresh.db, &reader, &Filter::default(), &paging).await.unwrap();
            paging.before = page.rows.last().map(|record| record.id.clone());
            all.extend(page.rows);
            if !page.older {
                break;
            }
        }
    }
    all.sort_by_key(|record| record.sequence);
    all.dedup_by(|one, other| one.id == other.id);
    all
}

async fn force(fresh: &Fresh, statements: &[&str]) {
    for statement in statements {
        force_all(fresh, statement).await;
    }
}

/// A whole file of statements at once.
async fn force_all(fresh: &Fresh, statements: &str) {
    let statements = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()));
    if fresh.url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(&fresh.url).await.unwrap();
        statements.execute(&mut connection).await.map(drop).unwrap();
    } else {
        let mut connection = PgConnection::connect(&fresh.url).await.unwrap();
        statements.execute(&mut connection).await.map(drop).unwrap();
    }
}

#[tokio::test]
async fn writers_at_once_leave_no_gap_and_no_number_twice() {
    let fresh = Fresh::new().await;
    let other = testing::organisation(&fresh.db, "Other").await;
    let writers = (0..64).map(|n| {
        let organisation = if n % 2 == 0 { &fresh.organisation } else { &other };
        let environment = Environment::ALL[n / 2 % 2];
        let (db, grant) = (fresh.db.clone(), owner(&fresh, organisation, environment));
        tokio::spawn(async move {
            for round in 0..4 {
                let done = db.commit(&grant, Leave { records: 1 + round % 2, fails: (n + round) % 3 == 0 }).await;
                assert_eq!(done.is_err(), (n + round) % 3 == 0, "{done:?}");
            }
        })
    });
    join_all(writers).await.into_iter().for_each(|written| written.unwrap());
    for organisation in [&fresh.organisation, &other] {
        let numbers: Vec<i64> = records(&fresh, organisation).await.iter().map(|record| record.sequence).collect();
        assert!(numbers.len() > 100, "{}", numbers.len());
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_record_that_was_taken_out_by_force_is_missed() {
    let fresh = Fresh::new().await;
    let grant = owner(&fresh, &fresh.organisation, Environment::Live);
    for _ in 0..4 {
        fresh.clock.advance(1);
        fresh.db.commit(&grant, Leave { records: 1, fails: false }).await.unwrap();
    }
    let all = records(&fresh, &fresh.organisation).await;
    let whole = Beside { before: true, after: true };
    for record in &all {
        assert_eq!(audit::beside(&fresh.db, &grant, record).await.unwrap(), whole, "{}", record.sequence);
    }
    let (lost, last) = (&all[all.len() - 3], all.last().unwrap());
    let drop_trigger = match fresh.url.starts_with("sqlite:") {
        true => "drop trigger audit_is_never_removed",
        false => "drop trigger audit_is_never_changed on audit",
    };
    let removed: Vec<String> =
        [lost, last].iter().map(|r| format!("delete from audit where id = '{}'", r.id)).collect();
    force(&fresh, &[drop_trigger, &removed[0], &removed[1]]).await;
    for (at, expected) in [
        (all.len() - 5, whole),
        (all.len() - 4, Beside { before: true, after: false }),
        // The last one is missed, too: its number was given.
        (all.len() - 2, Beside { before: false, after: false }),
    ] {
        assert_eq!(audit::beside(&fresh.db, &grant, &all[at]).await.unwrap(), expected, "{at}");
    }
    fresh.db.commit(&grant, Leave { records: 1, fails: false }).await.unwrap();
    let next = records(&fresh, &fresh.organisation).await.pop().unwrap();
    assert_eq!(next.sequence, last.sequence + 1, "no number is given twice");
    let developer = fresh.person(Environment::Live, Role::Developer);
    assert!(matches!(audit::beside(&fresh.db, &developer, &next).await, Err(Error::Denied(_))));
}

/// The migration itself, over records that were there before it.
#[tokio::test]
async fn records_of_before_are_numbered_in_their_order() {
    let fresh = Fresh::new().await;
    let other = testing::organisation(&fresh.db, "Other").await;
    for n in 0..5 {
        fresh.clock.advance(1);
        let organisation = if n % 2 == 0 { &fresh.organisation } else { &other };
        let grant = owner(&fresh, organisation, Environment::Live);
        fresh.db.commit(&grant, Leave { records: 1, fails: false }).await.unwrap();
    }
    let numbered = async || {
        let both = [records(&fresh, &fresh.organisation).await, records(&fresh, &other).await];
        both.map(|records| records.into_iter().map(|record| (record.id, record.sequence)).collect::<Vec<_>>())
    };
    // By id: those of one millisecond have no other order.
    let expected = numbered().await.map(|mut records| {
        records.sort();
        records.into_iter().zip(1..).map(|((id, _), n)| (id, n)).collect::<Vec<_>>()
    });
    let (undo, migration): (&[&str], _) = match fresh.url.starts_with("sqlite:") {
        true => (
            &["drop trigger audit_is_counted", "drop index audit_sequence"],
            include_str!("../../../../migrations/sqlite/0017_audit_sequence.sql"),
        ),
        false => (
            &["drop trigger audit_is_counted on audit", "drop function audit_is_counted", "drop index audit_sequence"],
            include_str!("../../../../migrations/postgres/0017_audit_sequence.sql"),
        ),
    };
    force(&fresh, undo).await;
    force(&fresh, &["alter table audit drop column sequence", "drop table audit_heads"]).await;
    force_all(&fresh, migration).await;
    assert_eq!(numbered().await, expected);
    let grant = owner(&fresh, &other, Environment::Live);
    fresh.db.commit(&grant, Leave { records: 1, fails: false }).await.unwrap();
    let numbers: Vec<i64> = records(&fresh, &other).await.iter().map(|record| record.sequence).collect();
    assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>(), "it goes on counting");
}
