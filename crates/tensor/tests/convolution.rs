//! The fast convolutions against the definition, in f64.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use inscape_tensor::conv::{BackwardData, ConvShape, Forward, Weights, reference};
use inscape_tensor::{Constant, Pool};
use inscape_testkit::{assert_close, noise};
use proptest::prelude::{Strategy, prop_assert_eq, proptest};

fn shapes() -> impl Strategy<Value = ConvShape> {
    let axis = || (1usize..20, 1usize..6, 1usize..5, 1usize..4, 0usize..4, 0usize..4, 0usize..3);
    let channels = (1usize..3, 1usize..4, 1usize..20, 1usize..20);
    let shape = |((batch, groups, ins, outs), y, x)| {
        let axes: [(usize, usize, usize, usize, usize, usize, usize); 2] = [y, x];
        let pad = axes.map(|(_, _, _, _, begin, end, _)| [begin, end]);
        let at = |i: usize| {
            let (size, kernel, stride, dilation, ..) = axes[i];
            let places = ConvShape::places(size, kernel, stride, dilation, pad[i])?;
            places.checked_sub(axes[i].6 / 2).filter(|&n| n > 0)
        };
        Some(ConvShape {
            batch,
            groups,
            in_channels: ins * groups,
            out_channels: outs * groups,
            input: axes.map(|axis| axis.0),
            output: [at(0)?, at(1)?],
            kernel: axes.map(|axis| axis.1),
            stride: axes.map(|axis| axis.2),
            dilation: axes.map(|axis| axis.3),
            pad,
        })
    };
    (channels, axis(), axis()).prop_filter_map("the kernel is larger than the picture", shape)
}

fn held(weights: &[f32]) -> Constant {
    Constant::from_f32s(&[weights.len()], weights)
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| v.into()).collect()
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&v| v as f32).collect()
}

fn check(shape: &ConvShape) -> Result<(), proptest::test_runner::TestCaseError> {
    let (one, two) = (Pool::new(1).unwrap(), Pool::new(2).unwrap());
    let weights = noise(1, shape.weights_len());
    let bias = noise(2, shape.out_channels);
    let x = noise(3, shape.input_len());
    let dy = noise(4, shape.output_len());

    let forward = Forward::new(shape, &Weights::of(&held(&weights)), Some(&bias));
    let mut expected = vec![0.0f64; dy.len()];
    reference::forward(shape, &wide(&weights), Some(&wide(&bias)), &wide(&x), &mut expected);
    let (mut y, mut again) = (vec![7.0; dy.len()], vec![8.0; dy.len()]);
    forward.run(&one, &x, &mut y);
    forward.run(&two, &x, &mut again);
    assert_close(&y, &narrow(&expected), 1e-5);
    prop_assert_eq!(&y, &again, "the same for any number of threads");

    let backward = BackwardData::new(shape, &Weights::of(&held(&weights)), None);
    let mut expected = vec![0.0f64; x.len()];
    reference::backward_data(shape, &wide(&weights), &wide(&dy), &mut expected);
    let (mut dx, mut again) = (vec![7.0; x.len()], vec![8.0; x.len()]);
    backward.run(&one, &dy, &mut dx);
    backward.run(&two, &dy, &mut again);
    assert_close(&dx, &narrow(&expected), 1e-5);
    prop_assert_eq!(&dx, &again, "the same for any number of threads");

    let mut linear = vec![0.0; dy.len()];
    Forward::new(shape, &Weights::of(&held(&weights)), None).run(&one, &x, &mut linear);
    let dot = |a: &[f32], b: &[f32]| wide(a).iter().zip(wide(b)).map(|(a, b)| a * b).sum::<f64>();
    let scale = dot(&y, &y).sqrt() * dot(&dy, &dy).sqrt() + 1.0;
    assert!((dot(&linear, &dy) - dot(&dx, &x)).abs() < 1e-5 * scale, "⟨Jx, dy⟩ = ⟨x, Jᵀdy⟩");
    Ok(())
}

proptest! {
    #[test]
    fn agrees_with_the_definition(shape in shapes()) {
        check(&shape)?;
    }

    #[test]
    fn depthwise_agrees_with_the_definition(shape in shapes(), channels in 1usize..9, several in 1usize..3) {
        let shape = ConvShape { groups: channels, in_channels: channels, out_channels: channels * several, ..shape };
        check(&shape)?;
    }
}

/// √(Σ (y − exact)² / Σ exact²).
fn rms_error(y: &[f32], exact: &[f64]) -> f64 {
    let apart: f64 = y.iter().zip(exact).map(|(&y, &exact)| (f64::from(y) - exact).powi(2)).sum();
    (apart / exact.iter().map(|exact| exact.powi(2)).sum::<f64>()).sqrt()
}

/// Sums of n terms in f32, one after another, are off by about 2^-24 · √(n / 6) of their root mean square; Winograd's
/// may be by three times that.
#[test]
fn fewer_multiplications_round_at_most_thrice_as_much() {
    for (channels, size) in [([64, 64], 56), ([128, 96], 28), ([256, 256], 14), ([512, 512], 13)] {
        let shape = square(1, channels, size, 3, 1);
        let weights = noise(1, shape.weights_len());
        let (x, dy) = (noise(3, shape.input_len()), noise(4, shape.output_len()));
        let forward = Forward::new(&shape, &Weights::of(&held(&weights)), None);
        let backward = BackwardData::new(&shape, &Weights::of(&held(&weights)), None);
        for bytes in [forward.bytes(), backward.bytes()] {
            assert!(bytes >= 16 * 4 * channels[0] * channels[1], "transformed kernels: {bytes} bytes");
        }
        let (mut y, mut dx) = (vec![0.0; dy.len()], vec![0.0; x.len()]);
        forward.run(Pool::single(), &x, &mut y);
        backward.run(Pool::single(), &dy, &mut dx);
        let (mut exact_y, mut exact_dx) = (vec![0.0f64; dy.len()], vec![0.0f64; x.len()]);
        reference::forward(&shape, &wide(&weights), None, &wide(&x), &mut exact_y);
        reference::backward_data(&shape, &wide(&weights), &wide(&dy), &mut exact_dx);
        let bound =
            |channels: usize| 3.0 * (f64::from(f32::EPSILON) / 2.0) * (channels as f64 * 9.0 / 6.0).sqrt();
        let errors = [rms_error(&y, &exact_y), rms_error(&dx, &exact_dx)];
        assert!(
            errors[0] <= bound(channels[0]) && errors[1] <= bound(channels[1]),
            "{errors:?} for {shape:?}"
        );
    }
}

#[test]
fn large_shapes_cross_every_block_boundary() {
    for shape in [
        square(1, [64, 48], 30, 3, 1),
        ConvShape { batch: 3, ..square(2, [160, 96], 29, 3, 1) },
        square(1, [3, 37], 61, 7, 2),
        square(1, [3, 20], 63, 11, 4),
        square(1, [300, 70], 7, 1, 1),
        square(1, [150, 33], 14, 3, 2),
        square(1, [200, 100], 14, 3, 1),
        square(1, [12, 70], 90, 3, 1),
        square(1, [33, 40], 28, 1, 2),
        square(20, [20, 20], 37, 3, 1),
        square(20, [20, 20], 37, 5, 2),
    ] {
        check(&shape).unwrap();
    }
}

#[test]
fn wide_and_narrow_planes_are_summed_channel_by_channel() {
    for size in [5, 14, 33, 70] {
        for (kernel, stride) in (1..=9).flat_map(|kernel| [(kernel, 1), (kernel, 2)]) {
            let shape = square(3, [3, 3], size, kernel, stride);
            check(&shape).unwrap();
            let dilation = [2, 1];
            let [down, _] = shape.pad;
            let Some(height) = ConvShape::places(size, kernel, stride, 2, down) else { continue };
            check(&ConvShape { dilation, output: [height, shape.output[1]], ..shape }).unwrap();
        }
    }
}

/// A square picture and kernel, padded to keep its size for stride 1.
fn square(groups: usize, channels: [usize; 2], size: usize, kernel: usize, stride: usize) -> ConvShape {
    let pad = kernel / 2;
    ConvShape {
        batch: 1,
        groups,
        in_channels: channels[0],
        out_channels: channels[1],
        input: [size; 2],
        output: [ConvShape::places(size, kernel, stride, 1, [pad; 2]).unwrap(); 2],
        kernel: [kernel; 2],
        stride: [stride; 2],
        dilation: [1; 2],
        pad: [[pad; 2]; 2],
    }
}

#[test]
fn sums_over_a_picture_are_rounded_once() {
    for shape in [
        square(1, [3, 20], 31, 3, 2),
        square(1, [3, 20], 31, 3, 1),
        square(1, [4, 17], 13, 1, 1),
        square(2, [6, 100], 13, 3, 1),
    ] {
        let (weights, bias) = (noise(1, shape.weights_len()), noise(2, shape.out_channels));
        let x = noise(3, shape.input_len());
        let mut expected = vec![0.0f64; shape.output_len()];
        reference::forward(&shape, &wide(&weights), Some(&wide(&bias)), &wide(&x), &mut expected);
        let mut y = vec![0.0; shape.output_len()];
        Forward::new(&shape, &Weights::of(&held(&weights)), Some(&bias)).run(Pool::single(), &x, &mut y);
        for (&y, &exact) in y.iter().zip(&expected) {
            let unit =
                f64::from(exact.abs() as f32).max(1e-30).log2().floor().exp2() * f64::from(f32::EPSILON);
            // f64 itself rounds to a 2^29th of that
            assert!((f64::from(y) - exact).abs() <= 0.500_001 * unit, "{y} for {exact} in {shape:?}");
        }
    }
}

#[test]
fn a_bias_reaches_every_place_of_a_transposed_convolution() {
    let shape = ConvShape {
        batch: 2,
        groups: 2,
        in_channels: 6,
        out_channels: 4,
        input: [7, 6],
        output: [3, 3],
        kernel: [1, 2],
        stride: [3, 2],
        dilation: [1, 1],
        pad: [[0, 0]; 2],
    };
    let weights = noise(1, shape.weights_len());
    let bias = noise(2, 6);
    let pool = Pool::new(1).unwrap();
    let dy = noise(3, shape.output_len());
    let (mut without, mut with) = (vec![0.0; shape.input_len()], vec![0.0; shape.input_len()]);
    BackwardData::new(&shape, &Weights::of(&held(&weights)), None).run(&pool, &dy, &mut without);
    BackwardData::new(&shape, &Weights::of(&held(&weights)), Some(&bias)).run(&pool, &dy, &mut with);
    for (i, value) in without.iter_mut().enumerate() {
        *value += bias[i / 42 % 6];
    }
    assert_close(&with, &without, 1e-6);
}

#[test]
fn sizes_that_make_no_convolution_are_refused() {
    let sound = ConvShape {
        batch: 1,
        groups: 1,
        in_channels: 3,
        out_channels: 4,
        input: [8, 8],
        output: [6, 6],
        kernel: [3, 3],
        stride: [1, 1],
        dilation: [1, 1],
        pad: [[0, 0]; 2],
    };
    assert_eq!(sound.check(), Ok(()));
    for broken in [
        ConvShape { groups: 0, ..sound },
        ConvShape { groups: 2, ..sound },
        ConvShape { stride: [0, 1], ..sound },
        ConvShape { dilation: [1, 0], ..sound },
        ConvShape { kernel: [9, 3], ..sound },
        ConvShape { kernel: [usize::MAX, 3], dilation: [usize::MAX, 1], ..sound },
        ConvShape { pad: [[usize::MAX, 1], [0, 0]], ..sound },
        ConvShape { output: [6, 7], ..sound },
        ConvShape { batch: 1 << 60, ..sound },
    ] {
        assert!(broken.check().is_err(), "{broken:?}");
    }
}

/// Channels of dy that are zero everywhere are left out, whatever the convolution; of none the bias alone remains.
#[test]
fn relevance_of_few_channels_is_that_of_all() {
    for shape in [
        square(1, [5, 40], 13, 3, 1),
        square(1, [40, 24], 20, 3, 1),
        square(1, [70, 64], 7, 3, 1),
        square(1, [30, 64], 9, 1, 1),
        square(1, [18, 32], 17, 3, 2),
        square(1, [18, 32], 16, 1, 2),
        square(1, [130, 64], 28, 5, 1),
        square(2, [10, 32], 9, 3, 1),
    ] {
        let weights = noise(1, shape.weights_len());
        let bias = noise(5, shape.in_channels);
        for active in [&[][..], &[3], &[0, 17]] {
            let places = shape.output[0] * shape.output[1];
            let mut dy = vec![0.0; shape.output_len()];
            for channel in active {
                dy[channel * places..][..places].copy_from_slice(&noise(4, places));
            }
            for bias in [None, Some(&bias[..])] {
                let mut dx = vec![9.0; shape.input_len()];
                BackwardData::new(&shape, &Weights::of(&held(&weights)), bias).run(
                    Pool::single(),
                    &dy,
                    &mut dx,
                );
                let mut exact = vec![0.0; dx.len()];
                reference::backward_data(&shape, &wide(&weights), &wide(&dy), &mut exact);
                let plane = shape.input[0] * shape.input[1];
                for (i, (&dx, exact)) in dx.iter().zip(exact).enumerate() {
                    let exact = exact + bias.map_or(0.0, |bias| f64::from(bias[i / plane]));
                    assert!((f64::from(dx) - exact).abs() < 1e-4, "{dx} for {exact} in {shape:?}");
                }
            }
        }
    }
}
