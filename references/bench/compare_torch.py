"""Times forward and forward plus backward to the input, inscape against PyTorch eager, alternately in one run.

    python compare_torch.py OUT [NAME ...] [--batch 8] [--isa avx2] [--rounds 3]

OUT is the folder of export_zoo.py. Two threads each. PyTorch runs with weights that need no gradient, in both memory formats; the
better counts. Prints a Markdown table of medians in milliseconds, the ratios PyTorch / inscape, and the most memory in MiB that
each process held while it went forward and back (for both that includes the program itself and the weights). `--isa avx2` holds
both sides to AVX2.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve()
NAMES = [
    "alexnet", "squeezenet1_1", "vgg16", "googlenet", "resnet18", "resnet50", "mobilenet_v2", "efficientnet_b0", "densenet121",
    "convnext_tiny", "vit_b_16",
]
AVX2 = {
    "INSCAPE_ISA": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}


def median_ms(step, seconds):
    for _ in range(2):
        step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def steps(torch, model, x):
    def forward():
        with torch.no_grad():
            model(x)

    def both():
        leaf = x.detach().requires_grad_(True)
        scores = model(leaf)
        torch.autograd.grad(scores[:, 0].sum(), leaf)

    return forward, both


def prepared(name, batch, threads):
    import torch

    sys.path.insert(0, str(HERE.parent.parent))
    from export_zoo import ZOO, build

    torch.set_num_threads(threads)
    source, key, size = ZOO[name]
    return torch, build(source, key).requires_grad_(False), torch.randn(batch, 3, size, size)


def torch_memory(name, batch, threads):
    """Runs in a process of its own, which holds nothing else."""
    command = [sys.executable, str(HERE), "--memory-of", name, "--batch", str(batch), "--threads", str(threads)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def most_memory():
    return int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]) >> 10


def inscape(binary, model, batch, threads, seconds):
    runs = max(5, min(40, int(seconds / 0.05 / batch)))
    command = [binary, "bench", str(model), "--threads", str(threads), "--runs", str(runs), "--batch", str(batch), "--json"]
    document = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    times = document["forward_ms"]["median"], document["forward_backward_ms"]["median"]
    return times, document["peak_memory_mib"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path, nargs="?")
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--inscape", default="target/release/inscape")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--isa", choices=["avx2"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.isa and os.environ.get("INSCAPE_ISA") != "avx2":
        # libraries look when they are loaded
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **AVX2})
    batch, threads = arguments.batch, arguments.threads
    if arguments.memory_of:
        torch, model, x = prepared(arguments.memory_of, batch, threads)
        for _ in range(2):
            steps(torch, model, x)[1]()
        print(most_memory())
        return
    print("| network | PyTorch fwd | inscape fwd | ratio | PyTorch fwd+bwd | inscape fwd+bwd | ratio | PyTorch MiB | inscape MiB |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for name in arguments.names:
        torch, plain, x = prepared(name, batch, threads)
        peer, own = [], []
        for _ in range(arguments.rounds):
            formats = []
            for layout in (torch.contiguous_format, torch.channels_last):
                model, input_ = plain.to(memory_format=layout), x.to(memory_format=layout)
                formats.append([median_ms(step, arguments.seconds / 4) for step in steps(torch, model, input_)])
            peer.append([min(column) for column in zip(*formats)])
            file = arguments.out / f"{name}.torchscript.onnx"
            times, memory = inscape(arguments.inscape, file, batch, threads, arguments.seconds)
            own.append(times)
        (pf, pb), (of, ob) = [[statistics.median(column) for column in zip(*rows)] for rows in (peer, own)]
        ratios = f"{pf:.1f} | {of:.1f} | {pf / of:.2f} | {pb:.1f} | {ob:.1f} | {pb / ob:.2f}"
        print(f"| {name} | {ratios} | {torch_memory(name, batch, threads)} | {memory} |", flush=True)


if __name__ == "__main__":
    main()
