//! `ledgeros organisation …`: for whoever runs the machine.
use super::{CommandError, open};
use crate::config::Config;
use clap::Subcommand;
use domain::access::{self, NewOrganisation, Password};
use std::{
    io::{self, BufRead, IsTerminal, Write},
    process,
};

#[derive(Debug, Subcommand)]
pub(super) enum Organisation {
    /// Add an organisation and its owner; the owner's password is read from standard input
    Add {
        /// Name of the organisation
        #[arg(long)]
        name: String,
        /// Time zone in which its days, months and years begin, such as Europe/Berlin
        #[arg(long, default_value = "UTC")]
        zone: String,
        /// Name of the owner
        #[arg(long)]
        owner_name: String,
        /// E-mail address with which the owner signs in
        #[arg(long)]
        owner_email: String,
    },
}

pub(super) async fn run(config: &Config, command: Organisation) -> Result<(), CommandError> {
    let Organisation::Add { name, zone, owner_name, owner_email } = command;
    let organisation = NewOrganisation::parse(&name, &zone, &owner_name, &owner_email)?;
    let password = Password::new(password()?).map_err(|e| CommandError::Input(format!("the password {e}")))?;
    let db = open(config).await?;
    let (organisation, _) = access::add_organisation(&db, organisation, password).await?;
    db.close().await;
    writeln!(io::stdout(), "{organisation}")?;
    Ok(())
}

/// The first line of standard input; a person is asked, and does not see what is typed.
fn password() -> io::Result<String> {
    let line = if io::stdin().is_terminal() {
        write!(io::stderr(), "Password of the owner (15 characters or more): ")?;
        // The shell turns the echo on again however it ends, which this process could not promise.
        let script = "trap 'stty echo' EXIT; trap 'exit 130' INT TERM; stty -echo; IFS= read -r p; printf %s \"$p\"";
        let mut shell = process::Command::new("sh");
        shell.args(["-c", script]).stdin(process::Stdio::inherit()).stderr(process::Stdio::inherit());
        let typed = shell.output()?;
        writeln!(io::stderr())?;
        String::from_utf8(typed.stdout).map_err(io::Error::other)?
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        line
    };
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
