"""Strips exported networks of their weights: every float initializer of more than 16 numbers becomes a ConstantOfShape
node, every trace of the exporting machine goes.

    python strip.py OUT-OF-EXPORT_ZOO crates/formats/tests/topologies
"""

import pathlib
import sys

import onnx
from onnx import TensorProto, helper, numpy_helper


def stripped(model):
    graph = model.graph
    nodes, kept = [], []
    for tensor in graph.initializer:
        size = 1
        for dim in tensor.dims:
            size *= dim
        if tensor.data_type != TensorProto.FLOAT or size <= 16:
            kept.append(tensor)
            continue
        shape = tensor.name + "/shape"
        dims = helper.make_tensor(shape, TensorProto.INT64, [len(tensor.dims)], list(tensor.dims))
        kept.append(dims)
        fill = helper.make_tensor("value", TensorProto.FLOAT, [1], [0.01])
        nodes.append(helper.make_node("ConstantOfShape", [shape], [tensor.name], value=fill))
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.name == "value" and attribute.t.data_type == TensorProto.FLOAT and len(attribute.t.raw_data) > 4096:
                array = numpy_helper.to_array(attribute.t) * 0 + 0.01
                attribute.t.CopyFrom(numpy_helper.from_array(array, attribute.t.name))
        node.doc_string = ""
        del node.metadata_props[:]
    nodes.extend(graph.node)
    del graph.node[:], graph.initializer[:], graph.value_info[:], graph.metadata_props[:], model.metadata_props[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)
    for value in [*graph.input, *graph.output]:
        del value.metadata_props[:]
    return model


def main():
    source, target = map(pathlib.Path, sys.argv[1:])
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.onnx")):
        model = stripped(onnx.load(path))
        onnx.save(model, target / path.name)
        print(f"{path.name}: {(target / path.name).stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
