use std::sync::{Mutex, PoisonError};

use super::map::Cells;
use super::region::{Region, locate};
use super::settings::Localization;
use super::views;
use crate::attribution::{Method, Subject};
use crate::error::{Error, ErrorKind};
use crate::image::Image;
use crate::model::{Input, Model};
use crate::target::Target;
use crate::watch::Watch;

/// Where the object of a target is in a picture.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Localized {
    /// The target, commonly a class.
    pub target: Subject,
    /// Its number at the picture, S_c.
    pub score: f64,
    /// The attribution that said where it is.
    pub map: Method,
    /// The coarse attribution that the map was joined with, where it was.
    pub joined: Option<Method>,
    /// The mask, the box, and what led there.
    pub region: Region,
    /// SHA-256 of the model file; empty for a graph made in memory.
    pub model: String,
}

impl Model {
    /// Where the object of a class is, by the class's own map and the picture's colors.
    ///
    /// ```no_run
    /// use inscape::localization::Localization;
    /// use inscape::{Model, Target};
    /// let model = Model::open("model.onnx")?;
    /// let found = model.localize(&model.read("cat.jpg")?, Target::Class(281), &Localization::default())?;
    /// println!("{:?}", found.region.bounds.corners());
    /// # Ok::<(), inscape::Error>(())
    /// ```
    ///
    /// Simonyan, Vedaldi and Zisserman 2014.
    ///
    /// # Errors
    /// As [`Model::localize_many`]; [`ErrorKind::Target`] for a target that stands for several classes.
    pub fn localize(
        &self,
        input: &Input,
        target: impl Into<Target>,
        settings: &Localization,
    ) -> Result<Localized, Error> {
        let target = target.into();
        let mut found =
            self.localize_many(input, std::slice::from_ref(&target), settings, &Watch::default())?;
        match (found.pop(), found.is_empty()) {
            (Some(found), true) => Ok(found),
            _ => {
                let context = format!("'{target}' stands for several classes; ask for several objects");
                Err(Error::new(ErrorKind::Target, context))
            }
        }
    }

    /// The objects of several targets, all maps from shared passes: target by target in the order given (`top5` is five targets, the
    /// highest score first). An input that is an array is drawn first, and the picture is that drawing.
    ///
    /// # Errors
    /// Where a setting is out of range, a target names what is not there, the network takes no pictures, is not supported or
    /// needs more memory than allowed, a map holds numbers that are not finite, or the watch says to stop.
    pub fn localize_many(
        &self,
        input: &Input,
        targets: &[Target],
        settings: &Localization,
        watch: &Watch<'_>,
    ) -> Result<Vec<Localized>, Error> {
        let pointed = self.pointed(input, targets, settings, watch)?;
        let places: Vec<Mutex<Option<Localized>>> = pointed.iter().map(|_| Mutex::default()).collect();
        self.pool().each(pointed.len(), |i| {
            let found = pointed[i].located(settings);
            *places[i].lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        });
        let found = places.into_iter();
        Ok(found.filter_map(|place| place.into_inner().unwrap_or_else(PoisonError::into_inner)).collect())
    }

    /// The first stage alone: where the maps of several targets point in a picture. What follows, from the blur on, is
    /// [`Pointed::located`], which is quick and can be asked again with other settings.
    ///
    /// # Errors
    /// As [`Model::localize_many`].
    pub fn pointed(
        &self,
        input: &Input,
        targets: &[Target],
        settings: &Localization,
        watch: &Watch<'_>,
    ) -> Result<Vec<Pointed>, Error> {
        settings.check()?;
        let drawn = self.drawn(input)?;
        let goals = self.goals(&drawn, targets)?;
        let coarse = match settings.grad_cam > 0.0 && settings.map != Method::GradCam {
            true => {
                let cam = Localization { map: Method::GradCam, copies: 0, ..settings.clone() };
                let quiet = Watch { progress: None, ..*watch };
                Some(views::averaged(self, &drawn, &goals, &cam, &quiet))
            }
            false => None,
        };
        // a network whose late values have no positions has no Grad-CAM; its map then stands alone
        let (coarse, alone) = match coarse {
            Some(Err(error)) if error.kind == ErrorKind::Target || error.kind == ErrorKind::Setting => {
                (None, Some(format!("there is no Grad-CAM to join the map with: {}", error.context)))
            }
            Some(found) => (Some(found?), None),
            None => (None, None),
        };
        let maps = views::averaged(self, &drawn, &goals, settings, watch)?;
        let Some(image) = drawn.image() else {
            return Err(Error::new(ErrorKind::Picture, "there is no picture to find an object in"));
        };
        let mut coarse = coarse.map(Vec::into_iter);
        let mut pointed = Vec::with_capacity(goals.len());
        for (fine, goal) in maps.into_iter().zip(goals) {
            if fine.values.iter().any(|value| !value.is_finite()) {
                let context = format!(
                    "the {} map of '{}' holds numbers that are not finite: the network overflows on this input",
                    settings.map, goal.subject.objective
                );
                return Err(Error::new(ErrorKind::Model, context));
            }
            pointed.push(Pointed {
                image: image.clone(),
                target: goal.subject,
                score: goal.score,
                map: settings.map,
                fine,
                coarse: coarse.as_mut().and_then(Iterator::next),
                warnings: alone.clone().into_iter().collect(),
                model: self.sha256().to_owned(),
            });
        }
        Ok(pointed)
    }
}

/// Where the maps of a target point in a picture.
#[derive(Clone, Debug)]
pub struct Pointed {
    image: Image,
    target: Subject,
    score: f64,
    map: Method,
    fine: Cells,
    /// Grad-CAM, where it was asked for.
    coarse: Option<Cells>,
    warnings: Vec<String>,
    model: String,
}

impl Pointed {
    /// The picture.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// The object that the maps point to. Of the settings, those that made the maps are no longer asked.
    pub fn located(&self, settings: &Localization) -> Localized {
        let fine = self.fine.blurred(settings.blur);
        let coarse = self.coarse.as_ref().filter(|_| settings.grad_cam > 0.0);
        let map = coarse.map(|coarse| fine.joined(coarse, settings.grad_cam));
        let mut region = locate(&self.image, &map.unwrap_or(fine), settings);
        region.warnings.extend(self.warnings.iter().cloned());
        Localized {
            target: self.target.clone(),
            score: self.score,
            map: self.map,
            joined: coarse.map(|_| Method::GradCam),
            region,
            model: self.model.clone(),
        }
    }
}

impl Localization {
    /// How many views of a picture a map is averaged over: the steps that its progress is counted in.
    pub fn views(&self) -> usize {
        views::count(self)
    }
}
