use inscape::{Deviates, Error, ErrorKind, Watch};

use super::Units;
use super::slope::Slope;
use crate::network::Network;

/// The invariance manifold of a unit: pictures ever farther from the one that excites it most, chosen so that it stays as
/// excited as possible: x_ε = argmax a(x) subject to ‖x‖ = ρ and ‖x − x*‖ = ε.
///
/// This is our reading of Erhan, Courville and Bengio (2010), whose body could not be consulted. On the sphere the two
/// conditions leave x_ε = cos θ·x* + ρ·sin θ·u with 2ρ·sin(θ/2) = ε and u a direction at right angles to x*. The walk begins
/// along the direction in which the activation falls slowest, the eigenvector of the largest eigenvalue of the Hessian on the
/// sphere (Berkes and Wiskott 2006; at a maximum all are at most 0, so it is the one of least magnitude), and each ε starts
/// from the direction found for the one before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Manifold {
    /// Distances on each side of x*.
    pub points: usize,
    /// The largest ε as a share of ρ, above 0 and at most 2, where the sphere ends.
    pub farthest: f64,
    /// Steps of ascent at each distance.
    pub steps: usize,
    /// What random numbers start from.
    pub seed: u64,
}

impl Default for Manifold {
    fn default() -> Manifold {
        Manifold { points: 10, farthest: 1.0, steps: 100, seed: 0 }
    }
}

/// A walk along the manifold, from the farthest point against the first direction to the farthest along it.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The points by growing ε, x* in their middle.
    pub points: Vec<ManifoldPoint>,
    /// The second derivative of a along the first direction, for a step of length 1 on the sphere.
    pub curvature: f64,
    /// What it is on average along a direction by chance.
    pub mean_curvature: f64,
}

/// A point of the walk.
#[derive(Clone, Debug, PartialEq)]
pub struct ManifoldPoint {
    /// The distance from x*, negative against the first direction.
    pub distance: f64,
    /// The picture, in the examples' own numbers.
    pub x: Vec<f32>,
    /// The unit's total input a(x).
    pub total: f64,
    /// The same at the point of equal distance in a direction by chance, averaged over a few.
    pub chance: f64,
}

/// Rounds of power iteration for the first direction.
const ROUNDS: usize = 300;
/// Directions by chance.
const CHANCES: usize = 16;

impl Manifold {
    /// The walk from x*, the optimum of a unit of a layer, whose norm is ρ.
    ///
    /// # Errors
    /// As [`Units::check`]; [`ErrorKind::Setting`] for settings outside their ranges, or an x* that is no picture of the
    /// network or 0; [`ErrorKind::Cancelled`].
    pub fn of(
        &self,
        network: &Network,
        layer: usize,
        unit: usize,
        optimum: &[f32],
        watch: &Watch<'_>,
    ) -> Result<Path, Error> {
        Units { layer, indices: vec![unit] }.check(network)?;
        let wrong = |context: &str| Err(Error::new(ErrorKind::Setting, context));
        if self.points == 0 || !(self.farthest > 0.0 && self.farthest <= 2.0) {
            return wrong(
                "a walk needs a point on each side and a distance above 0 and up to twice the norm",
            );
        }
        let top: Vec<f64> = optimum.iter().map(|&x| f64::from(x)).collect();
        let norm = size(&top);
        if top.len() != network.pixels() || network.pixels() < 2 || norm.is_nan() || norm <= 0.0 {
            return wrong("a walk starts from a picture of the network that is not 0");
        }
        let sphere = Sphere { slope: Slope::new(network, layer, unit), top, norm };
        let mut random = Deviates::new(self.seed, 0);
        let chances: Vec<Vec<f64>> = (0..CHANCES).map(|_| sphere.direction(&mut random)).collect();
        let (first, curvature) = sphere.flattest(&mut random);
        let mean_curvature = chances.iter().map(|u| dot(u, &sphere.bend(u))).sum::<f64>() / CHANCES as f64;
        let mut halves = Vec::new();
        for (side, sign) in [-1.0, 1.0].into_iter().enumerate() {
            let mut along: Vec<f64> = first.iter().map(|u| sign * u).collect();
            let mut half = Vec::new();
            for i in 1..=self.points {
                watch.step(side * self.points + i - 1, 2 * self.points)?;
                let distance = norm * self.farthest * i as f64 / self.points as f64;
                sphere.climb(distance, &mut along, self.steps);
                let chance = chances.iter().map(|u| sphere.slope.total(&sphere.at(distance, u))).sum::<f64>();
                half.push(sphere.point(distance, sign, &along, chance / CHANCES as f64));
            }
            halves.push(half);
        }
        watch.step(2 * self.points, 2 * self.points)?;
        let total = sphere.slope.total(&sphere.top);
        let middle = ManifoldPoint { distance: 0.0, x: optimum.to_vec(), total, chance: total };
        let after = halves.pop().unwrap_or_default();
        let before = halves.pop().unwrap_or_default().into_iter().rev();
        Ok(Path { points: before.chain([middle]).chain(after).collect(), curvature, mean_curvature })
    }
}

/// The sphere of norm ρ about 0, seen from x*.
struct Sphere<'a> {
    slope: Slope<'a>,
    top: Vec<f64>,
    norm: f64,
}

impl Sphere<'_> {
    /// The point at a distance from x* along a unit vector at right angles to it.
    fn at(&self, distance: f64, along: &[f64]) -> Vec<f64> {
        let half = (distance / (2.0 * self.norm)).min(1.0);
        let (cosine, sine) = (1.0 - 2.0 * half * half, 2.0 * half * (1.0 - half * half).sqrt());
        self.top.iter().zip(along).map(|(x, u)| cosine * x + self.norm * sine * u).collect()
    }

    fn point(&self, distance: f64, sign: f64, along: &[f64], chance: f64) -> ManifoldPoint {
        let x = self.at(distance, along);
        let total = self.slope.total(&x);
        ManifoldPoint { distance: sign * distance, x: x.iter().map(|&x| x as f32).collect(), total, chance }
    }

    /// Climbs at one distance: the direction turns by a share of a right angle, halved whenever the activation has fallen.
    fn climb(&self, distance: f64, along: &mut Vec<f64>, steps: usize) {
        let mut best = self.slope.total(&self.at(distance, along));
        let mut turn = 0.2;
        for _ in 0..steps {
            let (_, mut gradient) = self.slope.gradient(&self.at(distance, along));
            self.flatten(&mut gradient);
            let out = dot(&gradient, along);
            gradient.iter_mut().zip(along.iter()).for_each(|(g, u)| *g -= out * u);
            let size = size(&gradient);
            if size <= 0.0 || turn < 1e-9 {
                return;
            }
            let mut next: Vec<f64> = along.iter().zip(&gradient).map(|(u, g)| u + turn / size * g).collect();
            self.flatten(&mut next);
            normalize(&mut next);
            let total = self.slope.total(&self.at(distance, &next));
            if total > best {
                (best, *along) = (total, next);
            } else {
                turn *= 0.5;
            }
        }
    }

    /// The second derivative of a on the sphere at x*, times a unit vector u at right angles to x*: P(∇²a·u) − (∇a·x*/ρ²)·u,
    /// where P takes off what points along x*.
    fn bend(&self, along: &[f64]) -> Vec<f64> {
        let (_, gradient) = self.slope.gradient(&self.top);
        let pull = dot(&gradient, &self.top) / (self.norm * self.norm);
        let mut bent = self.slope.curved(&self.top, along);
        self.flatten(&mut bent);
        bent.iter_mut().zip(along).for_each(|(b, u)| *b -= pull * u);
        bent
    }

    /// The eigenvector of the largest eigenvalue of [`Sphere::bend`], and that eigenvalue, by power iteration: first for
    /// the largest magnitude, then with that added to all eigenvalues.
    fn flattest(&self, random: &mut Deviates) -> (Vec<f64>, f64) {
        let start = self.direction(random);
        let steepest = self.iterate(start.clone(), 0.0);
        let shift = dot(&steepest, &self.bend(&steepest)).abs();
        let flattest = self.iterate(start, shift);
        let curvature = dot(&flattest, &self.bend(&flattest));
        (flattest, curvature)
    }

    fn iterate(&self, mut along: Vec<f64>, shift: f64) -> Vec<f64> {
        for _ in 0..ROUNDS {
            let mut next = self.bend(&along);
            next.iter_mut().zip(&along).for_each(|(n, u)| *n += shift * u);
            self.flatten(&mut next);
            if size(&next) <= 0.0 {
                break;
            }
            normalize(&mut next);
            along = next;
        }
        along
    }

    /// A unit vector at right angles to x*.
    fn direction(&self, random: &mut Deviates) -> Vec<f64> {
        let mut along: Vec<f64> = self.top.iter().map(|_| random.normal()).collect();
        self.flatten(&mut along);
        normalize(&mut along);
        along
    }

    /// Takes off what points along x*.
    fn flatten(&self, vector: &mut [f64]) {
        let share = dot(vector, &self.top) / (self.norm * self.norm);
        vector.iter_mut().zip(&self.top).for_each(|(v, x)| *v -= share * x);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn size(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

fn normalize(vector: &mut [f64]) {
    let size = size(vector);
    if size > 0.0 {
        vector.iter_mut().for_each(|v| *v /= size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Kind;
    use crate::network::tests::network;
    use crate::units::Maximization;
    use inscape_tensor::Pool;

    fn walked(layer: usize, settings: Manifold) -> (Network, Vec<f32>, Path) {
        let made = network(51, Kind::Autoencoder, false);
        let model = made.model(1).unwrap();
        let units = Units { layer, indices: vec![2] };
        let found =
            Maximization::default().of(&made, &model, &units, Pool::single(), &Watch::default()).unwrap();
        let top = found[0].x().to_vec();
        let path = settings.of(&made, layer, 2, &top, &Watch::default()).unwrap();
        (made, top, path)
    }

    fn apart(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn every_point_lies_on_the_sphere_at_its_distance() {
        let (made, top, path) = walked(2, Manifold::default());
        assert_eq!(path.points.len(), 21);
        for point in &path.points {
            assert!((apart(&point.x, &[0.0; 12]) - made.norm).abs() < 1e-6 * made.norm);
            assert!((apart(&point.x, &top) - point.distance.abs()).abs() < 1e-6);
        }
        assert!(path.points.windows(2).all(|pair| pair[0].distance < pair[1].distance));
    }

    #[test]
    fn no_random_point_at_a_distance_is_better() {
        let (made, top, path) = walked(2, Manifold::default());
        let slope = Slope::new(&made, 2, 2);
        let norm = apart(&top, &[0.0; 12]);
        let sphere =
            Sphere { slope: Slope::new(&made, 2, 2), top: top.iter().map(|&x| f64::from(x)).collect(), norm };
        let mut random = Deviates::new(52, 0);
        // both sides climb to a maximum of their own, of which the better is the walk's answer
        for i in 0..10 {
            let pair = [&path.points[i], &path.points[20 - i]];
            let best = pair[0].total.max(pair[1].total);
            for _ in 0..300 {
                let u = sphere.direction(&mut random);
                let other = slope.total(&sphere.at(pair[1].distance, &u));
                assert!(other <= best + 1e-4, "{other} {best} at {}", pair[1].distance);
            }
            assert!(pair[1].chance < best);
        }
    }

    #[test]
    fn in_the_first_layer_the_activation_falls_with_the_cosine() {
        let (made, _, path) = walked(1, Manifold { farthest: 2.0, ..Manifold::default() });
        let middle = path.points[10].total;
        let bottom = path.points[20].total;
        let (center, swing) = (f64::midpoint(middle, bottom), (middle - bottom) / 2.0);
        for point in &path.points {
            let half = point.distance / (2.0 * made.norm);
            let exact = center + swing * (1.0 - 2.0 * half * half);
            assert!((point.total - exact).abs() < 1e-5 * swing, "{} {exact}", point.total);
        }
        // a linear function bends by the sphere alone
        let expected = -swing / (made.norm * made.norm);
        assert!((path.curvature - expected).abs() < 1e-5 * expected.abs());
        assert!((path.mean_curvature - expected).abs() < 1e-5 * expected.abs());
    }

    #[test]
    fn the_first_direction_falls_slowest() {
        let (made, top, path) = walked(2, Manifold::default());
        let norm = apart(&top, &[0.0; 12]);
        let sphere =
            Sphere { slope: Slope::new(&made, 2, 2), top: top.iter().map(|&x| f64::from(x)).collect(), norm };
        let mut random = Deviates::new(53, 0);
        for _ in 0..500 {
            let u = sphere.direction(&mut random);
            assert!(dot(&u, &sphere.bend(&u)) <= path.curvature + 1e-9);
        }
        assert!(path.curvature <= 1e-6, "at a maximum nothing rises: {}", path.curvature);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let made = network(51, Kind::Dbn, true);
        for (settings, x) in [
            (Manifold { points: 0, ..Manifold::default() }, vec![1.0; 12]),
            (Manifold { farthest: 2.5, ..Manifold::default() }, vec![1.0; 12]),
            (Manifold::default(), vec![0.0; 12]),
            (Manifold::default(), vec![1.0; 11]),
        ] {
            assert!(settings.of(&made, 2, 0, &x, &Watch::default()).is_err());
        }
    }
}
