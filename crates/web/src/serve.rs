use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use axum::{Json, Router};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use inscape::{Cancel, Error, ErrorKind};

use crate::answer::Refusal;
use crate::app::App;
use crate::asset;
use crate::atlas::Atlas;
use crate::desk::Desk;
use crate::gallery::Gallery;
use crate::guard::{Guard, guard, new_token};
use crate::session::Session;
use crate::settings::{Settings, Tls};
use crate::views::{VIEWS, api};

/// A server that answers.
#[non_exhaustive]
pub struct Started {
    /// Links to its first page, with the token where there is one; the first for this machine.
    pub links: Vec<String>,
    /// Whether others than this machine can connect.
    pub open: bool,
    /// Whether it speaks HTTPS, without which browsers give a webcam to pages of this machine alone.
    pub secure: bool,
}

/// Ports that are tried, one after the other.
const PORTS: u16 = 100;
/// How often the server looks whether it is to stop, and pictures are tidied up.
const TICK: Duration = Duration::from_millis(100);
const TIDY: Duration = Duration::from_secs(60);
/// How long answers under way may take after the server was told to stop.
const GRACE: Duration = Duration::from_secs(2);

/// Serves until it is told to stop; `started` hears where.
///
/// # Errors
/// [`ErrorKind::File`] where no port is free, the atlas cannot be read, or certificate and key do not fit; as
/// [`Model::explorer`](inscape::Model::explorer) where the network is not supported.
pub fn serve(settings: Settings, stop: &Cancel, started: impl FnOnce(&Started)) -> Result<(), Error> {
    let broken = |error: std::io::Error| Error::new(ErrorKind::File, error.to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(broken)?;
    let (listener, address) = listener(settings.bind, settings.port)?;
    let open = !settings.bind.is_loopback();
    let token = match settings.token.clone() {
        None if open || settings.classroom => {
            Some(new_token().map_err(|refusal| Error::new(ErrorKind::File, refusal.error))?)
        }
        token => token,
    };
    let secure = settings.tls.is_some();
    let tls = settings.tls.as_ref().map(|tls| runtime.block_on(certified(tls))).transpose()?;
    let links = links(address, secure, token.as_deref());
    let app = Arc::new(App::new(settings, Guard::new(token, secure), !open)?);
    let handle = Handle::new();
    runtime.spawn(watched(app.clone(), stop.clone(), handle.clone()));
    started(&Started { links, open, secure });
    let service = router(app.clone()).into_make_service();
    let served = runtime.block_on(async {
        match tls {
            Some(tls) => axum_server::from_tcp_rustls(listener, tls)?.handle(handle).serve(service).await,
            None => axum_server::from_tcp(listener)?.handle(handle).serve(service).await,
        }
    });
    app.desk.close();
    app.slow.close();
    runtime.shutdown_timeout(GRACE);
    served.map_err(broken)
}

impl App {
    fn new(settings: Settings, guard: Guard, loopback: bool) -> Result<App, Error> {
        let Settings { model, name, model_argument, pictures, atlas, classroom, .. } = settings;
        model.preprocessing()?;
        let explorer = Arc::new(model.explorer(model.atlas_rows(&[])?)?);
        let atlas = atlas.map(|folder| Atlas::open(&folder, model.sha256(), explorer.rows())).transpose()?;
        let about = atlas.as_ref().map(|atlas| atlas.about.clone());
        let gallery = Gallery::new(pictures, classroom);
        let limits = gallery.limits.clone();
        let session = Session::new(&explorer, &name, about, limits, classroom, loopback)?;
        let desk = |name| Desk::open(name).map_err(|error| Error::new(ErrorKind::Memory, error.to_string()));
        Ok(App {
            guard,
            desk: desk("engine")?,
            slow: desk("engine, slow")?,
            gallery,
            explorer,
            session,
            atlas,
            tracing: Arc::default(),
            bench: Arc::default(),
            model_argument,
        })
    }
}

fn router(app: Arc<App>) -> Router {
    let (api, description) = api();
    let description = Arc::new(description);
    let mut pages = api
        .route("/api/openapi.json", get(move || std::future::ready(Json((*description).clone()))))
        .route("/", get(asset::page))
        .route("/assets/app.js", get(asset::script))
        .route("/assets/app.css", get(asset::style))
        .route("/assets/icon.svg", get(asset::icon));
    for view in VIEWS {
        pages = pages.route(&format!("/{}", view.name), get(asset::page));
    }
    pages
        .fallback(async || Refusal::missing("there is nothing at this address"))
        .method_not_allowed_fallback(async || {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "this address is not asked that way")
        })
        .layer(DefaultBodyLimit::max(1 << 20))
        .layer(from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

/// Tidies up until the server is told to stop.
async fn watched(app: Arc<App>, stop: Cancel, handle: Handle<SocketAddr>) {
    let mut tidied = std::time::Instant::now();
    while !stop.is_cancelled() {
        tokio::time::sleep(TICK).await;
        if tidied.elapsed() > TIDY {
            app.tidy();
            tidied = std::time::Instant::now();
        }
    }
    app.tracing.stop();
    handle.graceful_shutdown(Some(GRACE));
}

fn listener(bind: IpAddr, port: u16) -> Result<(TcpListener, SocketAddr), Error> {
    let mut last = None;
    for port in port..=port.saturating_add(PORTS) {
        match TcpListener::bind((bind, port)).and_then(|listener| {
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        }) {
            Ok(found) => return Ok(found),
            Err(error) => {
                let taken = error.kind() == std::io::ErrorKind::AddrInUse;
                last = Some(error);
                if !taken {
                    break;
                }
            }
        }
    }
    let reason = last.map_or_else(String::new, |error| error.to_string());
    Err(Error::new(ErrorKind::File, format!("cannot listen at {bind}, port {port} or the next: {reason}")))
}

async fn certified(tls: &Tls) -> Result<RustlsConfig, Error> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await;
    config.map_err(|error| {
        let (certificate, key) = (tls.certificate.display(), tls.key.display());
        Error::new(
            ErrorKind::File,
            format!("{certificate} and {key} are no certificate and key in PEM form: {error}"),
        )
    })
}

/// Links to the first page, at every address it can be reached by.
fn links(address: SocketAddr, secure: bool, token: Option<&str>) -> Vec<String> {
    let scheme = if secure { "https" } else { "http" };
    let query = token.map_or_else(String::new, |token| format!("?token={token}"));
    let mut hosts = Vec::new();
    if address.ip().is_unspecified() {
        hosts.push(SocketAddr::new(IpAddr::from([127, 0, 0, 1]), address.port()));
        hosts.extend(own_address().map(|ip| SocketAddr::new(ip, address.port())));
    } else {
        hosts.push(address);
    }
    hosts.into_iter().map(|host| format!("{scheme}://{host}/{query}")).collect()
}

/// This machine's address on its network: the one it would send from. Nothing is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // an address kept for documentation, where nobody is
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_unspecified())
}
