//! Mass assignment: a form sets its own fields and nothing else (security X-Z4).
use super::{
    browser::{Browser, Page},
    world::World,
};
use domain::{access::Role, testing::Fresh};

/// Columns and powers that somebody may hope to set; no form has a field of these names.
const FIELDS: [&str; 8] =
    ["id", "organisation_id", "environment", "created_at", "permissions", "password_hash", "disabled_at", "spent"];

/// The names of the entries in the form of the page's main part, with what they hold.
fn entries(page: &Page) -> Vec<(String, String)> {
    let form = page.main().split("<form").nth(1).unwrap_or_default().split("</form>").next().unwrap_or_default();
    let names = form.split(" name=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default().to_owned());
    names.map(|name| (name.clone(), page.entry(&name).unwrap_or_default())).collect()
}

#[tokio::test]
async fn a_form_takes_its_own_fields_and_no_others() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let before = fresh.dump().await;
    let mut swept = 0;
    for route in app::pages().table.iter().filter(|route| route.form) {
        let path = world.path(route);
        let form = owner.get(&path).await;
        if form.status.as_u16() != 200 || !form.main().contains("<form") {
            continue;
        }
        for field in FIELDS {
            let token = owner.get(&path).await.token();
            let mut sent: Vec<(&str, &str)> = vec![("token", &token), (field, "x")];
            let own = entries(&form);
            sent.extend(own.iter().filter(|(name, _)| name != "token").map(|(name, value)| (&**name, &**value)));
            let page = owner.post(&path, &sent).await;
            assert_eq!(page.led(), (422, None), "{path} {field}");
            assert!(page.main().contains(&format!("the field {field} is not part of this form")), "{path} {field}");
            swept += 1;
        }
    }
    assert!(swept >= 100, "{swept}");
    let mut after = fresh.dump().await;
    for (table, rows) in before {
        assert_eq!(after.remove(&table), Some(rows), "{table}");
    }
}
