#!/usr/bin/env python3
"""Reference figures for MaxBoxAcc: overlaps of the boxes that OpenCV's contours give at every threshold.

    python3 references/box_curve.py

Follows the definition of Choe et al. (2020): levels of 8 bits, strictly above ⌊255·τ⌋, the box of the largest contour and of
all contours (RETR_TREE), [x, y, min(x + w, 223), min(y + h, 223)], areas of inclusive coordinates. Prints for three maps
of whole numbers the overlap of the largest contour's box at some levels, and the sums of both over all 256 levels. Needs numpy
and OpenCV; the test of the same name in crates/inscape/src/evaluation/metrics/max_box.rs holds what it prints.
"""

import cv2
import numpy as np

SIDE = 224
TRUTH = [40, 30, 169, 149]


def iou(a, b):
    sides = [max(0, min(a[i + 2], b[i + 2]) - max(a[i], b[i]) + 1) for i in (0, 1)]
    area = lambda c: (c[2] - c[0] + 1) * (c[3] - c[1] + 1)
    return sides[0] * sides[1] / (area(a) + area(b) - sides[0] * sides[1])


def box(contour):
    x, y, w, h = cv2.boundingRect(contour)
    return [x, y, min(x + w, SIDE - 1), min(y + h, SIDE - 1)]


y, x = np.mgrid[:SIDE, :SIDE].astype(np.int64)
hill = x * (223 - x) * y * (223 - y) // 40000
noise = (x * 7919 + y * 104729 + x * y * 31) % 1009
MAPS = {"hill": hill, "noise": noise, "both": hill + noise * 2}

for name, values in MAPS.items():
    values = values.astype(np.float64)
    levels = ((values - values.min()) / (values.max() - values.min()) * 255).astype(np.uint8)
    largest, every = [], []
    for level in range(256):
        contours = cv2.findContours(np.where(levels > level, np.uint8(255), np.uint8(0)), cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)[0]
        boxes = [box(c) for c in contours] or [[0, 0, 0, 0]]
        biggest = box(max(contours, key=cv2.contourArea)) if len(contours) else boxes[0]
        largest.append(iou(biggest, TRUTH))
        every.append(max(iou(b, TRUTH) for b in boxes))
    some = " ".join(f"{largest[level]:.6f}" for level in (20, 100, 180))
    print(f"{name}: {some} sums {sum(largest):.6f} {sum(every):.6f}")
