//! What comes from outside is not believed: addresses, traces and inner headers are checked here, once.

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap, HeaderName, header};
use nqba_core::{Code, Error, TraceParent};
use nqba_runtime::config::Http;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The trace that a caller names.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Tells upstreams from which address the call came.
pub(crate) const CLIENT_IP: HeaderName = HeaderName::from_static("x-nqba-client-ip");
const INNER: &str = "x-nqba-";
const FORWARDED: &str = "x-forwarded-";
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// The caller's trace, or a new one, and whether it is the caller's.
pub(crate) fn trace(headers: &HeaderMap) -> (TraceParent, bool) {
    let named = headers.get(TRACEPARENT).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    named.map_or_else(|| (TraceParent::new(), false), |trace| (trace, true))
}

/// The address at the other end of the connection.
pub(crate) fn peer(extensions: &Extensions) -> IpAddr {
    let known = extensions.get::<ConnectInfo<SocketAddr>>();
    known.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |c| c.0.ip().to_canonical())
}

/// The caller's address: the peer's, or what a trusted proxy says. Each proxy adds the address that it saw at the end,
/// so the last one that is not itself a trusted proxy's is the caller's; what stands before it anybody may have written.
pub(crate) fn client(headers: &HeaderMap, peer: IpAddr, http: &Http) -> IpAddr {
    if !http.trusts(peer) {
        return peer;
    }
    let lists: Vec<_> = headers.get_all(FORWARDED_FOR).iter().map(|v| v.to_str().unwrap_or_default()).collect();
    let mut nearest = peer;
    for text in lists.iter().rev().flat_map(|list| list.rsplit(',')) {
        let Some(ip) = address(text.trim()) else { return nearest };
        nearest = ip;
        if !http.trusts(ip) {
            return ip;
        }
    }
    nearest
}

/// An address as proxies write it: bare, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|a| a.ip()))?;
    Some(ip.to_canonical())
}

/// Takes off what only this system says, and what only a trusted proxy may say.
pub(crate) fn clean(headers: &mut HeaderMap, trusted: bool) {
    let foreign = |name: &HeaderName| {
        let text = name.as_str();
        text.starts_with(INNER)
            || !trusted && (text.starts_with(FORWARDED) || name == REAL_IP || name == header::FORWARDED)
    };
    let names: Vec<HeaderName> = headers.keys().filter(|n| foreign(n)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// A message with two lengths is read differently by different parties, which is how requests are smuggled
/// (RFC 9112, 6.1).
///
/// # Errors
/// `malformed`; the connection must be closed.
pub(crate) fn one_length(headers: &HeaderMap) -> Result<(), Error> {
    if headers.contains_key(header::TRANSFER_ENCODING) && headers.contains_key(header::CONTENT_LENGTH) {
        let text = "Send either Content-Length or Transfer-Encoding, not both.";
        return Err(Error::new(Code::Malformed, text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(proxies: &[&str]) -> Http {
        let flags = [("http.trusted_proxies", serde_json::json!(proxies))];
        nqba_runtime::config::Settings::load(None, std::iter::empty(), &flags).unwrap().http
    }

    fn headers(all: &[(&str, &str)]) -> HeaderMap {
        all.iter().map(|(n, v)| (n.parse::<HeaderName>().unwrap(), v.parse().unwrap())).collect()
    }

    #[test]
    fn the_callers_address_is_what_the_last_trusted_proxy_saw() {
        let http = http(&["10.0.0.0/8", "fd00::/8"]);
        let case = |peer: &str, lists: &[&str], client_ip: &str| {
            let lists: Vec<_> = lists.iter().map(|l| ("x-forwarded-for", *l)).collect();
            let found = client(&headers(&lists), peer.parse().unwrap(), &http);
            assert_eq!(found, client_ip.parse::<IpAddr>().unwrap(), "{peer} {lists:?}");
        };
        case("203.0.113.9", &["198.51.100.7"], "203.0.113.9");
        case("10.0.0.1", &[], "10.0.0.1");
        case("10.0.0.1", &["198.51.100.7"], "198.51.100.7");
        case("10.0.0.1", &["1.2.3.4, 198.51.100.7"], "198.51.100.7");
        case("10.0.0.1", &["1.2.3.4, 198.51.100.7, 10.0.0.2"], "198.51.100.7");
        case("10.0.0.1", &["1.2.3.4", "198.51.100.7:4711"], "198.51.100.7");
        case("10.0.0.1", &["[2001:db8::1]:443"], "2001:db8::1");
        case("10.0.0.1", &["198.51.100.7, unknown"], "10.0.0.1");
        case("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3");
        case("fd00::1", &["::ffff:198.51.100.7"], "198.51.100.7");
    }

    #[test]
    fn inner_headers_never_come_in_and_forwarding_ones_only_from_a_proxy() {
        let given = [
            ("x-nqba-context", "x"),
            ("x-nqba-client-ip", "1.1.1.1"),
            ("x-forwarded-for", "1.1.1.1"),
            ("x-forwarded-proto", "https"),
            ("x-real-ip", "1.1.1.1"),
            ("forwarded", "for=1.1.1.1"),
            ("accept", "*/*"),
        ];
        let mut stranger = headers(&given);
        clean(&mut stranger, false);
        assert_eq!(stranger.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["accept"]);
        let mut proxy = headers(&given);
        clean(&mut proxy, true);
        assert_eq!(proxy.len(), 5);
        assert!(!proxy.contains_key("x-nqba-context"));
    }
}
