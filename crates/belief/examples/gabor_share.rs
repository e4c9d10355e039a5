//! How many first-layer filters of trained networks a Gabor function explains with R² above 0.6:
//! `gabor_share NETWORK.safetensors…`. Prints the share and the median R² of each.
#![expect(clippy::print_stdout, reason = "its output is the measure")]

use std::error::Error;

use inscape_belief::Network;
use inscape_belief::units::GaborFit;

const EXPLAINED: f64 = 0.6;

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args().skip(1) {
        let network = Network::parse(&std::fs::read(&path)?)?;
        let filters = &network.layers[0].up;
        let mut fits = Vec::new();
        for filter in filters.weights.chunks(filters.inputs) {
            fits.push(GaborFit::new(filter, network.size)?.explained);
        }
        fits.sort_by(f64::total_cmp);
        let share = fits.iter().filter(|&&r| r > EXPLAINED).count() as f64 / fits.len() as f64;
        println!(
            "{path}: {:.0} % of {} filters, median R² {:.2}",
            100.0 * share,
            fits.len(),
            fits[fits.len() / 2]
        );
    }
    Ok(())
}
