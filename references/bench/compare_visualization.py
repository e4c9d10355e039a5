"""Times steps of optimizing an input, inscape against the same loop in PyTorch eager, alternately in one run.

    python compare_visualization.py OUT --inscape target/release/inscape [--rounds 3] [--steps 60] [NAME ...]

OUT is the folder of export_zoo.py. Both climb one class score by the recipe `olah`: decorrelated colors in Fourier space,
sigmoid, one random affine view a step (bilinear), Adam; two threads each. PyTorch in both memory formats; the better
counts. Prints a Markdown table of steps a second, and what share of inscape's step is not forward and backward.
"""

import argparse
import math
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from compare_torch import inscape  # noqa: E402
from export_zoo import ZOO, build  # noqa: E402

DEFAULT = ["squeezenet1_1", "resnet50", "vgg16"]


def torch_rate(model, size, layout, steps):
    axes = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]])
    mixing = axes / axes.norm(dim=0).max()
    down, across = torch.fft.fftfreq(size)[:, None], torch.fft.rfftfreq(size)[None]
    scale = size / (down**2 + across**2).sqrt().clamp(min=1 / size) / 4
    z = (torch.randn(3, size, size // 2 + 1, 2) * 0.01).requires_grad_(True)
    mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
    std = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    optimizer = torch.optim.Adam([z], lr=0.05)

    def step():
        planes = torch.fft.irfft2(torch.view_as_complex(z) * scale, s=(size, size))
        image = torch.sigmoid(torch.einsum("ca,ahw->chw", mixing, planes))
        angle, factor = math.radians(random.randint(-5, 5)), random.choice([1, 0.975, 1.025, 0.95, 1.05])
        cos, sin = math.cos(angle) / factor, math.sin(angle) / factor
        shift = [random.randint(-12, 12) * 2 / size for _ in range(2)]
        theta = torch.tensor([[[cos, -sin, shift[0]], [sin, cos, shift[1]]]])
        grid = torch.nn.functional.affine_grid(theta, (1, 3, size, size), align_corners=False)
        view = torch.nn.functional.grid_sample(image[None] - 0.5, grid, align_corners=False) + 0.5
        x = ((view - mean) / std).to(memory_format=layout)
        optimizer.zero_grad()
        (-model(x)[0, 130]).backward()
        optimizer.step()

    for _ in range(5):
        step()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return steps / (time.perf_counter() - start)


def inscape_rate(binary, model, threads, steps):
    def seconds(steps):
        with tempfile.TemporaryDirectory() as folder:
            command = [binary, "visualize", "130", "--recipe", "olah", "--steps", str(steps), "--model", str(model)]
            command += ["--threads", str(threads), "--output", folder]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        return float(re.search(r"steps in ([0-9.]+) s", said).group(1))

    # the difference of two runs leaves out plans and start; seconds are told to a tenth, so it should be many
    few = seconds(5)
    rate = steps / max(seconds(steps + 5) - few, 0.1)
    many = max(steps, int(8 * rate))
    return many / (seconds(many + 5) - few)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("names", nargs="*", default=DEFAULT)
    parser.add_argument("--inscape", default="target/release/inscape")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=60)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print("| network | PyTorch steps/s | inscape steps/s | ratio | share outside forward and backward |")
    print("|---|---|---|---|---|")
    for name in arguments.names:
        source, key, size = ZOO[name]
        plain = build(source, key).requires_grad_(False)
        file = arguments.out / f"{name}.torchscript.onnx"
        peer, own, passes = [], [], []
        for _ in range(arguments.rounds):
            layouts = (torch.contiguous_format, torch.channels_last)
            peer.append(max(torch_rate(plain.to(memory_format=l), size, l, arguments.steps // 2) for l in layouts))
            own.append(inscape_rate(arguments.inscape, file, arguments.threads, arguments.steps))
            times, _ = inscape(arguments.inscape, file, 1, arguments.threads, 2.0)
            passes.append(times[1])
        theirs, ours = statistics.median(peer), statistics.median(own)
        outside = 1 - statistics.median(passes) * ours / 1e3
        print(f"| {name} | {theirs:.1f} | {ours:.1f} | {ours / theirs:.2f} | {outside:.0%} |", flush=True)


if __name__ == "__main__":
    main()
