"""Exports well-known architectures with seeded random weights to ONNX by both PyTorch exporters, with reference scores
and input gradients.

    python export_zoo.py OUT [--only NAME ...]

For every network: OUT/NAME.torchscript.onnx, OUT/NAME.dynamo.onnx and OUT/NAME.npz with `input`, `scores`, `target`
(the top-1), `gradient` (d scores[target] / d input), both from PyTorch in float64, stored as float32, and
`gradient_float32`, the same from PyTorch in float32.
Needs torch, torchvision, timm, onnx, onnxscript.
"""

import argparse
import pathlib
import warnings

import numpy as np
import torch

ZOO = {
    "alexnet": ("torchvision", "alexnet", 224),
    "vgg16": ("torchvision", "vgg16", 224),
    "googlenet": ("torchvision", "googlenet", 224),
    "inception_v3": ("torchvision", "inception_v3", 299),
    "squeezenet1_1": ("torchvision", "squeezenet1_1", 224),
    "resnet18": ("torchvision", "resnet18", 224),
    "resnet50": ("torchvision", "resnet50", 224),
    "resnext50_32x4d": ("torchvision", "resnext50_32x4d", 224),
    "densenet121": ("torchvision", "densenet121", 224),
    "mobilenet_v2": ("torchvision", "mobilenet_v2", 224),
    "mobilenet_v3_large": ("torchvision", "mobilenet_v3_large", 224),
    "shufflenet_v2_x1_0": ("torchvision", "shufflenet_v2_x1_0", 224),
    "efficientnet_b0": ("torchvision", "efficientnet_b0", 224),
    "regnet_y_400mf": ("torchvision", "regnet_y_400mf", 224),
    "convnext_tiny": ("torchvision", "convnext_tiny", 224),
    "vit_b_16": ("torchvision", "vit_b_16", 224),
    "swin_t": ("torchvision", "swin_t", 224),
    "timm_efficientnet_lite0": ("timm", "efficientnet_lite0", 224),
    "timm_vit_tiny_patch16_224": ("timm", "vit_tiny_patch16_224", 224),
    "timm_resnet26d": ("timm", "resnet26d", 224),
    "timm_convnext_atto": ("timm", "convnext_atto", 224),
    "timm_regnetx_002": ("timm", "regnetx_002", 224),
}


def build(source, name):
    torch.manual_seed(0)
    if source == "timm":
        import timm

        model = timm.create_model(name, pretrained=False)
    else:
        import torchvision

        extra = {"init_weights": True} if name in ("googlenet", "inception_v3") else {}
        model = getattr(torchvision.models, name)(weights=None, **extra)
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            n = module.num_features
            module.running_mean = torch.randn(n, generator=generator) * 0.1
            module.running_var = torch.rand(n, generator=generator) + 0.5
        if isinstance(module, torch.nn.Linear) and not module.weight.any():
            torch.nn.init.normal_(module.weight, std=0.02, generator=generator)
    return model.eval()


def gradient(model, x, target=None):
    x = x.detach().requires_grad_(True)
    scores = model(x)
    target = int(scores[0].argmax()) if target is None else target
    (gradient,) = torch.autograd.grad(scores[0, target], x)
    return scores.detach().float().numpy(), target, gradient.float().numpy()


def reference(model, x):
    scores, target, exact = gradient(model.double(), x.double())
    _, _, single = gradient(model.float(), x, target)
    return {
        "input": x.numpy(),
        "scores": scores,
        "target": np.array([target]),
        "gradient": exact,
        "gradient_float32": single,
    }


def export(model, x, path, dynamo):
    names = {"input_names": ["image"], "output_names": ["scores"]}
    if dynamo:
        torch.onnx.export(model, (x,), str(path), dynamo=True, external_data=False, verbose=False, **names)
    else:
        axes = {"image": {0: "n"}, "scores": {0: "n"}}
        torch.onnx.export(model, (x,), str(path), dynamo=False, opset_version=17, dynamic_axes=axes, **names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", nargs="*", default=list(ZOO))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore")
    for key in arguments.only:
        source, name, size = ZOO[key]
        model = build(source, name)
        x = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(2))
        np.savez(arguments.out / f"{key}.npz", **reference(model, x))
        for exporter, dynamo in (("torchscript", False), ("dynamo", True)):
            path = arguments.out / f"{key}.{exporter}.onnx"
            try:
                export(model, x, path, dynamo)
                print(f"{path} {path.stat().st_size / 2**20:.1f} MiB", flush=True)
            except Exception as error:
                print(f"{path} not exported: {type(error).__name__}: {str(error).splitlines()[0]}", flush=True)


if __name__ == "__main__":
    main()
