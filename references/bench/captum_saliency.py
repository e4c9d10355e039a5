"""The peer of `inscape attribute PICTURE`: SqueezeNet 1.1's saliency of the top class with PyTorch and Captum.

    python captum_saliency.py PICTURE OUT.npy

Random weights: the time is the same, and no weights have to be fetched.
"""

import sys

import numpy as np
import torch
import torchvision
from captum.attr import Saliency
from PIL import Image


def main():
    picture, out = sys.argv[1:]
    torch.set_num_threads(2)
    torch.manual_seed(0)
    model = torchvision.models.squeezenet1_1(weights=None).eval()
    pixels = np.asarray(Image.open(picture).convert("RGB").resize((227, 227), Image.BILINEAR), dtype=np.float32)
    x = torch.from_numpy(pixels - 120.0).permute(2, 0, 1)[None]
    target = int(model(x).argmax())
    saliency = Saliency(model).attribute(x, target=target)
    np.save(out, saliency[0].amax(0).numpy())


if __name__ == "__main__":
    main()
