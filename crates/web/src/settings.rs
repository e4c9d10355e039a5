use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use inscape::Model;

/// What is served, to whom.
#[non_exhaustive]
pub struct Settings {
    /// The network.
    pub model: Model,
    /// The name it goes by.
    pub name: String,
    /// How commands that make the same result name the network, if they have to.
    pub model_argument: Option<String>,
    /// Pictures that every client sees.
    pub pictures: Vec<SharedPicture>,
    /// The folder of an atlas of the network.
    pub atlas: Option<PathBuf>,
    /// The address to listen at.
    pub bind: IpAddr,
    /// The port, or the first free one after it.
    pub port: u16,
    /// Many clients on one server: tighter limits for each.
    pub classroom: bool,
    /// What a client has to show; needed wherever others than this machine can connect.
    pub token: Option<String>,
    /// Certificate and key for HTTPS.
    pub tls: Option<Tls>,
}

/// A picture that every client sees.
pub struct SharedPicture {
    /// Its name, which no other has.
    pub name: String,
    /// Where its bytes are.
    pub source: Source,
}

/// Where a picture's bytes are.
#[derive(Clone)]
pub enum Source {
    /// In a file.
    File(PathBuf),
    /// In the program.
    Bytes(&'static [u8]),
}

/// Certificate and key as PEM files.
pub struct Tls {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// The port that is tried first.
const PORT: u16 = 7878;

impl Settings {
    /// A network for this machine alone, without pictures or an atlas.
    pub fn new(model: Model, name: impl Into<String>) -> Settings {
        Settings {
            model,
            name: name.into(),
            model_argument: None,
            pictures: Vec::new(),
            atlas: None,
            bind: Ipv4Addr::LOCALHOST.into(),
            port: PORT,
            classroom: false,
            token: None,
            tls: None,
        }
    }
}
