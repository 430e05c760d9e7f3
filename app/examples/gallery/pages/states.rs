//! The states that no page above has: off, ticked, empty, first, long.
use super::{HOUR, badge, moment, money};
use app::ui::*;
use leptos::prelude::*;

/// The rest of the components and of their states.
pub fn others() -> AnyView {
    view! {
        <h2>"Other states"</h2>
        {choices()}
        {words()}
        {tables()}
    }
    .into_any()
}

fn choices() -> AnyView {
    let tick = |value: &str, ticked| (Choice::new(value, value), ticked);
    let groups = vec![
        ("Cards".to_owned(), vec![tick("card.created", true), tick("card.frozen", false)]),
        ("Purchases".to_owned(), vec![tick("transaction.approved", true), tick("transaction.declined", false)]),
    ];
    let plain = vec![Choice::new("30", "30 days"), Choice::new("never", "Never")];
    let periods = vec![Choice::new("", "Choose one"), Choice::new("day", "per 24 hours")];
    view! {
        <form class="form" method="get" action="#">
            <Ticks name="scopes" label="Scopes" words=true groups=vec![("Cards".to_owned(), vec![tick("Read", true), tick("Read and write", false)])] />
            <Ticks name="events" label="Events" groups refusal="Choose at least one".to_owned() hint="Others are not sent." />
            <Radios name="expires" label="Expires" choices=plain refusal="Choose one".to_owned() hint="Rotate before it does." />
            <Select name="window" label="Window" choices=periods refusal="Choose one".to_owned() hint="Counted from Monday." optional=true />
            <Checkbox name="overlap" value="first" label="Start that clock at the first use of the new secret" />
            <Checkbox name="risk" label="I know the risk" refusal="Tick this to go on".to_owned() />
            <TextArea name="why" label="Why" refusal="Enter a reason".to_owned() hint="For the audit log." rows=2 />
            <Field name="fixed" label="Environment" value="live".to_owned() readonly=true />
            <Field name="nickname" label="Nickname" optional=true placeholder="None" />
            <div class="actions"><Button word="Check the list" name="act" value="check" look=Look::Secondary /><Button word="Send elsewhere" action="#" look=Look::Secondary /></div>
        </form>
    }
    .into_any()
}

fn words() -> AnyView {
    let tones = [Tone::Neutral, Tone::Info, Tone::Good, Tone::Warn, Tone::Bad];
    let long = "an-unbroken-name-that-is-as-long-as-names-may-be-and-then-a-little-longer-than-anybody-would-like-it";
    let facts = vec![
        Fact::new("Copy", view! { <CopyButton text="lk_live_8f3KqP2x" what="key id" worded=true /> }),
        Fact::new("Long", view! { <Code text=long copy="name" /> }),
        Fact::new("Yen", view! { <Money minor=1250 currency="JPY" exponent=0 /> }),
        Fact::new("Dinar", view! { <Money minor=-1250 currency="KWD" exponent=3 /> }),
        Fact::new("Day", view! { <Moment at=super::NOW zone=super::ZONE precision=Precision::Day /> }),
        Fact::new("Logo", view! { <Logo /> }),
    ];
    view! {
        <div class="actions">{tones.map(|tone| badge(tone, &format!("{tone:?}"))).collect_view()}</div>
        <div class="actions">
            {[Look::Primary, Look::Secondary, Look::Danger, Look::Plain]
                .map(|look| view! { <ButtonLink href="#" word=format!("{look:?} link") look icon=Icon::Right /> })
                .collect_view()}
        </div>
        <Flash message=FlashMessage { tone: Tone::Good, text: "Limit changed from 500.00 to 600.00 USD.".into() } />
        <Flash message=FlashMessage { tone: Tone::Neutral, text: "Saved; the limit is what it was.".into() } />
        <Facts facts />
        <p class="trouble"><Badge tone=Tone::Bad word="Act" /><span>"This key is 94 days old; the target is 90 days."</span></p>
        // What others wrote: the marks are set in the finished page.
        <p>"STAPLES\u{202E}gpj.exe and p\u{430}ypal"</p>
    }
    .into_any()
}

fn tables() -> AnyView {
    let columns = || vec![Column::new("Name").sorted("#", Some(Order::Ascending)), Column::prose("What happened")];
    let long = "A sentence that goes on for longer than a cell is wide, so that it has to wrap on every screen.";
    let rows = (0..3).map(|n| vec![format!("Row {n}").into_any(), long.into_any()]).collect();
    let wide = vec![(0..14).map(|n| money(n * 1_234_567)).collect::<Vec<_>>()];
    let wide_columns = (0..14).map(|n| Column::numeric(format!("Column {n}"))).collect();
    let stat = |reading| view! { <Stat label="Purchases" reading /> };
    view! {
        <Table caption="With a caption in sight" columns=columns() rows />
        <Table caption="Wider than the page" columns=wide_columns rows=wide wide=true />
        <Table caption="Without rows" columns=columns() rows=vec![] />
        <Table caption="Sessions" columns=columns() rows=vec![] empty=view! { <p class="hint">"Not signed in anywhere."</p> }.into_any() />
        <FilterBar action="#" keep=vec![("agent".to_owned(), "agent_1".to_owned())]>
            <Field name="first" label="From day" kind="date" />
            <Field name="last" label="To day, inclusive" kind="date" />
        </FilterBar>
        <div class="narrowed">
            <Ranges label="Days" ranges=vec![Tab { label: "Today".into(), href: "#".into(), current: false }, Tab { label: "7 days".into(), href: "#".into(), current: true }] />
            <Chips chips=vec![Chip { name: "Status".into(), value: "declined".into(), remove_href: "#".into() }] clear_href="#" />
        </div>
        <Pager of="rows" newer="#".to_owned() count="14 rows on this page".to_owned() />
        <Stats>
            {stat(Reading::Exact(moment(HOUR), "the last one".into()))}
            {stat(Reading::TooFew { k: 0, n: 0, needs: 20, interval: None })}
        </Stats>
        <NothingYet title="No requests yet" text="For whoever may not begin, there is no button." />
        <LiveStamp every=30 />
    }
    .into_any()
}
