"""Shows images that `inscape visualize` made for classes of one network to another network that never saw them.

    python references/judge_images.py classes COUNT
    python references/judge_images.py judge MODEL.onnx FOLDER...

`classes` prints COUNT class indices drawn with a fixed seed. `judge` reads class_INDEX.png in each folder and prints, by ONNX
Runtime, how often the judge's first and first five classes hold the one the image was made for, and the median rank
(1 is best, of 1,000). The judge's card stands beside its model.
"""

import random
import statistics
import sys
import tomllib
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image


def classes(count):
    return sorted(random.Random(2014).sample(range(1000), count))


class Judge:
    def __init__(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 2
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0]
        self.card = tomllib.loads(Path(path).with_suffix(".toml").read_text())

    def scores(self, picture):
        card = self.card
        height, width = card.get("size") or self.input.shape[2:]
        image = Image.open(picture).convert("RGB").resize((width, height), Image.BILINEAR)
        pixels = np.asarray(image, np.float64)
        if card.get("channels") == "BGR":
            pixels = pixels[:, :, ::-1]
        x = (pixels * card.get("scale", 1.0) - np.array(card["mean"])) / np.array(card["std"])
        feed = x.transpose(2, 0, 1)[None].astype(np.float32)
        return self.session.run(None, {self.input.name: feed})[0].reshape(-1)


def judge(model, folders):
    network = Judge(model)
    print(f"{'folder':30} {'images':>6} {'top-1':>7} {'top-5':>7} {'median rank':>12}")
    for folder in folders:
        ranks = {}
        for picture in sorted(Path(folder).glob("class_*.png")):
            name = picture.stem.removeprefix("class_")
            if name.isdigit():
                scores = network.scores(picture)
                ranks[int(name)] = int((scores > scores[int(name)]).sum()) + 1
        if not ranks:
            print(f"{folder:30} no class_INDEX.png")
            continue
        share = lambda most: f"{sum(rank <= most for rank in ranks.values()) / len(ranks):7.0%}"
        print(f"{Path(folder).name:30} {len(ranks):6} {share(1)} {share(5)} {statistics.median(ranks.values()):12.1f}")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "classes":
        print(*classes(int(sys.argv[2])))
    elif len(sys.argv) > 3 and sys.argv[1] == "judge":
        judge(sys.argv[2], sys.argv[3:])
    else:
        sys.exit(__doc__)
