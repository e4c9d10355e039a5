"""Times forward and forward plus backward to the input, inscape against PyTorch eager, alternately in one run.

    python compare_torch.py OUT --inscape target/release/inscape [--rounds 3] [NAME ...]

OUT is the folder of export_zoo.py. Batch 1, two threads each. PyTorch runs with weights that need no gradient, in both memory
formats; the better counts. Prints a Markdown table of medians in milliseconds and the ratio PyTorch / inscape.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from export_zoo import ZOO, build  # noqa: E402

DEFAULT = ["alexnet", "squeezenet1_1", "vgg16", "resnet50", "mobilenet_v2", "timm_efficientnet_lite0"]


def median_ms(step, seconds):
    for _ in range(3):
        step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def torch_ms(model, x, seconds):
    def forward():
        with torch.no_grad():
            model(x)

    def both():
        leaf = x.detach().requires_grad_(True)
        scores = model(leaf)
        torch.autograd.grad(scores[:, 0].sum(), leaf)

    return median_ms(forward, seconds), median_ms(both, seconds)


def inscape_ms(binary, model, threads):
    command = [binary, "bench", str(model), "--threads", str(threads), "--runs", "20", "--json"]
    document = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return document["forward_ms"]["median"], document["forward_backward_ms"]["median"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("names", nargs="*", default=DEFAULT)
    parser.add_argument("--inscape", default="target/release/inscape")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print("| network | PyTorch fwd | inscape fwd | ratio | PyTorch fwd+bwd | inscape fwd+bwd | ratio |")
    print("|---|---|---|---|---|---|---|")
    for name in arguments.names:
        source, key, size = ZOO[name]
        plain = build(source, key).requires_grad_(False)
        x = torch.randn(1, 3, size, size)
        peer, own = [], []
        for _ in range(arguments.rounds):
            formats = []
            for layout in (torch.contiguous_format, torch.channels_last):
                model, input_ = plain.to(memory_format=layout), x.to(memory_format=layout)
                formats.append(torch_ms(model, input_, arguments.seconds / 2))
            peer.append([min(column) for column in zip(*formats)])
            model = arguments.out / f"{name}.torchscript.onnx"
            own.append(inscape_ms(arguments.inscape, model, arguments.threads))
        (pf, pb), (of, ob) = [[statistics.median(column) for column in zip(*rows)] for rows in (peer, own)]
        print(f"| {name} | {pf:.1f} | {of:.1f} | {pf / of:.2f} | {pb:.1f} | {ob:.1f} | {pb / ob:.2f} |", flush=True)


if __name__ == "__main__":
    main()
