//! Every setting, from the command line or the environment; nothing reads the environment later.
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};
use url::Url;

/// The settings of one process.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Settings")]
pub struct Config {
    /// Address and port to listen on
    #[arg(long, env = "LEDGEROS_BIND", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000")]
    #[arg(value_parser = bind, global = true)]
    pub bind: SocketAddr,

    /// The database: sqlite:FILE, or postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, env = "DATABASE_URL", value_name = "URL", default_value = "sqlite:ledgeros.db")]
    #[arg(hide_env_values = true, global = true)]
    pub database: String,

    /// The public address, such as https://ledgeros.example.com; without it only this machine is served
    #[arg(long, env = "LEDGEROS_URL", value_name = "URL", value_parser = PublicUrl::from_str, global = true)]
    pub url: Option<PublicUrl>,

    /// Proxies whose X-Forwarded-For counts: addresses or networks, separated by commas
    #[arg(long, env = "LEDGEROS_PROXIES", value_name = "NETWORKS", value_delimiter = ',')]
    #[arg(value_parser = |text: &str| network("LEDGEROS_PROXIES", text), global = true)]
    pub proxies: Vec<IpNet>,

    /// The master key's file; default: the SQLite file's name with .key; compulsory with PostgreSQL
    #[arg(long, env = "LEDGEROS_KEY_FILE", value_name = "FILE", global = true)]
    pub key_file: Option<PathBuf>,

    /// A sorted list of hashes of leaked passwords (SHA-1 or SHA-256 in hex, one a line), which nobody may set
    #[arg(long, env = "LEDGEROS_BREACH_FILE", value_name = "FILE", global = true)]
    pub breach_file: Option<PathBuf>,

    /// API reads of an organisation in an environment: per minute / at once
    #[arg(long, env = "LEDGEROS_RATE_READ", value_name = "RATE/BURST", default_value = "100/20")]
    #[arg(value_parser = |text: &str| Rate::parse("LEDGEROS_RATE_READ", text), global = true)]
    pub rate_read: Rate,

    /// API writes of an organisation in an environment: per minute / at once
    #[arg(long, env = "LEDGEROS_RATE_WRITE", value_name = "RATE/BURST", default_value = "30/10")]
    #[arg(value_parser = |text: &str| Rate::parse("LEDGEROS_RATE_WRITE", text), global = true)]
    pub rate_write: Rate,

    /// Cards that an organisation may issue in an environment: per minute / at once
    #[arg(long, env = "LEDGEROS_RATE_CARD", value_name = "RATE/BURST", default_value = "10/5")]
    #[arg(value_parser = |text: &str| Rate::parse("LEDGEROS_RATE_CARD", text), global = true)]
    pub rate_card: Rate,

    /// Private networks that webhooks may reach, over http too: separated by commas
    #[arg(long, env = "LEDGEROS_WEBHOOK_ALLOW", value_name = "NETWORKS", value_delimiter = ',')]
    #[arg(value_parser = |text: &str| network("LEDGEROS_WEBHOOK_ALLOW", text), global = true)]
    pub webhook_allow: Vec<IpNet>,

    /// Who issues cards in the live environment; without it live issuing is refused
    #[arg(long, env = "LEDGEROS_LIVE_ISSUER", value_name = "ISSUER", global = true)]
    pub live_issuer: Option<LiveIssuer>,

    /// Seconds between being told to stop and taking no more requests: as long as a load balancer takes to notice
    #[arg(long, env = "LEDGEROS_STOP_DELAY", value_name = "SECONDS", default_value_t = 0, global = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(..=300))]
    pub stop_delay: u64,

    /// How the log is written
    #[arg(long, env = "LEDGEROS_LOG", value_name = "FORMAT", default_value = "text", global = true)]
    pub log: LogFormat,

    /// What is logged, such as info or info,server=debug
    #[arg(long = "log-filter", env = "RUST_LOG", value_name = "FILTER", default_value = "info", global = true)]
    pub log_filter: String,

    /// A line at the sign-in page. No setting: the demo says there who may sign in.
    #[arg(skip)]
    pub door_notice: Option<String>,
}

/// Who serves the live environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LiveIssuer {
    /// The sandbox, as in dev: for demonstrations.
    Sandbox,
}

/// The shape of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Lines for people.
    Text,
}

/// Settings that contradict each other.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// Other machines could reach a server that does not know its own name.
    #[error(
        "LEDGEROS_BIND {0} can be reached from other machines, so LEDGEROS_URL must name the public address, \
         such as https://ledgeros.example.com"
    )]
    NoPublicUrl(SocketAddr),
}

impl Config {
    /// Refuses settings that contradict each other.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.url.is_none() && !self.bind.ip().is_loopback() {
            return Err(ConfigError::NoPublicUrl(self.bind));
        }
        Ok(())
    }

    /// Whether browsers reach this server over https.
    pub fn https(&self) -> bool {
        self.url.as_ref().is_some_and(PublicUrl::https)
    }

    /// The address that people open, without a slash at its end: the public one, or where the server listens.
    pub fn address(&self) -> String {
        self.url.as_ref().map_or_else(|| format!("http://{}", self.bind), PublicUrl::origin)
    }
}

/// The public address: a scheme, a host and perhaps a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// Whether it is served over https.
    pub fn https(&self) -> bool {
        self.0.scheme() == "https"
    }
    /// Scheme, host and port as browsers send them in `Origin`.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }
    /// The host name.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
    /// The port, the scheme's own when none is written.
    pub fn port(&self) -> Option<u16> {
        self.0.port_or_known_default()
    }
}

impl FromStr for PublicUrl {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let must = "LEDGEROS_URL must be a scheme and a host, such as https://ledgeros.example.com";
        let url = Url::parse(text).map_err(|_| must.to_owned())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        match (url.scheme(), url.host_str()) {
            ("https", Some(_)) if bare && anonymous => Ok(Self(url)),
            ("http", Some(host)) if bare && anonymous => {
                if is_loopback(host) {
                    Ok(Self(url))
                } else {
                    Err("LEDGEROS_URL must be https: only localhost may be served without encryption".to_owned())
                }
            }
            _ => Err(must.to_owned()),
        }
    }
}

/// Whether a host, as addresses and `Host` write it, is this machine itself.
pub fn is_loopback(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|own| own.eq_ignore_ascii_case(host))
}

/// A bucket's size and how fast it fills again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Tokens that come back in a minute.
    pub per_minute: u32,
    /// Tokens that the bucket holds.
    pub burst: u32,
}

impl Rate {
    fn parse(setting: &str, text: &str) -> Result<Self, String> {
        let number = |text: &str| text.trim().parse().ok().filter(|n| (1..=1_000_000).contains(n));
        text.split_once('/')
            .and_then(|(rate, burst)| Some(Self { per_minute: number(rate)?, burst: number(burst)? }))
            .ok_or_else(|| format!("{setting} must be RATE/BURST, such as 100/20 for 100 a minute and 20 at once"))
    }
}

fn bind(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "LEDGEROS_BIND must be an address and a port, such as 127.0.0.1:3000".to_owned())
}

fn network(setting: &str, text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| format!("{setting} must list addresses or networks, such as 10.0.0.7 or 10.0.0.0/8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        config: Config,
    }

    fn config(args: &[&str]) -> Result<Config, String> {
        let all = ["ledgeros"].iter().chain(args);
        let parsed = Alone::try_parse_from(all).map_err(|e| e.to_string())?;
        parsed.config.check().map_err(|e| e.to_string())?;
        Ok(parsed.config)
    }

    #[test]
    fn the_defaults_serve_this_machine_only() {
        let config = config(&[]).unwrap();
        assert_eq!(config.bind.to_string(), "127.0.0.1:3000");
        assert_eq!(config.rate_read, Rate { per_minute: 100, burst: 20 });
        assert_eq!(config.rate_write, Rate { per_minute: 30, burst: 10 });
        assert_eq!(config.rate_card, Rate { per_minute: 10, burst: 5 });
        assert!(!config.https() && config.proxies.is_empty() && config.live_issuer.is_none());
        assert_eq!(config.address(), "http://127.0.0.1:3000");
    }

    #[test]
    fn a_bad_value_is_refused_by_its_setting_with_the_remedy() {
        for (args, setting) in [
            (vec!["--bind", "3000"], "LEDGEROS_BIND"),
            (vec!["--url", "ledgeros.example.com"], "LEDGEROS_URL"),
            (vec!["--url", "http://ledgeros.example.com"], "LEDGEROS_URL"),
            (vec!["--url", "https://ledgeros.example.com/app"], "LEDGEROS_URL"),
            (vec!["--proxies", "10.0.0.0/99"], "LEDGEROS_PROXIES"),
            (vec!["--rate-read", "100"], "LEDGEROS_RATE_READ"),
            (vec!["--rate-write", "0/10"], "LEDGEROS_RATE_WRITE"),
            (vec!["--rate-card", "10/x"], "LEDGEROS_RATE_CARD"),
            (vec!["--webhook-allow", "localhost"], "LEDGEROS_WEBHOOK_ALLOW"),
        ] {
            let refused = config(&args).unwrap_err();
            assert!(
                refused.contains(&format!("{setting} must")) && refused.contains("such as")
                    || setting == "LEDGEROS_URL",
                "{refused}"
            );
        }
    }

    #[test]
    fn other_machines_are_served_by_name_only() {
        let refused = config(&["--bind", "0.0.0.0:80"]).unwrap_err();
        assert!(refused.contains("LEDGEROS_URL must name the public address"), "{refused}");
        let named = config(&["--bind", "0.0.0.0:80", "--url", "https://pay.example.com/"]).unwrap();
        assert!(named.https());
        assert_eq!(named.address(), "https://pay.example.com");
        let url = named.url.unwrap();
        assert_eq!((url.host(), url.port()), ("pay.example.com", Some(443)));
    }

    #[test]
    fn networks_come_as_addresses_too() {
        let proxies = config(&["--proxies", "10.0.0.7,fd00::/8"]).unwrap().proxies;
        assert_eq!(proxies, ["10.0.0.7/32".parse().unwrap(), "fd00::/8".parse::<IpNet>().unwrap()]);
    }
}
