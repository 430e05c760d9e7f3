//! Where browsers reach this server: decides cookie names, origins and whether https is a must.
use domain::access::factors::passkey;
use http::{HeaderMap, header};

/// The public address, or loopback over http when there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// `https://ledger.example.com`, without a path; none: loopback only.
    origin: Option<String>,
}

impl Site {
    /// The site at this origin (`scheme://host[:port]`).
    pub fn at(origin: impl Into<String>) -> Self {
        Self { origin: Some(origin.into()) }
    }

    /// The address that links of this site begin with: the public one, or over http the host that was asked.
    pub fn address(&self, headers: &HeaderMap) -> String {
        let host = || headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        self.origin.clone().unwrap_or_else(|| format!("http://{}", host()))
    }

    /// Whether browsers come by https: then cookies are `__Host-` and Secure.
    pub fn is_secure(&self) -> bool {
        self.origin.as_ref().is_some_and(|origin| origin.starts_with("https://"))
    }

    /// A cookie's name: with the prefix that pins it to this host where the scheme allows.
    pub fn cookie(&self, name: &str) -> String {
        if self.is_secure() { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// A cookie that scripts cannot read and that lives as long as the browser's session, or `max_age` seconds.
    pub fn set_cookie(&self, name: &str, value: &str, max_age: Option<u32>) -> String {
        let mut line = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax", self.cookie(name));
        if let Some(seconds) = max_age {
            line.push_str(&format!("; Max-Age={seconds}"));
        }
        if self.is_secure() {
            line.push_str("; Secure");
        }
        line
    }

    /// Whom passkeys belong to: the public address, or `localhost`; none where browsers make no passkeys, as under a bare
    /// number.
    pub fn passkeys(&self, headers: &HeaderMap) -> Option<passkey::Site> {
        let origin = match &self.origin {
            Some(own) => own.clone(),
            None => format!("http://{}", headers.get(header::HOST)?.to_str().ok()?),
        };
        let host = origin.split_once("://")?.1.split(['/', ':']).next()?.to_owned();
        let is_name = host == "localhost" || (host.contains('.') && host.ends_with(|c: char| c.is_ascii_alphabetic()));
        is_name.then_some(passkey::Site { id: host, origin })
    }

    /// Whether `origin` is this site's own. Without a public address it is the host that was asked, over http.
    pub fn is_origin(&self, origin: &str, headers: &HeaderMap) -> bool {
        match &self.origin {
            Some(own) => own == origin,
            None => {
                let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
                host.is_some_and(|host| origin.strip_prefix("http://") == Some(host))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_origin_is_taken() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "localhost:3000".parse().unwrap());
        let local = Site::default();
        assert!(local.is_origin("http://localhost:3000", &headers));
        for other in ["http://localhost:3001", "https://localhost:3000", "null", "http://evil.localhost:3000"] {
            assert!(!local.is_origin(other, &headers), "{other}");
        }
        let public = Site::at("https://ledger.example");
        assert!(public.is_origin("https://ledger.example", &headers));
        assert!(!public.is_origin("http://localhost:3000", &headers));
        assert_eq!(local.address(&headers), "http://localhost:3000");
        assert_eq!(public.address(&headers), "https://ledger.example");
    }

    #[test]
    fn passkeys_belong_to_names() {
        let site = |origin: &str| Site::at(origin).passkeys(&HeaderMap::new());
        assert_eq!(
            site("https://ledger.example:8443").map(|s| (s.id, s.origin)),
            Some(("ledger.example".into(), "https://ledger.example:8443".into()))
        );
        assert_eq!(site("http://127.0.0.1:3000"), None);
        assert_eq!(site("http://[::1]:3000"), None);
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "localhost:3000".parse().unwrap());
        assert_eq!(Site::default().passkeys(&headers).map(|s| s.origin), Some("http://localhost:3000".into()));
    }

    #[test]
    fn cookies_are_pinned_where_the_scheme_allows() {
        assert_eq!(Site::default().cookie("x"), "x");
        let line = Site::at("https://ledger.example").set_cookie("x", "1", None);
        assert_eq!(line, "__Host-x=1; Path=/; HttpOnly; SameSite=Lax; Secure");
    }
}
