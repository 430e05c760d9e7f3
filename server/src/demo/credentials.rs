//! What scripts need to come in: written to a file that only its owner can read.
use super::cast::{PASSPHRASE, Secrets};
use super::roster::COMPANIES;
use domain::environment::Environment;
use serde_json::{Value, json};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// The content of the file: the people of the first organisation, its keys, an agent's token, an endpoint's secret.
pub(super) fn content(url: &str, secrets: &Secrets) -> Value {
    let people: Vec<Value> = COMPANIES
        .first()
        .map(|company| company.people)
        .unwrap_or_default()
        .iter()
        .map(|person| json!({ "role": person.role, "email": person.email, "password": PASSPHRASE }))
        .collect();
    let key = |environment| secrets.keys.iter().find(|(own, _)| *own == environment).map(|(_, key)| key);
    json!({
        "url": url,
        "people": people,
        "apiKeys": { "live": key(Environment::Live), "dev": key(Environment::Dev) },
        "agentToken": secrets.agents.first().map(|agent| &agent.token),
        "webhookSecret": secrets.webhook_secret,
    })
}

/// Writes the file anew with mode 0600: whole or not at all, and never into a file that others have opened.
pub(super) fn write(path: &Path, content: &Value) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    writeln!(file, "{content:#}")?;
    file.sync_all()?;
    fs::rename(new, path)
}
