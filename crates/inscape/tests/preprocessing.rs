//! Pictures become tensors exactly as Pillow and PyTorch's reference code make them.

use inscape::{Card, Image, Preprocessing};
use inscape_engine::{Dimension, InputType};
use inscape_tensor::Element;
use inscape_testkit::{npz, shared};

fn input(height: usize, width: usize) -> InputType {
    let sizes = [3, height, width].map(Dimension::Fixed);
    let shape = std::iter::once(Dimension::Symbolic("batch".to_owned())).chain(sizes).collect();
    InputType { element: Element::F32, shape: Some(shape) }
}

#[test]
fn goldens_are_reproduced() {
    for model in ["squeezenet1_1", "efficientnet-lite0"] {
        for picture in ["ILSVRC2012_val_00002514", "ILSVRC2012_val_00005946"] {
            let file = format!("data/ilsvrc-val-sample/Data/CLS-LOC/val/{picture}.JPEG");
            let Some(file) = shared(&file) else { return };
            let Some(card) = shared(&format!("models/{model}.toml")) else { return };
            let Some(golden) = shared(&format!("goldens/{model}-{picture}.npz")) else { return };
            let (shape, expected) = &npz(golden)["input"];
            let card = Card::open(card).unwrap();
            let settings = Preprocessing::new(&card, &input(shape[2], shape[3])).unwrap();
            let prepared = settings.prepare(&Image::open(file).unwrap());
            assert_eq!(prepared.tensor.shape(), &shape[..]);
            let std = settings.std[0] as f32;
            let apart: Vec<f32> =
                prepared.tensor.values().iter().zip(expected).map(|(a, e)| (a - e).abs() * std).collect();
            let most = apart.iter().fold(0.0f32, |most, &d| most.max(d));
            let mean = apart.iter().sum::<f32>() / apart.len() as f32;
            println!("{model} {picture}: at most {most} levels apart, {mean} on average");
            assert!(most <= 5.0 && mean < 0.5, "{model} {picture}: {most} levels apart, {mean} on average");
        }
    }
}
