//! Closing a card for good.
use super::{freeze::said, show::get_card};
use crate::{
    cx::cx,
    form::{PageConfirm, Reason, go},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::amount,
};
use domain::{
    cards::{self, Held},
    ids::CardId,
    money::Currency,
};
use leptos::prelude::*;

/// Closes the card of the address.
#[server]
pub async fn close_card(reason: String) -> Result<(), Problem> {
    let cx = cx();
    let id: CardId = cx.id("id")?;
    cx.db().commit(cx.grant()?, cards::CloseCard { id: id.clone(), reason: said(&reason)? }).await?;
    cx.flash("Card closed. It can never be charged again.").await;
    go(&paths::card(cx.environment, &id));
    Ok(())
}

/// What is held on a card.
#[server]
pub async fn get_held(id: CardId) -> Result<Option<Held>, Problem> {
    let cx = cx();
    Ok(cards::held_on(cx.db(), cx.grant()?, &id).await?)
}

/// What closing does to what is authorized already.
fn about_held(held: Option<&Held>, currency: Currency) -> String {
    let Some(held) = held else {
        return "Nothing is authorized on it that waits for settlement.".to_owned();
    };
    let holds = if held.purchases == 1 {
        "1 purchase that is not settled holds".to_owned()
    } else {
        format!("{} purchases that are not settled hold", held.purchases)
    };
    let money = amount(held.amount, currency.exponent());
    format!("{holds} {money} {currency}. Closing does not release that: the merchant can still capture it.")
}

/// Before closing.
pub async fn page() -> Loaded {
    let cx = cx();
    let card = get_card(cx.id("id")?).await?;
    let held = get_held(card.id.clone()).await?;
    let back = paths::card(cx.environment, &card.id);
    let consequences = vec![
        "Every purchase with this card is declined from the next one on.".to_owned(),
        about_held(held.as_ref(), card.currency),
        "This cannot be undone. A replacement is a new card.".to_owned(),
    ];
    let body = view! {
        <PageConfirm consequences act="Close card" cancel=back.clone()>
            <Reason hint="For the audit log." optional=true />
        </PageConfirm>
    };
    Ok(Page::new(format!("Close card ••••\u{a0}{}", card.last4), body)
        .under("Cards", paths::cards(cx.environment))
        .under(format!("••••\u{a0}{}", card.last4), back))
}
