use super::settings::{Contrast, Localization, Neighborhood, Part, Seeding, Segmentation, Threshold, Views};
use crate::attribution::{Method, Setting};
use crate::error::{Error, ErrorKind};
use crate::nearest::nearest;

/// A named bundle of settings.
pub struct PresetRow {
    /// As it is asked for.
    pub name: &'static str,
    /// What it is, in a line.
    pub means: &'static str,
    /// Author and year.
    pub source: &'static str,
    /// Its settings.
    pub make: fn() -> Localization,
}

/// Every preset there is.
pub const PRESETS: &[PresetRow] = &[
    PresetRow {
        name: "default",
        means: "saliency of the mirrored picture and noisy copies, blurred, times Grad-CAM; colors, map and contrast in one cut",
        source: "after Simonyan et al. 2014",
        make: Localization::default,
    },
    PresetRow {
        name: "simonyan",
        means: "plain saliency; quantiles of 95 % and 30 %, five colors a side, GrabCut's contrast, soft seeds",
        source: "Simonyan et al. 2014; Rother et al. 2004",
        make: Localization::simonyan,
    },
];

/// One setting by name.
pub struct OptionRow {
    /// As it is asked for.
    pub key: &'static str,
    /// What it takes.
    pub takes: &'static str,
    /// What it means.
    pub means: &'static str,
    read: fn(&Localization) -> Setting,
    write: fn(&mut Localization, &str) -> Option<()>,
}

/// Every setting there is. To add one: a field of [`Localization`], one row.
pub const OPTIONS: &[OptionRow] = &[
    OptionRow {
        key: "map",
        takes: "METHOD",
        means: "the attribution that says where the class is",
        read: |s| Setting::Word(s.map.name.into()),
        write: |s, v| Method::named(v).ok().map(|method| s.map = method),
    },
    OptionRow {
        key: "map-steps",
        takes: "N",
        means: "steps of integrated gradients",
        read: |s| whole(s.attribution.steps),
        write: |s, v| v.parse().ok().map(|n| s.attribution.steps = n),
    },
    OptionRow {
        key: "map-samples",
        takes: "N",
        means: "noisy inputs of SmoothGrad",
        read: |s| whole(s.attribution.samples),
        write: |s, v| v.parse().ok().map(|n| s.attribution.samples = n),
    },
    OptionRow {
        key: "map-sigma",
        takes: "X",
        means: "noise of SmoothGrad, as a part of the input's range",
        read: |s| Setting::Real(s.attribution.sigma.into()),
        write: |s, v| v.parse().ok().map(|x| s.attribution.sigma = x),
    },
    OptionRow {
        key: "map-value",
        takes: "VALUE|last",
        means: "the value that Grad-CAM looks at",
        read: |s| Setting::Word(s.attribution.value.clone().unwrap_or_else(|| "last".into())),
        write: |s, v| {
            s.attribution.value = (v != "last").then(|| v.to_owned());
            Some(())
        },
    },
    OptionRow {
        key: "views",
        takes: "one|mirrored|ten",
        means: "views that the map is averaged over",
        read: |s| word(VIEWS, s.views),
        write: |s, v| choice(VIEWS, v).map(|views| s.views = views),
    },
    OptionRow {
        key: "copies",
        takes: "N",
        means: "noisy copies of the views, averaged over too",
        read: |s| whole(s.copies),
        write: |s, v| v.parse().ok().map(|n| s.copies = n),
    },
    OptionRow {
        key: "noise",
        takes: "X",
        means: "their noise, as a part of the input's range",
        read: |s| Setting::Real(s.noise),
        write: |s, v| v.parse().ok().map(|x| s.noise = x),
    },
    OptionRow {
        key: "blur",
        takes: "X",
        means: "width of the map's blur, as a part of its longer side",
        read: |s| Setting::Real(s.blur),
        write: |s, v| v.parse().ok().map(|x| s.blur = x),
    },
    OptionRow {
        key: "foreground",
        takes: "Q",
        means: "quantile of the map above which pixels give the foreground's colors",
        read: |s| Setting::Real(s.foreground),
        write: |s, v| v.parse().ok().map(|x| s.foreground = x),
    },
    OptionRow {
        key: "background",
        takes: "Q",
        means: "quantile below which they give the background's",
        read: |s| Setting::Real(s.background),
        write: |s, v| v.parse().ok().map(|x| s.background = x),
    },
    OptionRow {
        key: "foreground-seeds",
        takes: "soft|hard",
        means: "whether the foreground's seeds keep their label",
        read: |s| word(SEEDING, s.foreground_seeds),
        write: |s, v| choice(SEEDING, v).map(|seeding| s.foreground_seeds = seeding),
    },
    OptionRow {
        key: "background-seeds",
        takes: "soft|hard",
        means: "whether the background's seeds keep their label",
        read: |s| word(SEEDING, s.background_seeds),
        write: |s, v| choice(SEEDING, v).map(|seeding| s.background_seeds = seeding),
    },
    OptionRow {
        key: "segmentation",
        takes: "cut|threshold",
        means: "how the map becomes a mask",
        read: |s| word(SEGMENTATION, s.segmentation),
        write: |s, v| choice(SEGMENTATION, v).map(|segmentation| s.segmentation = segmentation),
    },
    OptionRow {
        key: "components",
        takes: "K",
        means: "Gaussians of a color mixture",
        read: |s| whole(s.components),
        write: |s, v| v.parse().ok().map(|n| s.components = n),
    },
    OptionRow {
        key: "floor",
        takes: "X",
        means: "least variance of a Gaussian in any direction, in squared levels",
        read: |s| Setting::Real(s.floor),
        write: |s, v| v.parse().ok().map(|x| s.floor = x),
    },
    OptionRow {
        key: "lambda",
        takes: "X",
        means: "factor on the color terms",
        read: |s| Setting::Real(s.lambda),
        write: |s, v| v.parse().ok().map(|x| s.lambda = x),
    },
    OptionRow {
        key: "grad-cam",
        takes: "0..1",
        means: "exponent of Grad-CAM in the geometric mean of it and the map; 0 for the map alone",
        read: |s| Setting::Real(s.grad_cam),
        write: |s, v| v.parse().ok().map(|x| s.grad_cam = x),
    },
    OptionRow {
        key: "map-weight",
        takes: "X",
        means: "factor on the map's log-odds",
        read: |s| Setting::Real(s.map_weight),
        write: |s, v| v.parse().ok().map(|x| s.map_weight = x),
    },
    OptionRow {
        key: "map-level",
        takes: "X",
        means: "where the map's log-odds are zero, as a part of its mean",
        read: |s| Setting::Real(s.map_level),
        write: |s, v| v.parse().ok().map(|x| s.map_level = x),
    },
    OptionRow {
        key: "gamma",
        takes: "X",
        means: "factor on the contrast terms",
        read: |s| Setting::Real(s.gamma),
        write: |s, v| v.parse().ok().map(|x| s.gamma = x),
    },
    OptionRow {
        key: "contrast",
        takes: "picture|beta:X|sigma:X",
        means: "how contrast terms fall with the difference of colors: by the picture's own mean, or as given",
        read: |s| match s.contrast {
            Contrast::Picture => Setting::Word("picture".into()),
            Contrast::Beta(beta) => Setting::Word(format!("beta:{beta}")),
            Contrast::Sigma(sigma) => Setting::Word(format!("sigma:{sigma}")),
        },
        write: |s, v| {
            s.contrast = match v.split_once(':') {
                None if v == "picture" => Contrast::Picture,
                Some(("beta", x)) => Contrast::Beta(x.parse().ok()?),
                Some(("sigma", x)) => Contrast::Sigma(x.parse().ok()?),
                _ => return None,
            };
            Some(())
        },
    },
    OptionRow {
        key: "neighbors",
        takes: "4|8",
        means: "neighbors of a pixel",
        read: |s| whole(s.neighborhood.count()),
        write: |s, v| choice(NEIGHBORS, v).map(|neighborhood| s.neighborhood = neighborhood),
    },
    OptionRow {
        key: "iterations",
        takes: "N",
        means: "the most cuts",
        read: |s| whole(s.iterations),
        write: |s, v| v.parse().ok().map(|n| s.iterations = n),
    },
    OptionRow {
        key: "threshold",
        takes: "mean:X|max:X",
        means: "where the map is cut off by segmentation=threshold, as a part of its mean or of its largest number",
        read: |s| match s.threshold {
            Threshold::OfMax(part) => Setting::Word(format!("max:{part}")),
            Threshold::OfMean(part) => Setting::Word(format!("mean:{part}")),
        },
        write: |s, v| {
            s.threshold = match v.split_once(':')? {
                ("max", x) => Threshold::OfMax(x.parse().ok()?),
                ("mean", x) => Threshold::OfMean(x.parse().ok()?),
                _ => return None,
            };
            Some(())
        },
    },
    OptionRow {
        key: "component",
        takes: "largest|strongest|peak|all",
        means: "which connected part of the mask is the object",
        read: |s| word(PARTS, s.component),
        write: |s, v| choice(PARTS, v).map(|part| s.component = part),
    },
    OptionRow {
        key: "megapixels",
        takes: "X",
        means: "the most that are segmented; larger pictures are reduced first",
        read: |s| Setting::Real(s.megapixels),
        write: |s, v| v.parse().ok().map(|x| s.megapixels = x),
    },
];

const VIEWS: &[(&str, Views)] = &[("one", Views::One), ("mirrored", Views::Mirrored), ("ten", Views::Ten)];
const SEEDING: &[(&str, Seeding)] = &[("soft", Seeding::Soft), ("hard", Seeding::Hard)];
const SEGMENTATION: &[(&str, Segmentation)] =
    &[("cut", Segmentation::Cut), ("threshold", Segmentation::Threshold)];
const NEIGHBORS: &[(&str, Neighborhood)] = &[("4", Neighborhood::Four), ("8", Neighborhood::Eight)];
const PARTS: &[(&str, Part)] =
    &[("largest", Part::Largest), ("strongest", Part::Strongest), ("peak", Part::Peak), ("all", Part::All)];

fn whole(n: usize) -> Setting {
    Setting::Whole(n as u64)
}

fn choice<T: Copy>(choices: &[(&str, T)], name: &str) -> Option<T> {
    choices.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|&(_, value)| value)
}

fn word<T: PartialEq>(choices: &[(&str, T)], value: T) -> Setting {
    let name = choices.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name);
    Setting::Word(name.to_owned())
}

impl Localization {
    /// The settings of a preset.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] with all names.
    pub fn named(name: &str) -> Result<Localization, Error> {
        let row = PRESETS.iter().find(|row| row.name.eq_ignore_ascii_case(name));
        row.map(|row| (row.make)()).ok_or_else(|| {
            let names: Vec<&str> = PRESETS.iter().map(|row| row.name).collect();
            let context = format!("there is no preset '{name}'; there are {}", names.join(", "));
            Error::new(ErrorKind::Setting, context)
        })
    }

    /// Changes one setting by its name in [`OPTIONS`].
    ///
    /// ```
    /// use inscape::localization::{Localization, Segmentation};
    /// let mut settings = Localization::default();
    /// settings.set("segmentation", "threshold")?;
    /// assert_eq!(settings.segmentation, Segmentation::Threshold);
    /// assert!(settings.set("gamma", "much").unwrap_err().context.contains("takes X"));
    /// # Ok::<(), inscape::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for a name that is not there, with the nearest, or a value of another kind or out of range.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        let wrong = |context: String| Error::new(ErrorKind::Setting, context);
        let row = OPTIONS.iter().find(|row| row.key.eq_ignore_ascii_case(key)).ok_or_else(|| {
            let keys: Vec<&str> = OPTIONS.iter().map(|row| row.key).collect();
            let near = nearest(key, keys.iter().copied(), 3);
            wrong(format!("there is no option '{key}'; near it: {}", near.join(", ")))
        })?;
        let mut changed = self.clone();
        let written = (row.write)(&mut changed, value.trim());
        written.ok_or_else(|| wrong(format!("'{}' takes {}, not '{value}'", row.key, row.takes)))?;
        changed.check()?;
        *self = changed;
        Ok(())
    }

    /// Every setting with its value.
    pub fn entries(&self) -> impl Iterator<Item = (&'static str, Setting)> {
        OPTIONS.iter().map(|row| (row.key, (row.read)(self)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Localization, OPTIONS, PRESETS};

    #[test]
    fn every_setting_reads_back_what_it_says() {
        for preset in PRESETS {
            let settings = (preset.make)();
            assert!(settings.check().is_ok(), "{}", preset.name);
            let mut copy = Localization::simonyan();
            for (key, value) in settings.entries() {
                copy.set(key, &value.to_string()).unwrap();
            }
            let same = copy.entries().zip(settings.entries()).all(|(a, b)| a == b);
            assert!(same, "{}", preset.name);
        }
        for words in [["contrast", "sigma:12"], ["threshold", "max:0.2"], ["map-value", "relu5"]] {
            let mut settings = Localization::default();
            settings.set(words[0], words[1]).unwrap();
            let (_, value) = settings.entries().find(|(key, _)| *key == words[0]).unwrap();
            assert_eq!(value.to_string(), words[1]);
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused_and_changes_nothing() {
        let mut settings = Localization::default();
        for (key, value) in [
            ("blur", "-1"),
            ("blur", "NaN"),
            ("components", "0"),
            ("components", "65"),
            ("iterations", "0"),
            ("background", "0.99"),
            ("contrast", "sigma:0"),
            ("contrast", "beta:inf"),
            ("threshold", "max:-1"),
            ("megapixels", "0"),
            ("views", "many"),
            ("gama", "1"),
        ] {
            let error = settings.set(key, value).unwrap_err();
            assert!(!error.context.is_empty(), "{key}={value}");
        }
        assert!(settings.set("gama", "1").unwrap_err().context.contains("gamma"));
        let same = settings.entries().zip(Localization::default().entries()).all(|(a, b)| a == b);
        assert!(same);
        let keys: std::collections::HashSet<&str> = OPTIONS.iter().map(|row| row.key).collect();
        assert_eq!(keys.len(), OPTIONS.len());
    }
}
