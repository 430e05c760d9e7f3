//! The server functions of forms of rules, all of which have the same entries.

/// A server function whose arguments are entries of its own and those of rules; `card` adds those that cards and policies
/// have, `policy` besides those that only policies have. It gives them to a function of ours.
macro_rules! rules_form {
    ($(#[$meta:meta])* $name:ident($($own:ident),*) then $then:path) => {
        $crate::policies::rules_form::rules_form!(@ $(#[$meta])* $name($($own),*) [] [..Default::default()] $then);
    };
    ($(#[$meta:meta])* card $name:ident($($own:ident),*) then $then:path) => {
        $crate::policies::rules_form::rules_form!(@ $(#[$meta])* $name($($own),*)
            [lifetime lifetime_unit on_expiry merchant_hint tolerance] [..Default::default()] $then);
    };
    ($(#[$meta:meta])* policy $name:ident($($own:ident),*) then $then:path) => {
        $crate::policies::rules_form::rules_form!(@ $(#[$meta])* $name($($own),*)
            [lifetime lifetime_unit on_expiry merchant_hint tolerance exposure] [] $then);
    };
    (@ $(#[$meta:meta])* $name:ident($($own:ident),*) [$($more:ident)*] [$($rest:tt)*] $then:path) => {
        $(#[$meta])*
        #[server]
        pub async fn $name(
            $(#[server(default)] $own: String,)*
            #[server(default)] max_amount: String,
            #[server(default)] limit_per_day: String,
            #[server(default)] limit_per_month: String,
            #[server(default)] cumulative_max: String,
            #[server(default)] max_auth_count: String,
            #[server(default)] cooldown_minutes: String,
            #[server(default)] velocity_count: String,
            #[server(default)] velocity_window: String,
            #[server(default)] velocity_unit: String,
            #[server(default)] active_hours_start: String,
            #[server(default)] active_hours_end: String,
            #[server(default)] active_timezone: String,
            #[server(default)] active_days: Vec<String>,
            #[server(default)] allowed_mccs: String,
            #[server(default)] blocked_mccs: String,
            #[server(default)] allowed_merchants: String,
            #[server(default)] blocked_merchants: String,
            #[server(default)] on_drift: String,
            #[server(default)] require_attestation: String,
            #[server(default)] require_approval: String,
            #[server(default)] auto_approve_below: String,
            $(#[server(default)] $more: String,)*
        ) -> Result<(), Problem> {
            let sent = $crate::policies::entry::Sent {
                max_amount, limit_per_day, limit_per_month, cumulative_max, max_auth_count, cooldown_minutes,
                velocity_count, velocity_window, velocity_unit, active_hours_start, active_hours_end, active_timezone,
                active_days, allowed_mccs, blocked_mccs, allowed_merchants, blocked_merchants, on_drift,
                require_attestation, require_approval, auto_approve_below,
                $($more,)*
                $($rest)*
            };
            $then($($own,)* sent).await
        }
    };
}
pub(crate) use rules_form;
