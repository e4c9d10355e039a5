//! Every named architecture, as both PyTorch exporters and tf2onnx write it, plans forward and backward. The files are
//! stripped of their weights by `references/strip.py`.
use std::path::Path;
use std::sync::Arc;

use inscape_engine::{Ask, Dimension, Plan};

#[test]
fn every_exported_topology_plans_forward_and_backward() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/topologies");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 40, "only {} topologies", files.len());
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let graph =
            Arc::new(inscape_formats::open(&file).unwrap_or_else(|error| panic!("{name}: {error}")).graph);
        let [(input, kind)] = graph.inputs() else { panic!("{name} has several inputs") };
        let sizes = kind.shape.as_ref().unwrap().iter().map(|size| match size {
            Dimension::Fixed(size) => *size,
            Dimension::Symbolic(_) => 1,
        });
        let scores = graph.outputs()[0];
        let plan = Plan::new(
            &graph,
            Ask {
                shapes: vec![(*input, sizes.collect())],
                values: vec![scores],
                seeds: vec![scores],
                wrt: vec![*input],
                ..Ask::default()
            },
        );
        let plan = plan.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(plan.shape(scores), Some(&[1, 1000][..]), "{name}");
    }
}
