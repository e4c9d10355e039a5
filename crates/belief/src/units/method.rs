/// A way to see what a unit computes.
#[derive(Debug, PartialEq, Eq)]
pub struct Method {
    /// Its name in commands and records.
    pub name: &'static str,
    /// What it shows, in a few words.
    pub shows: &'static str,
    /// Author and year.
    pub source: &'static str,
}

/// The three ways of Erhan et al. (2009).
pub const METHODS: &[Method] = &[Method::MAXIMIZATION, Method::SAMPLING, Method::LINEAR_COMBINATION];

impl Method {
    /// [`Maximization`](super::Maximization).
    pub const MAXIMIZATION: Method = Method {
        name: "maximization",
        shows: "the input of the data's mean norm that excites the unit most",
        source: "Erhan et al. 2009",
    };
    /// [`Sampling`](super::Sampling).
    pub const SAMPLING: Method = Method {
        name: "sampling",
        shows: "the mean of what a deep belief network makes up while the unit is on",
        source: "Erhan et al. 2009",
    };
    /// [`Combination`](super::Combination).
    pub const LINEAR_COMBINATION: Method = Method {
        name: "linear-combination",
        shows: "the filters of the layer below, weighted and added up",
        source: "Lee, Ekanadham and Ng 2008",
    };
}
