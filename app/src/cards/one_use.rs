//! Of a single-use card: what counted as its one use, and which card checks were let pass.
use crate::{
    cx::Cx,
    part::{part, trouble},
    problem::Problem,
    purchases::{get_purchase, list_purchases, parts as purchase},
    ui::Fact,
};
use domain::{
    cards::{Card, CardStatus, CardType},
    page::Paging,
    purchases::{Filter, Purchase, PurchaseStatus, most_of_a_check},
};
use leptos::prelude::*;

/// Checks that are told of; a merchant makes one or two.
const SHOWN: u8 = 5;

/// The purchase that counted, and the checks that did not.
#[server]
pub async fn get_one_use(card: Card) -> Result<(Option<Purchase>, Vec<Purchase>), Problem> {
    let used = match card.used_by {
        Some(id) => Some(get_purchase(id).await?.purchase),
        None => None,
    };
    let filter = Filter { card_id: Some(card.id), status: Some(PurchaseStatus::Reversed), ..Filter::default() };
    let reversed = list_purchases(filter, Paging::newest(SHOWN)).await?.rows;
    let passed =
        reversed.into_iter().filter(|p| p.is_passed_check() && used.as_ref().is_none_or(|used| used.id != p.id));
    let passed = passed.collect();
    Ok((used, passed))
}

/// What counted as the one use; nothing of a multi-use card.
pub(super) async fn fact(cx: &Cx, card: &Card) -> Result<Option<Fact>, Problem> {
    if card.card_type == CardType::Multi {
        return Ok(None);
    }
    let Some((used, passed)) = part(get_one_use(card.clone())).await? else {
        return Ok(Some(Fact::new("The one use", trouble(cx, "The one use"))));
    };
    let say = |p: &Purchase| {
        let (link, money) =
            (purchase::link(cx.environment, &p.id, &p.merchant_name), purchase::money(p.authorized_amount, p.currency));
        view! { {link}" "{money} }
    };
    let counted = match (&used, card.status) {
        (Some(used), _) => {
            let then = match used.status {
                PurchaseStatus::Pending => "authorized; the card closes when it is settled",
                PurchaseStatus::Reversed => "given back; the card is not charged again",
                PurchaseStatus::Completed | PurchaseStatus::Declined => "settled",
            };
            view! { {say(used)}", "{then} }.into_any()
        }
        (None, CardStatus::Closed) => "none: the card was closed before".into_any(),
        (None, _) => "none yet: the first approved purchase will count".into_any(),
    };
    let open = used.is_none() && card.status != CardStatus::Closed;
    let most = purchase::money(most_of_a_check(card.currency), card.currency);
    let rule = open.then(|| {
        view! { <p class="hint">"A card check of at most "{most}" that is given back uncaptured does not count."</p> }
    });
    let passed = passed
        .iter()
        .map(|p| view! { <p class="hint">"Let pass as a card check, given back uncaptured: "{say(p)}</p> })
        .collect_view();
    Ok(Some(Fact::new("The one use", view! { {counted}{rule}{passed} })))
}
