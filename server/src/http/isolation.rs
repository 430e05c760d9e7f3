//! What other sites may make a browser ask for: to be led to a page, and nothing else (security X-W8).
//!
//! Browsers say of each request who wanted it and what for (`Sec-Fetch-*`); a page of another site cannot forge that.
//! Clients that are no browsers say nothing, and pass.
use super::fallback;
use crate::api::error::Failure;
use axum::{extract::Request, http::Method, middleware::Next, response::Response};

/// Refuses what another site asks for, unless it leads somebody to a page; and the API as a page.
pub async fn check(request: Request, next: Next) -> Response {
    if is_welcome(&request) {
        return next.run(request).await;
    }
    let message = "A browser asked for this from another site, or as a page what is none.";
    fallback::answer(&request, Failure::forbidden("access_denied", message))
}

fn is_welcome(request: &Request) -> bool {
    let said = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let (site, mode, dest) = (said("sec-fetch-site"), said("sec-fetch-mode"), said("sec-fetch-dest"));
    may(request.method(), request.uri().path(), site, mode, dest)
}

fn may(method: &Method, path: &str, site: Option<&str>, mode: Option<&str>, dest: Option<&str>) -> bool {
    let (api, navigates) = (fallback::is_api(path), mode == Some("navigate"));
    match site {
        None | Some("same-origin" | "none") => !(api && navigates),
        Some(_) => {
            let page = !api && !path.starts_with("/assets/") && !is_export(path);
            page && navigates && dest == Some("document") && matches!(*method, Method::GET | Method::HEAD)
        }
    }
}

/// Whether an address gives a file of data rather than a page.
fn is_export(path: &str) -> bool {
    [".csv", ".ndjson", ".json"].iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_is_reached_from_elsewhere() {
        const PAGE: &str = "/live/keys";
        const API: &str = "/v1/agents";
        const EXPORT: &str = "/live/audit/export.csv";
        const ASSET: &str = "/assets/app.0123.css";
        let (get, post) = (Method::GET, Method::POST);
        for (method, path, site, mode, dest, expected) in [
            (&get, PAGE, "", "", "", true),
            (&post, PAGE, "", "", "", true),
            (&get, API, "", "", "", true),
            (&get, PAGE, "none", "navigate", "document", true),
            (&get, PAGE, "same-origin", "navigate", "document", true),
            (&post, PAGE, "same-origin", "navigate", "document", true),
            (&get, ASSET, "same-origin", "no-cors", "style", true),
            (&get, EXPORT, "same-origin", "navigate", "document", true),
            (&get, EXPORT, "none", "navigate", "document", true),
            (&post, "/reports/csp", "same-origin", "no-cors", "report", true),
            (&get, API, "same-origin", "cors", "empty", true),
            (&get, PAGE, "cross-site", "navigate", "document", true),
            (&get, PAGE, "same-site", "navigate", "document", true),
            (&get, "/health/live", "cross-site", "navigate", "document", true),
            (&post, PAGE, "cross-site", "navigate", "document", false),
            (&get, PAGE, "cross-site", "navigate", "iframe", false),
            (&get, PAGE, "cross-site", "navigate", "object", false),
            (&get, PAGE, "cross-site", "no-cors", "image", false),
            (&get, PAGE, "same-site", "cors", "empty", false),
            (&get, PAGE, "something-new", "cors", "empty", false),
            (&get, ASSET, "cross-site", "no-cors", "script", false),
            (&get, ASSET, "cross-site", "navigate", "document", false),
            (&get, EXPORT, "cross-site", "navigate", "document", false),
            (&post, "/reports/csp", "cross-site", "no-cors", "report", false),
            (&get, API, "cross-site", "cors", "empty", false),
            (&get, API, "cross-site", "navigate", "document", false),
            (&get, API, "same-origin", "navigate", "document", false),
            (&get, API, "none", "navigate", "document", false),
            (&get, API, "", "navigate", "document", false),
        ] {
            let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
            assert_eq!(
                may(method, path, some(site), some(mode), some(dest)),
                expected,
                "{method} {path} {site} {mode}"
            );
        }
    }
}
