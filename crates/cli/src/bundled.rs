//! What is embedded in the program, so that it runs from any folder.

use std::sync::Arc;

use inscape::Error;
use inscape_belief::examples::{IdxFolder, Pictures, idx};

/// SqueezeNet 1.1 as ONNX.
pub(crate) const MODEL: &[u8] = include_bytes!("../assets/squeezenet1_1.onnx");

/// The name it goes by in results.
pub(crate) const MODEL_NAME: &str = "squeezenet1_1.onnx";

/// Its card. It names no labels: 1,000 scores get ImageNet's names.
pub(crate) const CARD: &str = include_str!("../assets/squeezenet1_1.toml");

/// Provenance and license of all that is embedded.
pub(crate) const NOTICES: &str = include_str!("../assets/NOTICES.md");

/// The crates inside the program, with their licenses.
pub(crate) const THIRD_PARTY: &str = include_str!("../assets/THIRD-PARTY.md");

/// Pictures that may be used for anything: name and JPEG.
pub(crate) const PICTURES: &[(&str, &[u8])] = &[
    ("chelsea.jpg", include_bytes!("../assets/pictures/chelsea.jpg")),
    ("astronaut.jpg", include_bytes!("../assets/pictures/astronaut.jpg")),
    ("coffee.jpg", include_bytes!("../assets/pictures/coffee.jpg")),
    ("rocket.jpg", include_bytes!("../assets/pictures/rocket.jpg")),
];

/// Belief networks and autoencoders: name and file.
pub(crate) const NETWORKS: &[(&str, &[u8])] = &[
    ("dbn-mnist.safetensors", include_bytes!("../assets/networks/dbn-mnist.safetensors")),
    ("sdae-mnist.safetensors", include_bytes!("../assets/networks/sdae-mnist.safetensors")),
    ("dbn-patches.safetensors", include_bytes!("../assets/networks/dbn-patches.safetensors")),
    ("sdae-patches.safetensors", include_bytes!("../assets/networks/sdae-patches.safetensors")),
];

/// The name that stands for the digits where data are asked for.
pub(crate) const DIGITS: &str = "mnist-1000";

/// A thousand digits of MNIST: 800 to learn from, 200 to measure on.
pub(crate) fn digits() -> Result<IdxFolder, Error> {
    let part = |images: &[u8], labels: &[u8]| {
        Pictures::new(DIGITS, idx::parse(images)?)?.labelled(idx::parse(labels)?).map(Arc::new)
    };
    Ok(IdxFolder {
        training: part(
            include_bytes!("../assets/mnist-1000/train-images-idx3-ubyte.gz"),
            include_bytes!("../assets/mnist-1000/train-labels-idx1-ubyte.gz"),
        )?,
        test: Some(part(
            include_bytes!("../assets/mnist-1000/t10k-images-idx3-ubyte.gz"),
            include_bytes!("../assets/mnist-1000/t10k-labels-idx1-ubyte.gz"),
        )?),
    })
}
