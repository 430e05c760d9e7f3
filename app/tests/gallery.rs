//! The gallery shows all there is, and shows it in order.
#[path = "../examples/gallery/pages/mod.rs"]
mod pages;

use app::ui::{Density, Theme};
use std::{collections::HashSet, fs, path::Path};

/// The text of every file below `folder`.
fn sources(folder: &str) -> String {
    texts(folder, |text| text)
}

/// The same without the tests in it, which name what they look for.
fn product(folder: &str) -> String {
    texts(folder, |text| text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default())
}

fn texts(folder: &str, part: fn(&str) -> &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text += &texts(path.to_str().expect("a name"), part);
        } else {
            // Pictures have nothing to say.
            text += part(&fs::read_to_string(path).unwrap_or_default());
        }
    }
    text
}

#[test]
fn every_component_is_in_it() {
    let shown = sources("examples/gallery");
    let components: Vec<String> = sources("src/ui")
        .split("#[component]\n")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("pub fn ")?.1.split(['(', '<']).next()?.to_owned()))
        .collect();
    assert!(components.len() >= 38, "{components:?}");
    let missing: Vec<_> = components.iter().filter(|name| !shown.contains(&format!("<{name}"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The tags of the component `name` in the gallery's code, each up to its end.
fn uses<'a>(shown: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("<{name}");
    shown
        .split(&start)
        .skip(1)
        .filter(|rest| rest.starts_with(|c: char| c.is_whitespace() || c == '/' || c == '>'))
        .map(|rest| {
            // A closing bracket within braces or quotes belongs to a value.
            let (mut depth, mut quoted) = (0, false);
            let end = rest.find(|c: char| {
                match c {
                    '"' => quoted = !quoted,
                    '{' | '(' | '[' if !quoted => depth += 1,
                    '}' | ')' | ']' if !quoted => depth -= 1,
                    _ => {}
                }
                c == '>' && depth == 0 && !quoted
            });
            &rest[..end.unwrap_or(rest.len())]
        })
        .collect()
}

/// Every option of every component is taken somewhere, and every word of the sets that they are chosen from is there.
#[test]
fn every_state_is_in_it() {
    let (shown, ui) = (sources("examples/gallery"), sources("src/ui"));
    let mut missing = Vec::new();
    for component in ui.split("#[component]\n").skip(1) {
        let rest = component.split_once("pub fn ").expect("a function").1;
        let (name, rest) = rest.split_once(['(', '<']).expect("arguments");
        let arguments = rest.split_once("\n)").map_or(rest, |(arguments, _)| arguments);
        for option in
            arguments.split("#[prop(").skip(1).filter(|p| p.starts_with("optional") || p.starts_with("default"))
        {
            let line =
                option.split('\n').map(str::trim).find(|l| l.starts_with(char::is_lowercase) && l.contains(": "));
            let field = line.and_then(|line| line.split(':').next()).expect("a name").trim();
            let taken = |tag: &&str| {
                let words = tag.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                words.clone().any(|word| word == field)
            };
            if !uses(&shown, name).iter().any(taken) {
                missing.push(format!("{name} with {field}"));
            }
        }
    }
    for set in ["Tone", "Look", "Theme", "Density", "StepState", "Order", "Reading", "Precision"] {
        let variants = ui.split(&format!("pub enum {set} {{")).nth(1).and_then(|rest| rest.split("\n}").next());
        let variants = variants.unwrap_or_else(|| panic!("{set} is no set any more"));
        for line in
            variants.lines().filter_map(|line| line.strip_prefix("    ")).filter(|l| l.starts_with(char::is_uppercase))
        {
            let variant: String = line.chars().take_while(char::is_ascii_alphanumeric).collect();
            if !shown.contains(&format!("{set}::{variant}")) {
                missing.push(format!("{set}::{variant}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// What lets text into a page as markup, a script or a style, and what loads something from elsewhere (security X-W6,
/// X-W7): none of it is written anywhere.
#[test]
fn no_source_has_a_way_around_the_templates() {
    let product: String = product("src");
    for way in
        ["inner_html", "on:click", "on:submit", "<script>", "<iframe", "<object", "<embed", "<base ", "http-equiv"]
    {
        assert!(!product.contains(way), "{way}");
    }
    for inline in [" style=\"", " style=format", "style:", " onclick=\"", "javascript:"] {
        assert_eq!(product.lines().find(|line| line.contains(inline)), None, "{inline}");
    }
    let elsewhere = product.lines().find(|line| {
        ["src=\"", "href=\"", "action=\""]
            .iter()
            .any(|a| line.contains(&format!("{a}http")) || line.contains(&format!("{a}//")))
    });
    assert_eq!(elsewhere, None);
    let scripts = sources("../public").to_lowercase();
    for way in [
        "innerhtml",
        "outerhtml",
        "insertadjacenthtml",
        "document.write",
        "eval(",
        "new function",
        "settimeout(\"",
        "http:",
        "https:",
    ] {
        assert!(!scripts.replace("http://www.w3.org/", "").contains(way), "{way}");
    }
    let styles = sources("../style").to_lowercase();
    for way in ["url(", "@import url", "http:", "https:", "expression("] {
        assert!(!styles.contains(way), "{way}");
    }
}

/// Every class that a page names has a rule, so that nothing is styled by a name that nobody wrote down.
#[test]
fn every_class_has_a_rule() {
    let (code, styles) = (sources("src"), sources("../style"));
    let mut missing = Vec::new();
    for classes in code.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        for class in classes.split_whitespace().filter(|class| !class.contains(['{', '\\'])) {
            let rule = format!(".{class}");
            let known = styles.match_indices(&rule).any(|(at, _)| {
                !styles[at + rule.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            });
            if !known {
                missing.push(class);
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn its_pages_are_as_strict_as_those_of_the_product() {
    for (html, dev) in [
        (pages::everything(Theme::Light, Density::Comfortable, false), false),
        (pages::everything(Theme::Dark, Density::Compact, true), true),
        (pages::sign_in(), false),
    ] {
        assert!(html.starts_with("<!DOCTYPE html>"));
        assert_eq!(html.contains("nothing here moves funds"), dev);
        for inline in [" style=", "<style", "javascript:", " onclick=", "<b>not bold"] {
            assert!(!html.contains(inline), "{inline}");
        }
        let ids: Vec<&str> =
            html.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default()).collect();
        let mut seen = HashSet::new();
        let twice: Vec<&&str> = ids.iter().filter(|id| !seen.insert(**id)).collect();
        assert!(twice.is_empty(), "the same id twice: {twice:?}");
        for name in html.split("aria-labelledby=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(name.split(' ').all(|id| seen.contains(id)), "{name} names nothing");
        }
    }
}
