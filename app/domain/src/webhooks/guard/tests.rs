use super::*;
use proptest::prelude::*;

fn nets(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().map(|t| t.parse().unwrap()).collect()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn public_addresses_are_called() {
    for text in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2001:200::1",
        "2a00:1450:4001::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        "2001:0:808:808:0:0:f7f7:f7f7",
    ] {
        assert_eq!(judge(ip(text), &[]), Ok(()), "{text}");
    }
}

#[test]
fn every_special_purpose_block_is_refused_from_end_to_end() {
    for (net, _) in V4 {
        for address in [net.network(), net.broadcast()] {
            assert!(judge(address.into(), &[]).is_err(), "{address}");
            // And in every disguise.
            let [high, low] = [(address.to_bits() >> 16) as u16, address.to_bits() as u16];
            for v6 in [
                address.to_ipv6_mapped(),
                address.to_ipv6_compatible(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, high, low, 0, 0, !0x808, !0x808),
                Ipv6Addr::new(0x2001, 0, 0x808, 0x808, 0, 0, !high, !low),
                Ipv6Addr::new(0x2606, 1, 2, 3, 0x200, 0x5efe, high, low),
            ] {
                assert!(judge(v6.into(), &[]).is_err(), "{v6}");
            }
        }
    }
    for (net, _) in V6 {
        assert!(judge(net.network().into(), &[]).is_err() && judge(net.broadcast().into(), &[]).is_err(), "{net}");
    }
}

#[test]
fn special_ipv6_addresses_are_refused() {
    for text in [
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "100:0:0:1::1",
        "2001:2::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2620:4f:8000::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ] {
        assert!(judge(ip(text), &[]).is_err(), "{text}");
    }
}

#[test]
fn every_notation_of_a_private_host_is_refused() {
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "0",
        "0.0.0.0",
        "10.0.0.1",
        "0xa9fea9fe",
        "2852039166",
        "169.254.169.254",
        "0251.0376.0251.0376",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "168.63.129.16",
    ] {
        let refused = parse(&format!("https://{host}/hook"), &[]);
        assert!(matches!(refused, Err(BadAddress::Refused(_))), "{host}: {refused:?}");
    }
}

#[test]
fn addresses_that_are_no_plain_https_are_refused() {
    use BadAddress::{Fragment, NotAnAddress, Port, Scheme, TooLong, UserInfo};
    for (text, why) in [
        ("", NotAnAddress),
        ("/hook", NotAnAddress),
        ("example.com", NotAnAddress),
        ("https://", NotAnAddress),
        ("https://exa mple.com", NotAnAddress),
        (" https://example.com", NotAnAddress),
        ("https://example.com/\n", NotAnAddress),
        ("https://[fe80::1%25eth0]/", NotAnAddress),
        ("https://256.1.1.1/", NotAnAddress),
        ("https://1.2.3.4.5/", NotAnAddress),
        ("http://example.com", Scheme),
        ("http://127.0.0.1", Scheme),
        ("ftp://example.com", Scheme),
        ("file:///etc/passwd", Scheme),
        ("gopher://example.com", Scheme),
        ("https://example.com:22", Port),
        ("https://example.com:80", Port),
        ("https://user@example.com", UserInfo),
        ("https://user:pass@example.com", UserInfo),
        ("https://:pass@example.com", UserInfo),
        ("https://example.com@127.0.0.1", UserInfo),
        ("https://example.com/#a", Fragment),
        ("https://example.com/#", Fragment),
    ] {
        assert_eq!(parse(text, &[]).unwrap_err(), why, "{text}");
    }
    assert_eq!(parse(&format!("https://example.com/{}", "a".repeat(MAX_URL)), &[]), Err(TooLong));
}

#[test]
fn public_addresses_are_taken_in_their_normal_form() {
    for (text, normal, port) in [
        ("https://example.com/hook?a=b", "https://example.com/hook?a=b", 443),
        ("https://example.com:443", "https://example.com/", 443),
        ("HTTPS://EXAMPLE.com:8443/x", "https://example.com:8443/x", 8_443),
        ("https://134744072/", "https://8.8.8.8/", 443),
        ("https://bücher.example/", "https://xn--bcher-kva.example/", 443),
        ("https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/", 443),
    ] {
        let target = parse(text, &[]).unwrap();
        assert_eq!((target.url.as_str(), target.port()), (normal, port));
        assert!(target.judge(ip("127.0.0.1"), &[]).is_err() && target.judge(ip("8.8.8.8"), &[]).is_ok());
    }
}

#[test]
fn an_allowed_network_may_be_called_without_tls_and_on_any_port_and_nothing_else_may() {
    let allow = nets(&["127.0.0.0/8", "fd00::/8"]);
    for text in ["http://127.0.0.1:9000/", "https://127.0.0.1:9000/", "http://[fd00::1]/", "http://[::ffff:127.0.0.1]/"]
    {
        assert!(parse(text, &allow).is_ok(), "{text}");
    }
    assert_eq!(parse("http://8.8.8.8/", &allow), Err(BadAddress::Scheme));
    assert_eq!(parse("https://8.8.8.8:22/", &allow), Err(BadAddress::Port));
    assert!(matches!(parse("https://10.0.0.1/", &allow), Err(BadAddress::Refused(_))));
    // A name is taken, and every address it turns out to have must then be allowed.
    for text in ["http://receiver.example/", "https://receiver.example:9000/"] {
        let target = parse(text, &allow).unwrap();
        assert!(target.judge(ip("127.0.0.1"), &allow).is_ok(), "{text}");
        assert!(target.judge(ip("8.8.8.8"), &allow).is_err(), "{text}");
        assert!(target.judge(ip("10.0.0.1"), &allow).is_err(), "{text}");
    }
}

#[test]
fn a_refusal_names_the_address_and_its_block() {
    let refused = parse("https://[::ffff:10.0.0.1]/", &[]).unwrap_err();
    assert_eq!(refused.to_string(), "::ffff:10.0.0.1 is not on the public internet (private)");
}

proptest! {
    #[test]
    fn no_disguise_changes_the_judgement(bits in any::<u32>()) {
        let plain = Ipv4Addr::from_bits(bits);
        let [high, low] = [(bits >> 16) as u16, bits as u16];
        let verdict = judge(plain.into(), &[]).is_ok();
        for v6 in [
            plain.to_ipv6_mapped(),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
        ] {
            prop_assert_eq!(judge(v6.into(), &[]).is_ok(), verdict, "{}", v6);
        }
        let parsed = parse(&format!("https://{bits}/"), &[]);
        prop_assert_eq!(parsed.is_ok(), verdict);
    }

    #[test]
    fn what_is_not_public_by_the_standard_library_is_never_public_here(bits in any::<u128>(), v4 in any::<u32>()) {
        let (six, four) = (Ipv6Addr::from_bits(bits), Ipv4Addr::from_bits(v4));
        if six.is_loopback() || six.is_multicast() || six.is_unique_local() || six.is_unicast_link_local() {
            prop_assert!(judge(six.into(), &[]).is_err());
        }
        if four.is_private() || four.is_loopback() || four.is_link_local() || four.is_multicast() || four.is_documentation() {
            prop_assert!(judge(four.into(), &[]).is_err());
        }
    }

    #[test]
    fn no_text_panics(text in "(https?://)?\\PC{0,60}") {
        let _ = parse(&text, &[]);
        let _ = parse(&text, &nets(&["10.0.0.0/8"]));
    }
}
