//! The entries that making and changing a key share: place, end, scopes, addresses; read and shown.
use crate::{
    cx::Cx,
    form::Form,
    list::edge,
    problem::Refusal,
    shell::capital,
    ui::{Button, Choice, Field, Look, Radios, TextArea, Ticks},
};
use domain::{
    environment::Environment,
    keys::{
        Addresses, Expiry, Scope, Scopes,
        life::PRESETS,
        scopes::{Level, Resource},
    },
    name::Line,
    time::DAY,
};
use leptos::prelude::*;

/// The entries as the form sends them.
pub struct Sent<'a> {
    pub lives: &'a str,
    /// Days, `date`, `never` or, for a key that is there, `keep`.
    pub expires: &'a str,
    pub until: &'a str,
    pub reason: &'a str,
    /// `full`, `read` or `chosen`.
    pub access: &'a str,
    pub scopes: &'a [String],
    pub addresses: &'a str,
}

/// The entries as values. No `expiry`: it stays as it is.
pub struct Entered {
    pub lives: Option<Line>,
    pub expiry: Option<Expiry>,
    pub scopes: Scopes,
    pub addresses: Addresses,
}

/// Reads the entries, or notes why each was refused.
pub fn read(cx: &Cx, sent: &Sent<'_>, keeps: bool, refusal: &mut Refusal) -> Option<Entered> {
    let lives = match sent.lives.trim() {
        "" => Some(None),
        text => refusal.take("lives", Line::parse(text).map_err(|why| format!("Where it lives {why}"))).map(Some),
    };
    let expiry = match sent.expires {
        "keep" if keeps => Some(None),
        _ => expiry(cx, sent, refusal).map(Some),
    };
    let scopes = scopes(sent, refusal);
    let addresses = refusal.take("addresses", list(sent.addresses));
    Some(Entered { lives: lives?, expiry: expiry?, scopes: scopes?, addresses: addresses? })
}

/// The address list, or why it is none.
pub fn list(text: &str) -> Result<Addresses, String> {
    text.parse().map_err(|why| format!("The list {why}"))
}

/// The button's word for looking what the address list would have refused.
pub const CHECK: &str = "check";

/// The button that asks what the address list would have refused.
pub fn check() -> AnyView {
    view! { <Button word="Check the address list" look=Look::Secondary name="act" value=CHECK /> }.into_any()
}

fn expiry(cx: &Cx, sent: &Sent<'_>, refusal: &mut Refusal) -> Option<Expiry> {
    match sent.expires {
        "never" => match sent.reason.trim() {
            "" if cx.environment == Environment::Live => {
                refusal.add("reason", "must say why a live key never ends");
                None
            }
            "" => Some(Expiry::Never(None)),
            text => refusal.take("reason", Line::parse(text)).map(|reason| Expiry::Never(Some(reason))),
        },
        "date" => {
            let text = sent.until.trim().to_owned();
            // Ten characters: a day, and not the milliseconds that addresses of lists may carry.
            match edge(Some(&text).filter(|text| text.len() == 10 && text.contains('-')), cx.zone(), true) {
                Some(end) if end > cx.db().now() => Some(Expiry::At(end)),
                Some(_) => {
                    refusal.add("until", "must be today or later");
                    None
                }
                None => {
                    refusal.add("until", "must be a day such as 2027-03-31");
                    None
                }
            }
        }
        days => match days.parse().ok().filter(|days| PRESETS.contains(days)) {
            Some(days) => Some(Expiry::At(cx.db().now() + i64::from(days) * DAY)),
            None => {
                refusal.add("expires", "must be one of the choices");
                None
            }
        },
    }
}

fn scopes(sent: &Sent<'_>, refusal: &mut Refusal) -> Option<Scopes> {
    match sent.access {
        "full" => Some(Scopes::FULL),
        "read" => Some(Scopes::READ),
        // Writing includes reading, however they were ticked.
        "chosen" => {
            let mut words = sent.scopes.to_vec();
            words.sort_by_key(|word| word.ends_with(":write"));
            refusal.take("scopes", words.join(" ").parse::<Scopes>())
        }
        _ => {
            refusal.add("access", "must be one of the choices");
            None
        }
    }
}

/// What the entries hold before anything is typed.
#[derive(Default)]
pub struct Start {
    pub lives: String,
    pub expires: &'static str,
    pub reason: String,
    pub scopes: Option<Scopes>,
    pub addresses: String,
}

/// The entry for the place.
pub fn lives(form: &Form, start: &Start) -> AnyView {
    view! {
        <Field
            name="lives"
            label="Where it will live"
            hint="The secret store, server or pipeline that will hold it: whoever has to replace it in a hurry looks there."
            value=form.value("lives", &start.lives)
            refusal=form.refusal("lives")
            autocomplete="off"
            placeholder="Vault, path billing/ledger"
            optional=true
        />
    }
    .into_any()
}

/// The entries for the end. `keep` is the words for leaving it as it is, where there is something to leave.
pub fn end(cx: &Cx, form: &Form, start: &Start, keep: Option<String>) -> AnyView {
    let mut ends: Vec<Choice> = keep.map(|words| Choice::new("keep", words)).into_iter().collect();
    ends.extend(PRESETS.iter().map(|days| Choice::new(days.to_string(), format!("{days} days from now"))));
    ends.push(Choice::new("date", "At the end of a day").hint("Name the day below."));
    let never = match cx.environment {
        Environment::Live => "Say below why. A key that never ends works for whoever finds it, for ever.",
        Environment::Dev => "Fit for a throwaway project only.",
    };
    ends.push(Choice::new("never", "Never").hint(never));
    view! {
        <Radios
            name="expires"
            label="Ends"
            choices=ends
            value=form.value("expires", start.expires)
            refusal=form.refusal("expires")
        />
        <Field
            name="until"
            label="Last day"
            kind="date"
            hint=format!("Counted whole, in {}. Only for \u{201c}At the end of a day\u{201d}.", cx.zone().name())
            value=form.value("until", "")
            refusal=form.refusal("until")
            optional=true
        />
        <Field
            name="reason"
            label="Why it never ends"
            hint="Only for \u{201c}Never\u{201d}. Kept with the key and in the audit log."
            value=form.value("reason", &start.reason)
            refusal=form.refusal("reason")
            autocomplete="off"
            optional=true
        />
    }
    .into_any()
}

/// How a form that was sent would have the key end, where it would not leave that as it is.
pub fn end_words(form: &Form) -> Option<String> {
    let word = form.entered("expires")?;
    Some(match word.as_str() {
        "keep" => return None,
        "never" => "Never".to_owned(),
        "date" => format!("At the end of {}", form.entered("until").unwrap_or_default()),
        days => format!("{days} days from now"),
    })
}

/// The word for the power of a key.
pub fn access(start: &Start) -> &'static str {
    match start.scopes.unwrap_or(Scopes::READ) {
        Scopes::FULL => "full",
        Scopes::READ => "read",
        _ => "chosen",
    }
}

/// What a key may have for its power.
pub fn accesses() -> [Choice; 3] {
    [
        Choice::new("chosen", "Only what is ticked below")
            .hint("The least that does the job is the best: a key that leaks can do no more."),
        Choice::new("read", "Read everything")
            .hint("For reports and monitoring. It can change nothing and see no card number."),
        Choice::new("full", "Everything").hint("Read and write on every resource, also on those that are added later."),
    ]
}

fn scope_of(resource: Resource, level: Level) -> String {
    Scope { resource, level }.to_string()
}

/// The boxes that are ticked for a key with chosen scopes.
pub fn ticked(start: &Start) -> Vec<String> {
    let scopes = start.scopes.filter(|_| access(start) == "chosen");
    let level = |resource: Resource| scopes.map(|scopes| scopes.level(resource)).filter(|level| *level != Level::None);
    Resource::ALL.iter().filter_map(|resource| level(*resource).map(|level| scope_of(*resource, level))).collect()
}

/// All boxes, each with words of its own.
pub fn ticks() -> Vec<Choice> {
    let of = |resource: &Resource, level, words: &str| {
        Choice::new(scope_of(*resource, level), format!("{}: {words}", capital(resource.as_str())))
    };
    Resource::ALL.iter().flat_map(|r| [of(r, Level::Read, "read"), of(r, Level::Write, "read and write")]).collect()
}

/// The entries for the scopes.
pub fn power(form: &Form, start: &Start) -> AnyView {
    let now = ticked(start);
    let groups = Resource::ALL
        .iter()
        .map(|resource| {
            let tick = |level: Level, words: &str| {
                let scope = scope_of(*resource, level);
                let start = now.contains(&scope);
                (Choice::new(scope.clone(), words), form.ticked("scopes", &scope, start))
            };
            let ticks = vec![tick(Level::Read, "Read"), tick(Level::Write, "Read and write")];
            (capital(resource.as_str()), ticks)
        })
        .collect();
    let (choices, value) = (accesses().to_vec(), form.value("access", access(start)));
    view! {
        <Radios name="access" label="May do" choices value refusal=form.refusal("access") />
        <Ticks
            name="scopes"
            label="Scopes"
            hint="Only for \u{201c}Only what is ticked below\u{201d}. A call outside them is answered 403 and names the scope it lacked."
            groups
            refusal=form.refusal("scopes")
        />
    }
    .into_any()
}

/// The entry for the addresses.
pub fn addresses(form: &Form, start: &Start) -> AnyView {
    view! {
        <TextArea
            name="addresses"
            label="Address list"
            hint="Addresses and networks, IPv4 or IPv6, one on each line: 192.0.2.7 or 2001:db8::/32. \
                  From elsewhere the key is answered 403 address_not_allowed. Empty: it works from everywhere."
            value=form.value("addresses", &start.addresses)
            refusal=form.refusal("addresses")
            rows=3
            optional=true
        />
    }
    .into_any()
}
