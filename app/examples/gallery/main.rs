//! Every component in its states, as pages to look at: `cargo run -p app --example gallery -- <folder>`.
//!
//! Writes `light.html`, `dark.html` and `dev.html` with every component of the design system, `sign-in.html`, and the
//! style sheet beside them. A test holds the pages against `src/ui`.
mod pages;

use app::{
    assets,
    ui::{Density, Theme},
};
use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "target/gallery".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    for (name, asset) in [("app.css", assets::style()), ("app.js", assets::script()), ("favicon.svg", assets::icon())] {
        fs::write(folder.join(name), asset.bytes)?;
    }
    for (name, html) in [
        ("light.html", pages::everything(Theme::Light, Density::Comfortable, false)),
        ("dark.html", pages::everything(Theme::Dark, Density::Comfortable, false)),
        ("dev.html", pages::everything(Theme::System, Density::Compact, true)),
        ("sign-in.html", pages::sign_in()),
    ] {
        fs::write(folder.join(name), beside(&html))?;
    }
    Ok(())
}

/// The same page with its files beside it; integrity needs a server.
fn beside(html: &str) -> String {
    let mut html = html.to_owned();
    for (name, asset) in [("app.css", assets::style()), ("app.js", assets::script()), ("favicon.svg", assets::icon())] {
        html = html.replace(asset.path, name).replace(&format!(" integrity=\"{}\"", asset.sri), "");
    }
    html
}
