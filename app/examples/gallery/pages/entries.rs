//! Entries, refused and in order; what is shown once; what cannot be taken back.
use app::ui::*;
use leptos::prelude::*;

/// A page with a form.
pub fn form() -> AnyView {
    let refusals = vec![
        ("name".to_owned(), "Enter a name".to_owned()),
        ("limit".to_owned(), "Enter an amount such as 500.00".to_owned()),
        (String::new(), "This form was sent twice".to_owned()),
    ];
    let kinds = vec![
        Choice::new("single", "Single use").hint("Closes after the first purchase."),
        Choice::new("multi", "Multiple use").hint("Stays open until you close it."),
    ];
    let periods = vec![Choice::new("month", "per month"), Choice::new("day", "per 24 hours")];
    let typed = TypedName { name: "typed".into(), expected: "prod-billing".into(), value: None, refusal: None };
    view! {
        <PageHead title="New card" lead="A card belongs to one agent.".to_owned() />
        <div class="form">
            <ErrorSummary refusals />
            <Field name="name" label="Name" hint="Shown in lists." value="".to_owned() refusal="Enter a name".to_owned() />
            <Field name="limit" label="Limit" inputmode="decimal" unit="USD" value="12,x".to_owned() refusal="Enter an amount such as 500.00".to_owned() />
            <Select name="period" label="Period" choices=periods value="day".to_owned() />
            <Radios name="kind" label="Kind" choices=kinds value="multi".to_owned() boxes=true />
            <TextArea name="note" label="Note" optional=true value="Line one\n</textarea><b>not bold</b>".to_owned() />
            <Checkbox name="intent" label="Require an intent" checked=true hint="Purchases without one are refused." />
            <div class="actions"><Button word="Create card" /><ButtonLink href="#" word="Cancel" /></div>
        </div>
        <Secret label="API key" value="lk_live_8f3KqP2xN7vB4mW1sD6gH9jL5cR0tY3uE8oA2iZ7qXwV6nM" note="Copy it to where it is used. Lost it? Revoke this one and create another." />
        <FleetingSecrets label="Card ••••\u{a0}0006" parts=vec![SecretPart { label: "Number", shown: "9999 9900 0000 0006".into(), copied: "9999990000000006".into() }, SecretPart { label: "Expiry", shown: "01/2028".into(), copied: "01/2028".into() }] seconds=60 note="The page then goes back to the card." />
        <Confirm consequences=vec!["2 services stop working at once".into(), "It cannot be brought back".into()] act="Revoke key" cancel_href="#" typed>
            <input type="hidden" name="token" value="t" />
        </Confirm>
        <div class="actions">
            <Button word="Primary" /><Button word="Secondary" look=Look::Secondary /><Button word="Danger" look=Look::Danger /><Button word="Plain" look=Look::Plain />
            <Button word="Small" small=true look=Look::Secondary icon=Icon::Plus />
        </div>
        <div class="actions">{Icon::ALL.iter().map(|icon| view! { <Glyph icon=*icon /> }).collect_view()}</div>
        <div class="stack">
            <Flash message=FlashMessage { tone: Tone::Warn, text: "This key expires in 7 days.".into() } />
            <Flash message=FlashMessage { tone: Tone::Bad, text: "The endpoint is disabled after ten failed attempts.".into() } />
            <Flash message=FlashMessage { tone: Tone::Info, text: "A new version is ready.".into() } />
        </div>
    }
    .into_any()
}
