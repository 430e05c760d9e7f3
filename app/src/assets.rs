//! The static files: compiled in, named after their content, served for ever.

/// A file that the binary carries. Its path changes with its bytes, so it may be cached as immutable.
#[derive(Debug)]
pub struct Asset {
    /// Where it is served: `/assets/<stem>.<hash>.<extension>`.
    pub path: &'static str,
    /// The `Content-Type` to serve it with.
    pub content_type: &'static str,
    /// The file itself.
    pub bytes: &'static [u8],
    /// The file compressed as `br`.
    pub brotli: &'static [u8],
    /// The file compressed as `gzip`.
    pub gzip: &'static [u8],
    /// Subresource integrity: `sha384-…`, for the `integrity` attribute.
    pub sri: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Every file there is, for the route that serves them.
pub static ASSETS: &[Asset] = &[STYLE, SCRIPT, ICON, PASSKEYS];

/// The one style sheet.
pub fn style() -> &'static Asset {
    &ASSETS[0]
}

/// The one script; every page works without it.
pub fn script() -> &'static Asset {
    &ASSETS[1]
}

/// The icon of the browser tab.
pub fn icon() -> &'static Asset {
    &ASSETS[2]
}

/// The script of the pages that ask for a passkey, and of no other.
pub fn passkeys() -> &'static Asset {
    &ASSETS[3]
}

/// The address of the style sheet.
pub fn style_path() -> &'static str {
    STYLE.path
}

/// The address of the script.
pub fn script_path() -> &'static str {
    SCRIPT.path
}

/// The address of the icon.
pub fn icon_path() -> &'static str {
    ICON.path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_its_own_address_and_integrity() {
        for asset in ASSETS {
            assert!(asset.path.starts_with("/assets/"), "{}", asset.path);
            assert!(asset.sri.starts_with("sha384-") && asset.sri.len() == 7 + 64, "{}", asset.sri);
            assert!(!asset.bytes.is_empty() && !asset.brotli.is_empty());
            assert!(asset.brotli.len() <= asset.gzip.len() && asset.gzip.len() < asset.bytes.len(), "{}", asset.path);
        }
    }

    #[test]
    fn nothing_comes_from_elsewhere() {
        let style = std::str::from_utf8(STYLE.bytes).unwrap();
        assert!(!style.contains("://") && !style.contains("@import"), "the sheet is whole and loads no third party");
        for script in [SCRIPT, PASSKEYS] {
            let script = std::str::from_utf8(script.bytes).unwrap();
            for word in ["innerHTML", "://", "eval(", "insertAdjacentHTML", "document.write"] {
                assert!(!script.contains(word), "{word} would be stopped by the content security policy");
            }
        }
    }
}
