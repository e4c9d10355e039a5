use inscape_tensor::Tensor;

use super::map::Cells;
use super::settings::{Localization, Views};
use crate::attribution::{Crops, Goal, Method, Settings, batches, strongest};
use crate::error::{Error, ErrorKind};
use crate::model::{Input, Model};
use crate::picture::sample;
use crate::preprocessing::{Crop, TenCrops, Window};
use crate::random::Deviates;
use crate::target::Target;
use crate::watch::Watch;

/// One look at the picture: where it was cut from, and the number of its noise where it has some.
#[derive(Clone, Copy)]
struct View {
    crop: Crop,
    noise: Option<u64>,
}

/// What views are cut from, and where their cells lie.
struct Sight<'a> {
    input: &'a Input,
    /// A larger picture, for ten views.
    crops: Option<TenCrops>,
    /// Channels, rows and columns of a view.
    shape: [usize; 3],
    /// Rows and columns of what all views are cut from.
    size: [usize; 2],
    window: Window,
    views: Vec<View>,
}

/// The map of every goal, averaged over views: those the settings name, and noisy copies of them in turn. A mirrored view's map is
/// turned back, a cut one's put back where it was cut; every cell has the mean over the views that cover it.
pub(super) fn averaged(
    model: &Model,
    input: &Input,
    goals: &[Goal],
    settings: &Localization,
    watch: &Watch<'_>,
) -> Result<Vec<Cells>, Error> {
    let sight = Sight::new(model, input, settings)?;
    let mut sums = vec![vec![0.0f64; sight.size[0] * sight.size[1]]; goals.len()];
    let total = sight.views.len();
    watch.step(0, total)?;
    match rule(settings.map) {
        Some(rule) => {
            let (size, ranges) = batches(total);
            let [channels, rows, columns] = sight.shape;
            let mut inputs = Tensor::zeros([size, channels, rows, columns]);
            let len = channels * rows * columns;
            for range in ranges {
                for (view, cells) in
                    sight.views[range.clone()].iter().zip(inputs.values_mut().chunks_mut(len))
                {
                    sight.fill(*view, settings, cells);
                }
                model.relevances(&inputs, goals, rule, |goal, i, relevance| {
                    if let Some(view) = sight.views[range.clone()].get(i) {
                        let map = strongest(&Tensor::new(sight.shape, relevance.to_vec()));
                        sight.add(&mut sums[goal], view.crop, map.values());
                    }
                    Ok(())
                })?;
                watch.step(range.end, total)?;
            }
        }
        None => {
            let targets: Vec<Target> =
                goals.iter().map(|goal| Target::from(goal.subject.objective.clone())).collect();
            let [channels, rows, columns] = sight.shape;
            for (i, view) in sight.views.iter().enumerate() {
                let mut tensor = Tensor::zeros([1, channels, rows, columns]);
                sight.fill(*view, settings, tensor.values_mut());
                let asked =
                    Settings { crops: Crops::One, seed: settings.seed, ..settings.attribution.clone() };
                let (methods, quiet) = ([settings.map], Watch { progress: None, ..*watch });
                let maps = model.attribute_many(&input.with(tensor), &methods, &targets, &asked, &quiet)?;
                for (map, sum) in maps.iter().zip(&mut sums) {
                    sight.add(sum, view.crop, &at_cells(&strongest(map.tensor()), [rows, columns])?);
                }
                watch.step(i + 1, total)?;
            }
        }
    }
    let cover = sight.cover();
    let mean = |sum: Vec<f64>| sum.iter().zip(&cover).map(|(sum, n)| (sum / n) as f32).collect();
    Ok(sums.into_iter().map(|sum| Cells::new(mean(sum), sight.size, sight.window)).collect())
}

/// How many views a map is averaged over.
pub(super) fn count(settings: &Localization) -> usize {
    let views = match settings.views {
        Views::One => 1,
        Views::Mirrored => 2,
        Views::Ten => 10,
    };
    views + settings.copies
}

/// The rule that gives a method's map in one pass back, so that many views share passes.
fn rule(method: Method) -> Option<&'static str> {
    const RULES: [(Method, &str); 4] = [
        (Method::Saliency, "gradient"),
        (Method::Gradient, "gradient"),
        (Method::DeconvNet, "deconvnet"),
        (Method::GuidedBackprop, "guided-backprop"),
    ];
    RULES.into_iter().find(|(known, _)| *known == method).map(|(_, rule)| rule)
}

/// A coarse map, as Grad-CAM's is, at the input's cells.
fn at_cells(map: &Tensor, [rows, columns]: [usize; 2]) -> Result<Vec<f32>, Error> {
    let &[height, width] = map.shape() else {
        let context =
            format!("a map of shape {:?} has no rows and columns to find an object by", map.shape());
        return Err(Error::new(ErrorKind::Setting, context));
    };
    if [height, width] == [rows, columns] {
        return Ok(map.values().to_vec());
    }
    let place = |at: usize, cells: usize, size: usize| (at as f64 + 0.5) * cells as f64 / size as f64;
    let cell = |at: usize| {
        let at = [place(at / columns, height, rows), place(at % columns, width, columns)];
        sample(map.values(), [height, width], at)
    };
    Ok((0..rows * columns).map(cell).collect())
}

impl<'a> Sight<'a> {
    fn new(model: &Model, input: &'a Input, settings: &Localization) -> Result<Sight<'a>, Error> {
        let (&[1, channels, rows, columns], Some(image), Some(window)) =
            (input.tensor().shape(), input.image(), input.window())
        else {
            let context = "an object is looked for in a picture, but the network's input is none";
            return Err(Error::new(ErrorKind::Picture, context));
        };
        let plain = |mirrored| Crop { top: 0, left: 0, mirrored };
        let (crops, base) = match settings.views {
            Views::One => (None, vec![plain(false)]),
            Views::Mirrored => (None, vec![plain(false), plain(true)]),
            Views::Ten => {
                let crops = TenCrops::new(model.preprocessing()?, image);
                let base = crops.crops().to_vec();
                (Some(crops), base)
            }
        };
        let copies = (0..settings.copies).map(|k| View { crop: base[k % base.len()], noise: Some(k as u64) });
        let views = base.iter().map(|&crop| View { crop, noise: None }).chain(copies).collect();
        let (size, window) = match &crops {
            Some(crops) => (crops.size(), crops.window()),
            None => ([rows, columns], window),
        };
        Ok(Sight { input, crops, shape: [channels, rows, columns], size, window, views })
    }

    /// A view in the network's own numbers.
    fn fill(&self, view: View, settings: &Localization, cells: &mut [f32]) {
        match &self.crops {
            Some(crops) => cells.copy_from_slice(crops.tensor(view.crop).values()),
            None => {
                cells.copy_from_slice(self.input.tensor().values());
                if view.crop.mirrored {
                    cells.chunks_exact_mut(self.shape[2]).for_each(<[f32]>::reverse);
                }
            }
        }
        let Some(copy) = view.noise else { return };
        let low = cells.iter().copied().fold(f32::INFINITY, f32::min);
        let high = cells.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sigma = settings.noise * (f64::from(high) - f64::from(low));
        let mut deviates = Deviates::new(settings.seed, copy);
        for cell in cells {
            *cell = (f64::from(*cell) + sigma * deviates.normal()) as f32;
        }
    }

    /// Adds a view's map where the view was cut.
    fn add(&self, sum: &mut [f64], crop: Crop, map: &[f32]) {
        let columns = self.shape[2];
        for (y, row) in map.chunks_exact(columns).enumerate() {
            let cells = &mut sum[(crop.top + y) * self.size[1] + crop.left..][..columns];
            match crop.mirrored {
                true => cells.iter_mut().zip(row.iter().rev()).for_each(|(sum, &m)| *sum += f64::from(m)),
                false => cells.iter_mut().zip(row).for_each(|(sum, &m)| *sum += f64::from(m)),
            }
        }
    }

    /// How many views cover each cell; 1 where none does, so that its sum of 0 stays one.
    fn cover(&self) -> Vec<f64> {
        let mut cover = vec![0.0; self.size[0] * self.size[1]];
        let ones = vec![1.0; self.shape[1] * self.shape[2]];
        self.views.iter().for_each(|view| self.add(&mut cover, view.crop, &ones));
        cover.iter_mut().for_each(|n| *n = n.max(1.0));
        cover
    }
}
