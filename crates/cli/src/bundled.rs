//! What is embedded in the program, so that it runs from any folder.

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
