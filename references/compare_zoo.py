"""Loads every export of export_zoo.py with inscape and compares scores and input gradient with PyTorch (float64) and
scores with ONNX Runtime.

    python compare_zoo.py OUT --inscape target/release/inscape [--page docs/zoo.md]

Errors are the largest absolute difference over the largest absolute value. Random weights leave many rectifiers near
zero, where one decision by the last bit moves a gradient; the last column says how far PyTorch in float32 is from itself.
Keras references are float32 throughout.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import time

import numpy as np


def relative(actual, expected):
    return float(np.abs(actual - expected).max() / np.abs(expected).max())


def cosine(a, b):
    a, b = a.ravel().astype(np.float64), b.ravel().astype(np.float64)
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)


def output(model):
    return "predictions" if "tf2onnx" in model.name else "scores"


def card(path, size, model):
    layout = "NHWC" if "tf2onnx" in model.name else "NCHW"
    path.write_text(f'size = [{size}, {size}]\npreset = "none"\nlayout = "{layout}"\nscores = "{output(model)}"\n')


def load(inscape, model, card_path):
    """Milliseconds from the start of the program to the end of it, with the file read and every operator built."""
    started = time.perf_counter()
    run([inscape, "inspect", str(model), "--json", "--card", str(card_path)])
    return 1000 * (time.perf_counter() - started)


def gradient(inscape, model, npy, target, folder, card_path):
    command = [inscape, "attribute", str(npy), "--model", str(model), "--method", "gradient", "--target", str(target)]
    run(command + ["--raw", "--json", "--force", "--card", str(card_path), "--output", str(folder)])
    (raw,) = folder.glob("**/*.npy")
    return np.load(raw)


def scores(inscape, model, npy, card_path):
    command = [inscape, "classify", str(npy), "--model", str(model), "--json", "--top", "1000", "--card", str(card_path)]
    document = run(command)
    result = np.empty(1000, dtype=np.float32)
    for row in document["results"][0]["classes"]:
        result[row["index"]] = row["score"]
    return result


def onnxruntime_scores(model, x):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    image = session.get_inputs()[0]
    x = x.transpose(0, 2, 3, 1) if image.shape[-1] == 3 else x
    return session.run([output(model)], {image.name: x})[0][0]


def compare(inscape, model, reference):
    x = reference["input"]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        npy, card_path = folder / "input.npy", folder / "card.toml"
        np.save(npy, x)
        card(card_path, x.shape[-1], model)
        loaded = load(inscape, model, card_path)
        ours = scores(inscape, model, npy, card_path)
        out = folder / "maps"
        map_ = gradient(inscape, model, npy, int(reference["target"][0]), out, card_path)
    truth = reference["gradient"][0]
    return (
        loaded,
        relative(ours, reference["scores"][0]),
        relative(ours, onnxruntime_scores(model, x)),
        relative(map_, truth),
        cosine(map_, truth),
        cosine(reference["gradient_float32"][0], truth) if "gradient_float32" in reference else None,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--inscape", default="target/release/inscape")
    parser.add_argument("--page", type=pathlib.Path)
    arguments = parser.parse_args()
    lines = [
        "| network | exporter | load | scores, PyTorch | scores, ONNX Runtime | gradient, PyTorch | its cosine | PyTorch float32's cosine |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for npz in sorted(arguments.out.glob("*.npz")):
        reference = np.load(npz)
        for exporter in ("torchscript", "dynamo", "tf2onnx"):
            model = arguments.out / f"{npz.stem}.{exporter}.onnx"
            if not model.exists():
                continue
            try:
                loaded, a, b, c, d, own = compare(arguments.inscape, model, reference)
                lines.append(f"| {npz.stem} | {exporter} | {loaded:.0f} ms | {a:.1e} | {b:.1e} | {c:.1e} | {d:.6f} | {f'{own:.6f}' if own else ''} |")
            except (RuntimeError, subprocess.SubprocessError, KeyError) as error:
                lines.append(f"| {npz.stem} | {exporter} | failed: {str(error).splitlines()[-1][:200]} | | | | | |")
            print(lines[-1], flush=True)
    if arguments.page:
        text = arguments.page.read_text()
        before, _, after = text.partition("| network |")
        rest = after.partition("\n\n")[2]
        arguments.page.write_text(before + "\n".join(lines) + "\n\n" + rest)


if __name__ == "__main__":
    main()
