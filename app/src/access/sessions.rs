//! The visitor's own sessions: where they are signed in, and ending that.
use crate::{
    cx::cx,
    form::{go, use_form},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Badge, Button, Column, ErrorSummary, Look, Moment, Table, Tone},
};
use domain::{
    access::sessions::{self as own, EndOtherSessions},
    ids::SessionId,
};
use leptos::prelude::*;

/// What ends every session but this one.
const OTHERS: &str = "others";

/// Ends the session of this id, or all `others`.
#[server]
pub async fn end_session(session: String) -> Result<(), Problem> {
    let cx = cx();
    let own = cx.session_id.clone().ok_or(Problem::SignIn)?;
    if session == OTHERS {
        let ended = cx.db().commit(cx.grant()?, EndOtherSessions { but: own }).await?;
        cx.flash(if ended == 1 { "One session ended.".to_owned() } else { format!("{ended} sessions ended.") }).await;
    } else {
        let id: SessionId = session.parse().map_err(|_| Problem::field("session", "must be one of the list"))?;
        if id == own {
            return Err(Problem::field("session", "This is the one you are using: sign out instead"));
        }
        cx.db().commit(cx.grant()?, own::EndSession { id }).await?;
        cx.flash("Session ended.").await;
    }
    go(paths::SESSIONS);
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let all = own::own_sessions(cx.db(), cx.grant()?).await?;
    let (zone, token, many) = (cx.zone(), cx.form_token(), all.len());
    let columns = vec![
        Column::new("Browser"),
        Column::new("Address"),
        Column::new("Signed in"),
        Column::new("Last seen"),
        Column::actions("End"),
    ];
    let rows = all
        .into_iter()
        .map(|session| {
            let own = Some(&session.id) == cx.session_id.as_ref();
            let token = token.clone();
            let end = if own {
                view! { <Badge tone=Tone::Good word="This one" /> }.into_any()
            } else {
                view! {
                    <form method="post">
                        <input type="hidden" name="token" value=token />
                        <Button word="End" name="session" value=session.id.to_string() look=Look::Secondary small=true />
                    </form>
                }
                .into_any()
            };
            vec![
                session.device.into_any(),
                session.address.unwrap_or_else(|| "unknown".into()).into_any(),
                view! { <Moment at=session.created_at.0 zone /> }.into_any(),
                view! { <Moment at=session.seen_at.0 zone /> }.into_any(),
                end,
            ]
        })
        .collect::<Vec<_>>();
    let others = (many > 1).then(|| {
        view! {
            <form method="post">
                <input type="hidden" name="token" value=cx.form_token() />
                <div class="actions">
                    <Button word="End all others" name="session" value=OTHERS look=Look::Secondary />
                </div>
            </form>
        }
    });
    let refusals = use_form().refusals();
    let body = view! {
        <ErrorSummary refusals />
        <Table caption="Where you are signed in" columns rows />
        {others}
    };
    Ok(Page::new("Sessions and devices", body)
        .lead("End what you do not know, then change your password. At most ten at once: the one seen longest ago gives way.")
        .under("Your sign-in", paths::ACCOUNT.to_owned()))
}
