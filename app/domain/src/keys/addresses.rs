//! From where a key may be used: a list of networks, IPv4 and IPv6.
use ipnet::{IpNet, Ipv4Net};
use std::{fmt, net::IpAddr, str::FromStr};

/// Networks that one list may hold.
const MOST: usize = 50;

/// The networks from which a key opens; without any it opens from everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses(Vec<IpNet>);

/// Why a text is no list of networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAddresses {
    /// One of its words is no network.
    #[error("has {0:?}, which is no address or network; write it like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32")]
    Word(String),
    /// Everywhere is no list.
    #[error("has {0}, which is every address; leave the list empty to allow every address")]
    Everywhere(String),
    /// Too long.
    #[error("must have at most {MOST} networks")]
    TooMany,
}

impl Addresses {
    /// Whether a call from `address` opens. A source that is not known opens only without a list. An IPv4
    /// address inside an IPv6 one counts as the IPv4 address that it is.
    pub fn allow(&self, address: Option<IpAddr>) -> bool {
        self.0.is_empty()
            || address.is_some_and(|address| {
                let address = address.to_canonical();
                self.0.iter().any(|network| network.contains(&address))
            })
    }

    /// Whether there is no list.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One network without host bits; an IPv4 network inside an IPv6 one as the IPv4 network that it is.
fn network(word: &str) -> Option<IpNet> {
    let network = match word.parse::<IpNet>() {
        Ok(network) => network,
        Err(_) => IpNet::from(word.parse::<IpAddr>().ok()?),
    };
    let network = match network {
        IpNet::V6(six) => match (six.addr().to_ipv4_mapped(), six.prefix_len().checked_sub(96)) {
            (Some(four), Some(prefix)) => IpNet::V4(Ipv4Net::new(four, prefix).ok()?),
            _ => IpNet::V6(six),
        },
        four => four,
    };
    Some(network.trunc())
}

impl FromStr for Addresses {
    type Err = NotAddresses;

    /// Networks with spaces, commas or line ends between. Host bits are cleared: `192.0.2.7/24` is `192.0.2.0/24`.
    fn from_str(text: &str) -> Result<Self, NotAddresses> {
        let mut all = Vec::new();
        for word in text.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|word| !word.is_empty()) {
            let network = network(word).ok_or_else(|| NotAddresses::Word(word.chars().take(64).collect()))?;
            if network.prefix_len() == 0 {
                return Err(NotAddresses::Everywhere(network.to_string()));
            }
            if !all.contains(&network) {
                all.push(network);
            }
            if all.len() > MOST {
                return Err(NotAddresses::TooMany);
            }
        }
        all.sort_unstable();
        Ok(Self(all))
    }
}

impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, network) in self.0.iter().enumerate() {
            write!(f, "{}{network}", if n > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}

super::text_serde!(Addresses);
#[cfg(feature = "store")]
crate::text::sqlx_text!(Addresses);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    fn allows(list: &str, address: &str) -> bool {
        list.parse::<Addresses>().unwrap().allow(Some(address.parse().unwrap()))
    }

    #[test]
    fn both_families_and_the_mapped_form_are_told_apart() {
        for (list, inside, outside) in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.9/24", "192.0.2.1", "192.0.1.255"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.255.255.255", "11.0.0.0"),
            ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("2001:db8::1", "2001:db8:0:0::1", "2001:db8::2"),
            ("::/8", "::1", "0.0.0.1"),
            ("127.0.0.1", "127.0.0.1", "::1"),
            ("fe80::/10", "fe80::1", "10.0.0.1"),
        ] {
            assert!(allows(list, inside), "{list} has {inside}");
            assert!(!allows(list, outside), "{list} has not {outside}");
        }
        let list: Addresses = "192.0.2.7".parse().unwrap();
        assert!(!list.allow(None) && Addresses::default().allow(None));
    }

    #[test]
    fn a_list_is_kept_in_one_form() {
        let list: Addresses = " 2001:DB8::1, 192.0.2.9/24\n10.0.0.1;10.0.0.1/32 ".parse().unwrap();
        assert_eq!(list.to_string(), "10.0.0.1/32 192.0.2.0/24 2001:db8::1/128");
        assert_eq!("  \n".parse::<Addresses>().unwrap(), Addresses::default());
    }

    #[test]
    fn what_is_no_network_is_named() {
        for bad in
            ["10.0.0", "10.0.0.256", "10.0.0.0/33", "fe80::1%eth0", "::/129", "example.com", "10.0.0.1/-1", "٣.1.1.1"]
        {
            assert!(matches!(bad.parse::<Addresses>(), Err(NotAddresses::Word(word)) if word == bad), "{bad}");
        }
        for all in ["0.0.0.0/0", "::/0", "10.0.0.0/0", "::ffff:0:0/96"] {
            assert!(matches!(all.parse::<Addresses>(), Err(NotAddresses::Everywhere(_))), "{all}");
        }
        let many: Vec<String> = (0..=MOST).map(|n| format!("10.0.0.{n}")).collect();
        assert_eq!(many.join(" ").parse::<Addresses>(), Err(NotAddresses::TooMany));
    }

    proptest! {
        #[test]
        fn the_prefix_alone_decides(address: u32, other: u32, prefix in 1u8..=32) {
            let list: Addresses = format!("{}/{prefix}", Ipv4Addr::from(address)).parse().unwrap();
            let same = (address ^ other) >> (32 - prefix) == 0;
            prop_assert_eq!(list.allow(Some(Ipv4Addr::from(other).into())), same);
            prop_assert_eq!(list.allow(Some(Ipv4Addr::from(other).to_ipv6_mapped().into())), same);
            prop_assert_eq!(list.to_string().parse::<Addresses>().unwrap(), list);
        }

        #[test]
        fn the_same_for_six(address: u128, other: u128, prefix in 1u8..=128) {
            let text = format!("{}/{prefix}", Ipv6Addr::from(address));
            prop_assume!(Ipv6Addr::from(address).to_ipv4_mapped().is_none());
            prop_assume!(Ipv6Addr::from(other).to_ipv4_mapped().is_none());
            let list: Addresses = text.parse().unwrap();
            let same = (address ^ other) >> (128 - u32::from(prefix)) == 0;
            prop_assert_eq!(list.allow(Some(Ipv6Addr::from(other).into())), same);
        }
    }
}
