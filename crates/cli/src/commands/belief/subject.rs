use std::path::Path;

use anyhow::Context;
use inscape::report::FileMark;
use inscape_belief::Network;
use sha2::{Digest, Sha256};

use crate::bundled;
use crate::run::Usage;

/// A trained network with what results say about it.
pub(super) struct Subject {
    pub(super) network: Network,
    pub(super) mark: FileMark,
    /// The file's name without its ending.
    pub(super) stem: String,
}

impl Subject {
    /// Reads a network's own file; a bundled one where there is no such file and the name is one of theirs.
    pub(super) fn open(path: &Path) -> anyhow::Result<Subject> {
        let bundled = bundled::NETWORKS.iter().find(|(name, _)| {
            !path.exists()
                && (path == Path::new(name) || path.with_extension("safetensors") == Path::new(name))
        });
        if let Some((name, bytes)) = bundled {
            return Subject::parse(Path::new(name), bytes);
        }
        let named = || path.display().to_string();
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx")) {
            let context =
                "an ONNX file holds the way up alone; give the .safetensors file that was trained with it";
            return Err(Usage(format!("{}: {context}", named())).into());
        }
        let bytes = std::fs::read(path).with_context(|| {
            let names = bundled::NETWORKS.iter().map(|(name, _)| name.trim_end_matches(".safetensors"));
            let names = names.collect::<Vec<_>>().join(", ");
            format!("{} cannot be read (bundled networks are {names})", named())
        })?;
        Subject::parse(path, &bytes)
    }

    fn parse(path: &Path, bytes: &[u8]) -> anyhow::Result<Subject> {
        let network = Network::parse(bytes).with_context(|| path.display().to_string())?;
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let mark = FileMark { file: text(path.file_name()), sha256 };
        Ok(Subject { network, mark, stem: text(path.file_stem()) })
    }
}
