//! Pages as a browser reads them: their tags, and their forms as it would send them.
use super::browser::Page;

/// A tag with what stands in it; the text of an element that holds nothing but text.
pub struct Tag {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
}

impl Tag {
    pub fn get(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| decoded(value))
    }

    pub fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(own, _)| own == name)
    }
}

/// A text without its character references.
pub fn decoded(html: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2F;", "/"),
        ("&amp;", "&"),
    ];
    entities.iter().fold(html.to_owned(), |html, (from, to)| html.replace(from, to))
}

/// The tags of a page as a browser's parser reads them: attributes in quotes or bare, raw text until its end.
pub fn tags(html: &str) -> Vec<Tag> {
    let (mut all, mut rest) = (Vec::new(), html);
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let closing = rest.starts_with('/');
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
            continue;
        }
        rest = rest.trim_start_matches('/');
        let end = rest.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(rest.len());
        let mut tag = Tag { name: rest[..end].to_ascii_lowercase(), attributes: Vec::new(), text: String::new() };
        rest = &rest[end..];
        if closing {
            if tag.name == "form" {
                all.push(Tag { name: "/form".into(), ..tag });
            }
            continue;
        }
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if rest.is_empty() || rest.starts_with('>') {
                break;
            }
            let end = rest.find(|c: char| c.is_whitespace() || "=>/".contains(c)).unwrap_or(rest.len()).max(1);
            let name = rest[..end].to_ascii_lowercase();
            rest = &rest[end..];
            let mut value = String::new();
            if let Some(after) = rest.strip_prefix('=') {
                let quote = after.chars().next().filter(|c| ['"', '\''].contains(c)).expect("every value is quoted");
                let (inside, after) = after[1..].split_once(quote).expect("a closing quote");
                (value, rest) = (inside.to_owned(), after);
            }
            tag.attributes.push((name, value));
        }
        if ["script", "style", "title", "textarea"].contains(&&*tag.name) {
            let end = format!("</{}", tag.name);
            let at = rest.find(&end).unwrap_or(rest.len());
            tag.text = rest[..at].trim_start_matches('>').to_owned();
            rest = &rest[(at + end.len()).min(rest.len())..];
        }
        all.push(tag);
    }
    all
}

/// What a browser would send of the page's own form as it stands there, the form token left out, and the first choice
/// taken where none is made.
pub fn sheet(page: &Page) -> Option<Vec<(String, String)>> {
    let tags = tags(page.main());
    let begin = tags.iter().position(|tag| tag.name == "form" && tag.get("method").as_deref() == Some("post"))?;
    let length = tags[begin..].iter().position(|tag| tag.name == "/form").expect("the form's end");
    let form = &tags[begin..begin + length];
    let mut entries: Vec<(String, String)> = Vec::new();
    let set = |entries: &mut Vec<(String, String)>, name: &str, value: String| match entries
        .iter_mut()
        .find(|(own, _)| own == name)
    {
        Some(entry) => entry.1 = value,
        None => entries.push((name.to_owned(), value)),
    };
    let (mut select, mut pressed) = (String::new(), false);
    for tag in form {
        let (name, value) = (tag.get("name").unwrap_or_default(), tag.get("value").unwrap_or_default());
        let kind = tag.get("type").unwrap_or_default();
        match (&*tag.name, &*kind) {
            ("input", "checkbox") if tag.has("checked") => entries.push((name, value)),
            ("input", "radio") if tag.has("checked") || !entries.iter().any(|(own, _)| *own == name) => {
                set(&mut entries, &name, value);
            }
            ("input", "checkbox" | "radio") => {}
            ("input", _) if !name.is_empty() && name != "token" => entries.push((name, value)),
            ("textarea", _) => entries.push((name, decoded(tag.text.trim_start_matches('\n')))),
            ("select", _) => select = name,
            ("option", _) => {
                let empty = entries.iter().find(|(own, _)| *own == select).is_none_or(|(_, chosen)| chosen.is_empty());
                if tag.has("selected") || empty {
                    set(&mut entries, &select, value);
                }
            }
            // The button that the Enter key would press: the first.
            ("button", "submit") if !pressed => {
                pressed = true;
                if !name.is_empty() {
                    entries.push((name, value));
                }
            }
            _ => {}
        }
    }
    Some(entries)
}
