//! The same pages from constants: the same components with the same rows, loaded once, without session or database,
//! behind the product's own front, which writes its log too. It is a process of its own, as what it is compared with.
use crate::{
    Result, data,
    server::{listen, state},
};
use app::{App, Overview, Settings, paths, still::Still};
use axum::{Extension, Router, extract::Request, routing::get};
use chrono_tz::Tz;
use domain::{
    access::{self, Grant, Origin, Visitor},
    agents,
    db::Db,
    keys,
    monitoring::{self, Range},
    page::Paging,
    purchases,
};
use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

/// What this executable is called with to serve constants.
pub const COMMAND: &str = "serve-constants";

/// The process that serves constants, ended with this value.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
}

impl Process {
    /// Starts it with the rows that the pages over `loaded` show now.
    pub fn start(loaded: &data::Loaded) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([COMMAND, &loaded.url, loaded.organisation.as_str(), loaded.person.as_str()]);
        let log = File::create(format!("{}.constants.log", loaded.url.trim_start_matches("sqlite:")))?;
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim().parse().map_err(|_| format!("the constants are not served: {line}"))?;
        Ok(Self { child, address })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Serves until it is killed; the first line that it prints is its address.
pub async fn serve(arguments: &[String]) -> Result {
    let [url, organisation, person] = arguments else { return Err("url, organisation and person".into()) };
    let (organisation, person) = (organisation.parse()?, person.parse()?);
    let db = data::open(url, 1).await?;
    let visitor = access::visitor(&db, &organisation, &person, db.now()).await?.ok_or("nobody goes by that id")?;
    let grant = visitor.grant(data::ENVIRONMENT, Origin::default());
    let stills = [
        (paths::overview(data::ENVIRONMENT), overview(&db, &grant, visitor.organisation_zone).await?),
        (paths::monitoring(data::ENVIRONMENT), Still::Monitoring(monitoring::panels(&db, &grant, Range::Day).await?)),
        (
            paths::purchases(data::ENVIRONMENT),
            Still::Purchases(purchases::list(&db, &grant, &purchases::Filter::default(), &Paging::newest(50)).await?),
        ),
    ];
    let app = App::new(db.clone(), Settings::default());
    let mut router = Router::new();
    for (path, still) in stills {
        router = router.route(&path, page(app.clone(), visitor.clone(), still));
    }
    let state = state(db)?;
    server::telemetry::start(&state.config)?;
    let (address, served) = listen(server::http::front(&state, router.layer(Extension(data::ENVIRONMENT)))).await?;
    println!("{address}");
    std::io::stdout().flush()?;
    Ok(served.await?)
}

fn page(app: App, visitor: Visitor, still: Still) -> axum::routing::MethodRouter {
    get(async move |request: Request| {
        let (parts, _) = request.into_parts();
        app::still::render(&app, parts, visitor.clone(), still.clone())
    })
}

/// What the overview loads.
async fn overview(db: &Db, grant: &Grant, zone: Tz) -> Result<Still> {
    let old = keys::Filter { concern: Some(keys::Concern::Old), ..keys::Filter::default() };
    Ok(Still::Overview(Overview {
        begun: true,
        rates: Some(monitoring::rates(db, grant, Range::Day).await?),
        nearest: Some(agents::nearest(db, grant, zone, Overview::NEAREST).await?),
        lately: Some(purchases::lately(db, grant, Overview::ROWS).await?),
        old_keys: Some(keys::count(db, grant, &old).await?),
    }))
}
