//! Where a request comes from: the peer, or what a configured proxy says of it.
use axum::http::{HeaderMap, header};
use domain::redact::redact;
use ipnet::IpNet;
use std::net::IpAddr;

/// Characters of a client's name that are kept.
const CLIENT: usize = 200;

/// The source address. `X-Forwarded-For` counts only from a configured proxy, and is read from its end: the
/// first address that is not itself a configured proxy is the client; what stands before it anybody can write.
pub fn address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &[IpNet]) -> Option<IpAddr> {
    let trusted = |address: &IpAddr| proxies.iter().any(|network| network.contains(address));
    let mut known = peer?.to_canonical();
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|line| line.to_str().unwrap_or("?").split(','))
        .map(str::trim)
        .collect();
    for hop in hops.into_iter().rev() {
        if !trusted(&known) {
            break;
        }
        let Ok(address) = hop.parse::<IpAddr>() else { break };
        known = address.to_canonical();
    }
    Some(known)
}

/// The client as it names itself, shortened, without characters that cannot be seen and without secrets.
pub fn name(headers: &HeaderMap) -> Option<String> {
    let name = headers.get(header::USER_AGENT)?.to_str().ok()?;
    let name: String = redact(name).chars().filter(|c| !c.is_control()).take(CLIENT).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&'static str], proxies: &str) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let proxies: Vec<IpNet> = proxies.split(' ').filter_map(|p| p.parse().ok()).collect();
        address(peer.parse().ok(), &headers, &proxies).unwrap().to_string()
    }

    #[test]
    fn only_a_configured_proxy_is_believed() {
        assert_eq!(seen("10.0.0.7", &["203.0.113.5"], "10.0.0.7/32"), "203.0.113.5");
        assert_eq!(seen("10.0.0.8", &["203.0.113.5"], "10.0.0.7/32"), "10.0.0.8");
        assert_eq!(seen("203.0.113.9", &["127.0.0.1"], ""), "203.0.113.9");
        assert_eq!(seen("::ffff:10.0.0.7", &["203.0.113.5"], "10.0.0.0/8"), "203.0.113.5");
    }

    #[test]
    fn what_the_client_itself_wrote_is_not_believed() {
        assert_eq!(seen("10.0.0.7", &["127.0.0.1, 203.0.113.5"], "10.0.0.7/32"), "203.0.113.5");
        assert_eq!(seen("10.0.0.7", &["127.0.0.1", "203.0.113.5, 10.0.0.9"], "10.0.0.0/8"), "203.0.113.5");
        assert_eq!(seen("10.0.0.7", &["203.0.113.5, nonsense"], "10.0.0.7/32"), "10.0.0.7");
        assert_eq!(seen("10.0.0.7", &[], "10.0.0.7/32"), "10.0.0.7");
    }
}
