use std::collections::HashMap;
use std::fmt::Write;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::answer::Refusal;
use crate::app::App;

/// One browser, or another program that keeps cookies. Nobody can guess another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client([u8; 16]);

/// Who may ask, and how much at a time.
pub(crate) struct Guard {
    token: Option<String>,
    secure: bool,
    /// Requests under way.
    flying: Mutex<HashMap<Client, usize>>,
}

/// Requests of one client under way: a browser keeps to six.
const AT_A_TIME: usize = 16;
/// Of all clients.
const ALL_AT_A_TIME: usize = 1024;

const CLIENT: &str = "inscape-client";
const TOKEN: &str = "inscape-token";
/// The header by which pages of a client tell themselves apart.
const PAGE: &str = "inscape-page";

/// What every answer says to the browser: pages load nothing from elsewhere, run no script that is not a file of this server, and cannot
/// be framed; a link's token goes to nobody.
const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(self), microphone=(), geolocation=()"),
];

impl Client {
    fn new() -> Result<Client, Refusal> {
        let mut bytes = [0; 16];
        let broken = |_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "there are no random numbers");
        getrandom::fill(&mut bytes).map_err(broken)?;
        Ok(Client(bytes))
    }

    fn parse(text: &str) -> Option<Client> {
        let byte = |i: usize| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok();
        let plain = text.len() == 32 && text.bytes().all(|c| c.is_ascii_hexdigit());
        let mut bytes = [0; 16];
        for (i, place) in bytes.iter_mut().enumerate().take_while(|_| plain) {
            *place = byte(i)?;
        }
        plain.then_some(Client(bytes))
    }

    fn hex(self) -> String {
        hex(&self.0)
    }

    #[cfg(test)]
    pub(crate) fn of(number: u8) -> Client {
        Client([number; 16])
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let known = parts.extensions.get::<Client>().copied();
        known.ok_or_else(|| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the request passed no guard"))
    }
}

/// One page of a client: a number that it sends along, so that its own wishes take each other's place and no other page's; 0 for programs
/// that send none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page(pub(crate) u64);

impl<S: Sync> FromRequestParts<S> for Page {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let said = parts.headers.get(PAGE).and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(Page(said.unwrap_or(0)))
    }
}

/// A token that nobody guesses.
pub(crate) fn new_token() -> Result<String, Refusal> {
    Ok(Client::new()?.hex())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Guard {
    pub(crate) fn new(token: Option<String>, secure: bool) -> Guard {
        Guard { token, secure, flying: Mutex::default() }
    }

    fn admits(&self, shown: Option<&str>) -> bool {
        // hashes, so that the time of comparing tells nothing of the token
        let hash = |text: &str| Sha256::digest(text.as_bytes());
        match (&self.token, shown) {
            (None, _) => true,
            (Some(token), Some(shown)) => hash(token) == hash(shown),
            (Some(_), None) => false,
        }
    }

    fn cookie(&self, name: &str, value: &str) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let year = 365 * 24 * 60 * 60;
        let text = format!("{name}={value}; Path=/; Max-Age={year}; HttpOnly; SameSite=Strict{secure}");
        HeaderValue::from_str(&text).ok()
    }
}

/// A request under way.
struct Flight<'a>(&'a Guard, Client);

impl<'a> Flight<'a> {
    fn begin(guard: &'a Guard, client: Client) -> Result<Flight<'a>, Refusal> {
        let mut flying = guard.flying.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = flying.values().sum();
        let own = flying.entry(client).or_default();
        if *own >= AT_A_TIME || all >= ALL_AT_A_TIME {
            return Err(Refusal::too_much());
        }
        *own += 1;
        Ok(Flight(guard, client))
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut flying = self.0.flying.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = flying.get_mut(&self.1) {
            *own -= 1;
            if *own == 0 {
                flying.remove(&self.1);
            }
        }
    }
}

/// Lets in who may ask, and says on every answer what browsers may do with it.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = match admitted(&app.guard, request, next).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    };
    for &(name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn admitted(guard: &Guard, mut request: Request, next: Next) -> Result<Response, Refusal> {
    let headers = request.headers();
    let host = host(headers, guard.secure)?;
    same_site(headers, &host)?;
    let path = request.uri().path();
    let private = path.starts_with("/api/") || path.starts_with("/atlas/");
    if let Some((shown, rest)) = shown(request.uri()).filter(|_| !private && guard.token.is_some()) {
        if !guard.admits(Some(&shown)) {
            return Err(unknown());
        }
        let mut response = StatusCode::SEE_OTHER.into_response();
        response.headers_mut().extend(HeaderValue::from_str(&rest).ok().map(|to| (LOCATION, to)));
        response.headers_mut().extend(guard.cookie(TOKEN, &shown).map(|cookie| (SET_COOKIE, cookie)));
        return Ok(response);
    }
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if private && !guard.admits(cookie(headers, TOKEN).or(bearer)) {
        return Err(unknown());
    }
    let known = cookie(headers, CLIENT).and_then(Client::parse);
    let client = known.map_or_else(Client::new, Ok)?;
    let flight = private.then(|| Flight::begin(guard, client)).transpose()?;
    request.extensions_mut().insert(client);
    let mut response = next.run(request).await;
    drop(flight);
    if known.is_none() {
        response.headers_mut().extend(guard.cookie(CLIENT, &client.hex()).map(|cookie| (SET_COOKIE, cookie)));
    }
    Ok(response)
}

fn unknown() -> Refusal {
    let error =
        "open the whole link that the server printed, with its token; after a restart it has a new one";
    Refusal::new(StatusCode::UNAUTHORIZED, error)
}

/// The server as the browser names it. A name that an attacker could let point here is refused: addresses and `localhost` cannot be
/// made to; with HTTPS the certificate vouches for the name.
fn host(headers: &HeaderMap, secure: bool) -> Result<String, Refusal> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let local = name.eq_ignore_ascii_case("localhost");
    if secure || local || address.parse::<IpAddr>().is_ok() {
        return Ok(host.to_ascii_lowercase());
    }
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        format!("this server does not go by the name '{name}'; use its address, or localhost"),
    ))
}

/// Refuses what a page of another site asks for.
fn same_site(headers: &HeaderMap, host: &str) -> Result<(), Refusal> {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let own = match headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default()) {
        Some(origin) => origin.split_once("://").is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host)),
        None => true,
    };
    let foreign = matches!(said("sec-fetch-site"), Some("cross-site" | "same-site"));
    match own && (!foreign || said("sec-fetch-mode") == Some("navigate")) {
        true => Ok(()),
        false => Err(Refusal::new(StatusCode::FORBIDDEN, "pages of other sites may not ask this server")),
    }
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The token of a link, and the link without it.
fn shown(uri: &Uri) -> Option<(String, String)> {
    let (mut token, mut rest) = (None, Vec::new());
    for pair in uri.query()?.split('&') {
        match pair.strip_prefix("token=") {
            Some(shown) => token = Some(shown.to_owned()),
            None => rest.push(pair),
        }
    }
    let query = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
    // a path that begins with two slashes would lead to another server
    Some((token?, format!("/{}{query}", uri.path().trim_start_matches('/'))))
}

#[cfg(test)]
mod tests {
    use axum::http::header::{HOST, ORIGIN};
    use axum::http::{HeaderMap, HeaderValue, Uri};

    use super::{Client, Guard, host, same_site, shown};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |&(name, value): &(&'static str, &'static str)| {
            (axum::http::HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn names_that_could_point_anywhere_are_refused() {
        let named = |name| host(&headers(&[(HOST.as_str(), name)].map(|(_, v)| ("host", v))), false);
        for good in ["127.0.0.1:7878", "localhost:7878", "LOCALHOST", "[::1]:7878", "192.168.1.5"] {
            assert!(named(good).is_ok(), "{good}");
        }
        for bad in ["evil.example:7878", "127.0.0.1.nip.example", "", "localhost.evil.example"] {
            assert_eq!(named(bad).unwrap_err().status, 403, "{bad}");
        }
        assert!(host(&headers(&[("host", "school.example")]), true).is_ok());
    }

    #[test]
    fn other_sites_are_refused_but_links_from_them_are_not() {
        let asked =
            |pairs: &[(&'static str, &'static str)]| same_site(&headers(pairs), "127.0.0.1:7878").is_ok();
        assert!(asked(&[]) && asked(&[("origin", "http://127.0.0.1:7878")]));
        assert!(asked(&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]));
        assert!(!asked(&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")]));
        assert!(!asked(&[(ORIGIN.as_str(), "null")].map(|(_, v)| ("origin", v))));
        assert!(!asked(&[("origin", "http://evil.example")]));
        assert!(!asked(&[("origin", "http://127.0.0.1:9999")]));
    }

    #[test]
    fn a_token_is_taken_from_a_link_and_the_link_stays_here() {
        let parts = |text: &str| shown(&text.parse::<Uri>().unwrap());
        assert_eq!(parts("/live?row=a&token=t&unit=3"), Some(("t".into(), "/live?row=a&unit=3".into())));
        assert_eq!(parts("//evil.example/?token=t").unwrap().1, "/evil.example/");
        assert_eq!(parts("/live?row=a"), None);
        let guard = Guard::new(Some("t".into()), false);
        assert!(guard.admits(Some("t")) && !guard.admits(Some("s")) && !guard.admits(None));
    }

    #[test]
    fn a_client_is_read_from_its_own_form_alone() {
        let client = Client::of(0xab);
        assert_eq!(Client::parse(&client.hex()), Some(client));
        for bad in ["", "ab", "zz", &"+".repeat(32), &"é".repeat(16)] {
            assert_eq!(Client::parse(bad), None);
        }
    }
}
