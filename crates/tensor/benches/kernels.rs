//! The kernels that networks spend their time in, at sizes of known networks, on one thread.

use std::hint::black_box;
use std::time::Duration;

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
use inscape_tensor::conv::{BackwardData, ConvShape, Forward, Weights};
use inscape_tensor::gemm::{
    Matrix, Order, Output, PackedLhs, Rows, matrix_vectors, multiply, transposed_matrix_vectors,
};
use inscape_tensor::{Constant, Pool, Taps, Walk, rectify_noting, where_noted};
use inscape_testkit::noise;

fn group<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group
}

/// Rows, terms and columns of products. Throughput counts multiply-adds.
fn products(criterion: &mut Criterion) {
    let mut group = group(criterion, "product");
    for [rows, depth, columns] in
        [[64, 27, 12_769], [64, 576, 3136], [512, 4608, 49], [2048, 512, 49], [128, 1152, 784]]
    {
        let a = noise(1, rows * depth);
        let a = PackedLhs::new(rows, depth, &Matrix { values: &a, stride: depth, order: Order::Rows });
        let b = noise(2, depth * columns);
        let mut c = vec![0.0; rows * columns];
        group.throughput(Throughput::Elements((rows * depth * columns) as u64));
        group.bench_function(format!("{rows}x{depth}x{columns}"), |bencher| {
            bencher.iter(|| {
                let b = |_| Rows { values: black_box(&b), stride: columns };
                multiply(
                    Pool::single(),
                    1,
                    columns,
                    |_| &a,
                    b,
                    &Output::new(&mut c, rows * columns, columns),
                );
            });
        });
    }
}

fn square(
    groups: usize,
    [in_channels, out_channels]: [usize; 2],
    size: usize,
    kernel: usize,
    stride: usize,
) -> ConvShape {
    let pad = kernel / 2;
    let places = (size + 2 * pad - kernel) / stride + 1;
    ConvShape {
        batch: 1,
        groups,
        in_channels,
        out_channels,
        input: [size; 2],
        output: [places; 2],
        kernel: [kernel; 2],
        stride: [stride; 2],
        dilation: [1; 2],
        pad: [[pad; 2]; 2],
    }
}

/// Layers of known networks, in both directions. Throughput counts multiply-adds.
fn convolutions(criterion: &mut Criterion) {
    let mut group = group(criterion, "convolution");
    for (name, shape) in [
        ("vgg16 first", square(1, [3, 64], 224, 3, 1)),
        ("vgg16 second", square(1, [64, 64], 224, 3, 1)),
        ("vgg16 middle", square(1, [256, 256], 56, 3, 1)),
        ("vgg16 last", square(1, [512, 512], 14, 3, 1)),
        ("resnet50 first", square(1, [3, 64], 224, 7, 2)),
        ("resnet50 last", square(1, [512, 512], 7, 3, 1)),
        ("resnet50 reduce", square(1, [256, 64], 56, 1, 1)),
        ("alexnet 5x5", square(1, [64, 192], 27, 5, 1)),
        ("resnext50 grouped", square(32, [128, 128], 56, 3, 1)),
        ("mobilenet_v2 depthwise", square(144, [144, 144], 56, 3, 1)),
        ("mobilenet_v2 depthwise strided", square(96, [96, 96], 112, 3, 2)),
        ("efficientnet_lite0 depthwise", square(240, [240, 240], 28, 5, 1)),
    ] {
        let weights = Constant::from_f32s(&[shape.weights_len()], noise(1, shape.weights_len()));
        let weights = Weights::of(&weights);
        let (mut x, mut y) = (noise(2, shape.input_len()), noise(3, shape.output_len()));
        let terms = shape.weights_len() / shape.out_channels;
        group.throughput(Throughput::Elements((shape.output_len() * terms) as u64));
        let forward = Forward::new(&shape, &weights, None);
        group.bench_function(format!("{name} forward"), |bencher| {
            bencher.iter(|| forward.run(Pool::single(), black_box(&x), &mut y));
        });
        let backward = BackwardData::new(&shape, &weights, None);
        group.bench_function(format!("{name} backward"), |bencher| {
            bencher.iter(|| backward.run(Pool::single(), black_box(&y), &mut x));
        });
    }
}

/// A fully connected layer of VGG-16 for one picture and for eight, in both directions. Throughput counts bytes of weights.
fn few_rows(criterion: &mut Criterion) {
    let mut group = group(criterion, "few rows");
    let n = 4096;
    let w = noise(1, n * n);
    group.throughput(Throughput::Bytes((4 * n * n) as u64));
    for rows in [1, 8] {
        let (x, mut y) = (noise(2, rows * n), vec![0.0; rows * n]);
        group.bench_function(format!("{rows} forward"), |bencher| {
            bencher.iter(|| matrix_vectors(Pool::single(), w[..].into(), n, black_box(&x), &mut y));
        });
        group.bench_function(format!("{rows} backward"), |bencher| {
            bencher
                .iter(|| transposed_matrix_vectors(Pool::single(), w[..].into(), black_box(&x), n, &mut y));
        });
    }
}

/// max(0, x) with its mask, and the mask's use. Throughput counts numbers.
fn rectifiers(criterion: &mut Criterion) {
    let mut group = group(criterion, "rectifier");
    let n = 64 * 112 * 112;
    let x = noise(1, n);
    let (mut y, mut words) = (vec![0.0; n], vec![0; n / 32]);
    group.throughput(Throughput::Elements(n as u64));
    group.bench_function("forward", |bencher| {
        bencher.iter(|| rectify_noting(Pool::single(), Some(black_box(&x)), &mut y, &mut words));
    });
    group.bench_function("backward", |bencher| {
        bencher.iter(|| where_noted(Pool::single(), black_box(&words), Some(&x), &mut y));
    });
}

/// Windows of 3 × 3 two cells apart over a plane of SqueezeNet, a row at a time. Throughput counts windows.
fn pooling(criterion: &mut Criterion) {
    let mut group = group(criterion, "pooling");
    let (size, windows) = (113, 56);
    let plane = noise(1, size * size);
    let offsets = (0..9).map(|tap| tap / 3 * size + tap % 3);
    let taps =
        Taps { stride: 2, cells: offsets.clone().collect(), marks: offsets.map(|o| o as u32).collect() };
    let (mut best, mut marks) = (vec![0.0; windows], vec![0; windows]);
    group.throughput(Throughput::Elements((windows * windows) as u64));
    group.bench_function("maximum 3x3 of 113x113", |bencher| {
        bencher.iter(|| {
            for row in 0..windows {
                let first = 2 * row * size;
                taps.greatest(black_box(&plane[first..]), &mut best, Some((&mut marks, first as u32)));
            }
        });
    });
}

/// Channels between places and places between channels, as ConvNeXt goes to and fro. Throughput counts bytes written.
fn transposes(criterion: &mut Criterion) {
    let mut group = group(criterion, "transpose");
    let (channels, places) = (96, 3136);
    let (source, mut target) = (noise(1, channels * places), vec![0.0; channels * places]);
    group.throughput(Throughput::Bytes((4 * channels * places) as u64));
    for shape in [[channels, places], [places, channels]] {
        let walk = Walk::permuted(&shape, &[1, 0]);
        group.bench_function(format!("{}x{}", shape[0], shape[1]), |bencher| {
            bencher.iter(|| walk.gather(black_box(&source), &mut target, Pool::single()));
        });
    }
}

criterion_group!(kernels, products, convolutions, few_rows, rectifiers, pooling, transposes);
criterion_main!(kernels);
