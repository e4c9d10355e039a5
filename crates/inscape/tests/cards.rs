//! Cards are read strictly, changed by one key, written back, and found beside a model.

use std::fs;

use inscape::{Card, CardSource, Channels, ErrorKind, Interpolation, Layout, Preprocessing, Preset, Resize};
use inscape_engine::{Dimension, InputType};
use inscape_tensor::Element;
use proptest::prelude::{any, proptest};

fn input(sizes: [usize; 3]) -> InputType {
    let shape = std::iter::once(Dimension::Symbolic(String::new())).chain(sizes.map(Dimension::Fixed));
    InputType { element: Element::F32, shape: Some(shape.collect()) }
}

#[test]
fn mistakes_name_line_key_and_remedy() {
    for (text, parts) in [
        ("size = [2, 2]\nchanels = 'RGB'", &["line 2", "chanels", "'channels'"][..]),
        ("mean = 'x'", &["line 1", "'mean'", "number"]),
        ("\n\nstd = [1, 0, 1]", &["line 3", "'std'", "above 0"]),
        ("mean = [1, 2]", &["1 or 3"]),
        ("mean = [nan, 1, 1]", &["finite"]),
        ("scale = -1", &["'scale'", "above 0"]),
        ("size = [0, 224]", &["whole pixels"]),
        ("size = [224, 99999999]", &["whole pixels"]),
        ("resize = 'zoom'", &["stretch, crop, pad", "'zoom'"]),
        ("preset = 'keras'", &["keras-caffe"]),
        ("pad_color = [0, 0, 256]", &["0 to 255"]),
        ("[table]\nx = 1", &["line 1", "unknown key 'table'"]),
        ("size = [", &["line 1"]),
        ("size = 1\nsize = 2", &["line 2"]),
    ] {
        let error = Card::parse(text).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Card);
        for part in parts {
            assert!(error.context.contains(part), "{text:?}: '{}' lacks '{part}'", error.context);
        }
    }
}

#[test]
fn a_written_card_reads_back_the_same() {
    let text = "input = \"im\\\"age\"\nscores = 's'\nlabels = 'l.txt'\nsize = [3, 4]\nchannels = 'BGR'\n\
        scale = 0.00392156862745098\nmean = [1.5, -2.0, 3e-3]\nstd = [1.0, 2.0, 3.0]\nresize = 'pad'\nresize_to = 9\n\
        interpolation = 'bicubic'\npad_color = [1, 2, 3]\nlayout = 'NHWC'\npreset = 'keras-tf'\nnorm = 7.5\nnote = 'a\tb'";
    let card = Card::parse(text).unwrap();
    assert_eq!(card.interpolation, Some(Interpolation::Bicubic));
    assert_eq!((card.layout, card.norm), (Some(Layout::Nhwc), Some(7.5)));
    assert_eq!(Card::parse(&card.to_toml()).unwrap(), card);
}

#[test]
fn a_key_is_set_with_or_without_quotes() {
    let mut card = Card::default();
    card.set("channels", "bgr").unwrap();
    card.set("resize", "'crop'").unwrap();
    card.set("mean", "[1, 2, 3]").unwrap();
    assert_eq!((card.channels, card.resize), (Some(Channels::Bgr), Some(Resize::Crop)));
    assert!(card.set("mean", "1]\nstd = [2").is_err());
    assert!(card.set("meen", "1").unwrap_err().context.contains("'mean'"));
}

#[test]
fn presets_fill_what_a_card_leaves_out() {
    let made = |text: &str| Preprocessing::new(&Card::parse(text).unwrap(), &input([3, 224, 224])).unwrap();
    let assumed = made("");
    assert_eq!((assumed.resize, assumed.resize_to, assumed.scale), (Resize::Crop, 256, 1.0 / 255.0));
    assert_eq!(assumed.mean, [0.485, 0.456, 0.406]);
    // Numbers of one's own are not mixed with a preset that was never named.
    let own = made("mean = 127.5");
    assert_eq!((own.scale, &own.mean[..], &own.std[..]), (1.0, &[127.5; 3][..], &[1.0; 3][..]));
    let tf = made("preset = 'keras-tf'");
    assert!((255.0 * tf.scale - tf.mean[0] - 1.0).abs() < 1e-12 && tf.mean[0] == 1.0);
    assert_eq!(made("preset = 'keras-caffe'").channels, Channels::Bgr);
    assert_eq!(Preset::all().count(), 5);
}

#[test]
fn a_card_that_contradicts_the_graph_is_refused() {
    let made = |text: &str, sizes| Preprocessing::new(&Card::parse(text).unwrap(), &input(sizes));
    assert!(made("size = 224", [3, 227, 227]).unwrap_err().context.contains("fixed at 227"));
    assert!(made("channels = 'RGB'", [1, 28, 28]).is_err());
    assert!(made("", [4, 28, 28]).is_err());
    assert_eq!(made("", [28, 28, 1]).unwrap().layout, Layout::Nhwc);
    let open = ["n", "c", "h", "w"].map(|name| Dimension::Symbolic(name.to_owned())).to_vec();
    let open = InputType { element: Element::F32, shape: Some(open) };
    assert!(Preprocessing::new(&Card::default(), &open).unwrap_err().context.contains("--size"));
    let sized = Card::parse("size = [32, 48]").unwrap();
    assert_eq!(Preprocessing::new(&sized, &open).unwrap().shape(), [1, 3, 32, 48]);
}

#[test]
fn files_beside_a_model_are_found_and_named() {
    let folder = std::env::temp_dir().join(format!("inscape-cards-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let model = folder.join("net.onnx");
    assert_eq!(Card::beside(&model).unwrap().source(), &CardSource::Assumed);

    let vit = r#"{"do_resize": true, "size": {"height": 224, "width": 224}, "resample": 3, "do_rescale": true,
        "rescale_factor": 0.00392156862745098, "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}"#;
    fs::write(folder.join("preprocessor_config.json"), vit).unwrap();
    fs::write(folder.join("config.json"), r#"{"id2label": {"1": "dog", "0": "cat"}}"#).unwrap();
    let card = Card::beside(&model).unwrap();
    assert!(card.source().to_string().contains("preprocessor_config.json"));
    assert_eq!((card.resize, card.interpolation), (Some(Resize::Stretch), Some(Interpolation::Bicubic)));
    assert_eq!((card.size, card.mean.as_deref()), (Some([224, 224]), Some(&[0.5; 3][..])));
    assert_eq!(card.labels(2).unwrap().unwrap().name(1), Some("dog"));
    assert!(card.labels(3).is_err());

    let convnext =
        r#"{"size": {"shortest_edge": 224}, "crop_pct": 0.875, "do_resize": true, "image_mean": [0, 0, 0]}"#;
    fs::write(folder.join("preprocessor_config.json"), convnext).unwrap();
    let card = Card::beside(&model).unwrap();
    assert_eq!((card.resize, card.resize_to, card.size), (Some(Resize::Crop), Some(256), Some([224, 224])));

    fs::write(folder.join("net.toml"), "labels = 'names.txt'").unwrap();
    fs::write(folder.join("names.txt"), "background\ncat\ndog\n").unwrap();
    let card = Card::beside(&model).unwrap();
    assert_eq!(card.source(), &CardSource::File("net.toml".to_owned()));
    let error = card.labels(2).unwrap_err();
    assert!(error.context.contains("background") && error.context.contains("names.txt"), "{error}");
    fs::remove_dir_all(&folder).unwrap();
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(bytes: Vec<u8>, key in "[a-z_]{0,12}", value: String) {
        let _ = Card::parse(&String::from_utf8_lossy(&bytes));
        let _ = Card::default().set(&key, &value);
    }

    #[test]
    fn numbers_survive_writing(mean in any::<[i32; 3]>(), scale in 1u32..u32::MAX) {
        let mut card = Card::default();
        card.mean = Some(mean.map(|m| f64::from(m) / 1000.0).to_vec());
        card.scale = Some(1.0 / f64::from(scale));
        let again = Card::parse(&card.to_toml()).unwrap();
        assert_eq!((again.mean, again.scale), (card.mean, card.scale));
    }
}
