"""Times one CD-1 epoch of a binary 784-500 RBM on MNIST, batches of 100, two threads: scikit-learn's BernoulliRBM, the same
loop in PyTorch, and inscape, in turn and several times over in one run. Prints the seconds of each and the ratios.

    cargo build --release -p inscape-belief --example cd_epoch
    python references/belief_speed.py MNIST_FOLDER target/release/examples/cd_epoch [ROUNDS]

scikit-learn draws hidden states and keeps persistent chains, so that its step has the same products as CD-1.
"""

import gzip
import os
import statistics
import subprocess
import sys
import time

THREADS = 2
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(THREADS)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from sklearn.neural_network import BernoulliRBM  # noqa: E402

HIDDEN, BATCH, EPOCHS = 500, 100, 2
RATE, MOMENTUM, COST = 0.1, 0.5, 2e-4


def pictures(folder):
    name = os.path.join(folder, "train-images-idx3-ubyte")
    with gzip.open(name + ".gz") if os.path.exists(name + ".gz") else open(name, "rb") as file:
        return np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)


def scikit(data):
    rbm = BernoulliRBM(n_components=HIDDEN, learning_rate=RATE, batch_size=BATCH, n_iter=EPOCHS, random_state=0)
    start = time.perf_counter()
    rbm.fit(data)
    return (time.perf_counter() - start) / EPOCHS


@torch.no_grad()
def pytorch(data):
    torch.manual_seed(0)
    data = torch.from_numpy(data)
    w = 0.1 * torch.randn(784, HIDDEN)
    b, c = torch.zeros(784), torch.zeros(HIDDEN)
    dw, db, dc = torch.zeros_like(w), torch.zeros_like(b), torch.zeros_like(c)
    start = time.perf_counter()
    for _ in range(EPOCHS):
        error = 0.0
        for indices in torch.randperm(len(data)).split(BATCH):
            v = data[indices]
            h = torch.sigmoid(torch.addmm(c, v, w))
            states = torch.bernoulli(h)
            below = torch.sigmoid(torch.addmm(b, states, w.T))
            above = torch.sigmoid(torch.addmm(c, below, w))
            dw.mul_(MOMENTUM).add_(v.T @ h - below.T @ above, alpha=RATE / BATCH).sub_(w, alpha=RATE * COST)
            db.mul_(MOMENTUM).add_((v - below).sum(0), alpha=RATE / BATCH)
            dc.mul_(MOMENTUM).add_((h - above).sum(0), alpha=RATE / BATCH)
            w += dw
            b += db
            c += dc
            error += float(((v - below) ** 2).mean())
    return (time.perf_counter() - start) / EPOCHS


def inscape(program, folder):
    words = [program, folder, str(HIDDEN), str(EPOCHS), str(THREADS)]
    lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split("\n")
    return statistics.mean(float(line.split()[0]) for line in lines if line)


def main():
    folder, program = sys.argv[1], sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    torch.set_num_threads(THREADS)
    data = pictures(folder).astype(np.float32) / 255
    times = {"scikit-learn": [], "PyTorch": [], "inscape": []}
    for turn in range(rounds):
        times["scikit-learn"].append(scikit(data))
        times["PyTorch"].append(pytorch(data))
        times["inscape"].append(inscape(program, folder))
        print(f"round {turn + 1}: " + ", ".join(f"{name} {all_[-1]:.2f} s" for name, all_ in times.items()))
    middle = {name: statistics.median(all_) for name, all_ in times.items()}
    for name, seconds in middle.items():
        print(f"{name:14} {seconds:.3f} s an epoch, {seconds / middle['inscape']:.2f} times inscape's")


if __name__ == "__main__":
    main()
