//! Second factors: asked for, shown once, replaced, and never walked around.
use super::{App, PASSWORD, enrolled, from, grant_of, half, pending, person, require, sign_in};
use crate::store::support::{code, refused_field};
use domain::{
    Error,
    access::{
        self, Arrival, FRESH_MS, Opened, Permission, Role,
        factors::{self, Finish, Needs, NewRecoveryCodes, RemoveTotp, Shown},
        testing::with_factor_at,
    },
    db::Command,
    environment::Environment,
    error::Code,
    testing::Fresh,
    time::{MINUTE, SECOND},
};

/// An owner with an app, in an organisation that asks for it.
async fn owner(fresh: &Fresh) -> (String, App, Vec<String>, Opened) {
    let (address, _) = person(fresh, Role::Owner).await;
    require(fresh, &[Role::Owner, Role::Admin, Role::Finance]).await;
    let (app, codes, opened) = enrolled(fresh, &address).await;
    fresh.clock.advance(60 * SECOND);
    (address, app, codes, opened)
}

async fn finish(fresh: &Fresh, cookie: &str, typed: &str) -> Finish {
    let Some(waiting) = pending(fresh, cookie).await else { return Finish::Over };
    factors::finish(&fresh.db, waiting, typed, Arrival::default()).await.unwrap()
}

async fn begun(fresh: &Fresh, address: &str) -> String {
    half(fresh, sign_in(fresh, address, PASSWORD, Arrival::default()).await).await.0
}

#[tokio::test]
async fn roles_that_need_a_factor_are_asked_and_others_are_not() {
    let fresh = Fresh::new().await;
    require(&fresh, &[Role::Owner, Role::Admin, Role::Finance]).await;
    for role in Role::ALL {
        let (address, _) = person(&fresh, *role).await;
        let asked = matches!(role, Role::Owner | Role::Admin | Role::Finance);
        match sign_in(&fresh, &address, PASSWORD, Arrival::default()).await {
            access::Admission::Half(_, needs) => assert!(asked && needs == Needs::Enrolment, "{role}"),
            access::Admission::In(_) => assert!(!asked, "{role}"),
            _ => panic!("{role}"),
        }
    }
}

#[tokio::test]
async fn a_code_counts_once_and_only_about_now() {
    let fresh = Fresh::new().await;
    let (address, app, ..) = owner(&fresh).await;
    let cookie = begun(&fresh, &address).await;
    for (steps, what) in [(-2, "too old"), (1, "of the future")] {
        assert!(matches!(finish(&fresh, &cookie, &app.code(&fresh, steps)).await, Finish::Wrong), "{what}");
    }
    let used = app.code(&fresh, -1);
    assert!(matches!(finish(&fresh, &cookie, &used).await, Finish::In(_)), "the step before this one");
    assert!(matches!(finish(&fresh, &cookie, &app.code(&fresh, 0)).await, Finish::Over), "the half is used up");
    let cookie = begun(&fresh, &address).await;
    let waiting = pending(&fresh, &cookie).await.unwrap();
    let again = factors::finish(&fresh.db, waiting, &used, Arrival::default()).await;
    assert!(again.is_err_and(|e| e.to_string().contains("was used before")));
    let spaced = app.code(&fresh, 0).chars().flat_map(|c| [c, ' ']).collect::<String>();
    assert!(matches!(finish(&fresh, &cookie, &spaced).await, Finish::In(_)));
}

#[tokio::test]
async fn five_wrong_codes_begin_the_sign_in_again_and_count_against_the_account() {
    let fresh = Fresh::new().await;
    let (address, app, ..) = owner(&fresh).await;
    let cookie = begun(&fresh, &address).await;
    for n in 1..=4 {
        assert!(matches!(finish(&fresh, &cookie, "000000").await, Finish::Wrong), "{n}");
    }
    assert!(matches!(finish(&fresh, &cookie, "000000").await, Finish::Over));
    assert!(matches!(finish(&fresh, &cookie, &app.code(&fresh, 0)).await, Finish::Over), "the right one is too late");
    // The password is right again and again: whoever has it alone still ends at a lock.
    let waits = sign_in(&fresh, &address, PASSWORD, Arrival::default()).await;
    assert!(matches!(waits, access::Admission::Wait(_)));
    for _ in 0..5 {
        fresh.clock.advance(80 * SECOND);
        let cookie = begun(&fresh, &address).await;
        assert!(matches!(finish(&fresh, &cookie, "000000").await, Finish::Wrong | Finish::Wait(_)));
    }
    fresh.clock.advance(80 * SECOND);
    assert!(matches!(sign_in(&fresh, &address, PASSWORD, Arrival::default()).await, access::Admission::Wait(_)));
}

#[tokio::test]
async fn the_half_of_a_sign_in_ends_after_ten_minutes() {
    let fresh = Fresh::new().await;
    let (address, ..) = owner(&fresh).await;
    let cookie = begun(&fresh, &address).await;
    fresh.clock.advance(10 * MINUTE - 1);
    assert!(pending(&fresh, &cookie).await.is_some());
    fresh.clock.advance(1);
    assert!(pending(&fresh, &cookie).await.is_none());
    assert!(pending(&fresh, &"0".repeat(64)).await.is_none());
}

#[tokio::test]
async fn a_password_alone_sets_up_no_second_app() {
    let fresh = Fresh::new().await;
    let (address, _) = person(&fresh, Role::Owner).await;
    require(&fresh, &[Role::Owner]).await;
    // Two have the password and begin; one is first.
    let slow = begun(&fresh, &address).await;
    let slow = pending(&fresh, &slow).await.unwrap();
    let offer = factors::offer(&fresh.db, slow.person(), ("Acme", &address), "").unwrap();
    enrolled(&fresh, &address).await;
    let code = App::scan(offer.secret.text()).code(&fresh, 0);
    let late = factors::enrol(&fresh.db, slow, &offer.sealed, &code, Arrival::default()).await;
    assert!(matches!(late, Err(Error::State { code: Code::SignInOver, .. })));
    // And one who begins afterwards is asked for the app that there is.
    let cookie = begun(&fresh, &address).await;
    let waiting = pending(&fresh, &cookie).await.unwrap();
    assert_eq!(waiting.needs(), Needs::Factor);
    let (finish, changed) = factors::enrol(&fresh.db, waiting, &offer.sealed, &code, Arrival::default()).await.unwrap();
    assert!(matches!(finish, Finish::Over) && changed.is_none());
}

#[tokio::test]
async fn recovery_codes_work_once_each_and_a_new_set_voids_the_old() {
    let fresh = Fresh::new().await;
    let (address, _, codes, opened) = owner(&fresh).await;
    assert_eq!(codes.len(), 10);
    let cookie = begun(&fresh, &address).await;
    assert!(matches!(finish(&fresh, &cookie, &codes[0].to_uppercase().replace('-', " ")).await, Finish::In(_)));
    let cookie = begun(&fresh, &address).await;
    assert!(matches!(finish(&fresh, &cookie, &codes[0]).await, Finish::Wrong), "used");
    let grant = grant_of(&fresh, &opened.session).await.unwrap();
    assert_eq!(factors::held(&fresh.db, &grant).await.unwrap().0.recovery_left, 9);
    let anew = fresh.db.commit(&grant, NewRecoveryCodes).await.unwrap().codes;
    assert!(matches!(finish(&fresh, &cookie, &codes[1]).await, Finish::Wrong), "void");
    assert!(matches!(finish(&fresh, &cookie, anew[0].text()).await, Finish::In(_)));
    let dump = fresh.dump().await;
    for code in codes.iter().map(String::as_str).chain(anew.iter().map(|code| code.text())) {
        let plain = code.replace('-', "");
        let seen = dump.values().flatten().any(|row| row.contains(code) || row.contains(&plain));
        assert!(!seen, "a recovery code stands in the database");
    }
}

#[tokio::test]
async fn the_last_factor_stays_where_it_is_asked_for() {
    let fresh = Fresh::new().await;
    let (address, _, _, opened) = owner(&fresh).await;
    let grant = grant_of(&fresh, &opened.session).await.unwrap();
    let refused = fresh.db.commit(&grant, RemoveTotp { but: None }).await;
    assert_eq!(code(refused), Code::FactorRequired);
    require(&fresh, &[]).await;
    fresh.db.commit(&grant, RemoveTotp { but: None }).await.unwrap();
    let (held, required) = factors::held(&fresh.db, &grant).await.unwrap();
    assert!(!held.any() && held.recovery_left == 0 && !required);
    assert!(grant_of(&fresh, &opened.session).await.is_none(), "a change of factors ends sessions");
    let signed = sign_in(&fresh, &address, PASSWORD, from("198.51.100.1")).await;
    assert!(matches!(signed, access::Admission::In(_)), "the password alone, as nothing else is asked for");
}

#[tokio::test]
async fn step_up_takes_the_strongest_factor_and_a_new_session() {
    let fresh = Fresh::new().await;
    let (_, app, _, opened) = owner(&fresh).await;
    fresh.clock.advance(FRESH_MS);
    let grant = grant_of(&fresh, &opened.session).await.unwrap();
    let refused = fresh.db.commit(&grant, NewRecoveryCodes).await;
    assert!(matches!(refused, Err(Error::StepUp(Permission::ChangeFactors))));
    let password = factors::step_up(&fresh.db, &grant, &opened.session, Shown::Password(PASSWORD.into())).await;
    assert_eq!(refused_field(password), "code", "a password is no substitute for the app");
    let wrong = factors::step_up(&fresh.db, &grant, &opened.session, Shown::Code("000000".into())).await;
    assert_eq!(refused_field(wrong), "code");
    let shown = || Shown::Code(app.code(&fresh, 0));
    let renewed = factors::step_up(&fresh.db, &grant, &opened.session, shown()).await.unwrap();
    assert!(grant_of(&fresh, &opened.session).await.is_none(), "the old identifier is dead");
    let grant = grant_of(&fresh, &renewed).await.unwrap();
    fresh.db.commit(&grant, NewRecoveryCodes).await.unwrap();
    let again = factors::step_up(&fresh.db, &grant, &renewed, shown()).await;
    assert_eq!(refused_field(again), "code", "the same code twice");
}

#[tokio::test]
async fn step_up_cannot_be_guessed() {
    let fresh = Fresh::new().await;
    let (_, app, _, opened) = owner(&fresh).await;
    let grant = grant_of(&fresh, &opened.session).await.unwrap();
    for _ in 0..5 {
        let wrong = factors::step_up(&fresh.db, &grant, &opened.session, Shown::Code("000000".into())).await;
        assert!(wrong.is_err_and(|e| e.to_string().contains("is not right")));
    }
    let right = factors::step_up(&fresh.db, &grant, &opened.session, Shown::Code(app.code(&fresh, 0))).await;
    assert!(right.is_err_and(|e| e.to_string().contains("try again in 5 seconds")));
}

/// Security X-S6: every S cell with a factor of six minutes ago, and of now.
#[tokio::test]
async fn each_act_of_the_matrix_asks_for_a_factor_of_five_minutes() {
    struct Needs(Permission);
    impl Command for Needs {
        type Output = ();
        fn permission(&self) -> Permission {
            self.0
        }
        async fn run(&self, grant: &access::Grant, _: &mut domain::db::Tx) -> domain::Result<((), domain::db::Trail)> {
            let subject = domain::db::Subject::new(domain::error::Noun::Organisation, grant.organisation(), "Acme");
            Ok(((), domain::db::Trail::new(domain::audit::Action::SecurityChanged, subject)))
        }
    }
    let fresh = Fresh::new().await;
    let mut asked = 0;
    for role in Role::ALL {
        for environment in [Environment::Live, Environment::Dev] {
            let person = fresh.person(environment, *role);
            for permission in Permission::ALL.iter().filter(|p| role.permissions(environment).has(**p)) {
                let stale = with_factor_at(&person, fresh.db.now() - 6 * MINUTE);
                let just = with_factor_at(&person, fresh.db.now() - FRESH_MS);
                let done = fresh.db.commit(&stale, Needs(*permission)).await;
                if role.step_up(environment).has(*permission) {
                    assert!(matches!(done, Err(Error::StepUp(p)) if p == *permission), "{role} {permission}");
                    fresh.db.commit(&just, Needs(*permission)).await.unwrap();
                    asked += 1;
                } else {
                    done.unwrap();
                }
            }
        }
    }
    assert!(asked >= 30, "{asked}");
    let key = fresh.key(Environment::Live);
    fresh.db.commit(&key, Needs(Permission::RaiseLimit)).await.expect("keys have no factors");
}
