"""Makes crates/inscape/tests/data/: numbers of Pillow's resizing, JPEG files with the
hashes of what Pillow (libjpeg-turbo) decodes from them, and small files of awkward kinds. Needs Pillow and NumPy."""

import hashlib
import pathlib

import numpy as np
from PIL import Image

OUT = pathlib.Path(__file__).resolve().parent.parent / "crates/inscape/tests/data"


def pattern(height, width):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((y * 37 + x * 59 + c * 101 + x * y * 13) % 256).astype(np.uint8)


def corners(height, width):
    """Four colors, one in each quarter: red, green; blue, white."""
    picture = np.zeros((height, width, 3), np.uint8)
    h, w = height // 2, width // 2
    picture[:h, :w] = [255, 0, 0]
    picture[:h, w:] = [0, 255, 0]
    picture[h:, :w] = [0, 0, 255]
    picture[h:, w:] = [255, 255, 255]
    return picture


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, kind in [("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)]:
        for height, width, to_height, to_width in [(23, 17, 5, 7), (6, 9, 11, 4), (5, 5, 12, 13), (40, 31, 3, 2)]:
            resized = Image.fromarray(pattern(height, width)).resize((to_width, to_height), kind)
            numbers = " ".join(map(str, np.asarray(resized).ravel()))
            rows.append(f"{name} {height} {width} {to_height} {to_width} {numbers}")
    (OUT / "pillow_resize.txt").write_text("\n".join(rows) + "\n")

    smooth = Image.fromarray(pattern(6, 8)).resize((35, 21), Image.BICUBIC)
    kinds = {
        "444": {"subsampling": 0},
        "422": {"subsampling": 1},
        "420": {"subsampling": 2},
        "420_restart": {"subsampling": 2, "restart_marker_blocks": 2},
        "420_progressive": {"subsampling": 2, "progressive": True},
        "rgb": {"subsampling": 0, "keep_rgb": True},
    }
    sums = []
    for name, options in kinds.items():
        smooth.save(OUT / f"jpeg_{name}.jpg", quality=85, **options)
        decoded = Image.open(OUT / f"jpeg_{name}.jpg").convert("RGB").tobytes()
        sums.append(f"jpeg_{name}.jpg {hashlib.sha256(decoded).hexdigest()}")
    (OUT / "pillow_jpeg.txt").write_text("\n".join(sums) + "\n")

    picture = Image.fromarray(corners(16, 24))
    exif = Image.Exif()
    for orientation in range(1, 9):
        exif[0x0112] = orientation
        picture.save(OUT / f"orientation_{orientation}.jpg", quality=95, subsampling=0, exif=exif)
    cmyk = picture.convert("CMYK")
    cmyk.save(OUT / "cmyk.jpg", quality=95)
    picture.convert("L").save(OUT / "grey.jpg", quality=95)
    picture.save(OUT / "progressive.jpg", quality=95, progressive=True)
    for kind in ["webp", "bmp", "gif"]:
        options = {"lossless": True} if kind == "webp" else {}
        picture.save(OUT / f"corners.{kind}", **options)


main()
