"""Exports Keras application networks with seeded random weights to ONNX by tf2onnx, with reference scores and gradients.

    python export_keras.py OUT [--only NAME ...]

Writes OUT/keras_NAME.tf2onnx.onnx and OUT/keras_NAME.npz as export_zoo.py does; arrays in the npz are NCHW, the networks
take NHWC. Needs tensorflow and tf2onnx.
"""

import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
import tf2onnx

ZOO = {
    "mobilenet_v2": (tf.keras.applications.MobileNetV2, 224),
    "resnet50": (tf.keras.applications.ResNet50, 224),
    "densenet121": (tf.keras.applications.DenseNet121, 224),
    "inception_v3": (tf.keras.applications.InceptionV3, 299),
    "efficientnet_b0": (tf.keras.applications.EfficientNetB0, 224),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", nargs="*", default=list(ZOO))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for key in arguments.only:
        make, size = ZOO[key]
        tf.keras.utils.set_random_seed(0)
        model = make(weights=None, classifier_activation=None)
        signature = [tf.TensorSpec((None, size, size, 3), tf.float32, name="image")]

        path = arguments.out / f"keras_{key}.tf2onnx.onnx"
        tf2onnx.convert.from_keras(model, input_signature=signature, opset=17, output_path=str(path))
        x = np.random.default_rng(2).standard_normal((1, size, size, 3), dtype=np.float32)
        with tf.GradientTape() as tape:
            leaf = tf.Variable(x)
            scores = model(leaf, training=False)
            target = int(tf.argmax(scores[0]))
            score = scores[0, target]
        gradient = tape.gradient(score, leaf).numpy()
        arrays = {"input": x, "gradient": gradient}
        arrays = {name: np.ascontiguousarray(array.transpose(0, 3, 1, 2)) for name, array in arrays.items()}
        np.savez(arguments.out / f"keras_{key}.npz", scores=scores.numpy(), target=np.array([target]), **arrays)
        print(f"{path} {path.stat().st_size / 2**20:.1f} MiB", flush=True)


if __name__ == "__main__":
    main()
