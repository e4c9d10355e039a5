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
    const ALL: [Isa; 4] = [Isa::Portable, Isa::Neon, Isa::Avx2, Isa::Avx512];

    /// The set in use.
    pub fn current() -> Isa {
        static CURRENT: OnceLock<Isa> = OnceLock::new();
        *CURRENT.get_or_init(|| {
            // A library has nobody to tell; a program asks for the error first.
            Isa::asked().ok().flatten().unwrap_or_else(Isa::best)
        })
    }

    /// What `INSCAPE_ISA` asks for, where it asks.
    ///
    /// # Errors
    /// A sentence where there is no such set, or this processor cannot run it.
    pub fn asked() -> Result<Option<Isa>, String> {
        let name = std::env::var_os("INSCAPE_ISA").unwrap_or_default();
        let name = name.to_string_lossy();
        if name.is_empty() {
            return Ok(None);
        }
        let best = Isa::best();
        match Isa::named(&name) {
            Some(isa) if isa == best || isa == Isa::Portable || (isa, best) == (Isa::Avx2, Isa::Avx512) => {
                Ok(Some(isa))
            }
            Some(isa) => {
                Err(format!("INSCAPE_ISA asks for {}, which this processor does not have", isa.name()))
            }
            None => {
                let names = Isa::ALL.map(Isa::name).join(", ");
                Err(format!("INSCAPE_ISA is '{}'; there are {names}", name.escape_debug()))
            }
        }
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
        Isa::ALL.into_iter().find(|isa| isa.name() == name)
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
