//! IDX files, in which MNIST is kept: a magic number 00 00 KIND RANK, a size for every axis (32 bits, big-endian), and the
//! numbers in row-major order; as they are, or packed by gzip.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use inscape::{Error, ErrorKind};

/// An array as an IDX file holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// A size for every axis.
    pub shape: Vec<usize>,
    /// The numbers in row-major order.
    pub numbers: Numbers,
}

/// The kinds of numbers that are read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Numbers {
    /// Kind 08, unsigned bytes.
    Bytes(Vec<u8>),
    /// Kind 0D, float32.
    Floats(Vec<f32>),
}

/// The most axes of an array.
const MOST_AXES: usize = 8;

/// The most bytes of numbers in an array.
const MOST_BYTES: u64 = 16 << 30;

/// A gzip file may unpack to this many bytes, or to [`MOST_RATIO`] times its own size, whichever is more: pictures pack
/// about five to one, a file that claims more was made to fill the memory.
const UNSUSPICIOUS: u64 = 64 << 20;
const MOST_RATIO: u64 = 100;

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads an IDX file, unpacked by the way where it begins as gzip does, whatever its name.
///
/// # Errors
/// [`ErrorKind::File`] where it cannot be read, else as [`parse`], with the file's path.
pub fn read(path: impl AsRef<Path>) -> Result<Array, Error> {
    let path = path.as_ref();
    let unreadable = |error: std::io::Error| {
        Error::new(ErrorKind::File, format!("{} cannot be read: {error}", path.display()))
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if about.is_dir() {
        let context = format!("{} is a folder, where an IDX file was expected", path.display());
        return Err(Error::new(ErrorKind::File, context));
    }
    let mut start = Vec::new();
    file.by_ref().take(2).read_to_end(&mut start).map_err(unreadable)?;
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    unpacked(BufReader::with_capacity(1 << 16, file), start == GZIP, about.len())
        .map_err(|error| Error::new(error.kind, format!("{}: {error}", path.display())))
}

/// Reads an array from the bytes of an IDX file.
///
/// ```
/// use inscape_belief::examples::idx::{self, Numbers};
/// let file = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9];
/// assert_eq!(idx::parse(&file)?.numbers, Numbers::Bytes(vec![7, 9]));
/// # Ok::<(), inscape::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Data`] for another magic number, sizes that do not match the length, a damaged gzip stream or one that
/// would unpack to a hundred times its size; [`ErrorKind::Memory`] for more than there is room for.
pub fn parse(content: &[u8]) -> Result<Array, Error> {
    unpacked(Cursor::new(content), content.starts_with(&GZIP), content.len() as u64)
}

/// The bytes before the numbers of a file of unsigned bytes.
///
/// ```
/// let labels = [&inscape_belief::examples::idx::header(&[3])[..], &[5, 0, 4]].concat();
/// assert_eq!(inscape_belief::examples::idx::parse(&labels)?.shape, [3]);
/// # Ok::<(), inscape::Error>(())
/// ```
pub fn header(shape: &[u32]) -> Vec<u8> {
    let sizes = shape.iter().flat_map(|size| size.to_be_bytes());
    [0, 0, 8, shape.len() as u8].into_iter().chain(sizes).collect()
}

/// How the magic number of an array of unsigned bytes with so many axes is written.
pub(super) fn magic(axes: usize) -> String {
    format!("0x{:08x}", 0x0800 | axes)
}

fn unpacked(stored: impl Read, gzip: bool, length: u64) -> Result<Array, Error> {
    if gzip { array(MultiGzDecoder::new(stored), None, length) } else { array(stored, Some(length), length) }
}

/// Reads an array of which so many bytes are known to come, from a file of so many.
fn array(mut bytes: impl Read, known: Option<u64>, file: u64) -> Result<Array, Error> {
    let mut magic = [0; 4];
    let found = fill(&mut bytes, &mut magic)?;
    if found < 4 {
        let what = if found == 0 { "it is empty" } else { "it ends inside its magic number" };
        return Err(wrong(format!("{what}: no IDX file")));
    }
    let [first, second, kind, axes] = magic;
    let number = u32::from_be_bytes(magic);
    if (first, second) != (0, 0) {
        let context = format!(
            "its magic number is 0x{number:08x}, which is not that of an IDX file: 00 00, then the kind of its numbers \
             (08: unsigned bytes, 0d: float32), then the number of its axes"
        );
        return Err(wrong(context));
    }
    let width: u64 = match kind {
        0x08 => 1,
        0x0d => 4,
        _ => {
            let kind = named(kind);
            let context = format!(
                "its magic number is 0x{number:08x}: it holds {kind}; unsigned bytes (08) and float32 (0d) are read"
            );
            return Err(wrong(context));
        }
    };
    let axes = usize::from(axes);
    if axes == 0 || axes > MOST_AXES {
        let context = format!(
            "its magic number is 0x{number:08x}: an array of {axes} axes, where 1 (labels) or 3 (pictures) are expected"
        );
        return Err(wrong(context));
    }
    let mut sizes = vec![0; 4 * axes];
    if fill(&mut bytes, &mut sizes)? < sizes.len() {
        return Err(wrong("it ends inside its header: the file is truncated"));
    }
    let shape: Vec<usize> =
        sizes.as_chunks().0.iter().map(|&size| u32::from_be_bytes(size) as usize).collect();
    let expected = shape.iter().try_fold(width, |product, &size| product.checked_mul(size as u64));
    let expected = expected.filter(|&bytes| bytes <= MOST_BYTES).ok_or_else(|| {
        wrong(format!("its sizes {} are more than the {} GiB that are read", spelt(&shape), MOST_BYTES >> 30))
    })?;
    let content = numbers(bytes, &shape, expected, known.map(|n| n - (4 + sizes.len() as u64)), file)?;
    let numbers = match width {
        1 => Numbers::Bytes(content),
        _ => {
            Numbers::Floats(content.as_chunks().0.iter().map(|&number| f32::from_be_bytes(number)).collect())
        }
    };
    Ok(Array { shape, numbers })
}

/// The bytes after the header. No more are allocated than the file can hold.
fn numbers(
    bytes: impl Read,
    shape: &[usize],
    expected: u64,
    known: Option<u64>,
    file: u64,
) -> Result<Vec<u8>, Error> {
    let unequal = |found: String, remedy: &str| {
        wrong(format!(
            "its sizes {} take {expected} bytes, but after the header there are {found}: {remedy}",
            spelt(shape)
        ))
    };
    let truncated = "the file is truncated";
    let other = "it is damaged, or its header is another file's";
    if let Some(known) = known.filter(|&known| known != expected) {
        return Err(unequal(known.to_string(), if known < expected { truncated } else { other }));
    }
    if known.is_none() && expected > UNSUSPICIOUS.max(MOST_RATIO * file) {
        let context = format!(
            "its {file} bytes of gzip say that they unpack to {expected}, more than {MOST_RATIO} times as many; where it \
             is to be trusted, unpack it first (gunzip)"
        );
        return Err(wrong(context));
    }
    let mut content = Vec::new();
    content.try_reserve_exact(expected as usize + 1).map_err(|_| {
        Error::new(ErrorKind::Memory, format!("there is no room for its {expected} bytes of numbers"))
    })?;
    bytes.take(expected + 1).read_to_end(&mut content).map_err(damaged)?;
    match content.len() as u64 {
        found if found < expected => Err(unequal(found.to_string(), truncated)),
        found if found > expected => Err(unequal("more".to_owned(), other)),
        _ => Ok(content),
    }
}

/// Fills the buffer as far as there are bytes; gives how many there were.
fn fill(bytes: &mut impl Read, buffer: &mut [u8]) -> Result<usize, Error> {
    let mut found = Vec::with_capacity(buffer.len());
    bytes.take(buffer.len() as u64).read_to_end(&mut found).map_err(damaged)?;
    buffer[..found.len()].copy_from_slice(&found);
    Ok(found.len())
}

/// What the kinds are that are not read.
fn named(kind: u8) -> String {
    match kind {
        0x09 => "signed bytes (09)".to_owned(),
        0x0b => "16-bit integers (0b)".to_owned(),
        0x0c => "32-bit integers (0c)".to_owned(),
        0x0e => "float64 (0e)".to_owned(),
        other => format!("numbers of an unknown kind ({other:02x})"),
    }
}

pub(super) fn spelt(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}

fn damaged(error: std::io::Error) -> Error {
    wrong(format!("it cannot be read to its end ({error}): the file is truncated or damaged"))
}

fn wrong(context: impl Into<String>) -> Error {
    Error::new(ErrorKind::Data, context)
}
