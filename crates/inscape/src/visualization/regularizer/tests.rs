use super::*;
use crate::visualization::parametrization::Frame;

const FRAME: Frame = Frame { channels: 3, height: 12, width: 10, bgr: false };

fn feed() -> Feed {
    Feed { factor: vec![1.0; 3], shift: vec![0.0; 3], low: vec![-100.0; 3], high: vec![155.0; 3] }
}

fn image() -> Vec<f32> {
    (0..FRAME.len()).map(|i| ((i * 37 + 11) % 101) as f32 - 50.0).collect()
}

fn after(restraint: &dyn Restraint, image: &mut [f32], gradient: &[f32]) {
    restraint.after(
        &Ground { pool: Pool::single(), frame: FRAME, feed: &feed(), slopes: [1.0; 2], step: 0 },
        image,
        gradient,
    );
}

#[test]
fn decay_alone_leaves_the_power_of_what_it_leaves_once() {
    let mut decayed = image();
    for _ in 0..7 {
        after(&Decay { rate: 0.1 }, &mut decayed, &[]);
    }
    for (now, then) in decayed.iter().zip(image()) {
        assert!((now - then * 0.9f32.powi(7)).abs() < 1e-4);
    }
}

#[test]
fn a_blur_keeps_the_mean_away_from_edges_and_what_is_even() {
    let mut spot = vec![0.0; FRAME.len()];
    spot[5 * FRAME.width + 5] = 1.0;
    let blur = Blur { sigma: 0.8, every: 1 };
    after(&blur, &mut spot, &[]);
    let plane = &spot[..FRAME.area()];
    assert!((plane.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    let ratio = plane[5 * FRAME.width + 6] / plane[5 * FRAME.width + 5];
    assert!((ratio - (-1.0f32 / (2.0 * 0.64)).exp()).abs() < 1e-4);
    let mut even = vec![3.0; FRAME.len()];
    after(&blur, &mut even, &[]);
    assert!(even.iter().all(|v| (v - 3.0).abs() < 1e-5));
    let mut waiting = image();
    after(&Blur { sigma: 0.8, every: 2 }, &mut waiting, &[]);
    assert_eq!(waiting, image());
}

#[test]
fn cuts_zero_their_share_of_pixels_and_the_least_of_them() {
    let gradient: Vec<f32> = image().iter().rev().copied().collect();
    let contribution = |image: &[f32], at: usize| -> f32 {
        (0..3).map(|c| image[c * FRAME.area() + at] * gradient[c * FRAME.area() + at]).sum::<f32>().abs()
    };
    let norm =
        |image: &[f32], at: usize| -> f32 { (0..3).map(|c| image[c * FRAME.area() + at].powi(2)).sum() };
    type Measure<'a> = &'a dyn Fn(&[f32], usize) -> f32;
    let cuts: [(&dyn Restraint, Measure<'_>); 2] =
        [(&SmallNorm { percent: 25.0 }, &norm), (&SmallContribution { percent: 25.0 }, &contribution)];
    for (cut, measure) in cuts {
        let mut left = image();
        after(cut, &mut left, &gradient);
        let gone: Vec<bool> =
            (0..FRAME.area()).map(|at| (0..3).all(|c| left[c * FRAME.area() + at] == 0.0)).collect();
        assert_eq!(gone.iter().filter(|&&gone| gone).count(), FRAME.area() / 4);
        let most =
            (0..FRAME.area()).filter(|&at| gone[at]).map(|at| measure(&image(), at)).fold(0.0, f32::max);
        assert!((0..FRAME.area()).filter(|&at| !gone[at]).all(|at| measure(&image(), at) >= most));
    }
}

#[test]
fn penalties_take_their_slope() {
    let ground = Ground { pool: Pool::single(), frame: FRAME, feed: &feed(), slopes: [4.0, 2.0], step: 3 };
    let squares: fn(&[f32]) -> f64 = |v| v.iter().map(|&v| f64::from(v).powi(2)).sum();
    let penalties: [(&dyn Restraint, f64, fn(&[f32]) -> f64); 3] = [
        (&L2 { lambda: None, amplitude: 8.0 }, 0.25, squares),
        (&Pull { weight: 0.25 }, 0.25, squares),
        (&TotalVariation { weight: 0.5 }, 1.0, variation),
    ];
    for (penalty, factor, value) in penalties {
        let mut gradient = vec![0.0; FRAME.len()];
        penalty.penalize(&ground, &image(), &mut gradient);
        for at in [0, 57, 119, 120, 300, 359] {
            let moved = |by: f32| {
                let mut image = image();
                image[at] += by;
                value(&image)
            };
            let quotient = (moved(0.5) - moved(-0.5)) * factor;
            assert!((quotient + f64::from(gradient[at])).abs() < 1e-3, "{at}: {quotient} {}", gradient[at]);
        }
    }
}

fn variation(image: &[f32]) -> f64 {
    let mut sum = 0.0;
    for plane in image.chunks(FRAME.area()) {
        for at in 0..plane.len() {
            let right = (at % FRAME.width + 1 < FRAME.width).then(|| plane[at + 1]);
            let below = plane.get(at + FRAME.width).copied();
            sum +=
                right.into_iter().chain(below).map(|v| f64::from(v - plane[at]).powi(2) / 2.0).sum::<f64>();
        }
    }
    sum
}

#[test]
fn clipping_and_the_sphere_hold() {
    let ground = Ground { pool: Pool::single(), frame: FRAME, feed: &feed(), slopes: [1.0; 2], step: 0 };
    let mut wide: Vec<f32> = image().iter().map(|v| v * 10.0).collect();
    Clip {}.before(&ground, &mut wide);
    assert!(wide.iter().all(|v| (-100.0..=155.0).contains(v)));
    let mut round = image();
    Sphere { norm: Some(3.0) }.before(&ground, &mut round);
    let norm = round.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
    assert!((norm - 3.0).abs() < 1e-6);
}
