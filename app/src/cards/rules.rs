//! What a card sets itself, and the policy that it inherits: old and new side by side, with a reason, against stale edits.
#![expect(
    dead_code,
    clippy::too_many_arguments,
    reason = "a route runs the form of a server function, and its arguments are the entries"
)]
use super::show::get_card;
use crate::{
    cx::{Cx, cx},
    form::{
        PageForm, Reason,
        conflict::{Edit, told},
        use_form,
    },
    members, paths,
    policies::{
        Policies, differences,
        entry::{Sent, Whose, ours},
        fields, own_zone,
        rules_form::rules_form,
        words,
    },
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Fact, Facts, Panel, Select},
};
use domain::{
    cards::{Card, CardStatus, CardType, SetCardRules},
    ids::CardId,
    name::Line,
};
use leptos::prelude::*;

rules_form! {
    /// Puts the entries in place of what the card sets, under the policy that is chosen.
    card change_card_rules(policy, reason, version) then change
}

async fn change(policy: String, reason: String, version: String, sent: Sent) -> Result<(), Problem> {
    let cx = cx();
    let id: CardId = cx.id("id")?;
    let all = Policies::all().await?;
    let mut refusal = Refusal::default();
    let policy = all.chosen(&policy, &mut refusal);
    let set = sent.change(Whose::Card, &mut refusal);
    let reason = refusal.take("reason", Line::parse(&reason));
    let version = refusal.version(&version);
    let ((policy, reason), version) = refusal.or(policy.zip(reason).zip(version))?;
    let before = get_card(id.clone()).await?;
    let command =
        SetCardRules { id: id.clone(), set, policy_id: Some(policy), reason: Some(reason), version: Some(version) };
    let effect = cx.db().commit(cx.grant()?, command).await.map_err(ours)?;
    let after = get_card(id.clone()).await?;
    let mut changes = differences(&before.terms(), &after.terms());
    changes.insert(0, ("policy", all.called(before.policy_id.as_ref()), all.called(after.policy_id.as_ref())));
    let done = format!("{} It decides the next purchase with this card.", told(&changes));
    members::told(&cx, effect, done, paths::card(cx.environment, &id)).await;
    Ok(())
}

/// The card of the address, unless it is closed: nothing of it changes any more, and its page says so.
async fn open(cx: &Cx) -> Result<Card, Problem> {
    let card = get_card(cx.id("id")?).await?;
    if card.status == CardStatus::Closed {
        return Err(Problem::Elsewhere(paths::card(cx.environment, &card.id)));
    }
    Ok(card)
}

/// What is in force, for the eye to compare with what is typed.
fn now(card: &Card, policy: String) -> AnyView {
    let mut facts = vec![Fact::new("Policy", policy)];
    facts.extend(words::terms(&card.terms()).into_iter().map(|(term, text)| Fact::new(term, text)));
    let alone = (facts.len() == 1).then(|| view! { <p class="hint">"The card sets nothing itself."</p> });
    view! { <Panel title="In force now"><Facts facts />{alone}</Panel> }.into_any()
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let card = open(&cx).await?;
    let (all, zone) = (Policies::all().await?, own_zone().await?);
    let (e, start) = (cx.environment, Sent::of(&card.terms()));
    let (last4, back) = (format!("••••\u{a0}{}", card.last4), paths::card(e, &card.id));
    let choices = all.choices("None: only what is set for all cards, and by this one");
    let inherits = Policies::value(card.policy_id.as_ref());
    let edit = Edit::of(use_form(), card.version).choice("policy", "Policy", inherits, &choices);
    let edit = fields::edit(edit, &start, &zone, Whose::Card);
    let (policy, refusal, head) = (edit.value("policy"), edit.refusal("policy"), edit.head());
    let entries = fields::all(&use_form(), &start, &zone, Whose::Card);
    let single = (card.card_type == CardType::Single).then(|| {
        view! { <p>"A single-use card must be capped: by “Most per purchase”, or by that of its policy."</p> }
    });
    let now = now(&card, all.called(card.policy_id.as_ref()));
    let body = view! {
        <div class="stack">
            {now}
            <PageForm act="Change rules" cancel=back.clone() wide=true>
                {head}
                <p>"Organisation, agent and policy hold the card as well: of all levels the tightest counts."</p>
                {single}
                <Select name="policy" label="Policy" choices value=policy refusal />
                {entries}
                <Reason hint="For the audit log." />
            </PageForm>
        </div>
    };
    Ok(Page::new("Change the rules", body).under("Cards", paths::cards(e)).under(last4, back))
}
