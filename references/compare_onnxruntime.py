"""Top-5 classes of every picture of a folder, inscape against ONNX Runtime, for several models.

    python compare_onnxruntime.py PICTURES MODEL.onnx ... --inscape target/release/inscape

Twice per model: both given the same tensors (prepared here with Pillow by the model's card), and inscape given the files.
Needs onnxruntime, numpy, pillow.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import tomllib

import numpy as np
import onnxruntime
from PIL import Image


def prepare(path, card):
    height, width = card["size"]
    picture = Image.open(path).convert("RGB").resize((width, height), Image.BILINEAR)
    pixels = np.asarray(picture, dtype=np.float32)
    pixels = pixels[..., ::-1] if card["channels"] == "BGR" else pixels
    x = (pixels * np.float32(card["scale"]) - np.float32(card["mean"])) / np.float32(card["std"])
    return np.ascontiguousarray(x.transpose(2, 0, 1))


def inscape_top5(binary, model, folder):
    command = [binary, "classify", str(folder), "--model", str(model), "--top", "5", "--json"]
    document = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return [[row["index"] for row in picture["classes"]] for picture in document["results"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=pathlib.Path)
    parser.add_argument("models", type=pathlib.Path, nargs="+")
    parser.add_argument("--inscape", default="target/release/inscape")
    arguments = parser.parse_args()
    pictures = sorted(arguments.pictures.iterdir())
    print("| model | pictures | same tensors: top-5 equal | files: top-5 equal | files: top-1 equal |")
    print("|---|---|---|---|---|")
    for model in arguments.models:
        card = tomllib.loads(model.with_suffix(".toml").read_text())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        expected = []
        with tempfile.TemporaryDirectory() as folder:
            for picture in pictures:
                x = prepare(picture, card)
                np.save(pathlib.Path(folder) / f"{picture.stem}.npy", x)
                scores = session.run([card["scores"]], {name: x[None]})[0].ravel()
                expected.append(np.argsort(-scores, kind="stable")[:5].tolist())
            tensors = inscape_top5(arguments.inscape, model, folder)
        files = inscape_top5(arguments.inscape, model, arguments.pictures)
        same = sum(a == b for a, b in zip(tensors, expected, strict=True))
        from_files = sum(a == b for a, b in zip(files, expected, strict=True))
        first = sum(a[0] == b[0] for a, b in zip(files, expected, strict=True))
        print(f"| {model.stem} | {len(pictures)} | {same} | {from_files} | {first} |", flush=True)


if __name__ == "__main__":
    main()
