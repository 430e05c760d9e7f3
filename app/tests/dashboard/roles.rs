//! The documented role matrix is the one that the routes and roles have.
use app::guard::Access;
use domain::{
    access::{Permission, Role},
    environment::Environment,
    testing::documented,
};
use std::fmt::Write;

const INTRODUCTION: &str = "# Roles\n\n\
    What each of the six roles may do. This page is written from the routes and roles of the code: a test compares it, \
    and writes it anew when it is run with `LEDGEROS_WRITE_DOCS=1`.\n\n\
    `✓` in live and dev · `dev` in dev only · `–` not at all · `S` asks for a factor shown within five minutes. Everybody may sign in, read what their role sees, and \
    change their own name and time zone.\n\n\
    - Roles are given downwards: owners give and take every role, admins those below admin.\n\
    - Another person must approve, within 24 hours: making somebody an owner or no longer one, inviting an owner, \
    disabling, enabling or removing an owner, changing the threshold, asking less at sign-in, and raising a live limit above that threshold \
    in the dashboard. Owners approve the first ones; owners, admins and finance approve limits. Nobody approves their \
    own proposal. While nobody else could approve, nobody is asked, and the change is made at once.\n\
    - An organisation always keeps an owner who can sign in.\n\
    - A change of role, and being disabled or removed, ends the person's sessions before the answer is sent.\n\n";

fn cell(has: impl Fn(Environment) -> bool) -> &'static str {
    match (has(Environment::Live), has(Environment::Dev)) {
        (true, true) => "✓",
        (false, true) => "dev",
        (true, false) => "live",
        (false, false) => "–",
    }
}

/// The same, with an S where a factor shown lately is asked for.
fn marked(role: Role, permission: Permission) -> &'static str {
    let plain = cell(|e| role.permissions(e).has(permission));
    match (plain, Environment::ALL.iter().any(|e| role.step_up(*e).has(permission))) {
        ("✓", true) => "✓ S",
        ("dev", true) => "dev S",
        ("live", true) => "live S",
        (plain, _) => plain,
    }
}

fn row(text: &mut String, head: &str, cells: impl Iterator<Item = &'static str>) {
    let cells: Vec<&str> = cells.collect();
    writeln!(text, "| {head} | {} |", cells.join(" | ")).unwrap();
}

fn heading(text: &mut String, title: &str, columns: usize) {
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    writeln!(text, "| {title} | {} |", roles.join(" | ")).unwrap();
    writeln!(text, "|{}", "---|".repeat(columns + roles.len())).unwrap();
}

/// The page as the code has it.
fn written() -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("## Permissions\n\n");
    heading(&mut text, "to …", 1);
    for permission in Permission::ALL {
        let cells: Vec<&str> = Role::ALL.iter().map(|role| marked(*role, *permission)).collect();
        // What no role holds is a key's, a job's or the door's.
        if cells.iter().any(|cell| *cell != "–") {
            row(&mut text, permission.as_str(), cells.into_iter());
        }
    }
    text.push_str("\n## Pages\n\nEach stands below `/live` and `/dev`.\n\n");
    heading(&mut text, "page | needs the permission to", 2);
    for route in app::pages().table {
        let Access::Needs(permission) = route.access else { panic!("{} is open to all", route.path) };
        let head = format!("`{}` | {permission}", route.path);
        row(&mut text, &head, Role::ALL.iter().map(|role| cell(|e| role.permissions(e).has(permission))));
    }
    text.push_str("\n## Pages of no environment\n\n");
    heading(&mut text, "page | needs the permission to", 2);
    for route in app::door().table {
        let Access::Needs(permission) = route.access else { continue };
        let head = format!("`{}` | {permission}", route.path);
        row(&mut text, &head, Role::ALL.iter().map(|role| cell(|e| role.permissions(e).has(permission))));
    }
    text.push_str("\n## Without signing in\n\n");
    for route in app::door().table.iter().filter(|route| route.access == Access::Public) {
        writeln!(text, "- `{}`", route.path).unwrap();
    }
    text
}

#[test]
fn the_documented_matrix_is_the_one_in_force() {
    documented("roles.md", "# Roles", &written());
}

/// Security 4.8, for what this slice adds: a control of the table above, which is only as right as the code.
#[test]
fn members_are_for_owners_and_admins_and_settings_for_owners() {
    for route in app::pages().table {
        let Access::Needs(permission) = route.access else { continue };
        let who: Vec<Role> =
            Role::ALL.iter().copied().filter(|role| role.permissions(Environment::Live).has(permission)).collect();
        let expected: &[Role] = match route.path {
            "/members/{id}/factors" => &[Role::Owner],
            path if path.starts_with("/members/") && route.form => &[Role::Owner, Role::Admin],
            "/settings/organisation" | "/settings/threshold" | "/settings/alerts" => &[Role::Owner],
            _ => continue,
        };
        assert_eq!(who, expected, "{}", route.path);
    }
}
