//! The root: there is nothing here but the way in.
use crate::{cx::cx, paths, problem::Problem, screen::Loaded};
use domain::environment::Environment;

/// Never a page of its own: whoever is signed in belongs on the overview.
pub async fn page() -> Loaded {
    cx().grant()?;
    Err(Problem::Elsewhere(paths::overview(Environment::Live)))
}
