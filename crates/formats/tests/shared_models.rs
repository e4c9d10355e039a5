//! Every model of the shared test data gives a graph.

use inscape_engine::Dimension;
use inscape_formats::open;
use inscape_tensor::Element;
use inscape_testkit::shared;

/// File, operators of the file, name of the picture's input, its channels.
const MODELS: &[(&str, usize, i64, &str, usize)] = &[
    ("squeezenet1_1.onnx", 64, 17, "image", 3),
    ("squeezenet1_1-opset20.onnx", 64, 20, "image", 3),
    ("efficientnet-lite0.onnx", 456, 17, "image", 3),
    ("efficientnet-lite2.onnx", 591, 17, "image", 3),
    ("light/light_bvlc_alexnet.onnx", 40, 9, "data_0", 3),
    ("light/light_densenet121.onnx", 1746, 9, "data_0", 3),
    ("light/light_inception_v1.onnx", 237, 9, "data_0", 3),
    ("light/light_inception_v2.onnx", 916, 9, "data_0", 3),
    ("light/light_resnet50.onnx", 415, 9, "gpu_0/data_0", 3),
    ("light/light_shufflenet.onnx", 446, 9, "gpu_0/data_0", 3),
    ("light/light_squeezenet.onnx", 105, 9, "data_0", 3),
    ("light/light_vgg19.onnx", 82, 9, "data_0", 3),
    ("light/light_zfnet512.onnx", 38, 9, "gpu_0/data_0", 3),
];

#[test]
fn shared_models_open() {
    for &(file, nodes, opset, input, channels) in MODELS {
        let Some(path) = shared(&format!("models/{file}")) else { return };
        let opened = open(&path).unwrap();
        assert_eq!(opened.graph.nodes().len(), nodes, "{file}");
        assert_eq!(opened.facts.opset, opset, "{file}");
        let [(value, kind)] = opened.graph.inputs() else { panic!("{file}: one input") };
        assert_eq!(opened.graph.name(*value), input, "{file}");
        assert_eq!(kind.element, Element::F32);
        let shape = kind.shape.as_ref().unwrap();
        assert_eq!((shape.len(), &shape[1]), (4, &Dimension::Fixed(channels)), "{file}");
        assert_eq!(opened.graph.outputs().len(), 1, "{file}");
        opened.unchanged().unwrap();
    }
}

#[test]
fn weights_stay_in_the_file() {
    let Some(path) = shared("models/squeezenet1_1.onnx") else { return };
    let opened = open(&path).unwrap();
    let weight = opened.graph.constant(opened.graph.find("conv1.weight").unwrap()).unwrap();
    assert_eq!(weight.shape(), [64, 3, 3, 3]);
    let numbers = weight.f32s().unwrap();
    let spelled: Vec<u8> = numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
    let found = opened.bytes.windows(spelled.len()).any(|window| window == spelled);
    assert!(found, "the numbers are those of the file");
}
