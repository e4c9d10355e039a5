"""Trains a small LeNet on MNIST and exports it to ONNX with its card, for the experiment of docs/fooling.md.

    python export_mnist.py MNIST OUT [--steps 10000]

MNIST holds the four idx.gz files. Writes OUT/lenet.onnx, OUT/lenet.toml and OUT/digits.txt and prints the error on the
test set. Seeded; two threads.
"""

import argparse
import gzip
import pathlib

import numpy as np
import torch
from torch import nn

CARD = """input = "image"
scores = "scores"
labels = "digits.txt"
size = [28, 28]
channels = "grey"
scale = 0.00392156862745098
mean = [0.0]
std = [1.0]
resize = "stretch"
note = "LeNet trained on MNIST by references/export_mnist.py"
"""
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def idx(path):
    """The numbers of an idx.gz file of bytes."""
    content = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(content, ">i4", content[3], 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(shape)


def examples(folder, name):
    images = torch.tensor(idx(folder / f"{name}-images-idx3-ubyte.gz")).float().unsqueeze(1) / 255
    return images, torch.tensor(idx(folder / f"{name}-labels-idx1-ubyte.gz")).long()


def lenet():
    """The network of Caffe's MNIST example, which Nguyen et al. (2015) fooled."""
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10),
    )


def train(network, images, labels, steps):
    """Caffe's recipe for it: batches of 64, momentum, weight decay, a rate that falls as (1 + 1e-4 step)^-0.75."""
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + 1e-4 * step) ** -0.75)
    step = 0
    while step < steps:
        for batch in torch.randperm(len(images)).split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
            optimizer.step()
            schedule.step()
            step += 1
            if step % 1000 == 0:
                print(f"step {step} of {steps}", flush=True)
            if step == steps:
                break


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mnist", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=10_000)
    asked = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(2)
    asked.out.mkdir(parents=True, exist_ok=True)
    network = lenet()
    train(network, *examples(asked.mnist, "train"), asked.steps)
    network.eval()
    images, labels = examples(asked.mnist, "t10k")
    with torch.no_grad():
        wrong = (network(images).argmax(1) != labels).float().mean().item()
    print(f"test error {100 * wrong:.2f} %")
    torch.onnx.export(network, (torch.zeros(1, 1, 28, 28),), str(asked.out / "lenet.onnx"), input_names=["image"],
                      output_names=["scores"], dynamo=False, opset_version=17,
                      dynamic_axes={"image": {0: "n"}, "scores": {0: "n"}})
    (asked.out / "lenet.toml").write_text(CARD)
    (asked.out / "digits.txt").write_text("\n".join(DIGITS) + "\n")


if __name__ == "__main__":
    main()
