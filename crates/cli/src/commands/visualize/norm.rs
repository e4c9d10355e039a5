use std::path::{Path, PathBuf};

use crate::inputs::gather;
use crate::opening::Opened;
use crate::run::Run;

/// The mean Euclidean norm of the pictures of a folder, prepared as the card says.
pub(super) fn mean(run: &Run, opened: &Opened, folder: &Path) -> anyhow::Result<f64> {
    let inputs = gather(&[PathBuf::from(folder)])?;
    let progress = run.terminal.progress(inputs.len(), 1, "measuring norms");
    let mut sum = 0.0;
    for input in &inputs {
        let read = opened.model.read(&input.path)?;
        let squares = read.tensor().values().iter().map(|&v| f64::from(v) * f64::from(v));
        sum += squares.sum::<f64>().sqrt();
        progress.step();
    }
    drop(progress);
    let mean = sum / inputs.len() as f64;
    run.terminal.say(&format!(
        "the mean norm of {} pictures is {mean:.4}; keep it in the card: norm = {mean:.4}",
        inputs.len()
    ));
    Ok(mean)
}
