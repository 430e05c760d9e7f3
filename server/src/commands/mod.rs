//! The commands of the binary.
mod migrate;
mod organisation;
pub mod serve;

use crate::{
    config::{Config, ConfigError},
    telemetry::{self, FilterError},
};
use clap::{Parser, Subcommand};
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
    /// Bring the database up to date and exit
    Migrate,
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
    /// A refusal of the house.
    #[error(transparent)]
    Domain(#[from] domain::Error),
    /// The address to listen on is taken or not this machine's.
    #[error("LEDGEROS_BIND {0}: {1}; stop what listens there or choose another address")]
    Bind(std::net::SocketAddr, #[source] io::Error),
    /// The console or the network.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What was typed cannot be taken.
    #[error("{0}")]
    Input(String),
}

/// Reads the command line, runs the command and gives its exit code: 0, or 1 after one line on standard error.
pub fn main() -> ExitCode {
    let Cli { command, config } = Cli::parse();
    let done = config
        .check()
        .map_err(CommandError::from)
        .and_then(|()| Ok(telemetry::start(&config)?))
        .and_then(|()| Ok(tokio::runtime::Runtime::new()?))
        .and_then(|runtime| runtime.block_on(run(command.unwrap_or(Command::Serve), config)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to be told when standard error itself is closed.
            let _closed = writeln!(io::stderr(), "ledgeros: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, config: Config) -> Result<(), CommandError> {
    match command {
        Command::Serve => serve::serve(config).await,
        Command::Migrate => migrate::migrate(&config).await,
        Command::Organisation(command) => organisation::run(&config, command).await,
    }
}

/// Opens the configured database, brought up to date.
async fn open(config: &Config) -> Result<Db, CommandError> {
    let mut options = Options::new(&config.database);
    options.key_file.clone_from(&config.key_file);
    Ok(Db::open(options).await?)
}
