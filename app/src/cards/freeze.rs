//! Freezing a card, and unfreezing it.
use super::show::get_card;
use crate::{
    cx::cx,
    form::{PageConfirm, PageForm, Reason, go},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
};
use domain::{cards, ids::CardId, name::Line};
use leptos::prelude::*;

/// Why, in the words of whoever asks; nothing where nothing was typed.
pub(super) fn said(reason: &str) -> Result<Option<Line>, Problem> {
    let mut refusal = Refusal::default();
    let reason = match reason.trim() {
        "" => Some(None),
        text => refusal.take("reason", Line::parse(text)).map(Some),
    };
    refusal.or(reason)
}

/// Freezes the card of the address.
#[server]
pub async fn freeze_card(reason: String) -> Result<(), Problem> {
    let cx = cx();
    let id: CardId = cx.id("id")?;
    let reason = said(&reason)?;
    cx.db().commit(cx.grant()?, cards::FreezeCard { id: id.clone(), reason }).await?;
    cx.flash("Card frozen. The next purchase with it is declined.").await;
    go(&paths::card(cx.environment, &id));
    Ok(())
}

/// Unfreezes the card of the address.
#[server]
pub async fn unfreeze_card() -> Result<(), Problem> {
    let cx = cx();
    let id: CardId = cx.id("id")?;
    cx.db().commit(cx.grant()?, cards::UnfreezeCard { id: id.clone() }).await?;
    cx.flash("Card unfrozen. It can be charged again.").await;
    go(&paths::card(cx.environment, &id));
    Ok(())
}

/// Before freezing.
pub async fn freeze_page() -> Loaded {
    let cx = cx();
    let card = get_card(cx.id("id")?).await?;
    let back = paths::card(cx.environment, &card.id);
    let consequences = vec![
        "Every purchase with this card is declined from the next one on.".to_owned(),
        "What is authorized already can still be captured by the merchant.".to_owned(),
        "An owner or admin can unfreeze it.".to_owned(),
    ];
    let body = view! {
        <PageConfirm consequences act="Freeze card" cancel=back.clone()>
            <Reason hint="For the audit log." optional=true />
        </PageConfirm>
    };
    Ok(Page::new(format!("Freeze card ••••\u{a0}{}", card.last4), body)
        .under("Cards", paths::cards(cx.environment))
        .under(format!("••••\u{a0}{}", card.last4), back))
}

/// Before unfreezing.
pub async fn unfreeze_page() -> Loaded {
    let cx = cx();
    let card = get_card(cx.id("id")?).await?;
    let back = paths::card(cx.environment, &card.id);
    let body = view! {
        <PageForm act="Unfreeze card" cancel=back.clone()>
            <p>"The card can be charged again at once, within the limits of its agent."</p>
        </PageForm>
    };
    Ok(Page::new(format!("Unfreeze card ••••\u{a0}{}", card.last4), body)
        .under("Cards", paths::cards(cx.environment))
        .under(format!("••••\u{a0}{}", card.last4), back))
}
