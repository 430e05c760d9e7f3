//! Issuing a card in the dashboard.
use super::{
    browser::Browser,
    html::{decoded, sheet},
    policies::{fill, with},
    world::{World, amount},
};
use domain::{
    access::Role,
    attestations::ExposureMode,
    cards::{self, CardType},
    environment::Environment,
    ids::CardId,
    limits::terms::OnExpiry,
    testing::Fresh,
};

const NEW: &str = "/dev/cards/new";

async fn dev(fresh: &Fresh) -> World {
    World::written(&fresh.db, &fresh.organisation, Environment::Dev, None).await
}

#[tokio::test]
async fn a_card_is_issued_once_with_what_was_typed() {
    let fresh = Fresh::new().await;
    let world = dev(&fresh).await;
    let mut developer = Browser::signed_in(&fresh, Role::Developer).await;
    let of_agent = format!("{NEW}?agent={}", world.agent);
    assert!(developer.get(&format!("/dev/agents/{}", world.agent)).await.links().contains(&of_agent));
    assert!(developer.get("/dev/cards").await.links().contains(&NEW.to_owned()));
    let page = developer.get(&of_agent).await;
    let shown = sheet(&page).unwrap();
    for (name, value) in [("agent", world.agent.as_str()), ("card_type", "single"), ("policy", "none")] {
        assert!(shown.contains(&(name.to_owned(), value.to_owned())), "{name}: {shown:?}");
    }
    let policy = world.policy.to_string();
    let typed = with(
        &page,
        &[
            ("purpose", "Toner for the copier"),
            ("card_type", "multi"),
            ("max_amount", "20"),
            ("limit_per_day", "20.00"),
            ("limit_per_month", "1,000"),
            ("allowed_merchants", "Staples\n\n Amazon "),
            ("lifetime", "30"),
            ("lifetime_unit", "days"),
            ("on_expiry", "freeze"),
            ("policy", &policy),
        ],
    );
    let entries: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (&**name, &**value)).collect();
    let before = fresh.count("cards").await;
    let first = developer.post(&of_agent, &entries).await;
    let path = first.location.clone().unwrap_or_else(|| panic!("{}", first.html));
    assert_eq!(developer.post(&of_agent, &entries).await.led(), (303, Some(&*path)), "a double click");
    assert_eq!(fresh.count("cards").await, before + 1);
    let id: CardId = path.strip_prefix("/dev/cards/").unwrap().parse().unwrap();
    let card = cards::get(&world.db, &world.owner, &id).await.unwrap();
    assert_eq!(
        (&*card.purpose, card.card_type, &card.agent_id),
        ("Toner for the copier", CardType::Multi, &world.agent)
    );
    assert_eq!(card.rules.max_amount, Some(amount(2_000)));
    assert_eq!((card.rules.limit_per_day, card.rules.limit_per_month), (Some(amount(2_000)), Some(amount(100_000))));
    assert_eq!(card.rules.allowed_merchants, Some(vec!["Staples".to_owned(), "Amazon".to_owned()]));
    assert_eq!(
        (card.ttl_minutes, card.at_end, card.policy_id),
        (Some(43_200), Some(OnExpiry::Freeze), Some(world.policy))
    );
    assert_eq!(card.credential_exposure, ExposureMode::ExtensionOnly, "a number in full is the API's to ask for");
    let page = developer.get(&path).await;
    assert!(page.main().contains("Card issued.") && page.main().contains("Toner for the copier"), "{}", page.main());
}

#[tokio::test]
async fn what_cannot_be_a_card_is_said_by_its_entry_and_what_was_typed_is_kept() {
    let fresh = Fresh::new().await;
    let world = dev(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let (agent, before) = (world.agent.to_string(), fresh.count("cards").await);
    for (field, value, why) in [
        ("agent", "", "Agent must be chosen"),
        ("agent", "agt_nothing", "Agent must be chosen"),
        ("purpose", " ", "Purpose must not be empty"),
        ("card_type", "triple", "Card type must be one of the choices"),
        ("max_amount", "", "Most per purchase is required for a single-use card, unless its policy sets it"),
        ("max_amount", "-1", "Most per purchase must be an amount such as 1250.00"),
        ("max_amount", "31", "Most in 24 hours must be at least 31.00, which “Most per purchase” allows already"),
        ("limit_per_month", "29.99", "Most in a month must be at least 30.00, which “Most in 24 hours” allows already"),
        ("allowed_merchants", "***", "must hold a letter or digit"),
        ("lifetime", "9999", "Lifetime must be at most three years"),
        ("lifetime", "0", "Lifetime must be a whole number above 0"),
        ("on_expiry", "melt", "At its end must be one of the choices"),
        ("policy", "pol_nothing", "Policy must be one of the choices"),
    ] {
        let typed = [
            ("agent", &*agent),
            ("purpose", "Toner"),
            ("max_amount", "30"),
            ("limit_per_day", "30"),
            ("lifetime", "7"),
        ];
        let mut entries: Vec<(&str, &str)> = typed.into_iter().filter(|(name, _)| *name != field).collect();
        entries.push((field, value));
        let page = fill(&mut admin, NEW, &entries).await;
        let said = decoded(&page.html);
        assert_eq!(page.led(), (422, None), "{field}: {value}: {said}");
        assert_eq!(said.matches(why).count(), 2, "{field}: {value}: in the summary and by the entry: {said}");
        let kept = sheet(&page).unwrap();
        for (name, typed) in typed.iter().filter(|(name, _)| *name != field) {
            assert!(kept.contains(&((*name).to_owned(), (*typed).to_owned())), "{name} after {field}: {kept:?}");
        }
    }
    // An agent that was suspended meanwhile is no choice, and gets no card.
    let idle = world.idle.to_string();
    assert!(!admin.get(&format!("{NEW}?agent={idle}")).await.html.contains(&idle));
    let page = fill(&mut admin, NEW, &[("agent", &idle), ("purpose", "Toner"), ("max_amount", "5")]).await;
    assert_eq!(page.led(), (409, None));
    assert!(page.main().contains("This agent is suspended") && page.main().contains("value=\"Toner\""));
    assert_eq!(fresh.count("cards").await, before, "nothing was issued");
}

#[tokio::test]
async fn cards_are_issued_by_the_roles_of_the_matrix_where_an_issuer_serves() {
    let fresh = Fresh::new().await;
    let mut nobody = Browser::signed_in(&fresh, Role::Support).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    // The empty list says how to begin, and so does the form without an agent.
    assert!(owner.get("/dev/cards").await.links().contains(&NEW.to_owned()));
    let empty = nobody.get("/dev/cards").await;
    assert!(empty.main().contains("No cards yet") && !empty.links().contains(&NEW.to_owned()));
    let none = owner.get(NEW).await;
    assert!(none.main().contains("No active agent yet"), "{}", none.main());
    assert!(none.links().contains(&"/dev/agents/new".to_owned()));
    let (live, dev) = (World::new(&fresh).await, dev(&fresh).await);
    for (environment, world) in [("live", &live), ("dev", &dev)] {
        for role in Role::ALL {
            let known = environment == "dev" || matches!(role, Role::Owner | Role::Support);
            let mut browser = if known {
                Browser::signed_in_again(&fresh, *role).await
            } else {
                Browser::signed_in(&fresh, *role).await
            };
            let may = matches!(role, Role::Owner | Role::Admin) || (*role == Role::Developer && environment == "dev");
            let form = format!("/{environment}/cards/new");
            assert_eq!(browser.get(&form).await.led(), (if may { 200 } else { 403 }, None), "{role} {environment}");
            assert_eq!(browser.get(&format!("/{environment}/cards")).await.links().contains(&form), may, "{role}");
            let of_agent = format!("{form}?agent={}", world.agent);
            let agent = browser.get(&format!("/{environment}/agents/{}", world.agent)).await;
            assert_eq!(agent.links().contains(&of_agent), may, "{role} {environment}");
        }
    }
    let page = owner.get("/live/cards/new").await;
    assert!(page.main().contains("No issuer serves the live environment"), "{}", page.main());
    let (token, agent) = (owner.get("/theme").await.token(), live.agent.to_string());
    let entries =
        [("token", &*token), ("agent", &*agent), ("purpose", "Toner"), ("card_type", "single"), ("max_amount", "5")];
    assert_eq!(owner.post("/live/cards/new", &entries).await.led(), (409, None));
}
