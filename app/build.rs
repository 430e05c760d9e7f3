//! Bundles the style sheet and names each static file after its content, so that browsers may keep it forever.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use lightningcss::{
    bundler::{Bundler, FileProvider},
    printer::PrinterOptions,
    stylesheet::{MinifyOptions, ParserOptions},
};
use sha2::{Digest, Sha256, Sha384};
use std::{env, error::Error, fmt::Write as _, fs, io::Write as _, path::Path};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("..");
    let out = env::var("OUT_DIR")?;
    println!("cargo:rerun-if-changed=../style");
    println!("cargo:rerun-if-changed=../public");

    let files = [
        ("STYLE", "app", "css", "text/css; charset=utf-8", style_sheet(&root.join("style/app.css"))?.into_bytes()),
        ("SCRIPT", "app", "js", "text/javascript; charset=utf-8", fs::read(root.join("public/app.js"))?),
        ("PASSKEYS", "passkeys", "js", "text/javascript; charset=utf-8", fs::read(root.join("public/passkeys.js"))?),
        ("ICON", "favicon", "svg", "image/svg+xml", fs::read(root.join("public/favicon.svg"))?),
    ];
    let mut code = String::new();
    for (constant, stem, extension, content_type, bytes) in &files {
        let hash = hex::encode(&Sha256::digest(bytes)[..6]);
        let sri = format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)));
        let kept = format!("{out}/{stem}.{extension}");
        fs::write(&kept, bytes)?;
        let (brotli, gzip) = (format!("{kept}.br"), format!("{kept}.gz"));
        fs::write(&brotli, as_brotli(bytes)?)?;
        fs::write(&gzip, as_gzip(bytes)?)?;
        writeln!(
            code,
            "const {constant}: Asset = Asset {{ path: \"/assets/{stem}.{hash}.{extension}\", \
             content_type: {content_type:?}, bytes: include_bytes!({kept:?}), brotli: include_bytes!({brotli:?}), \
             gzip: include_bytes!({gzip:?}), sri: {sri:?} }};"
        )?;
    }
    fs::write(format!("{out}/assets.rs"), code)?;
    Ok(())
}

/// As small as it gets: it is done once, here.
fn as_brotli(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut small = Vec::new();
    brotli::BrotliCompress(&mut bytes, &mut small, &brotli::enc::BrotliEncoderParams::default())?;
    Ok(small)
}

fn as_gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// All imports in one text, minified. No browser targets: what we write is what is sent.
fn style_sheet(entry: &Path) -> Result<String> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(entry).map_err(|error| error.to_string())?;
    sheet.minify(MinifyOptions::default()).map_err(|error| error.to_string())?;
    Ok(sheet.to_css(PrinterOptions { minify: true, ..Default::default() })?.code)
}
