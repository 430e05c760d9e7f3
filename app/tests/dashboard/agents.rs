//! Agents: registered, limited, suspended, resumed.
use super::{
    browser::{Browser, Page},
    html::sheet,
    world::{World, amount, line},
};
use domain::{
    access::{self, Role},
    agents::{self, Agent, AgentStatus, SetLimit, templates::Template},
    environment::Environment,
    ids::AgentId,
    limits::{Frequency, OnLimitExceeded},
    page::Paging,
    purchases::Capture,
    testing::{Fresh, organisation},
    time::{DAY, HOUR},
    users::{self, User},
};

const NEW: [(&str, &str); 5] = [
    ("name", "checkout-bot"),
    ("description", "Buys printer paper.\nNothing else."),
    ("limit", "1,250.50"),
    ("frequency", "perWeek"),
    ("on_exceeded", "suspend"),
];

async fn agent(world: &World, id: &AgentId) -> Agent {
    agents::get(&world.db, &world.key, id).await.unwrap()
}

/// The token on a page, if it shows one.
fn token(page: &Page) -> Option<String> {
    let at = page.html.find(">at_live_")?;
    page.html[at + 1..].split('<').next().map(str::to_owned).filter(|_| page.html.contains("Shown only now"))
}

fn choice(page: &Page, name: &str) -> Option<String> {
    let select = page.main().split(&format!("name=\"{name}\"")).nth(1)?.split("</select>").next()?.to_owned();
    let option = select.split("<option").find(|option| option.split('>').next().unwrap().contains("selected"))?;
    Some(option.split("value=\"").nth(1)?.split('"').next()?.to_owned())
}

#[tokio::test]
async fn an_agent_is_registered_once_and_its_token_shown_once() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let form = admin.get("/live/agents/new").await.token();
    let user = world.user.to_string();
    let fields = [&[("token", &*form), ("user", &*user)], &NEW[..]].concat();
    let (first, second) =
        (admin.post("/live/agents/new", &fields).await, admin.post("/live/agents/new", &fields).await);
    assert_eq!((first.led(), &*first.caching), ((200, None), "no-store"));
    let shown = token(&first).unwrap_or_else(|| panic!("a token: {}", first.main()));
    assert_eq!(token(&second).as_ref(), Some(&shown), "a double click shows the same");
    let list = admin.get("/live/agents").await;
    assert_eq!((list.rows(), list.html.matches(">checkout-bot</a>").count()), (3, 1));
    let path = first.links().into_iter().find(|href| href.starts_with("/live/agents/agent_")).unwrap();
    let page = admin.get(&path).await;
    assert!(!page.html.contains(&shown) && page.html.contains("First token"));
    assert!(page.html.contains("Nothing else.") && page.html.contains("1,250.50"));
    let made = agent(&world, &path.rsplit('/').next().unwrap().parse().unwrap()).await;
    assert_eq!((made.spending_limit, made.spending_limit_frequency), (Some(amount(125_050)), Some(Frequency::PerWeek)));
    assert_eq!(made.on_limit_exceeded, Some(OnLimitExceeded::Suspend));
    assert_eq!(admin.get(&path.replace("live", "dev")).await.led(), (404, None));
}

#[tokio::test]
async fn a_purpose_that_fits_any_agent_is_asked_about_once() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let (form, user) = ("/live/agents/new", world.user.to_string());
    let fields = |description: &'static str, limit: &'static str| {
        let own = NEW.map(|(name, value)| match name {
            "description" => (name, description),
            "limit" => (name, limit),
            _ => (name, value),
        });
        [&[("user", &*user)], &own[..]]
            .concat()
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect::<Vec<_>>()
    };
    let send = async |admin: &mut Browser, fields: &[(String, String)], more: &[(&str, &str)]| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        admin.submit(form, &[&fields[..], more].concat()).await
    };
    let anyway = "name=\"meant\"";
    assert!(!admin.get(form).await.main().contains(anyway), "nothing is doubted yet");
    for (description, limit, doubts) in [
        ("Buys anything & all", "5", &["The purpose says \u{201c}anything\u{201d}"][..]),
        ("general purchases", "10000.00", &["The purpose says \u{201c}general purchases\u{201d}"]),
        ("x", "5", &["The purpose is too short"]),
        ("test", "10,000.01", &["The purpose names nothing in particular", "The limit is above 10,000.00 USD"]),
        ("Buys printer paper", "10,000.01", &["The limit is above 10,000.00 USD"]),
    ] {
        let page = send(&mut admin, &fields(description, limit), &[]).await;
        assert_eq!(page.led(), (422, None), "{description} {limit}");
        for doubt in doubts {
            assert_eq!(page.html.matches(doubt).count(), 2, "{doubt}: in the summary and by the field");
        }
        assert_eq!(
            page.html.matches("The purpose ").count() + page.html.matches("The limit is").count(),
            2 * doubts.len()
        );
        assert!(page.main().contains(anyway) && page.main().contains("Register anyway"), "{}", page.main());
        assert_eq!(
            (page.entry("name").as_deref(), page.entry("limit").as_deref()),
            (Some("checkout-bot"), Some(limit))
        );
        assert_eq!(choice(&page, "user").as_deref(), Some(&*user));
    }
    // What cannot be taken at all is said first, and there is no going on with it.
    let page = send(&mut admin, &fields("anything", "-1"), &[("meant", "on")]).await;
    assert!(page.led() == (422, None) && !page.main().contains(anyway), "{}", page.main());
    assert_eq!(admin.get("/live/agents").await.rows(), 2, "nothing was made");
    let page = send(&mut admin, &fields("Buys anything & all", "5"), &[("meant", "on")]).await;
    assert!(token(&page).is_some(), "{}", page.main());
    let path = page.links().into_iter().find(|href| href.starts_with("/live/agents/agent_")).unwrap();
    let said = "Broad purpose";
    let page = admin.get(&path).await;
    assert!(page.main().contains(said) && page.main().contains("\u{201c}anything\u{201d}"), "{}", page.main());
    assert!(!admin.get(&format!("/live/agents/{}", world.agent)).await.main().contains(said));
    // Whoever mends it is asked about the new words only.
    let edit = format!("{path}/edit");
    assert!(page.links().contains(&edit));
    let renamed = [("name", "till"), ("description", "Buys anything & all")];
    assert_eq!(admin.submit(&edit, &renamed).await.led(), (303, Some(&*path)));
    let worse = [("name", "till"), ("description", "Buys everything")];
    let page = admin.submit(&edit, &worse).await;
    assert_eq!(page.led(), (422, None));
    assert!(
        page.main().contains("Save anyway") && page.main().contains("\u{201c}everything\u{201d}"),
        "{}",
        page.main()
    );
    assert!(page.main().contains("Buys everything</textarea>"), "{}", page.main());
    let page = admin.submit(&edit, &[&worse[..], &[("meant", "on")]].concat()).await;
    assert_eq!(page.led(), (303, Some(&*path)));
    assert!(admin.get(&path).await.html.contains("Name and purpose saved."));
    let good = [("name", "till"), ("description", "Buys till rolls")];
    assert_eq!(admin.submit(&edit, &good).await.led(), (303, Some(&*path)));
    assert!(!admin.get(&path).await.main().contains(said));
    // Test limits take nobody else to raise.
    let dev = World::written(&fresh.db, &fresh.organisation, Environment::Dev, None).await;
    let user = dev.user.to_string();
    let own = [&[("user", &*user)], &NEW[..]].concat();
    let own: Vec<_> = own.into_iter().map(|(n, v)| (n, if n == "limit" { "10,000.01" } else { v })).collect();
    assert!(admin.submit("/dev/agents/new", &own).await.main().contains("Shown only now"));
}

#[tokio::test]
async fn what_was_typed_is_kept_and_each_refusal_stands_by_its_field() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let other = organisation(&fresh.db, "Other").await;
    let foreign = World::written(&fresh.db, &other, Environment::Live, None).await;
    let dev = World::written(&fresh.db, &fresh.organisation, Environment::Dev, None).await;
    let (own, foreign, dev) = (world.user.to_string(), foreign.user.to_string(), dev.user.to_string());
    for (field, value, why) in [
        ("user", "", "User must be chosen"),
        ("user", "user_nobody", "User must be chosen"),
        ("user", &foreign, "User must be one of the choices"),
        ("user", &dev, "User must be one of the choices"),
        ("name", "", "Name must not be empty"),
        ("description", " ", "Description must say what the agent is for"),
        ("limit", "", "Limit must be an amount such as 1250.00"),
        ("limit", "-5", "Limit must be an amount such as 1250.00"),
        ("limit", "0.00", "Limit must be more than nothing"),
        ("limit", "99999999999999999999", "Limit must be an amount"),
        ("frequency", "perCentury", "Frequency must be one of"),
        ("on_exceeded", "explode", "On exceeded must be one of the choices"),
    ] {
        let value_of = |name: &str, own: &str| if name == field { value.to_owned() } else { own.to_owned() };
        let fields: Vec<(&str, String)> =
            NEW.iter().chain(&[("user", &*own)]).map(|(name, own)| (*name, value_of(name, own))).collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
        let page = admin.submit("/live/agents/new", &fields).await;
        assert_eq!(page.led(), (422, None), "{field}: {value}");
        assert_eq!(page.html.matches(why).count(), 2, "{field}: {value}: in the summary and by the field");
        for (name, typed) in fields {
            match name {
                "name" | "limit" => assert_eq!(page.entry(name).unwrap_or_default(), typed, "{name} after {field}"),
                "description" => assert!(page.html.contains(typed), "{name} after {field}"),
                _ if name == field => {}
                _ => assert_eq!(choice(&page, name).as_deref(), Some(typed), "{name} after {field}"),
            }
        }
    }
    assert_eq!(admin.get("/live/agents").await.rows(), 2, "nothing was made");
}

#[tokio::test]
async fn without_users_the_form_says_where_they_come_from() {
    let fresh = Fresh::new().await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let page = admin.get("/live/agents/new").await;
    assert!(page.html.contains("No users yet") && !page.main().contains("<form"));
}

#[tokio::test]
async fn a_limit_is_not_changed_over_somebody_elses_change() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    let path = format!("/live/agents/{}", world.agent);
    let form = finance.get(&format!("{path}/limit")).await;
    assert_eq!(form.entry("limit").as_deref(), Some("900000.00"));
    let (token, version) = (form.token(), form.entry("version").unwrap());
    let meanwhile = SetLimit {
        id: world.agent.clone(),
        limit: Some((amount(12_345), Frequency::PerWeek)),
        on_exceeded: None,
        reason: line("somebody else"),
        version: None,
    };
    world.make(meanwhile).await;
    let typed = [
        ("token", &*token),
        ("version", &*version),
        ("limit", "700.00"),
        ("frequency", "perYear"),
        ("on_exceeded", "suspend"),
        ("reason", "quarterly review"),
        ("was_limit", "900000.00"),
        ("was_frequency", "allTime"),
        ("was_on_exceeded", "decline"),
    ];
    let stale = finance.post(&format!("{path}/limit"), &typed).await;
    assert_eq!((stale.led(), &*stale.caching), ((409, None), "private, no-cache"));
    assert!(stale.html.contains("Somebody changed this agent meanwhile"), "{}", stale.main());
    let three: Vec<&str> = stale.table().split("<tr>").skip(1).collect();
    for (row, cells) in three.iter().zip([
        ["New limit", ">900000.00<", ">123.45<", ">700.00<"],
        ["Counted over", ">All time<", ">Week, from Monday<", ">Calendar year<"],
        ["Beyond the limit", ">Decline the purchase<", ">Decline the purchase<", ">Decline it, suspend the agent"],
    ]) {
        assert!(cells.iter().all(|cell| row.contains(cell)), "{cells:?} in {row}");
    }
    assert_eq!(three.len(), 3);
    assert_eq!(stale.entry("limit").as_deref(), Some("700.00"));
    assert_eq!(stale.entry("reason").as_deref(), Some("quarterly review"));
    assert_eq!(choice(&stale, "frequency").as_deref(), Some("perYear"));
    assert_eq!(choice(&stale, "on_exceeded").as_deref(), Some("suspend"));
    assert_eq!(agent(&world, &world.agent).await.spending_limit, Some(amount(12_345)));
    // Having seen it, the person may mean it all the same.
    let (token, version) = (stale.token(), stale.entry("version").unwrap());
    let again = [&[("token", &*token), ("version", &*version)], &typed[2..]].concat();
    assert_eq!(finance.post(&format!("{path}/limit"), &again).await.led(), (303, Some(&*path)));
    assert_eq!(agent(&world, &world.agent).await.spending_limit, Some(amount(70_000)));
    let page = finance.get(&path).await;
    assert!(
        page.main().contains("Changed: limit from 123.45 USD (week, from monday) to 700.00 USD"),
        "{}",
        page.main()
    );
}

#[tokio::test]
async fn what_somebody_else_changed_and_i_did_not_is_taken_over() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    let path = format!("/live/agents/{}/limit", world.agent);
    let form = finance.get(&path).await;
    let fields: Vec<(String, String)> = ["token", "version", "was_limit", "was_frequency", "was_on_exceeded", "limit"]
        .map(|name| (name.to_owned(), if name == "token" { form.token() } else { form.entry(name).unwrap() }))
        .into();
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    fields.extend([("frequency", "allTime"), ("on_exceeded", "suspend"), ("reason", "to be safe")]);
    let meanwhile = SetLimit {
        id: world.agent.clone(),
        limit: Some((amount(12_345), Frequency::AllTime)),
        on_exceeded: None,
        reason: line("somebody else"),
        version: None,
    };
    world.make(meanwhile).await;
    let stale = finance.post(&path, &fields).await;
    assert_eq!(stale.led().0, 409);
    assert_eq!(stale.entry("limit").as_deref(), Some("123.45"), "theirs, for mine was untouched");
    assert_eq!(choice(&stale, "on_exceeded").as_deref(), Some("suspend"), "mine");
    assert_eq!(stale.table().matches("<tr>").count(), 2, "{}", stale.table());
    assert!(stale.table().contains(">Theirs<") && stale.table().contains(">Yours<"));
    let again: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| match *name {
            "token" => ("token".to_owned(), stale.token()),
            "reason" | "frequency" | "on_exceeded" => ((*name).to_owned(), (*value).to_owned()),
            name => (name.to_owned(), stale.entry(name).unwrap()),
        })
        .collect();
    let again: Vec<(&str, &str)> = again.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(finance.post(&path, &again).await.led().0, 303);
    let after = agent(&world, &world.agent).await;
    assert_eq!((after.spending_limit, after.on_limit_exceeded), (Some(amount(12_345)), Some(OnLimitExceeded::Suspend)));
}

#[tokio::test]
async fn limits_are_lowered_raised_and_lifted_by_the_roles_that_may() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let path = format!("/live/agents/{}", world.agent);
    let change = format!("{path}/limit");
    for role in [Role::Support, Role::Auditor, Role::Developer] {
        let mut browser = Browser::signed_in(&fresh, role).await;
        assert!(!browser.get(&path).await.links().contains(&change), "{role}");
        let page = browser.get(&change).await;
        assert_eq!(page.led(), (403, None), "{role}");
        assert!(page.html.contains("permission to lower limits"), "{role}");
        let token = browser.get("/theme").await.token();
        let fields = [("token", &*token), ("version", "1"), ("limit", "1"), ("frequency", "perWeek"), ("reason", "x")];
        assert_eq!(browser.post(&change, &fields).await.led(), (403, None), "{role}");
    }
    let before = agent(&world, &world.agent).await.spending_limit;
    assert_eq!(before, Some(amount(90_000_000)));
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    for (limit, now) in [("10", Some(1_000)), ("20.50", Some(2_050)), ("", Some(2_050))] {
        let form = finance.get(&change).await;
        let version = form.entry("version").unwrap();
        let fields = [
            ("token", &*form.token()),
            ("version", &version),
            ("limit", limit),
            ("frequency", "perMonth"),
            ("on_exceeded", "decline"),
            ("reason", "review"),
        ];
        // Lifting it is above every threshold: that waits for a second person.
        let leads = if limit.is_empty() { "/live/approvals/prp_" } else { &path };
        assert!(finance.post(&change, &fields).await.location.unwrap().starts_with(leads), "{limit}");
        assert_eq!(agent(&world, &world.agent).await.spending_limit, now.map(amount), "{limit}");
    }
    for (field, value, why) in [
        ("reason", "", "Reason must not be empty"),
        ("limit", "much", "Limit must be"),
        ("frequency", "x", "Frequency"),
    ] {
        let form = finance.get(&change).await;
        let version = form.entry("version").unwrap();
        let fields = [("limit", "5"), ("frequency", "perWeek"), ("on_exceeded", "none"), ("reason", "x")]
            .map(|(name, own)| (name, if name == field { value } else { own }));
        let token = form.token();
        let fields = [&[("token", &*token), ("version", &*version)], &fields[..]].concat();
        let page = finance.post(&change, &fields).await;
        assert_eq!(page.led(), (422, None), "{field}");
        assert_eq!(page.html.matches(why).count().min(2), 2, "{field}");
    }
}

#[tokio::test]
async fn an_agent_is_stopped_with_its_cards_and_goes_on_with_them() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let path = format!("/live/agents/{}", world.agent);
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let asked = support.get(&format!("{path}/suspend")).await;
    assert!(asked.html.contains("frozen with it: 2."), "open cards, one of them frozen already: {}", asked.main());
    let refused = support.submit(&format!("{path}/suspend"), &[("reason", "")]).await;
    assert_eq!(refused.led(), (422, None));
    assert_eq!(refused.html.matches("Reason must not be empty").count(), 2);
    let done = support.submit(&format!("{path}/suspend"), &[("reason", "odd purchases")]).await;
    assert_eq!(done.led(), (303, Some(&*path)));
    let page = support.get(&path).await;
    assert!(page.html.contains("Agent suspended. Cards frozen with it: 1."), "{}", page.main());
    assert!(page.html.contains("odd purchases") && page.html.contains("</svg>Suspended</span>"));
    assert_eq!(agent(&world, &world.agent).await.status, AgentStatus::Suspended);
    assert_eq!(support.get(&format!("{path}/resume")).await.led(), (403, None));
    let twice = support.submit(&format!("{path}/suspend"), &[("reason", "again")]).await;
    assert_eq!(twice.led(), (409, None));
    assert!(twice.html.contains("suspended already"));
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let unfreeze = admin.submit(&format!("/live/cards/{}/unfreeze", world.card), &[]).await;
    assert_eq!(unfreeze.led(), (409, None));
    assert!(unfreeze.html.contains("Its agent is suspended; resume the agent first."));
    assert!(admin.get(&format!("{path}/resume")).await.html.contains("It was suspended: odd purchases."));
    assert_eq!(admin.submit(&format!("{path}/resume"), &[]).await.led(), (303, Some(&*path)));
    assert!(admin.get(&path).await.html.contains("Agent resumed. Cards unfrozen: 1."));
    let late = admin.submit(&format!("{path}/resume"), &[]).await;
    assert_eq!(late.led(), (409, None));
    assert!(late.html.contains("This agent is not suspended."));
    let frozen = admin.get(&format!("/live/cards/{}", world.frozen)).await;
    assert!(frozen.html.contains("</svg>Frozen</span>"), "what was frozen for itself stays frozen");
    for (query, rows) in [("", 2), ("?status=suspended", 1), ("?status=active", 1)] {
        assert_eq!(admin.get(&format!("/live/agents{query}")).await.rows(), rows, "{query}");
    }
}

#[tokio::test]
async fn an_agent_shows_whose_money_it_spends() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let user: User = users::get(&world.db, &world.key, &world.user).await.unwrap();
    let page = auditor.get(&format!("/live/agents/{}", world.agent)).await;
    assert_eq!(user.balance.spending_power, 100_000_000 - 5_200);
    for text in ["Ada Lovelace", "999,948.00", "1,000,000.00", "50.00", "2.00", "Approved", "Buys paper"] {
        assert!(page.main().contains(text), "{text}");
    }
    assert!(!page.main().contains("/suspend"), "an auditor only looks");
}

#[tokio::test]
async fn a_token_is_shown_once_listed_and_revoked() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let path = format!("/live/agents/{}", world.agent);
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    assert!(admin.get(&path).await.links().contains(&format!("{path}/tokens/new")));
    let refused = admin.submit(&format!("{path}/tokens/new"), &[("name", ""), ("expires", "7")]).await;
    assert_eq!(refused.led(), (422, None));
    assert!(refused.main().contains("Name must") && refused.main().contains("Expires must be one of the choices"));
    let made = admin.submit(&format!("{path}/tokens/new"), &[("name", "worker 3"), ("expires", "30")]).await;
    assert_eq!((made.led(), &*made.caching), ((200, None), "no-store"));
    let text = token(&made).expect("the token");
    let opens = async || {
        let caller = access::caller(&fresh.db, &text, access::Origin::default()).await.unwrap();
        matches!(caller, access::Caller::Known(..))
    };
    assert!(opens().await);
    let page = admin.get(&path).await;
    assert!(page.main().contains("worker 3") && !page.html.contains(&text));
    let all = agents::tokens(&world.db, &world.key, &world.agent, &Paging::newest(10)).await.unwrap().rows;
    let token = all.iter().find(|token| token.name == "worker 3").unwrap();
    assert_eq!(token.expires_at, Some(token.created_at + 30 * DAY));
    let list = admin.get(&format!("{path}/tokens")).await;
    assert_eq!(list.rows(), 3, "{}", list.main());
    let revoke = format!("/live/agents/tokens/{}/revoke", token.id);
    assert!(list.links().contains(&revoke));
    let asked = admin.get(&revoke).await;
    assert!(asked.main().contains("It was never used.") && asked.main().contains("shopper"), "{}", asked.main());
    assert_eq!(admin.submit(&revoke, &[]).await.led(), (303, Some(&*path)));
    assert!(!opens().await);
    assert!(admin.get(&path).await.main().contains("Token revoked."));
    let late = admin.submit(&revoke, &[]).await;
    assert_eq!(late.led(), (409, None));
    // Who may only look is offered neither.
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let page = support.get(&path).await;
    assert!(
        page.main().contains("worker 3") && !page.main().contains("/revoke") && !page.main().contains("/tokens/new")
    );
}

#[tokio::test]
async fn a_token_is_rotated_and_both_work_for_the_chosen_time() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let path = format!("/live/agents/{}", world.agent);
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let made = admin.submit(&format!("{path}/tokens/new"), &[("name", "worker 4"), ("expires", "30")]).await;
    let old = token(&made).expect("the token");
    let newest = async || {
        let all = agents::tokens(&world.db, &world.key, &world.agent, &Paging::newest(10)).await.unwrap().rows;
        all.into_iter().find(|token| token.name == "worker 4").unwrap()
    };
    let opens = async |text: &str| {
        let caller = access::caller(&fresh.db, text, access::Origin::default()).await.unwrap();
        matches!(caller, access::Caller::Known(..))
    };
    let rotate = format!("/live/agents/tokens/{}/rotate", newest().await.id);
    assert!(admin.get(&path).await.links().contains(&rotate));
    let asked = admin.get(&rotate).await;
    assert!(asked.main().contains("shopper and nothing else") && asked.main().contains("24 hours"), "{}", asked.main());
    let refused = admin.submit(&rotate, &[("overlap", "2h")]).await;
    assert_eq!(refused.led(), (422, None));
    assert!(refused.main().contains("must be one of the choices") && opens(&old).await);
    fresh.clock.advance(1);
    let shown = admin.submit(&rotate, &[("overlap", "1h")]).await;
    assert_eq!((shown.led(), &*shown.caching), ((200, None), "no-store"));
    let new = token(&shown).expect("the new token");
    assert!(shown.main().contains("The old token works until") && new != old, "{}", shown.main());
    assert!(opens(&old).await && opens(&new).await);
    let successor = newest().await;
    assert_eq!(successor.expires_at, Some(successor.created_at + 30 * DAY), "a life as long as the old one's");
    let page = admin.get(&path).await;
    assert!(page.main().contains("Retiring") && !page.html.contains(&new) && !page.links().contains(&rotate));
    assert_eq!(admin.get(&rotate).await.led(), (303, Some(&*path)), "it has a successor");
    let form_token = admin.get("/theme").await.token();
    let twice = admin.post(&rotate, &[("token", &*form_token), ("overlap", "now")]).await;
    assert_eq!(twice.led(), (303, Some(&*path)), "it has a successor");
    fresh.clock.advance(HOUR);
    assert!(!opens(&old).await && opens(&new).await);
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    assert!(owner.get(&path).await.main().contains("Replaced"));
    let again = format!("/live/agents/tokens/{}/rotate", successor.id);
    let shown = owner.submit(&again, &[("overlap", "now")]).await;
    assert!(shown.main().contains("The old token has ended."), "{}", shown.main());
    assert!(!opens(&new).await && opens(&token(&shown).unwrap()).await);
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    assert!(!support.get(&path).await.main().contains("/rotate"));
}

#[tokio::test]
async fn an_agent_is_deregistered_step_by_step() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let path = format!("/live/agents/{}", world.agent);
    let close = format!("{path}/close");
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    assert!(owner.get(&path).await.links().contains(&close));
    let first = owner.get(&close).await;
    assert_eq!(first.led(), (200, None));
    for said in ["2 cards are open", "1 purchase is authorized and not settled", "2 tokens end with it", "Not yet:"] {
        assert!(first.main().contains(said), "{said}: {}", first.main());
    }
    for href in [format!("/live/cards/{}", world.card), format!("/live/purchases/{}", world.purchase)] {
        assert!(first.links().contains(&href), "{href}");
    }
    assert!(!first.main().contains("Deregister agent"), "no form yet");
    // Whoever posts all the same is told why not.
    let token = owner.get("/theme").await.token();
    let early = owner.post(&close, &[("token", &*token), ("reason", "x")]).await;
    assert_eq!(early.led(), (409, None));
    assert!(early.main().contains("2 cards of this agent are open. Close them first."), "{}", early.main());

    let asked = owner.get(&format!("{path}/cards/close")).await;
    assert!(asked.main().contains("2 cards are closed for good."), "{}", asked.main());
    let done = owner.submit(&format!("{path}/cards/close"), &[("reason", "retired")]).await;
    assert_eq!(done.led(), (303, Some(&*close)));
    let second = owner.get(&close).await;
    assert!(second.main().contains("Cards closed: 2.") && second.main().contains("No card of it is open."));
    assert!(second.main().contains("Not yet:"), "{}", second.main());
    assert_eq!(owner.get(&format!("{path}/cards/close")).await.led(), (303, Some(&*close)), "nothing to close");
    world.make(Capture { id: world.purchase.clone(), amount: None }).await;

    let third = owner.get(&close).await;
    assert!(third.main().contains("Deregister agent") && third.main().contains("2 tokens end at once"));
    assert_eq!(owner.submit(&close, &[("reason", "")]).await.led(), (422, None));
    assert_eq!(owner.submit(&close, &[("reason", "retired for good")]).await.led(), (303, Some(&*path)));
    let page = owner.get(&path).await;
    for said in
        ["Agent deregistered. Tokens ended with it: 2.", "Deregistered: retired for good", "</svg>Deregistered</span>"]
    {
        assert!(page.main().contains(said) || page.html.contains(said), "{said}: {}", page.main());
    }
    for gone in ["/suspend", "/resume", "/limit", "/close", "/tokens/new"] {
        assert!(!page.links().contains(&format!("{path}{gone}")), "{gone}");
        if gone != "/tokens/new" {
            assert_eq!(owner.get(&format!("{path}{gone}")).await.led(), (303, Some(&*path)), "{gone}");
        }
    }
    let purchase = owner.get(&format!("/live/purchases/{}", world.purchase)).await;
    assert!(purchase.main().contains("shopper"), "its name stays");
    let card = owner.get(&format!("/live/cards/{}", world.card)).await;
    assert_eq!(fact(&card, "Why in this state"), "its agent was removed");
    assert_eq!(owner.get("/live/agents?status=closed").await.rows(), 1);
}

#[tokio::test]
async fn an_agent_is_suspended_in_two_steps_from_what_names_it_or_one_is_told_who_can() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let suspend = format!("/live/agents/{}/suspend", world.agent);
    let pages = [
        format!("/live/agents/{}", world.agent),
        format!("/live/purchases/{}", world.purchase),
        format!("/live/intents/{}", world.intent),
        format!("/live/cards/{}", world.card),
        format!("/live/attestations/{}", world.read),
    ];
    for role in Role::ALL {
        let may = *role != Role::Auditor;
        let mut browser = Browser::signed_in(&fresh, *role).await;
        for path in &pages {
            let page = browser.get(path).await;
            assert_eq!(page.links().contains(&suspend), may, "{role} {path}");
            let told = "An owner, admin, developer, support or finance member can suspend the agent.";
            assert_eq!(page.main().contains(told), !may, "{role} {path}: {}", page.main());
        }
    }
    let mut support = Browser::signed_in_again(&fresh, Role::Support).await;
    assert!(support.get(&pages[1]).await.links().contains(&suspend), "the first step");
    let done = support.submit(&suspend, &[("reason", "odd purchases")]).await;
    assert_eq!(done.led().0, 303, "the second: {}", done.html);
    assert!(
        support.get(done.location.as_deref().unwrap()).await.html.contains("All of it within "),
        "how long it took"
    );
    for path in &pages[1..] {
        let page = support.get(path).await;
        assert!(page.main().contains("Suspended") && !page.links().contains(&suspend), "{path}: {}", page.main());
    }
}

/// What a page says of a term.
fn fact(page: &Page, term: &str) -> String {
    let at = page.main().split(&format!("<dt>{term}</dt>")).nth(1);
    let value = at.and_then(|rest| rest.split("</dd>").next()).unwrap_or_else(|| panic!("{term}: {}", page.main()));
    let text: String = value.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    text.replace('\u{a0}', " ")
}

#[tokio::test]
async fn a_limit_says_which_window_it_counts_over_and_what_of_it_is_held() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    let path = format!("/live/agents/{}", world.agent);
    let set = async |frequency| {
        let limit = Some((amount(10_000), frequency));
        let command =
            SetLimit { id: world.agent.clone(), limit, on_exceeded: None, reason: line("a budget"), version: None };
        world.db.commit(&world.key, command).await.unwrap();
    };
    set(Frequency::PerMonth).await;
    let page = finance.get(&path).await;
    for (term, value) in [
        ("Window", "Calendar month"),
        ("Counted since", "1 Jan 2025, 00:00 (UTC)"),
        ("Starts again", "1 Feb 2025, 00:00 (UTC)"),
        ("Spent", "52.00 USD"),
        ("Of that held, not settled", "50.00 USD"),
        ("Left", "48.00 USD"),
    ] {
        assert_eq!(fact(&page, term), value, "{term}");
    }
    assert!(page.main().contains("counted since 1 Jan 2025, 00:00, starts again 1 Feb 2025, 00:00 (UTC)"));
    let card = finance.get(&format!("/live/cards/{}", world.card)).await;
    assert_eq!(fact(&card, "Of that held, not settled"), "1 purchase, 50.00 USD");
    world.make(Capture { id: world.purchase.clone(), amount: None }).await;
    let page = finance.get(&path).await;
    assert_eq!((&*fact(&page, "Spent"), &*fact(&page, "Of that held, not settled")), ("52.00 USD", "0.00 USD"));
    set(Frequency::Per24HourPeriod).await;
    fresh.clock.advance(DAY - 1);
    let page = Browser::signed_in_again(&fresh, Role::Finance).await.get(&path).await;
    assert_eq!((&*fact(&page, "Window"), &*fact(&page, "Spent")), ("Any 24 hours (rolling)", "52.00 USD"));
    assert!(page.main().contains("; rolling, counted since "), "{}", page.main());
    assert_eq!(fact(&page, "Starts again"), "never: each purchase leaves it after 24 hours");
    fresh.clock.advance(1);
    let page = Browser::signed_in_again(&fresh, Role::Finance).await.get(&path).await;
    assert_eq!((&*fact(&page, "Spent"), &*fact(&page, "Left")), ("0.00 USD", "100.00 USD"), "a day later to the ms");
    set(Frequency::PerTransaction).await;
    let page = Browser::signed_in_again(&fresh, Role::Finance).await.get(&path).await;
    assert_eq!(fact(&page, "Window"), "Each purchase on its own");
    assert!(!page.main().contains("Counted since"), "{}", page.main());
}

#[tokio::test]
async fn a_template_fills_the_form_and_nothing_else() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let blank = admin.get("/live/agents/new").await;
    assert_eq!(blank.links().iter().filter(|href| href.contains("?template=")).count(), Template::ALL.len());
    let before = fresh.count("agents").await;
    for template in Template::ALL {
        let entries = sheet(&admin.get(&format!("/live/agents/new?template={template}")).await).unwrap();
        for (name, value) in [("description", template.purpose()), ("frequency", template.limit().1.as_str())] {
            assert!(entries.contains(&(name.to_owned(), value.to_owned())), "{template}: {entries:?}");
        }
    }
    assert_eq!(fresh.count("agents").await, before, "they were only looked at");
    let unknown = admin.get("/live/agents/new?template=yacht").await;
    assert!(sheet(&unknown).unwrap().contains(&("limit".to_owned(), String::new())), "{}", unknown.main());

    let path = "/live/agents/new?template=travel";
    let page = admin.get(path).await;
    let mut entries = sheet(&page).unwrap();
    entries.retain(|(name, _)| !["user", "name"].contains(&&**name));
    let mut sent: Vec<(&str, &str)> = entries.iter().map(|(name, value)| (&**name, &**value)).collect();
    let token = page.token();
    sent.extend([("user", world.user.as_str()), ("name", "traveller"), ("token", &token)]);
    let made = admin.post(path, &sent).await;
    assert!(made.led() == (200, None) && made.main().contains("Agent token"), "{}", made.main());
    let all = agents::list(&world.db, &world.key, &agents::Filter::default(), &Paging::newest(50)).await.unwrap();
    let agent = all.rows.iter().find(|agent| agent.name == "traveller").unwrap();
    assert_eq!(agent.description, Template::Travel.purpose());
    let limit = agent.spending_limit.zip(agent.spending_limit_frequency);
    assert_eq!(limit, Some((amount(150_000), Frequency::PerWeek)));
}
