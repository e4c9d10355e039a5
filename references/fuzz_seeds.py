"""Writes the seeds of the fuzz target `import`: small models by ONNX's own library.

    python references/fuzz_seeds.py fuzz/seeds/import
"""

import sys
from pathlib import Path

import numpy as np
from onnx import AttributeProto, TensorProto, checker, helper, numpy_helper

FLOAT, INT64, UINT8, FLOAT16, BOOL = (
    getattr(TensorProto, kind) for kind in ("FLOAT", "INT64", "UINT8", "FLOAT16", "BOOL")
)
OPSET = helper.make_opsetid("", 17)


def weight(name, *shape, kind=np.float32):
    values = np.linspace(-1, 1, int(np.prod(shape))).reshape(shape).astype(kind)
    return numpy_helper.from_array(values, name)


def typed(name, kind, values):
    return helper.make_tensor(name, kind, [len(values)], values)


def value(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def model(nodes, initializers, x=(1, 3, 8, 8), kind=FLOAT, functions=(), opsets=(OPSET,), ir=8):
    graph = helper.make_graph(nodes, "seed", [value("x", x, kind)], [value("y", [None] * len(x))], initializers)
    made = helper.make_model(graph, functions=list(functions), opset_imports=list(opsets), ir_version=ir)
    checker.check_model(made)
    return made


def node(operator, inputs, outputs, **attributes):
    return helper.make_node(operator, inputs, outputs, name=f"{outputs[0]}_{operator}", **attributes)


def convolutions():
    nodes = [
        node("Conv", ["x", "squeeze", "bias"], ["s"], kernel_shape=[1, 1], strides=[2, 2]),
        node("Relu", ["s"], ["r"]),
        node("Conv", ["r", "one"], ["a"]),
        node("Conv", ["r", "three"], ["b"], pads=[1, 1, 1, 1]),
        node("Concat", ["a", "b"], ["c"], axis=1),
        node("GlobalAveragePool", ["c"], ["y"]),
    ]
    weights = [
        weight("squeeze", 4, 3, 1, 1),
        weight("bias", 4),
        weight("one", 8, 4, 1, 1),
        weight("three", 8, 4, 3, 3),
    ]
    return model(nodes, weights)


def numbers():
    initializers = [
        weight("half", 3, kind=np.float16),
        weight("double", 3, kind=np.float64),
        typed("typed", FLOAT, [1.0, 2.0, 3.0]),
        typed("typed_half", FLOAT16, [1.0, 2.0, 3.0]),
        typed("shape", INT64, [1, -1]),
        typed("flag", BOOL, [1]),
        typed("shape_of_weight", INT64, [1]),
    ]
    nodes = [
        node("Constant", [], ["k"], value=weight("", 3)),
        node("ConstantOfShape", ["shape_of_weight"], ["filled"], value=weight("", 1)),
        node("Add", ["x", "half"], ["a"]),
        node("Add", ["a", "double"], ["b"]),
        node("Add", ["b", "typed"], ["c"]),
        node("Add", ["c", "typed_half"], ["d"]),
        node("Add", ["d", "k"], ["e"]),
        node("Add", ["e", "filled"], ["f"]),
        node("Reshape", ["f", "shape"], ["g"]),
        node("Not", ["flag"], ["unread"]),
        node("Identity", ["g"], ["y"]),
    ]
    return model(nodes, initializers, x=("N", 3))


def branches():
    then = helper.make_graph([node("Relu", ["x"], ["r"])], "then", [], [value("r", None)])
    doubled = node("Mul", ["x", "two"], ["m"])
    other = helper.make_graph([doubled], "else", [], [value("m", None)], [typed("two", FLOAT, [2.0])])
    chosen = node("If", ["c"], ["y"], then_branch=then, else_branch=other)
    return model([chosen], [typed("c", BOOL, [1])])


def functions():
    scaled = helper.make_node("LeakyRelu", ["a"], ["t"])
    reference = AttributeProto(name="alpha", ref_attr_name="slope", type=AttributeProto.FLOAT)
    scaled.attribute.append(reference)
    inner = helper.make_function("own", "Inner", ["a"], ["t"], [scaled], [OPSET], attributes=["slope"])
    opsets = [OPSET, helper.make_opsetid("own", 1)]
    body = [
        helper.make_node("Inner", ["a"], ["t"], domain="own", slope=0.1),
        helper.make_node("Add", ["t", "a"], ["b"]),
    ]
    outer = helper.make_function("own", "Outer", ["a"], ["b"], body, opsets)
    nodes = [helper.make_node("Outer", ["x"], ["y"], domain="own", name="call")]
    return model(nodes, [], functions=[inner, outer], opsets=opsets)


def picture():
    nodes = [
        node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        node("Cast", ["t"], ["f"], to=FLOAT),
        node("Relu", ["f"], ["y"]),
    ]
    return model(nodes, [], x=(1, 8, 8, 3), kind=UINT8)


def old():
    graph = helper.make_graph(
        [node("Add", ["x", "w"], ["y"])],
        "seed",
        [value("x", [1, 3]), value("w", [3])],
        [value("y", [1, 3])],
        [weight("w", 3)],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 9)], ir_version=3)


def external():
    made = old()
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, text in (("location", "weights.bin"), ("offset", "0"), ("length", "12")):
        tensor.external_data.add(key=key, value=text)
    return made


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for make in (convolutions, numbers, branches, functions, picture, old, external):
        (folder / f"{make.__name__}.onnx").write_bytes(make().SerializeToString())


if __name__ == "__main__":
    main()
