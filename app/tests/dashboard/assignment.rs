//! Mass assignment: a form sets its own fields and nothing else (security X-Z4).
use super::desk::{Desk, filled, with_token};

/// Columns and powers that somebody may hope to set; no form has a field of these names.
const FIELDS: [&str; 8] =
    ["id", "organisation_id", "environment", "created_at", "permissions", "password_hash", "disabled_at", "spent"];

#[tokio::test]
async fn a_form_takes_its_own_fields_and_no_others() {
    let mut desk = Desk::new().await;
    let before = desk.fresh.dump().await;
    let mut swept = 0;
    for form in desk.forms() {
        let page = desk.open(&form).await;
        let (path, own) = (&form.path, filled(&page));
        for field in FIELDS {
            let token = desk.open(&form).await.token();
            let mut sent = with_token(&token, &own);
            sent.push((field, "x"));
            let page = desk.browser(&form).post(path, &sent).await;
            assert_eq!(page.led(), (422, None), "{path} {field}");
            assert!(page.main().contains(&format!("the field {field} is not part of this form")), "{path} {field}");
            swept += 1;
        }
    }
    assert!(swept >= 8 * 45, "{swept}");
    let mut after = desk.fresh.dump().await;
    for (table, rows) in before {
        assert_eq!(after.remove(&table), Some(rows), "{table}");
    }
}
