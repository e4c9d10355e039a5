//! Runs a network forward and back on one thread, for profilers: `workload MODEL [RUNS]`.

use inscape::{Model, Options};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: workload MODEL [RUNS]")?;
    let runs: u32 = arguments.next().map_or(Ok(1), |runs| runs.parse())?;
    let model = Model::open_with(path, Options { threads: 1, ..Options::default() })?;
    let mut workload = model.workload(1, true)?;
    for _ in 0..runs {
        workload.run()?;
    }
    Ok(())
}
