//! Where an invitation's link leads: looking changes nothing, the form makes a member.
use super::new_password;
use crate::{
    cx::cx,
    form::{PageForm, use_form},
    list::optional_moment,
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{ButtonLink, Fact, Facts, Field, Look},
};
use domain::{
    access::invites::{self, InviteStatus, Opened},
    name::Name,
};
use leptos::prelude::*;

/// Makes whoever holds the link a member. They sign in at the door like everybody: a second factor is asked for there.
#[server]
pub async fn join(
    #[server(default)] email: String,
    name: String,
    password: String,
    password_again: String,
) -> Result<Done, Problem> {
    let cx = cx();
    let link: String = cx.id("token")?;
    let mut refusal = Refusal::default();
    if let Some(opened) = invites::open(cx.db(), &link).await? {
        unchanged(&mut refusal, &email, &opened.email);
    }
    let name = refusal.take("name", Name::parse(&name));
    let password = new_password::typed_twice(&mut refusal, password, &password_again);
    let (name, password) = refusal.or(name.zip(password))?;
    invites::accept(cx.db(), &link, name, password, cx.origin.clone()).await?;
    Ok(Done)
}

/// The address stands in the form for password managers; whoever changes it is told that it cannot be changed.
pub(super) fn unchanged(refusal: &mut Refusal, sent: &str, own: &str) {
    if !sent.is_empty() && sent != own {
        refusal.add("email", "cannot be changed here");
    }
}

/// What a page gives back when it was done.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub struct Done;

/// A page that says what became of a link, and leads to the door.
pub(super) fn spent(title: &'static str, why: String) -> Page {
    let body = view! {
        <p>{why}</p>
        <div class="actions"><ButtonLink href=paths::SIGN_IN word="Go to sign-in" look=Look::Primary /></div>
    };
    Page::new(title, body)
}

fn why_not(opened: &Opened) -> Option<String> {
    let by = &opened.invited_by;
    match opened.status {
        InviteStatus::Open => None,
        InviteStatus::Expired => Some(format!("This invitation is older than 72 hours. Ask {by} to send it again.")),
        InviteStatus::Accepted => {
            Some(format!("This invitation was used. Sign in with {} and the password chosen then.", opened.email))
        }
        InviteStatus::Withdrawn => Some(format!("This invitation was withdrawn. Ask {by} if that was a mistake.")),
    }
}

/// The page: the form while the link works, else why not.
pub async fn page() -> Loaded {
    let cx = cx();
    let link: String = cx.id("token")?;
    let Some(opened) = invites::open(cx.db(), &link).await? else {
        let why = "This is no invitation of this server, or a newer link has replaced it. Check that the address is \
                   complete, use the newest link you were given, or ask for a new one.";
        return Ok(spent("This link does not work", why.to_owned()));
    };
    let form = use_form();
    if form.output::<Done>().is_some() {
        let said = format!(
            "You are a member of {} now. Sign in with {} and your password.",
            opened.organisation, opened.email
        );
        return Ok(spent("Welcome", said));
    }
    if let Some(why) = why_not(&opened) {
        return Ok(spent("This link does not work any more", why));
    }
    let facts = vec![
        Fact::new("Organisation", opened.organisation.clone()),
        Fact::new("Your role", opened.role.to_string()),
        Fact::new("Invited by", opened.invited_by.clone()),
        Fact::new("The link works until", optional_moment(Some(opened.expires_at), chrono_tz::UTC, "")),
    ];
    let body = view! {
        <div class="stack">
            <Facts facts />
            <PageForm act="Join">
                <Field
                    name="email"
                    label="Email"
                    kind="email"
                    hint="You sign in with it."
                    value=opened.email.clone()
                    refusal=form.refusal("email")
                    readonly=true
                    autocomplete="username"
                />
                <Field
                    name="name"
                    label="Your name"
                    value=form.value("name", "")
                    refusal=form.refusal("name")
                    autocomplete="name"
                />
                {new_password::entries("Password", "Password again")}
            </PageForm>
        </div>
    };
    Ok(Page::new(format!("Join {}", opened.organisation), body))
}
