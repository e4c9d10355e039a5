use std::sync::OnceLock;

/// A set of kernels, chosen once per program by what the processor offers.
///
/// The environment variable `INSCAPE_ISA` (`avx512`, `avx2`, `neon`, `portable`) asks for a lesser one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Isa {
    /// Plain Rust at the target's baseline.
    Portable,
    /// ARM's vectors of 128 bits.
    Neon,
    /// x86 vectors of 256 bits with fused multiply-add.
    Avx2,
    /// x86 vectors of 512 bits.
    Avx512,
}

impl Isa {
    /// The set in use.
    pub fn current() -> Isa {
        static CURRENT: OnceLock<Isa> = OnceLock::new();
        *CURRENT.get_or_init(|| {
            let best = Isa::best();
            let asked = std::env::var("INSCAPE_ISA").ok().and_then(|name| Isa::named(&name));
            asked.filter(|&isa| isa <= best).unwrap_or(best)
        })
    }

    /// Its name, as `INSCAPE_ISA` and the results spell it.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Portable => "portable",
            Isa::Neon => "neon",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        }
    }

    fn named(name: &str) -> Option<Isa> {
        [Isa::Portable, Isa::Neon, Isa::Avx2, Isa::Avx512].into_iter().find(|isa| isa.name() == name)
    }

    fn best() -> Isa {
        #[cfg(target_arch = "x86_64")]
        {
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq");
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            match (avx512, avx2) {
                (true, true) => Isa::Avx512,
                (false, true) => Isa::Avx2,
                _ => Isa::Portable,
            }
        }
        #[cfg(target_arch = "aarch64")]
        {
            Isa::Neon
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        {
            Isa::Portable
        }
    }
}
