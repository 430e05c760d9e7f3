//! A card's number, shown to a person for a minute.
use super::show::get_card;
use crate::{
    cx::cx,
    form::{PageConfirm, Reason, fleeting, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{ButtonLink, ErrorSummary, FleetingSecrets, Look, SecretPart},
};
use domain::{
    Error,
    alert::{self, Alert},
    attestations::ExposureMode,
    cards::{self, Card, CardStatus, REVEALS_PER_CARD, REVEALS_PER_PERSON},
    error::Code,
    ids::CardId,
    name::Line,
    secret::Revealed,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// For how many seconds a number is shown.
const SECONDS: u32 = 60;

/// What the one page shows.
#[derive(Serialize, Deserialize)]
pub struct Shown {
    number: Revealed,
    expiry: String,
    security_code: Revealed,
}

/// Shows the number of the card of the address, this once.
#[server]
pub async fn reveal_card(reason: String) -> Result<Shown, Problem> {
    let cx = cx();
    let id: CardId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let reason = refusal.take("reason", Line::parse(&reason));
    let reason = refusal.or(reason)?;
    let revealed =
        cx.db().commit(cx.grant()?, cards::RevealCard { id: id.clone(), reason }).await.inspect_err(|error| {
            // Here and not where it is counted: the line has the request around it, and a change may run twice.
            if matches!(error, Error::State { code: Code::RevealLimit, .. }) {
                alert::raise(Alert::Limit, "card_reveals");
            }
        })?;
    let (card, details) = (paths::card(cx.environment, &id), revealed.details);
    fleeting(&card, SECONDS);
    cx.then(card);
    Ok(Shown {
        number: details.pan.reveal(),
        expiry: format!("{:02}/{}", details.expiration_month, details.expiration_year),
        security_code: details.cvv.reveal(),
    })
}

/// Why the card's number is shown to nobody, as far as the card itself says so.
pub(super) fn hidden(card: &Card) -> Option<&'static str> {
    match card.status {
        CardStatus::Closed => Some("This card is closed. Nothing can be bought with it, so its number stays hidden."),
        CardStatus::NotActivated => {
            Some("This card is not activated. Nothing can be bought with it yet, so its number stays hidden.")
        }
        _ if card.credential_exposure == ExposureMode::Never => {
            Some("This card was issued to never show its number. It pays by hosted checkout.")
        }
        CardStatus::Active | CardStatus::Frozen => None,
    }
}

/// The page: what follows and the question why, or the number.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    let card = get_card(cx.id("id")?).await?;
    let (e, last4) = (cx.environment, format!("••••\u{a0}{}", card.last4));
    let back = paths::card(e, &card.id);
    let under = |page: Page| page.under("Cards", paths::cards(e)).under(last4.clone(), paths::card(e, &card.id));
    if let Some(shown) = form.output::<Shown>() {
        return Ok(under(Page::new("Number revealed", shown_once(&last4, &shown, back))));
    }
    let stopped = cx.stop.is_some().then_some("All spending is stopped. No number is shown until it is allowed again.");
    let body = match stopped.or_else(|| hidden(&card)) {
        Some(why) => view! {
            <div class="stack">
                <ErrorSummary refusals=form.refusals() />
                <p>{why}</p>
                <div class="actions"><ButtonLink href=back word="Back to the card" /></div>
            </div>
        }
        .into_any(),
        None => {
            let consequences = vec![
                format!("The number, expiry and security code are shown for {SECONDS} seconds, on one page."),
                "Your name and your reason go into the audit log.".to_owned(),
                "It is no agent's read: what you buy with the number counts as unattested.".to_owned(),
                format!(
                    "A card can be revealed {REVEALS_PER_CARD} times in 24 hours, and by one person {REVEALS_PER_PERSON} \
                     cards in an hour."
                ),
            ];
            view! {
                <PageConfirm consequences act="Reveal number" cancel=back>
                    <Reason hint="What you need the number for, such as \u{201c}Guarantee for the hotel, by phone\u{201d}." />
                </PageConfirm>
            }
            .into_any()
        }
    };
    Ok(under(Page::new(format!("Reveal card {last4}"), body)))
}

fn shown_once(last4: &str, shown: &Shown, back: String) -> AnyView {
    let number = shown.number.text();
    let fours: Vec<&str> =
        (0..number.len()).step_by(4).filter_map(|at| number.get(at..(at + 4).min(number.len()))).collect();
    let plain = |label, text: &str| SecretPart { label, shown: text.to_owned(), copied: text.to_owned() };
    let parts = vec![
        SecretPart { label: "Number", shown: fours.join(" "), copied: number.to_owned() },
        plain("Expiry", &shown.expiry),
        plain("Security code", shown.security_code.text()),
    ];
    view! {
        <div class="stack">
            <FleetingSecrets
                label=format!("Card {last4}")
                parts
                seconds=SECONDS
                note="The page then goes back to the card. To see it again, reveal it again: that counts anew."
            />
            <div class="actions"><ButtonLink href=back word="Done: hide it" look=Look::Primary /></div>
        </div>
    }
    .into_any()
}
