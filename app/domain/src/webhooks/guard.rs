//! Where a webhook may be sent: only to the public internet, so that no customer can make us call our own network.
//!
//! [`parse`] judges the address when it is entered, [`Target::judge`] every IP address it resolves to, at every
//! attempt. An operator can allow networks of his own; those may also be called without TLS and on other ports.
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// The longest address, in bytes.
pub const MAX_URL: usize = 2_048;
/// The ports that may be called on the public internet.
pub const PORTS: [u16; 2] = [443, 8_443];

/// An IP address that must not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{address} is not on the public internet ({block})")]
pub struct Refused {
    /// The address.
    pub address: IpAddr,
    /// What it belongs to.
    pub block: &'static str,
}

/// An address that no webhook is sent to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is no absolute URL with a host.
    #[error("must be an absolute https address")]
    NotAnAddress,
    /// Longer than [`MAX_URL`].
    #[error("must be at most {MAX_URL} characters long")]
    TooLong,
    /// Neither https, nor http to an allowed network.
    #[error("must begin with https://")]
    Scheme,
    /// Another port than [`PORTS`], not to an allowed network.
    #[error("must use port 443 or 8443")]
    Port,
    /// It holds a user name or password.
    #[error("must not contain a user name or password")]
    UserInfo,
    /// It holds a fragment, which is never sent.
    #[error("must not contain a fragment (#)")]
    Fragment,
    /// Its host is an IP address that must not be called.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// An address that a webhook may be sent to, once its host's IP addresses are judged too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The address in its normal form: decimal, octal and hexadecimal hosts are dotted, names are in Punycode.
    pub url: Url,
    /// Without TLS or on another port: only allowed networks may be called.
    allowed_only: bool,
}

impl Target {
    /// The port that is called.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    /// Whether `address`, which the host resolves to, may be called.
    pub fn judge(&self, address: IpAddr, allow: &[IpNet]) -> Result<(), Refused> {
        if self.allowed_only && !allowed(address, allow) {
            return Err(Refused { address, block: "without TLS or on another port only allowed networks are called" });
        }
        judge(address, allow)
    }
}

/// Reads the address of an endpoint as browsers do (WHATWG), and judges all of it that can be judged without asking
/// for its host's IP addresses.
pub fn parse(text: &str, allow: &[IpNet]) -> Result<Target, BadAddress> {
    if text.len() > MAX_URL {
        return Err(BadAddress::TooLong);
    }
    // The parser would silently drop these.
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(BadAddress::NotAnAddress);
    }
    let url = Url::parse(text).map_err(|_| BadAddress::NotAnAddress)?;
    let secure = match url.scheme() {
        "https" => true,
        "http" if !allow.is_empty() => false,
        _ => return Err(BadAddress::Scheme),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadAddress::UserInfo);
    }
    if url.fragment().is_some() {
        return Err(BadAddress::Fragment);
    }
    let usual_port = url.port_or_known_default().is_some_and(|port| PORTS.contains(&port));
    if secure && !usual_port && allow.is_empty() {
        return Err(BadAddress::Port);
    }
    let literal = match url.host().ok_or(BadAddress::NotAnAddress)? {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
    };
    let target = Target { url, allowed_only: !(secure && usual_port) };
    if let Some(address) = literal {
        if target.allowed_only && !allowed(address, allow) {
            return Err(if secure { BadAddress::Port } else { BadAddress::Scheme });
        }
        target.judge(address, allow)?;
    }
    Ok(target)
}

/// Whether `address` may be called: global unicast, or within an allowed network.
///
/// IPv6 addresses that carry an IPv4 address (mapped, NAT64, 6to4, Teredo, ISATAP) lead to that one, so it is judged.
pub fn judge(address: IpAddr, allow: &[IpNet]) -> Result<(), Refused> {
    if allowed(address, allow) {
        return Ok(());
    }
    let block = match address.to_canonical() {
        IpAddr::V4(v4) => v4_block(v4),
        IpAddr::V6(v6) => v6_block(v6),
    };
    block.map_or(Ok(()), |block| Err(Refused { address, block }))
}

fn allowed(address: IpAddr, allow: &[IpNet]) -> bool {
    let address = address.to_canonical();
    allow.iter().any(|net| net.contains(&address))
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(a: u16, b: u16, c: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), bits)
}

/// The IANA special-purpose registry for IPv4, multicast, and the one public address that is a cloud's own.
const V4: &[(Ipv4Net, &str)] = &[
    (v4(0, 0, 0, 0, 8), "this network"),
    (v4(10, 0, 0, 0, 8), "private"),
    (v4(100, 64, 0, 0, 10), "shared address space of providers"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(168, 63, 129, 16, 32), "cloud platform service"),
    (v4(169, 254, 0, 0, 16), "link-local, cloud metadata"),
    (v4(172, 16, 0, 0, 12), "private"),
    (v4(192, 0, 0, 0, 24), "protocol assignments"),
    (v4(192, 0, 2, 0, 24), "documentation"),
    (v4(192, 31, 196, 0, 24), "AS112 sink"),
    (v4(192, 52, 193, 0, 24), "multicast relays"),
    (v4(192, 88, 99, 0, 24), "6to4 relays"),
    (v4(192, 168, 0, 0, 16), "private"),
    (v4(192, 175, 48, 0, 24), "AS112 sink"),
    (v4(198, 18, 0, 0, 15), "benchmarking"),
    (v4(198, 51, 100, 0, 24), "documentation"),
    (v4(203, 0, 113, 0, 24), "documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved or broadcast"),
];

/// Blocks within 2000::/3, the only global unicast space, that are not for everybody.
const V6: &[(Ipv6Net, &str)] = &[
    (v6(0x2001, 0, 0, 23), "protocol assignments"),
    (v6(0x2001, 0xdb8, 0, 32), "documentation"),
    (v6(0x2620, 0x4f, 0x8000, 48), "AS112 sink"),
    (v6(0x3fff, 0, 0, 20), "documentation"),
];

const GLOBAL: Ipv6Net = v6(0x2000, 0, 0, 3);
const NAT64: Ipv6Net = v6(0x64, 0xff9b, 0, 96);
const NAT64_LOCAL: Ipv6Net = v6(0x64, 0xff9b, 1, 48);
const SIX_TO_FOUR: Ipv6Net = v6(0x2002, 0, 0, 16);
const TEREDO: Ipv6Net = v6(0x2001, 0, 0, 32);

/// The special block of `address`; none when it is public.
fn v4_block(address: Ipv4Addr) -> Option<&'static str> {
    V4.iter().find(|(net, _)| net.contains(&address)).map(|(_, block)| *block)
}

/// The special block of `address` or of the IPv4 address it carries; none when both are public.
fn v6_block(address: Ipv6Addr) -> Option<&'static str> {
    let [_, b, c, d, e, f, g, h] = address.segments();
    let inner = |high: u16, low: u16| v4_block(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    if NAT64.contains(&address) {
        return inner(g, h);
    }
    if NAT64_LOCAL.contains(&address) {
        // Where in the address such a network keeps the IPv4 address is its own choice: none can be judged safe.
        return Some("local address translation");
    }
    if SIX_TO_FOUR.contains(&address) {
        return inner(b, c);
    }
    if TEREDO.contains(&address) {
        // The server in the clear, the client with every bit turned over.
        return inner(c, d).or_else(|| inner(!g, !h));
    }
    if !GLOBAL.contains(&address) {
        return Some("not global unicast");
    }
    let isatap = matches!(e, 0 | 0x200) && f == 0x5efe;
    let block = V6.iter().find(|(net, _)| net.contains(&address)).map(|(_, block)| *block);
    block.or_else(|| isatap.then(|| inner(g, h)).flatten())
}

#[cfg(test)]
mod tests;
