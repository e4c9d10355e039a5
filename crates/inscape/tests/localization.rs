//! What the localization promises, on pictures drawn by hand.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod networks;

use inscape::localization::{
    Basis, Bounds, Cells, Contrast, Localization, Neighborhood, Part, Seed, Seeding, Segmentation, Threshold,
    Views, locate, segment,
};
use inscape::{Image, Method, Target, Watch, Window};
use inscape_tensor::Tensor;
use inscape_testkit::{assert_close, noise};

use networks::{SHAPE, linear, picture, rectified};

/// A picture from a color for every pixel.
fn image([height, width]: [usize; 2], color: impl Fn(usize, usize) -> [u8; 3]) -> Image {
    let rgb = (0..height * width).flat_map(|at| color(at / width, at % width)).collect();
    Image::from_rgb8(width, height, rgb).unwrap()
}

/// A disc of one color on another, with noise of so many levels; whether a pixel is in the disc.
fn disc(size: usize, seed: u64, levels: f32) -> (Image, impl Fn(usize, usize) -> bool + Copy) {
    let inside = move |y: usize, x: usize| {
        let apart = |at: usize, center: f64| (at as f64 + 0.5 - center * size as f64).powi(2);
        apart(y, 0.45) + apart(x, 0.6) < (0.25 * size as f64).powi(2)
    };
    let noise = noise(seed, 3 * size * size);
    let picture = image([size, size], |y, x| {
        let color = if inside(y, x) { [150.0, 90.0, 70.0] } else { [90.0, 110.0, 120.0] };
        std::array::from_fn(|c| (color[c] + levels * noise[(y * size + x) * 3 + c]) as u8)
    });
    (picture, inside)
}

/// A blurry map of a disc: what saliency is like at best.
fn blob(size: usize) -> Cells {
    let value = |at: usize| {
        let apart = |at: usize, center: f64| (at as f64 + 0.5) / size as f64 - center;
        let (dy, dx) = (apart(at / size, 0.45), apart(at % size, 0.6));
        (-(dy * dy + dx * dx) / 0.03).exp() as f32
    };
    Cells::new((0..size * size).map(value).collect(), [size, size], Window::whole(size, size))
}

fn iou(a: &[bool], b: &[bool]) -> f64 {
    let both = a.iter().zip(b).filter(|(a, b)| **a && **b).count();
    let any = a.iter().zip(b).filter(|(a, b)| **a || **b).count();
    both as f64 / any.max(1) as f64
}

/// A noisy picture of blotches with seeds at random, on which nothing is easy.
fn hard(seed: u64, [height, width]: [usize; 2]) -> (Image, Vec<Seed>, Vec<f32>) {
    let noise = noise(seed, 8 * height * width + 1000);
    let picture = image([height, width], |y, x| {
        let blotch = noise[(y / 5) * 40 + x / 6];
        std::array::from_fn(|c| (128.0 + 60.0 * blotch + 50.0 * noise[(y * width + x) * 3 + c + 500]) as u8)
    });
    let seeds =
        (0..height * width).map(|at| match noise[at + 17] + noise[(at / width / 5) * 40 + at % width / 6] {
            x if x > 0.9 => Seed::Foreground,
            x if x < -0.5 => Seed::Background,
            _ => Seed::Open,
        });
    let seeds = seeds.collect();
    (picture, seeds, noise[..height * width].iter().map(|x| 3.0 * x).collect())
}

fn settings() -> Localization {
    Localization { map_weight: 0.7, iterations: 12, components: 3, ..Localization::simonyan() }
}

#[test]
fn a_disc_with_noise_is_found() {
    for (seed, levels) in [(1, 10.0), (2, 25.0), (3, 40.0)] {
        let (picture, inside) = disc(96, seed, levels);
        for settings in [Localization::simonyan(), Localization::default()] {
            let found = locate(&picture, &blob(96), &settings);
            let truth: Vec<bool> = (0..96 * 96).map(|at| inside(at / 96, at % 96)).collect();
            let overlap = iou(&found.mask, &truth);
            assert!(overlap > 0.95, "{overlap} at noise {levels}");
            assert_eq!(found.basis, Basis::Cut);
            assert_eq!(found.bounds, Bounds::of(&found.mask, 96).unwrap());
        }
    }
}

#[test]
fn the_energy_never_rises() {
    let mut cuts = 0;
    for seed in 0..12 {
        for neighborhood in [Neighborhood::Four, Neighborhood::Eight] {
            for (gamma, floor) in [(0.0, 1.0), (5.0, 30.0), (50.0, 1.0)] {
                let (picture, seeds, prior) = hard(seed, [30, 41]);
                let settings = Localization { neighborhood, gamma, floor, ..settings() };
                let found = segment(&picture, &seeds, &prior, &settings).unwrap();
                assert!(found.energies.is_sorted_by(|a, b| a >= b), "{:?}", found.energies);
                cuts += found.energies.len();
            }
        }
    }
    assert!(cuts > 4 * 72, "too few cuts to tell: {cuts}");
}

/// E of labels under the mixtures that a segmentation ended with, from the definition.
fn energy(
    picture: &Image,
    prior: &[f32],
    settings: &Localization,
    found: &inscape::localization::Segmented,
    mask: &[bool],
) -> f64 {
    let (height, width) = (picture.height(), picture.width());
    let color = |at: usize| -> [f64; 3] { std::array::from_fn(|c| f64::from(picture.rgb()[at * 3 + c])) };
    let cost = |side: usize, z: [f64; 3]| {
        let costs = found.mixtures[side].components().iter().map(|g| {
            let d: [f64; 3] = std::array::from_fn(|i| z[i] - g.mean[i]);
            // Σ⁻¹ by cofactors.
            let cofactor = |i: usize, j: usize| {
                let at = |a: usize, b: usize| g.covariance[(i + a) % 3][(j + b) % 3];
                at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1)
            };
            let determinant: f64 = (0..3).map(|j| g.covariance[0][j] * cofactor(0, j)).sum();
            let square: f64 =
                (0..9).map(|k| d[k / 3] * d[k % 3] * cofactor(k / 3, k % 3) / determinant).sum();
            -g.weight.ln() + 0.5 * (square + determinant.ln() + 3.0 * std::f64::consts::TAU.ln())
        });
        costs.fold(f64::INFINITY, f64::min)
    };
    let mut total = 0.0;
    for at in 0..mask.len() {
        let odds = f64::from(prior[at]);
        let (side, against) = if mask[at] { (0, -odds) } else { (1, odds) };
        total += settings.lambda * cost(side, color(at)) + settings.map_weight * against.max(0.0);
    }
    for a in 0..mask.len() {
        for b in a + 1..mask.len() {
            let (dy, dx) = ((a / width).abs_diff(b / width), (a % width).abs_diff(b % width));
            if dy <= 1 && dx <= 1 && mask[a] != mask[b] {
                let square: f64 = (0..3).map(|c| (color(a)[c] - color(b)[c]).powi(2)).sum();
                total += settings.gamma * (-found.beta * square).exp() / ((dy + dx) as f64).sqrt();
            }
        }
    }
    assert_eq!(mask.len(), height * width);
    total
}

#[test]
fn the_energy_is_that_of_the_formula_and_no_single_change_lowers_it() {
    for seed in 0..6 {
        let (picture, seeds, prior) = hard(seed, [9, 11]);
        let settings = Localization { gamma: 6.0, iterations: 100, ..settings() };
        let found = segment(&picture, &seeds, &prior, &settings).unwrap();
        let least = energy(&picture, &prior, &settings, &found, &found.mask);
        let told = *found.energies.last().unwrap();
        assert!((least - told).abs() < 1e-4 * least.abs(), "{least} {told}");
        for at in 0..found.mask.len() {
            let mut other = found.mask.clone();
            other[at] = !other[at];
            assert!(energy(&picture, &prior, &settings, &found, &other) >= least - 1e-3, "pixel {at}");
        }
        for label in [true, false] {
            let other = vec![label; found.mask.len()];
            assert!(energy(&picture, &prior, &settings, &found, &other) >= least - 1e-3);
        }
    }
}

#[test]
fn without_colors_the_labels_are_all_alike_and_without_contrast_each_pixel_decides_for_itself() {
    let (picture, seeds, prior) = hard(3, [20, 24]);
    let plain = vec![0.0; prior.len()];
    let settings = Localization { lambda: 0.0, ..Localization::simonyan() };
    let found = segment(&picture, &seeds, &plain, &settings).unwrap();
    assert!(found.mask.iter().all(|&label| label == found.mask[0]));
    // A little color is still outvoted by contrast.
    let settings = Localization { lambda: 1e-4, ..Localization::simonyan() };
    let found = segment(&picture, &seeds, &plain, &settings).unwrap();
    assert!(found.mask.iter().all(|&label| label == found.mask[0]));

    let settings = Localization { gamma: 0.0, ..self::settings() };
    let found = segment(&picture, &seeds, &prior, &settings).unwrap();
    for (&label, &probability) in found.mask.iter().zip(&found.probability) {
        assert_eq!(label, probability > 0.5, "{probability}");
    }
    assert!(found.mask.contains(&true) && found.mask.contains(&false));
}

#[test]
fn object_and_ground_are_treated_alike() {
    for seed in 0..5 {
        let (picture, seeds, prior) = hard(seed, [24, 30]);
        let swapped: Vec<Seed> = seeds
            .iter()
            .map(|seed| match seed {
                Seed::Foreground => Seed::Background,
                Seed::Background => Seed::Foreground,
                other => *other,
            })
            .collect();
        let against: Vec<f32> = prior.iter().map(|odds| -odds).collect();
        for seeding in [Seeding::Soft, Seeding::Hard] {
            let settings =
                Localization { foreground_seeds: seeding, background_seeds: seeding, ..settings() };
            let one = segment(&picture, &seeds, &prior, &settings).unwrap();
            let other = segment(&picture, &swapped, &against, &settings).unwrap();
            let inverse: Vec<bool> = other.mask.iter().map(|label| !label).collect();
            assert_eq!(one.mask, inverse);
            assert_eq!(one.energies, other.energies);
        }
    }
}

#[test]
fn hard_seeds_keep_their_label() {
    let (picture, seeds, prior) = hard(8, [25, 31]);
    for (object, ground) in [(Seeding::Hard, Seeding::Hard), (Seeding::Hard, Seeding::Soft)] {
        let settings = Localization { foreground_seeds: object, background_seeds: ground, ..settings() };
        let found = segment(&picture, &seeds, &prior, &settings).unwrap();
        let broken = |wanted: Seed, label: bool| {
            seeds.iter().zip(&found.mask).filter(|(seed, mask)| **seed == wanted && **mask != label).count()
        };
        assert_eq!(broken(Seed::Foreground, true), 0);
        assert!(ground == Seeding::Soft || broken(Seed::Background, false) == 0);
    }
}

#[test]
fn the_order_of_channels_leaves_the_mask() {
    for seed in 0..3 {
        let (picture, _) = disc(80, seed, 60.0);
        let turned = image([80, 80], |y, x| {
            let at = (y * 80 + x) * 3;
            [picture.rgb()[at + 2], picture.rgb()[at], picture.rgb()[at + 1]]
        });
        for settings in [Localization::simonyan(), Localization::default()] {
            let [one, other] = [&picture, &turned].map(|picture| locate(picture, &blob(80), &settings).mask);
            assert!(iou(&one, &other) >= 0.999);
        }
    }
}

#[test]
fn padding_moves_the_box_by_as_much() {
    let (picture, _) = disc(60, 4, 20.0);
    let [top, left, height, width] = [13, 22, 90, 120];
    let padded = image([height, width], |y, x| {
        let inside = (top..top + 60).contains(&y) && (left..left + 60).contains(&x);
        match inside {
            true => std::array::from_fn(|c| picture.rgb()[((y - top) * 60 + x - left) * 3 + c]),
            false => [90, 110, 120],
        }
    });
    let window = Window { top: top as f64, left: left as f64, height: 60.0, width: 60.0 };
    let moved = Cells::new(blob(60).values, [60, 60], window);
    for settings in [Localization::simonyan(), Localization::default()] {
        let [xmin, ymin, xmax, ymax] = locate(&picture, &blob(60), &settings).bounds.corners();
        let found = locate(&padded, &moved, &settings).bounds.corners();
        assert_eq!(found, [xmin + left, ymin + top, xmax + left, ymax + top]);
    }
}

#[test]
fn of_several_parts_the_one_that_was_asked_for_is_kept() {
    // A large faint square, and a small strong one.
    let faint = |y: usize, x: usize| (2..12).contains(&y) && (2..12).contains(&x);
    let strong = |y: usize, x: usize| (20..25).contains(&y) && (20..24).contains(&x);
    let picture = image([30, 30], |_, _| [9, 9, 9]);
    let value = |at: usize| match (at / 30, at % 30) {
        (y, x) if faint(y, x) => 1.0,
        (y, x) if strong(y, x) => 20.0,
        _ => 0.0,
    };
    let map = Cells::new((0..900).map(value).collect(), [30, 30], Window::whole(30, 30));
    let boxed = |component: Part, threshold: Threshold| {
        let segmentation = Segmentation::Threshold;
        let settings = Localization { segmentation, threshold, component, ..Localization::simonyan() };
        locate(&picture, &map, &settings).bounds.corners()
    };
    let low = Threshold::OfMean(1.0);
    assert_eq!(boxed(Part::Largest, low), [2, 2, 12, 12]);
    assert_eq!(boxed(Part::Strongest, low), [20, 20, 24, 25]);
    assert_eq!(boxed(Part::Peak, low), [20, 20, 24, 25]);
    assert_eq!(boxed(Part::All, low), [2, 2, 24, 25]);
    assert_eq!(boxed(Part::Largest, Threshold::OfMax(0.5)), [20, 20, 24, 25]);
}

#[test]
fn pixels_outside_the_window_are_neither_seed() {
    let (picture, _) = disc(64, 5, 20.0);
    let window = Window { top: 0.0, left: 16.0, height: 64.0, width: 32.0 };
    let map = Cells::new(noise(1, 32 * 16).iter().map(|x| x.abs()).collect(), [32, 16], window);
    let found = locate(&picture, &map, &Localization::default());
    assert_eq!(found.known.corners(), [16, 0, 48, 64]);
    for (at, &seed) in found.seeds.iter().enumerate() {
        assert!(seed == Seed::Open || (16..48).contains(&(at % 64)));
    }
    let count = |wanted: Seed| found.seeds.iter().filter(|&&seed| seed == wanted).count();
    assert!(count(Seed::Foreground) <= 103 && count(Seed::Foreground) > 80);
    assert!(count(Seed::Background) > 580);
}

#[test]
fn there_is_an_answer_for_every_picture_and_map() {
    let presets = [Localization::simonyan(), Localization::default()];
    for (height, width) in [(1, 1), (1, 2), (1, 500), (500, 1), (2, 2), (40, 30)] {
        let pictures = [
            image([height, width], |_, _| [77, 77, 77]),
            image([height, width], |y, x| [(y * 7) as u8, (x * 11) as u8, (y * x) as u8]),
        ];
        for picture in &pictures {
            for settings in &presets {
                for value in [0.0, 3.0] {
                    let map = Cells::new(vec![value; 20], [5, 4], Window::whole(height, width));
                    let found = locate(picture, &map, settings);
                    assert_eq!(found.basis, Basis::Picture, "a flat map says nothing");
                    assert_eq!(found.bounds, Bounds::whole(height, width));
                    assert!(!found.warnings.is_empty() && found.mask.iter().all(|&inside| inside));
                }
                let slope = (0..20).map(|i| i as f32).collect();
                let found =
                    locate(picture, &Cells::new(slope, [5, 4], Window::whole(height, width)), settings);
                assert_eq!(found.mask.len(), height * width);
                assert_eq!(Bounds::of(&found.mask, width), Some(found.bounds));
            }
        }
    }
}

#[test]
fn a_uniform_picture_has_the_box_of_the_map() {
    let picture = image([50, 50], |_, _| [90, 90, 90]);
    let found = locate(&picture, &blob(50), &Localization::simonyan());
    assert_eq!(found.basis, Basis::Seeds);
    assert!(found.warnings[0].contains("strongest pixels"));
    let area: usize = found.mask.iter().filter(|&&inside| inside).count();
    assert!((100..=126).contains(&area), "{area}");
    assert_eq!(found.beta, Some(0.0));
}

#[test]
fn extreme_weights_give_an_answer_too() {
    let (picture, seeds, prior) = hard(2, [20, 20]);
    for (lambda, gamma) in [(1e6, 1e-3), (1e-6, 1e9), (1e6, 1e9), (0.0, 0.0)] {
        for contrast in [Contrast::Picture, Contrast::Beta(0.0), Contrast::Beta(1e6), Contrast::Sigma(1e-3)] {
            let settings = Localization { lambda, gamma, contrast, ..settings() };
            let found = segment(&picture, &seeds, &prior, &settings).unwrap();
            assert!(found.energies.iter().all(|energy| energy.is_finite()));
            assert!(found.energies.is_sorted_by(|a, b| a >= b));
        }
    }
}

#[test]
fn large_pictures_are_cut_reduced_and_their_mask_is_full_size() {
    let (picture, inside) = disc(400, 6, 20.0);
    let settings = Localization { megapixels: 0.01, ..Localization::simonyan() };
    let found = locate(&picture, &blob(100), &settings);
    assert_eq!((found.size, found.mask.len()), ([100, 100], 160_000));
    // The map lies in the picture's pixels whatever its own size.
    let map = Cells::new(blob(100).values, [100, 100], Window::whole(400, 400));
    let found = locate(&picture, &map, &settings);
    let truth: Vec<bool> = (0..160_000).map(|at| inside(at / 400, at % 400)).collect();
    assert!(iou(&found.mask, &truth) > 0.95);
}

#[test]
fn the_map_is_the_methods_own_averaged_over_views() {
    let model = rectified();
    let input = picture(&model, 5);
    let plain = Localization { views: Views::One, ..Localization::simonyan() };
    let map =
        |settings: &Localization| model.localize(&input, Target::Class(2), settings).unwrap().region.map;
    let saliency = |input: &inscape::Input| {
        model.attribute(input, Method::Saliency, Target::Class(2)).unwrap().values().to_vec()
    };
    assert_close(&map(&plain), &saliency(&input), 1e-6);

    let mirrored = |values: &[f32]| -> Vec<f32> {
        values.chunks(SHAPE[3]).flat_map(|row| row.iter().rev().copied()).collect()
    };
    let other = model.input_of(Tensor::new(SHAPE, mirrored(input.tensor().values()))).unwrap();
    let turned = mirrored(&saliency(&other));
    let mean: Vec<f32> = saliency(&input).iter().zip(&turned).map(|(a, b)| 0.5 * (a + b)).collect();
    assert_close(&map(&Localization { views: Views::Mirrored, ..plain.clone() }), &mean, 1e-6);

    // Copies without noise change nothing, with noise they do.
    let copies = |noise: f64| Localization { copies: 7, noise, ..plain.clone() };
    assert_close(&map(&copies(0.0)), &map(&plain), 1e-6);
    assert_ne!(map(&copies(0.3)), map(&plain));
    assert_eq!(map(&copies(0.3)), map(&copies(0.3)));

    // A signed method by the largest magnitude over its channels.
    let product = Localization { map: Method::GradientTimesInput, ..plain.clone() };
    let signed = model.attribute(&input, Method::GradientTimesInput, Target::Class(2)).unwrap();
    let strongest: Vec<f32> = (0..30)
        .map(|at| signed.values().iter().skip(at).step_by(30).fold(0.0, |most, v| f32::max(most, v.abs())))
        .collect();
    assert_close(&map(&product), &strongest, 1e-6);
}

#[test]
fn several_targets_are_as_each_alone() {
    let model = rectified();
    let input = picture(&model, 6);
    let settings = Localization { copies: 3, ..Localization::default() };
    let all = model.localize_many(&input, &[Target::Top(3)], &settings, &Watch::default()).unwrap();
    let classes = model.classify(&input).unwrap();
    assert_eq!(all.len(), 3);
    for (found, class) in all.iter().zip(&classes) {
        assert_eq!(found.target.index, Some(class.index));
        assert!((found.score - f64::from(class.score)).abs() < 1e-6);
        let alone = model.localize(&input, Target::Class(class.index), &settings).unwrap();
        assert_eq!(alone.region.mask, found.region.mask);
        assert_eq!(alone.region.map, found.region.map);
    }
    assert!(model.localize(&input, Target::Top(2), &settings).is_err());
    let wrong = Localization { components: 0, ..settings };
    assert!(model.localize(&input, Target::Class(0), &wrong).is_err());
}

#[test]
fn a_network_that_does_not_look_at_the_picture_says_nothing_of_it() {
    let model = linear();
    let input = picture(&model, 1);
    let nothing = model.target("0*class:1").unwrap();
    let found = model.localize(&input, nothing, &Localization::default()).unwrap();
    assert_eq!(found.region.basis, Basis::Picture);
    assert_eq!(found.region.bounds, Bounds::whole(SHAPE[2], SHAPE[3]));
}
