//! The grammar of targets: what it reads, how it prints, and where its errors point.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;

use inscape::{Card, ErrorKind, Model, Objective, Options, Place, Position, Target, Term};
use inscape_engine::{Attribute, Dimension, GraphBuilder, InputType};
use inscape_tensor::{Constant, Element};
use proptest::prelude::{Strategy, any, prop_oneof, proptest};

/// x (1, 2, 3, 5) → relu "/layer/Relu_output_0" → "odd: name" → global pool → flatten → Gemm → three classes.
fn model() -> Model {
    let mut builder = GraphBuilder::default();
    let shape = [1, 2, 3, 5].map(Dimension::Fixed).to_vec();
    builder.input("x", InputType { element: Element::F32, shape: Some(shape) });
    let none = HashMap::new;
    builder.node("/layer/Relu", "", "Relu", 17, &["x"], &["/layer/Relu_output_0"], none());
    builder.node("odd", "", "Relu", 17, &["/layer/Relu_output_0"], &["odd: name"], none());
    builder.node("pool", "", "GlobalAveragePool", 17, &["odd: name"], &["pooled"], none());
    let axis = HashMap::from([("axis".to_owned(), Attribute::Int(1))]);
    builder.node("flat", "", "Flatten", 17, &["pooled"], &["flat"], axis);
    builder.constant("w", Constant::from_f32s(&[2, 3], vec![1.0, -2.0, 0.5, 3.0, 1.0, -1.0]));
    builder.constant("b", Constant::from_f32s(&[3], vec![0.1, 0.2, 0.3]));
    builder.node("fc", "", "Gemm", 17, &["flat", "w", "b"], &["scores"], none());
    builder.output("scores");
    Model::from_graph(builder.build().unwrap(), Options::default()).unwrap()
}

fn unit(value: &str, channel: usize, position: Position) -> Target {
    let place = Place::Channel(channel, position);
    Objective::from(Term::Unit { value: value.into(), place }).into()
}

#[test]
fn every_form_is_read() {
    let model = model();
    let relu = "/layer/Relu_output_0";
    let cases = [
        ("top1", Target::Top(1)),
        (" top5 ", Target::Top(5)),
        ("2", Target::Class(2)),
        ("class:2", Target::Class(2)),
        ("posterior:1", Objective::from(Term::Posterior(1)).into()),
        ("unit:layer/Relu:1@2,0", unit(relu, 1, Position::Cell(2, 0))),
        ("unit:/layer/Relu:1", unit(relu, 1, Position::Unstated)),
        ("unit:odd: name:0@max", unit("odd: name", 0, Position::Max)),
        ("unit:\"odd: name\":0", unit("odd: name", 0, Position::Unstated)),
        (
            "unit:\"odd: name\"[1, 2,0]",
            Objective::from(Term::Unit { value: "odd: name".into(), place: Place::Index(vec![1, 2, 0]) })
                .into(),
        ),
        ("channel:odd:1", Objective::from(Term::Channel { value: "odd: name".into(), channel: 1 }).into()),
        ("layer:odd: name", Objective::from(Term::Layer { value: "odd: name".into() }).into()),
        (
            "class:1 - 0.5*class:2 + layer:pooled",
            Target::Objective(Objective {
                terms: vec![
                    (1.0, Term::Class(1)),
                    (-0.5, Term::Class(2)),
                    (1.0, Term::Layer { value: "pooled".into() }),
                ],
            }),
        ),
        ("-class:1", Target::Objective(Objective { terms: vec![(-1.0, Term::Class(1))] })),
    ];
    for (text, expected) in cases {
        let read = model.target(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read, expected, "{text}");
    }
}

#[test]
fn errors_point_at_the_mistake_and_give_the_grammar() {
    let model = model();
    for (text, what, marked) in [
        ("class:1 - 0.5x*class:2", "not a number", "0.5x"),
        ("class:1 + unit:/layer/Rela:1", "/layer/Relu_output_0", "/layer/Rela"),
        ("unit:pooled:one", "not an index", "one"),
        ("unit:pooled", "unit:VALUE:CHANNEL", "pooled"),
        ("layer:\"pooled", "never closed", "\""),
        ("clas:1 + class:2", "no class names", "clas:1 + class:2"),
        ("class:1 + clas:2", "no kind of objective", "clas"),
        ("class:1 +  + class:2", "missing", " "),
        ("unit:pooled:0@1,2,3", "a position is", "1,2,3"),
    ] {
        let error = model.target(text).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Target, "{text}");
        assert!(error.context.contains(what), "{text}: {error}");
        assert!(error.context.contains("a target is top1"), "{text}: {error}");
        let lines: Vec<&str> = error.context.lines().collect();
        let caret = lines.iter().position(|line| line.trim_start().starts_with('^')).unwrap();
        let (start, end) = (lines[caret].find('^').unwrap(), lines[caret].len());
        assert_eq!(lines[caret - 1][start..end.min(lines[caret - 1].len())].trim(), marked.trim(), "{error}");
    }
}

#[test]
fn what_lies_outside_says_the_range() {
    let model = model();
    let input = model.input_of(inscape_tensor::Tensor::zeros([1, 2, 3, 5])).unwrap();
    for (text, range) in [
        ("class:3", "0 to 2"),
        ("posterior:7", "0 to 2"),
        ("unit:odd:2", "0 to 1"),
        ("unit:odd:1@3,0", "rows are 0 to 2"),
        ("unit:odd[1,2,5]", "0 to 1, 0 to 2, 0 to 4"),
        ("channel:odd:9", "0 to 1"),
        ("unit:odd:1@4", "@ROW,COLUMN"),
        ("unit:pooled:2", "0 to 1"),
    ] {
        let target = model.target(text).unwrap();
        let error = model.attribute(&input, inscape::Method::Gradient, target).unwrap_err();
        assert!(error.context.contains(range), "{text}: {error}");
    }
}

#[test]
fn file_names_are_safe_and_tell_objectives_apart() {
    let model = model();
    let name = |text: &str| model.objective(text).unwrap().file_name();
    assert_eq!(name("class:2"), "class_2");
    assert_eq!(name("posterior:1"), "posterior_1");
    assert!(name("unit:odd:1@2,0").starts_with("unit__odd__name__1_2_0-"));
    assert_ne!(name("class:1 - class:2"), name("class:1 + class:2"));
    assert!(model.objective("top1").is_err());
}

#[test]
fn class_names_are_read_where_there_are_any() {
    let folder = std::env::temp_dir().join(format!("inscape-targets-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("names.txt"), "red fox\ngrey_wolf\ntoy - poodle\n").unwrap();
    std::fs::write(folder.join("model.toml"), "labels = 'names.txt'").unwrap();
    let card = Card::open(folder.join("model.toml")).unwrap();
    let graph = {
        let mut builder = GraphBuilder::default();
        let shape = [1, 3].map(Dimension::Fixed).to_vec();
        builder.input("x", InputType { element: Element::F32, shape: Some(shape) });
        builder.output("x");
        builder.build().unwrap()
    };
    let model = Model::from_graph(graph, Options { card: Some(card), ..Options::default() }).unwrap();
    assert_eq!(model.target("red fox").unwrap(), Target::Class(0));
    assert_eq!(model.target("Grey Wolf").unwrap(), Target::Class(1));
    assert_eq!(model.target("toy - poodle").unwrap(), Target::Class(2));
    let sum = model.target("class:red fox - 2*class:\"toy - poodle\"").unwrap();
    assert_eq!(sum.to_string(), "class:0 - 2*class:2");
    let error = model.target("class:red fax").unwrap_err();
    assert!(error.context.contains("0 red fox"), "{error}");
    std::fs::remove_dir_all(folder).unwrap();
}

fn term() -> impl Strategy<Value = Term> {
    let value = || prop_oneof!["/layer/Relu_output_0", "odd: name", "pooled"].prop_map(String::from);
    let position = prop_oneof![
        proptest::strategy::Just(Position::Unstated),
        proptest::strategy::Just(Position::Max),
        proptest::strategy::Just(Position::Center),
        (0usize..9).prop_map(Position::Token),
        (0usize..9, 0usize..9).prop_map(|(y, x)| Position::Cell(y, x)),
    ];
    let place = prop_oneof![
        (0usize..9, position).prop_map(|(channel, position)| Place::Channel(channel, position)),
        proptest::collection::vec(0usize..9, 1..4).prop_map(Place::Index),
    ];
    prop_oneof![
        (0usize..999).prop_map(Term::Class),
        (0usize..999).prop_map(Term::Posterior),
        (value(), place).prop_map(|(value, place)| Term::Unit { value, place }),
        (value(), 0usize..9).prop_map(|(value, channel)| Term::Channel { value, channel }),
        value().prop_map(|value| Term::Layer { value }),
    ]
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_the_same_objective(
        terms in proptest::collection::vec((prop_oneof![-9i32..0, 1i32..9], term()), 1..4)
    ) {
        let terms = terms.into_iter().map(|(factor, term)| (f64::from(factor) / 4.0, term)).collect();
        let objective = Objective { terms };
        let read = model().objective(&objective.to_string()).unwrap();
        assert_eq!(read, objective);
    }

    #[test]
    fn no_text_breaks_the_reader(text in any::<String>()) {
        let _ = model().target(&text);
    }

    #[test]
    fn no_mix_of_its_own_signs_breaks_the_reader(text in "(class|unit|layer|:|\"|\\*|@|\\[|\\]| \\+ | - |,|0|9|odd|é){0,12}") {
        let _ = model().target(&text);
    }
}
