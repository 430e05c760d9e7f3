//! Freezing a card, and unfreezing it.
use super::show::get_card;
use crate::{
    cx::cx,
    form::{PageForm, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Confirm, ErrorSummary, Field},
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
    let form = use_form();
    let (token, reason, why) = (cx.form_token(), form.value("reason", ""), form.refusal("reason"));
    let cancel = back.clone();
    let body = view! {
        <ErrorSummary refusals=form.refusals() />
        <Confirm consequences act="Freeze card" cancel_href=cancel>
            <input type="hidden" name="token" value=token />
            <Field name="reason" label="Reason" optional=true hint="For the audit log." value=reason refusal=why autocomplete="off" />
        </Confirm>
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
