//! Bundles the style sheet and names each static file after its content, so that browsers may keep it forever.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use lightningcss::{
    bundler::{Bundler, FileProvider},
    printer::PrinterOptions,
    stylesheet::{MinifyOptions, ParserOptions},
};
use sha2::{Digest, Sha256, Sha384};
use std::{env, error::Error, fmt::Write as _, fs, path::Path};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("..");
    let out = env::var("OUT_DIR")?;
    println!("cargo:rerun-if-changed=../style");
    println!("cargo:rerun-if-changed=../public");

    let files = [
        ("STYLE", "app", "css", "text/css; charset=utf-8", style_sheet(&root.join("style/app.css"))?.into_bytes()),
        ("SCRIPT", "app", "js", "text/javascript; charset=utf-8", fs::read(root.join("public/app.js"))?),
        ("ICON", "favicon", "svg", "image/svg+xml", fs::read(root.join("public/favicon.svg"))?),
    ];
    let mut code = String::new();
    for (constant, stem, extension, content_type, bytes) in &files {
        let hash = hex::encode(&Sha256::digest(bytes)[..6]);
        let sri = format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)));
        let kept = format!("{out}/{stem}.{extension}");
        fs::write(&kept, bytes)?;
        writeln!(
            code,
            "const {constant}: Asset = Asset {{ path: \"/assets/{stem}.{hash}.{extension}\", \
             content_type: {content_type:?}, bytes: include_bytes!({kept:?}), sri: {sri:?} }};"
        )?;
    }
    fs::write(format!("{out}/assets.rs"), code)?;
    Ok(())
}

/// All imports in one text, minified. No browser targets: what we write is what is sent.
fn style_sheet(entry: &Path) -> Result<String> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(entry).map_err(|error| error.to_string())?;
    sheet.minify(MinifyOptions::default()).map_err(|error| error.to_string())?;
    Ok(sheet.to_css(PrinterOptions { minify: true, ..Default::default() })?.code)
}
