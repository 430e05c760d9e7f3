//! A browser in front of the server: it keeps cookies and sends forms.
use super::{
    canary,
    support::{Reply, Server},
};
use axum::http::{Method, header};
use domain::{
    access::{self, Password, Role},
    name::Name,
    testing::email,
};

/// The password of everybody in these tests.
pub const PASSWORD: &str = "planted-password-correct-horse";

/// A browser with its cookies.
pub struct Browser<'a> {
    server: &'a Server,
    cookies: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    /// Of nobody who is known.
    pub fn new(server: &'a Server) -> Self {
        Self { server, cookies: Vec::new() }
    }

    /// Somebody new of this role, who has signed in by the form.
    pub async fn signed_in(server: &'a Server, role: Role) -> Self {
        let (name, address) = (Name::parse("Ada").unwrap(), format!("{role}@acme.example"));
        let password = Password::new(PASSWORD.into()).unwrap();
        let fresh = &server.fresh;
        access::add_person(&fresh.db, &fresh.organisation, name, email(&address), role, password).await.unwrap();
        let mut browser = Self::new(server);
        let token = token(&browser.get("/sign-in").await.text);
        let fields = [("token", &*token), ("email", &*address), ("password", PASSWORD), ("next", "")];
        let page = browser.post("/sign-in", &fields).await;
        assert_eq!((page.status.as_u16(), page.header("location")), (303, "/live"));
        browser
    }

    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], String::new()).await
    }

    /// Sends a form as its own page would.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
        self.send(Method::POST, path, &headers, body).await
    }

    /// Opens a page with a form and sends it.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let token = token(&self.get(path).await.text);
        self.post(path, &[&[("token", &*token)], fields].concat()).await
    }

    async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Reply {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let reply = self.server.call(method, path, &[headers, &[("cookie", &*cookies)]].concat(), body).await;
        for line in reply.headers.get_all(header::SET_COOKIE) {
            let (name, value) = line.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(n, _)| n != name);
            canary::plant(value);
            self.cookies.push((name.into(), value.into()));
        }
        reply
    }

    /// The values of its cookies.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.cookies.iter().map(|(_, value)| value.as_str())
    }
}

/// The form token of the page's main part.
fn token(html: &str) -> String {
    let main = html.find("<main").expect("a main part");
    let at = html[main..].find("name=\"token\" value=\"").expect("a form token") + main + 20;
    html[at..].split('"').next().unwrap().to_owned()
}
