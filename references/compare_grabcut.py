"""Times the segmentation against OpenCV's grabCut: the same picture, seeds, components, neighbors, contrast and iterations, one thread
each, alternately in one run.

    cargo build --release -p inscape --example segment
    python compare_grabcut.py PICTURES [--segment target/release/examples/segment] [--iterations 5] [--rounds 5]

PICTURES is a folder. Every picture is stretched to 227×227, 640×480 and 2000×1500; its seeds are those of a map, here a blob in the
middle: a fifth of the pixels probably foreground, the rest probably background, none of them hard. Both sides do all of it: color
clusters, mixtures, graph, cuts. Ours stops early where a cut changes nothing; to compare equal work, OpenCV is timed at the number
of cuts ours took as well as at the number asked for. Prints a Markdown table of medians over rounds, summed over the pictures, and
how far the masks agree. Needs opencv-python-headless, numpy and pillow.
"""

import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

import cv2
import numpy as np
from PIL import Image

# The part of a picture that is probably background.
SHARE = 0.8
SIZES = [(227, 227), (640, 480), (2000, 1500)]


def seeds_of(height, width):
    y, x = np.mgrid[0:height, 0:width]
    blob = np.exp(-(((y + 0.5) / height - 0.5) ** 2 + ((x + 0.5) / width - 0.5) ** 2) / 0.05)
    return np.where(blob > np.quantile(blob, SHARE), 1, 2).astype(np.float32)


def opencv(picture, seeds, iterations, rounds):
    times = []
    for _ in range(rounds):
        mask = np.where(seeds == 1, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.setRNGSeed(0)
        start = time.perf_counter()
        cv2.grabCut(picture, mask, None, background, foreground, iterations, cv2.GC_INIT_WITH_MASK)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times), (mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)


def ours(binary, picture, seeds, iterations, rounds, folder):
    Image.fromarray(picture).save(folder / "picture.png")
    np.save(folder / "seeds.npy", seeds)
    command = [binary, folder / "picture.png", folder / "seeds.npy", str(iterations), str(rounds), folder / "mask.npy"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    rows = [line.split() for line in lines if line]
    return statistics.median(float(row[0]) for row in rows), int(rows[-1][1]), np.load(folder / "mask.npy") > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=pathlib.Path)
    parser.add_argument("--segment", default="target/release/examples/segment")
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5, help="of the largest pictures, which take minutes, one alone is timed")
    parser.add_argument("--sizes", type=int, default=len(SIZES), help="how many of the sizes, from the smallest on")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    files = sorted(path for path in arguments.pictures.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    print("| pixels | picture | inscape ms | cuts | OpenCV ms | OpenCV ms, as many cuts | ratio | ratio, as many cuts | IoU |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for width, height in SIZES[: arguments.sizes]:
            rounds = arguments.rounds if width * height < 1_000_000 else 1
            total = np.zeros(3)
            for file in files:
                picture = np.asarray(Image.open(file).convert("RGB").resize((width, height), Image.BICUBIC))
                seeds = seeds_of(height, width)
                own, cuts, mask = ours(arguments.segment, picture, seeds, arguments.iterations, rounds, folder)
                bgr = np.ascontiguousarray(picture[:, :, ::-1])
                peer, other = opencv(bgr, seeds, arguments.iterations, rounds)
                same = peer if cuts == arguments.iterations else opencv(bgr, seeds, cuts, rounds)[0]
                total += own, peer, same
                iou = (mask & other).sum() / max(1, (mask | other).sum())
                print(
                    f"| {width}×{height} | {file.stem} | {own:.1f} | {cuts} | {peer:.1f} | {same:.1f} "
                    f"| {peer / own:.2f} | {same / own:.2f} | {iou:.3f} |",
                    flush=True,
                )
            own, peer, same = total
            print(f"| {width}×{height} | all | {own:.1f} | | {peer:.1f} | {same:.1f} | {peer / own:.2f} | {same / own:.2f} | |")


if __name__ == "__main__":
    main()
