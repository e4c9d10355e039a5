use super::{
    ErrorKind, GraphProto, NodeProto, floats, graph, model, named, node, opened, refused, spelled, subgraph,
    with,
};

fn body(nodes: Vec<NodeProto>, outputs: &[&str]) -> GraphProto {
    let output = outputs.iter().map(|name| named(name)).collect();
    GraphProto { node: nodes, output, ..GraphProto::default() }
}

fn choice(then: GraphProto, other: GraphProto) -> NodeProto {
    with(with(node("If", &["c"], &["y"]), subgraph("then_branch", then)), subgraph("else_branch", other))
}

#[test]
fn both_branches_lie_in_the_graph_and_keep_free_names() {
    let then = body(vec![node("Relu", &["x"], &["r"])], &["r"]);
    let other = body(vec![node("Neg", &["x"], &["r"]), node("Abs", &["r"], &["a"])], &["a"]);
    let opened = opened(&model(graph(vec![choice(then, other)], vec![floats("c", &[1.0])])));
    let expected = ["r Relu = x", "y_If/else/r Neg = x", "a Abs = y_If/else/r", "y If = c r a"];
    assert_eq!(spelled(&opened.graph), expected);
}

#[test]
fn branches_nest_and_may_give_outer_values() {
    let inner = body(
        vec![with(
            with(node("If", &["c"], &["z"]), subgraph("then_branch", body(vec![], &["x"]))),
            subgraph("else_branch", body(vec![node("Relu", &["x"], &["r"])], &["r"])),
        )],
        &["z"],
    );
    let weighed = GraphProto { initializer: vec![floats("x", &[2.0])], ..body(vec![], &["x"]) };
    let opened = opened(&model(graph(vec![choice(inner, weighed)], vec![floats("c", &[1.0])])));
    let expected = ["r Relu = x", "z If = c x r", "y If = c z y_If/else/x"];
    assert_eq!(spelled(&opened.graph), expected);
    assert!(opened.graph.constant(opened.graph.find("y_If/else/x").unwrap()).is_some());
}

#[test]
fn values_of_a_branch_are_not_seen_outside() {
    let then = body(vec![node("Relu", &["x"], &["r"])], &["r"]);
    let mut leaking =
        graph(vec![choice(then.clone(), then), node("Neg", &["r"], &["n"])], vec![floats("c", &[1.0])]);
    leaking.output.push(named("n"));
    refused(&model(leaking), ErrorKind::Malformed, "'r' is read but nothing produces it");
}

#[test]
fn broken_branches_are_refused() {
    let of = |node| model(graph(vec![node], vec![floats("c", &[1.0])]));
    let one = || body(vec![], &["x"]);
    let missing = with(node("If", &["c"], &["y"]), subgraph("then_branch", one()));
    refused(&of(missing), ErrorKind::Malformed, "node 'y_If' (If): If without else_branch");
    refused(&of(choice(one(), body(vec![], &["x", "x"]))), ErrorKind::Malformed, "another number of outputs");
    let fed = GraphProto { input: vec![named("i")], ..one() };
    refused(&of(choice(fed, one())), ErrorKind::Malformed, "takes no inputs");
    let mut deep = one();
    for _ in 0..40 {
        deep = body(
            vec![with(
                with(node("If", &["c"], &["z"]), subgraph("then_branch", deep)),
                subgraph("else_branch", one()),
            )],
            &["z"],
        );
    }
    refused(&of(choice(deep, one())), ErrorKind::Excessive, "deep");
}
