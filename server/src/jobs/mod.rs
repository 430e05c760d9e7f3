//! What runs beside the doors, until the process stops.
pub mod clock;
pub mod deliveries;
pub mod expiry;
pub mod mail;
pub mod pruning;
pub mod transport;

#[cfg(test)]
mod receiver;
