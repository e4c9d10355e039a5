//! Model files, which nobody vouches for, to graphs; and networks trained here to model files ([`Export`]).
//!
//! [`open`] reads a file, [`from_reader`] a stream, [`from_bytes`] what is in memory. Weights stay where they are: constants of the graph
//! are slices of the mapped file. Whatever the bytes, the answer is a graph or an [`Error`]: never a panic, and never
//! memory out of proportion to the file.
#![forbid(unsafe_code)]

mod error;
mod folder;
mod foreign;
mod onnx;
mod opened;

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use bytes::Bytes;
use inscape_engine::Graph;
use inscape_tensor::MappedFile;

pub use error::{Error, ErrorKind};
pub use folder::{Folder, OpenFile};
pub use onnx::Export;
pub use opened::{Facts, Opened};

/// A model format.
pub struct FormatRow {
    /// Its name.
    pub name: &'static str,
    /// How its files' names end.
    pub extensions: &'static [&'static str],
    /// Whether a file that begins like this may be of this format.
    pub recognizes: fn(&[u8]) -> bool,
    /// Reads the whole file; the folder serves files beside it.
    pub read: Read,
}

/// Turns the content of a model file into its network and what it says about itself.
pub type Read = fn(Bytes, &mut Folder) -> Result<(Graph, Facts), Error>;

/// Every format that can be read.
pub const FORMATS: &[FormatRow] = &[onnx::ROW];

/// Opens a model file.
///
/// ```no_run
/// let opened = inscape_formats::open("model.onnx")?;
/// println!("{} nodes from {}", opened.graph.nodes().len(), opened.facts.producer);
/// # Ok::<(), inscape_formats::Error>(())
/// ```
///
/// # Errors
/// Where the file cannot be read, is of another format or contradicts itself; where its external data lie outside its
/// folder; where it holds what no graph here can (quantised operators, an unknown opset).
pub fn open(path: impl AsRef<Path>) -> Result<Opened, Error> {
    let path = path.as_ref();
    let named = |error: Error| error.within(&path.display().to_string());
    let unreadable = |error| named(Error::unreadable(&error));
    let kind = fs::metadata(path).map_err(unreadable)?.file_type();
    if !kind.is_file() && !kind.is_dir() {
        return from_reader(File::open(path).map_err(unreadable)?).map_err(named);
    }
    let file = MappedFile::open(path).map_err(unreadable)?;
    let mut folder = Folder::of(path);
    let bytes = file.bytes();
    let (graph, facts) = read(bytes.clone(), &mut folder).map_err(named)?;
    let mut files = folder.into_files();
    files.insert(0, OpenFile { path: path.to_owned(), file });
    Ok(Opened { graph, facts, bytes, files })
}

/// Reads a model from a stream, a pipe for instance; what cannot be a model is refused by its first bytes.
///
/// # Errors
/// As [`open`]; external data have no folder to lie in and are refused; at most 2 GiB are read, as much as an ONNX
/// file may hold.
pub fn from_reader(mut stream: impl std::io::Read) -> Result<Opened, Error> {
    let unreadable = |error| Error::unreadable(&error);
    let mut bytes = Vec::new();
    stream.by_ref().take(FIRST_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    format(&bytes)?;
    stream.by_ref().take(MOST_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    from_bytes(bytes.into())
}

/// Enough to recognize a format by.
const FIRST_BYTES: u64 = 64;

/// No protocol buffer may be larger.
const MOST_BYTES: u64 = 2 << 30;

/// Reads a model from memory; external data have no folder to lie in and are refused.
///
/// # Errors
/// As [`open`].
pub fn from_bytes(bytes: Bytes) -> Result<Opened, Error> {
    let (graph, facts) = read(bytes.clone(), &mut Folder::none())?;
    Ok(Opened { graph, facts, bytes, files: Vec::new() })
}

fn read(bytes: Bytes, folder: &mut Folder) -> Result<(Graph, Facts), Error> {
    (format(&bytes)?.read)(bytes, folder)
}

/// The format of a file that begins like this.
fn format(bytes: &[u8]) -> Result<&'static FormatRow, Error> {
    foreign::refuse(bytes)?;
    FORMATS.iter().find(|row| (row.recognizes)(bytes)).ok_or_else(foreign::unknown)
}
