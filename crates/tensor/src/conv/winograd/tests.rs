use inscape_testkit::noise;
use proptest::prelude::{ProptestConfig, Strategy, proptest};

use super::{Side, Winograd};
use crate::conv::patches::Window;
use crate::conv::{ConvShape, Weights, reference};
use crate::gemm::Output;
use crate::shelf::Reading;
use crate::{Constant, Pool};

fn shapes(taps: usize) -> impl Strategy<Value = ConvShape> {
    let axis = || (1usize..40, 0usize..4, 0usize..4);
    let channels = (1usize..4, 1usize..3, 1usize..20, 1usize..20);
    let shape = move |((batch, groups, ins, outs), y, x)| {
        let axes: [(usize, usize, usize); 2] = [y, x];
        let pad = axes.map(|(_, begin, end)| [begin, end]);
        let at = |i: usize| ConvShape::places(axes[i].0, taps, 1, 1, pad[i]);
        Some(ConvShape {
            batch,
            groups,
            in_channels: ins * groups,
            out_channels: outs * groups,
            input: axes.map(|axis| axis.0),
            output: [at(0)?, at(1)?],
            kernel: [taps; 2],
            stride: [1; 2],
            dilation: [1; 2],
            pad,
        })
    };
    (channels, axis(), axis()).prop_filter_map("the kernel is larger than the picture", shape)
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| v.into()).collect()
}

/// Asserts errors of at most 40 roundings of the largest Σ |w|·|x|: sums one after another may err by as many as they have
/// terms, and the transforms of four places enlarge errors in the corners of a tile.
fn assert_near(actual: &[f32], exact: &[f64], absolute: &[f64]) {
    let bound =
        40.0 * f64::from(f32::EPSILON) / 2.0 * absolute.iter().fold(0.0, |most, &a| f64::max(most, a));
    for (&actual, &exact) in actual.iter().zip(exact) {
        assert!((f64::from(actual) - exact).abs() <= bound, "{actual} for {exact}, bound {bound}");
    }
}

fn absolute(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v.abs())).collect()
}

fn check(shape: &ConvShape, side: Side) {
    let taps = shape.kernel;
    let (weights, bias) = (noise(1, shape.weights_len()), noise(2, shape.out_channels));
    let (x, dy) = (noise(3, shape.input_len()), noise(4, shape.output_len()));
    let items = shape.batch * shape.groups;
    let [ins, outs] = [shape.in_channels, shape.out_channels].map(|n| n / shape.groups);

    let offset = shape.pad.map(|[begin, _]| -(begin as isize));
    let (image, places) = (shape.input, shape.output);
    let window = Window { channels: ins, image, places, taps, stride: [1; 2], step: [1; 2], offset };
    let constant = Constant::from_f32s(&[weights.len()], weights.clone());
    let kernels = Weights::of(&constant);
    let forward = Winograd::new(side, &window, shape.groups, &kernels, &Reading::Outputs, Some(&bias));
    let cells = places[0] * places[1];
    let (mut y, mut again) = (vec![7.0; dy.len()], vec![8.0; dy.len()]);
    forward.run(Pool::single(), items, &x, &Output::new(&mut y, outs * cells, cells));
    forward.run(&Pool::new(2).unwrap(), items, &x, &Output::new(&mut again, outs * cells, cells));
    let mut exact = vec![0.0f64; dy.len()];
    reference::forward(shape, &wide(&weights), Some(&wide(&bias)), &wide(&x), &mut exact);
    let mut sums = vec![0.0f64; dy.len()];
    reference::forward(shape, &absolute(&weights), Some(&absolute(&bias)), &absolute(&x), &mut sums);
    assert_near(&y, &exact, &sums);
    assert_eq!(y, again, "the same for any number of threads");

    let offset = shape.pad.map(|[begin, _]| begin as isize);
    let (image, places) = (shape.output, shape.input);
    let window = Window { channels: outs, image, places, taps, stride: [1; 2], step: [-1; 2], offset };
    let backward = Winograd::new(side, &window, shape.groups, &kernels, &Reading::Terms, None);
    let cells = places[0] * places[1];
    let mut dx = vec![7.0; x.len()];
    backward.run(Pool::single(), items, &dy, &Output::new(&mut dx, ins * cells, cells));
    let mut exact = vec![0.0f64; x.len()];
    reference::backward_data(shape, &wide(&weights), &wide(&dy), &mut exact);
    let mut sums = vec![0.0f64; x.len()];
    reference::backward_data(shape, &absolute(&weights), &absolute(&dy), &mut sums);
    assert_near(&dx, &exact, &sums);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn all_sides_agree_with_the_definition_in_both_directions(three in shapes(3), five in shapes(5)) {
        check(&three, Side::Two);
        check(&three, Side::Four);
        check(&five, Side::TwoOfFive);
    }
}
