//! Which pixels made a network decide: `cargo run --release --example saliency -- model.onnx cat.jpg`

use inscape::{Error, Method, Model, Target};

fn main() -> Result<(), Error> {
    let mut paths = std::env::args().skip(1);
    let (Some(model), Some(picture)) = (paths.next(), paths.next()) else {
        return Err(Error::new(inscape::ErrorKind::Setting, "give a model and a picture"));
    };
    let model = Model::open(model)?;
    let image = model.read(picture)?;
    let top = &model.classify(&image)?[0];
    let map = model.attribute(&image, Method::Saliency, Target::Class(top.index))?;
    map.overlay(&image)?.save("saliency.png")
}
