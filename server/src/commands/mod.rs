//! The commands of the binary.
mod master_key;
mod migrate;
mod organisation;
mod replay;
pub mod serve;

use crate::{
    config::{Config, ConfigError},
    demo,
    telemetry::{self, FilterError},
};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, parser::ValueSource};
use domain::db::{Db, OpenError, Options};
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// A control plane for AI agents that pay with virtual cards.
#[derive(Debug, Parser)]
#[command(name = "ledgeros", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the dashboard and the API (the default)
    Serve,
    /// Serve a company that spends, on a database that is thrown away
    Demo(demo::Wishes),
    /// Bring the database up to date and exit
    Migrate,
    /// Make every stored decision again from what it was made from, and tell which come out otherwise
    Replay,
    /// Put a new master key in the key file while servers go on running
    ReplaceMasterKey,
    /// Manage organisations from this machine
    #[command(subcommand)]
    Organisation(organisation::Organisation),
}

/// Why a command ended without having done its work: one line for the console.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Settings that contradict each other.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The log's filter.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The database did not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The master key was not replaced.
    #[error(transparent)]
    MasterKey(#[from] domain::access::NotReplaced),
    /// A refusal of the house.
    #[error(transparent)]
    Domain(#[from] domain::Error),
    /// The address to listen on is taken or not this machine's.
    #[error("LEDGEROS_BIND {0}: {1}; stop what listens there or choose another address")]
    Bind(std::net::SocketAddr, #[source] io::Error),
    /// The trust in certificates could not be set up.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The mail server's address.
    #[error("{0}")]
    Mail(String),
    /// The demo's story could not be told.
    #[error("the demo could not be made: {0}")]
    Demo(String),
    /// The console or the network.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Decisions that do not follow from what is stored: somebody changed them, or the rules of their version.
    #[error("{0} decisions do not follow from what is stored; the lines above name them")]
    Differences(usize),
    /// What was typed cannot be taken.
    #[error("{0}")]
    Input(String),
}

/// Reads the command line, runs the command and gives its exit code: 0, or 1 after one line on standard error.
pub fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let typed = database_typed(&matches);
    let Cli { command, config } = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let database = typed.then(|| config.database.clone());
    let done = config
        .check()
        .map_err(CommandError::from)
        .and_then(|()| Ok(telemetry::start(&config)?))
        .and_then(|()| Ok(tokio::runtime::Runtime::new()?))
        .and_then(|runtime| runtime.block_on(run(command.unwrap_or(Command::Serve), config, database)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to be told when standard error itself is closed.
            let _closed = writeln!(io::stderr(), "ledgeros: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the database was named on the command line: the demo must not fill the one of the environment.
fn database_typed(matches: &clap::ArgMatches) -> bool {
    let within = matches.subcommand().map(|(_, within)| within);
    [Some(matches), within]
        .into_iter()
        .flatten()
        .any(|matches| matches.value_source("database") == Some(ValueSource::CommandLine))
}

async fn run(command: Command, config: Config, database: Option<String>) -> Result<(), CommandError> {
    match command {
        Command::Demo(wishes) => demo::run(config, database, wishes).await,
        Command::Serve => serve::serve(config).await,
        Command::Migrate => migrate::migrate(&config).await,
        Command::Replay => replay::replay(&config).await,
        Command::ReplaceMasterKey => master_key::replace(&config).await,
        Command::Organisation(command) => organisation::run(&config, command).await,
    }
}

/// Opens the configured database, brought up to date.
async fn open(config: &Config) -> Result<Db, CommandError> {
    let mut options = Options::new(&config.database);
    options.key_file.clone_from(&config.key_file);
    options.mail = config.smtp_url.as_ref().map(|_| config.address());
    options.breach_file.clone_from(&config.breach_file);
    Ok(Db::open(options).await?)
}
