//! A card's number through the whole server: what the layers leave of its page, and what the log has.
use super::{audit::Kept, browser::Browser, shop::Shop};
use domain::access::Role;

#[tokio::test]
async fn a_number_passes_every_layer_and_no_log() {
    let (kept, _guard) = Kept::listening();
    let shop = Shop::new().await;
    let mut admin = Browser::signed_in(&shop.server, Role::Admin).await;
    let card = format!("/dev/cards/{}", shop.card);
    let path = format!("{card}/reveal");
    for shown in 0..6 {
        let page = admin.submit(&path, &[("reason", "Guarantee for the hotel")]).await;
        // It stands in the page twice: to read, and to copy.
        let number =
            page.text.split("data-copy=\"").find(|rest| rest.starts_with("999999")).map(|rest| rest[..16].to_owned());
        let Some(number) = number else {
            assert_eq!((page.status.as_u16(), shown), (409, 5), "{}", page.text);
            continue;
        };
        assert_eq!((page.header("cache-control"), page.header("refresh")), ("no-store", &*format!("60;url={card}")));
        let fours: Vec<&str> = (0..4).map(|n| &number[4 * n..4 * n + 4]).collect();
        let log = kept.text();
        for said in [&number[..], &fours.join(" "), &number[6..15]] {
            assert!(!log.contains(said), "{log}");
        }
    }
    let log = kept.text();
    assert_eq!(log.matches("card.revealed").count(), 5);
    assert!(kept.security().iter().any(|line| line["event"] == "limit.hit" && line["code"] == "card_reveals"), "{log}");
}
