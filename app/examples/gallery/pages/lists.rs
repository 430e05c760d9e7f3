//! Numbers, panels and lists, and the ways to show nothing.
use super::{
    HOUR, badge,
    charts::{bar_chart, rate_chart, two_lines},
    link, moment, money,
};
use app::ui::*;
use leptos::prelude::*;

/// A page of numbers and rows.
pub fn overview() -> AnyView {
    let ranges = || {
        ["24 h", "7 d", "30 d"]
            .into_iter()
            .enumerate()
            .map(|(i, label)| Tab { label: label.into(), href: "#".into(), current: i == 0 })
            .collect()
    };
    let rate = |k, n, low, high, tone| Reading::Rate { k, n, low, high, tone };
    let trouble = view! {
        <Trouble text="The webhook failure rate could not be loaded." request_id="req_01JCG7Q2ZP" />
    };
    view! {
        <PageHead
            title="Overview"
            lead="What your agents spend, and whether it is what they said they would.".to_owned()
            actions=view! { <LiveStamp every=30 /><Ranges ranges=ranges() /> }.into_any()
        />
        <Stats>
            <Stat label="Captured today" href="#" reading=Reading::Exact(money(1_284_350), "412 purchases by 12 agents".into()) />
            <Stat label="Decline rate" href="#" reading=rate(31, 412, 0.0535, 0.1049, Tone::Neutral) />
            <Stat label="Intent match rate" href="#" reading=rate(371, 377, 0.9657, 0.9927, Tone::Good) />
            <Stat label="Webhook failure rate" href="#" reading=Reading::TooFew { k: 3, n: 11, needs: 20, interval: Some((0.0973, 0.5656)) } />
        </Stats>
        <div class="grid wide">
            <Panel title="Declines by hour" as_of=moment(0)>{rate_chart()}</Panel>
            <Panel title="Captured by day" as_of=moment(0)>{bar_chart()}</Panel>
            <Panel title="Against last week">{two_lines()}</Panel>
            <Panel title="Webhooks">{trouble}<Stat label="Attempts" reading=rate(9, 20, 0.2582, 0.6579, Tone::Bad) /></Panel>
        </div>
        {purchases()}
        <div class="grid">
            <NothingYet icon=Icon::Agent title="No agents yet" text="An agent spends from its cards under a limit that you set." action=("Register agent".to_owned(), "#".to_owned()) />
            <NothingMatches of="purchases" terms=vec!["status is declined".into(), "agent is Travel booker".into()] clear_href="#" />
            <CouldNotLoad of="deliveries" request_id="req_01JCG7Q2ZP" retry_href="#" />
        </div>
    }
    .into_any()
}

fn purchases() -> AnyView {
    let columns = vec![
        Column::new("Merchant"),
        Column::new("Agent"),
        Column::new("Card"),
        Column::new("Status"),
        Column::new("Intent"),
        Column::numeric("Amount").sorted("#", None),
        Column::numeric("Time").sorted("#", Some(Order::Descending)),
    ];
    let row = |merchant: &str, agent: &str, status, intent, minor, before| {
        vec![
            link(merchant),
            agent.to_owned().into_any(),
            view! { <span class="mono">"•••• 4242"</span> }.into_any(),
            status,
            intent,
            money(minor),
            moment(before),
        ]
    };
    let rows = vec![
        row(
            "Amazon Web Services",
            "Infra buyer",
            badge(Tone::Good, "Completed"),
            badge(Tone::Good, "Matched"),
            124_900,
            HOUR,
        ),
        row("Lufthansa", "Travel booker", badge(Tone::Info, "Pending"), badge(Tone::Good, "Matched"), 48_215, 2 * HOUR),
        row(
            "Delta Office Supply and Furniture Company",
            "Office",
            badge(Tone::Bad, "Declined"),
            badge(Tone::Neutral, "None"),
            1_999,
            3 * HOUR,
        ),
        row("Figma", "Design tools", badge(Tone::Good, "Completed"), badge(Tone::Warn, "Mismatched"), 4_500, 5 * HOUR),
        row("Figma", "Design tools", badge(Tone::Neutral, "Reversed"), badge(Tone::Good, "Matched"), -4_500, 9 * HOUR),
    ];
    let chips = vec![
        Chip { name: "Agent".into(), value: "Travel booker".into(), remove_href: "#".into() },
        Chip { name: "Amount".into(), value: "above 10.00 USD".into(), remove_href: "#".into() },
    ];
    let sizes = [25, 50, 100].map(|rows| PageSize { rows, href: "#".into(), current: rows == 25 }).to_vec();
    let status = ["Any", "Pending", "Completed", "Declined"].map(|word| Choice::new(word, word)).to_vec();
    view! {
        <Panel title="Purchases" actions=view! { <ButtonLink href="#" word="Download CSV" small=true /> }.into_any()>
            <FilterBar action="#" clear_href="#".to_owned()>
                <Field name="q" label="Merchant" kind="search" placeholder="Any" />
                <Select name="status" label="Status" choices=status />
                <Field name="from" label="From" kind="date" />
            </FilterBar>
            <Chips chips clear_href="#" />
            <Table caption="Purchases" columns rows quiet=true />
            <Pager of="purchases" older="#".to_owned() sizes />
        </Panel>
    }
    .into_any()
}
