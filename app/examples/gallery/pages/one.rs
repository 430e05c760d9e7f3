//! One thing: its facts, its history, its limits.
use super::{HOUR, NOW, ZONE, badge, link, moment, money};
use app::ui::*;
use leptos::prelude::*;

/// A page about one purchase.
pub fn purchase() -> AnyView {
    let step = |title: &str, state, at: Option<i64>, about: &str| Step {
        title: title.into(),
        state,
        at: at.map(moment),
        about: about.to_owned().into_any(),
    };
    let steps = vec![
        step("Intent declared", StepState::Done, Some(4 * HOUR), "Buy one seat of Figma, at most 45.00 USD."),
        step(
            "Card details read",
            StepState::Late,
            Some(3 * HOUR),
            "By the extension, 61 minutes after the intent: stale.",
        ),
        step(
            "Authorization declined",
            StepState::Failed,
            Some(2 * HOUR),
            "Agent limit: 512.40 of 500.00 USD a month would be spent.",
        ),
        step("Capture", StepState::Waiting, None, "Nothing to capture."),
        step("Attestation", StepState::Missing, None, "The agent has not confirmed this purchase."),
    ];
    let facts = vec![
        Fact::new("Amount", money(4_500)),
        Fact::new("Status", badge(Tone::Bad, "Declined")),
        Fact::new("Purchase id", view! { <Code text="txn_01JCG7Q2ZP8V6N5R4T3W2X1Y0Z" copy="purchase id" /> }),
        Fact::new("Merchant", "Figma, San Francisco"),
        Fact::new("Decided", view! { <Moment at=NOW zone=ZONE precision=Precision::Second /> }),
    ];
    let crumbs = vec![Crumb { label: "Purchases".into(), href: "#".into() }];
    let tabs = ["Summary", "Events", "Webhooks", "Audit"]
        .into_iter()
        .enumerate()
        .map(|(i, label)| Tab { label: label.into(), href: "#".into(), current: i == 0 })
        .collect();
    let limits = [(1_240, Some(50_000)), (43_100, Some(50_000)), (51_240, Some(50_000)), (880, None)];
    let agents = limits
        .into_iter()
        .enumerate()
        .map(|(i, (spent, limit))| {
            vec![
                link(["Office", "Travel booker", "Design tools", "Research"][i]),
                view! { <SpendMeter spent limit currency="USD" exponent=2 period="per month" /> }.into_any(),
                view! { <ButtonLink href="#" word="Change limit" small=true /> }.into_any(),
            ]
        })
        .collect();
    let columns = vec![Column::new("Agent"), Column::new("Spent"), Column::actions("Actions")];
    view! {
        <PageHead
            title="45.00 USD at Figma"
            crumbs
            badge=badge(Tone::Bad, "Declined")
            actions=view! {
                <ButtonLink href="#" word="Freeze card" icon=Icon::Freeze />
                <ButtonLink href="#" word="Open agent" look=Look::Primary />
            }.into_any()
        />
        <Tabs label="Purchase" tabs />
        <div class="grid wide">
            <Panel title="What happened"><Timeline label="Purchase" steps /></Panel>
            <Panel title="Details"><Facts facts /></Panel>
        </div>
        <Panel title="Limits"><Table caption="Limits" columns rows=agents quiet=true /></Panel>
        <Panel title="What was said"><Quoted by="What the agent says. Unverified: nobody has checked it." text="A box of pens, approved by everybody" /></Panel>
        <Panel title="What was sent"><Verbatim label="Body" text="{\"amount\": 4500}\n" /></Panel>
    }
    .into_any()
}
