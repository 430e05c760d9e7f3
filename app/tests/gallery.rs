//! The gallery shows all there is, and shows it in order.
#[path = "../examples/gallery/pages/mod.rs"]
mod pages;

use app::ui::Theme;
use std::{collections::HashSet, fs, path::Path};

/// The text of every file below `folder`.
fn sources(folder: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text += &sources(path.to_str().expect("a name"));
        } else {
            text += &fs::read_to_string(path).expect("a text");
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

#[test]
fn its_pages_are_as_strict_as_those_of_the_product() {
    for (html, dev) in [
        (pages::everything(Theme::Light, false), false),
        (pages::everything(Theme::Dark, true), true),
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
