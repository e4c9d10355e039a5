use std::path::Path;
use std::sync::Arc;

use inscape::{Error, ErrorKind};

use super::infinite_mnist::{Deformation, Excerpt, InfiniteMnist};
use super::{Examples, IdxFolder, Patches};

/// What is learned from, and what is only measured on.
#[derive(Clone)]
pub struct Collection {
    /// What is learned from.
    pub training: Arc<dyn Examples>,
    /// What is only measured on, where there is any.
    pub test: Option<Arc<dyn Examples>>,
}

/// How [`open`] is told to make digits.
const INFINITE: &str = "infinite-mnist:";

/// Opens a data set by its name: `infinite-mnist:N` (the first N digits from the training digits on, with MNIST's test
/// digits; `mnist` is the folder of its IDX files), `FILE.npy` (patches), or a folder of IDX files.
///
/// # Errors
/// [`ErrorKind::Setting`] for a count that is none, or infinite MNIST without MNIST; else as [`IdxFolder::open`],
/// [`InfiniteMnist::new`] and [`Patches::open`].
pub fn open(text: &str, mnist: Option<&Path>) -> Result<Collection, Error> {
    if let Some(count) = text.strip_prefix(INFINITE) {
        return infinite(count, mnist);
    }
    let path = Path::new(text);
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy")) {
        return Ok(Collection { training: Arc::new(Patches::open(path)?), test: None });
    }
    if !path.is_dir() {
        let what = if path.exists() { "is neither" } else { "is not there; expected" };
        let context = format!("{text} {what} a folder of IDX files, a .npy file of patches, or {INFINITE}N");
        return Err(Error::new(ErrorKind::File, context));
    }
    Ok(IdxFolder::open(path)?.into())
}

impl From<IdxFolder> for Collection {
    fn from(folder: IdxFolder) -> Collection {
        let test = folder.test.map(|test| test as Arc<dyn Examples>);
        Collection { training: folder.training, test }
    }
}

fn infinite(count: &str, mnist: Option<&Path>) -> Result<Collection, Error> {
    let setting = |context: String| Error::new(ErrorKind::Setting, context);
    let count: u64 = count
        .replace(['_', ','], "")
        .parse()
        .map_err(|_| setting(format!("'{count}' is no number of digits, as in {INFINITE}2500000")))?;
    let Some(folder) = mnist else {
        return Err(setting(format!(
            "{INFINITE}{count} is made from MNIST: name the folder of its IDX files with --mnist"
        )));
    };
    let mnist = IdxFolder::open(folder)?;
    let digits = Arc::new(InfiniteMnist::new(&mnist, Deformation::default())?);
    let first = digits.tests();
    let training = Arc::new(Excerpt::new(digits, first, count)?);
    Ok(Collection { training, test: mnist.test.map(|test| test as Arc<dyn Examples>) })
}
