//! The dashboard of LedgerOS: pages and forms rendered on the server.
pub mod assets;
pub mod ui;
