use super::transpose::Transpose;
use crate::error::Refusal;
use crate::operator::{Built, Site, Type};

/// DepthToSpace: every b² channels become b×b cells of one; channel (y, x, c) in mode DCR, (c, y, x) in mode CRD.
pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let (shape, block) = picture(site)?;
    let [batch, channels, height, width] = shape;
    let area = block.checked_mul(block).filter(|area| channels % area == 0);
    let Some(area) = area else {
        return Err(Refusal(format!("{channels} channels do not fall into blocks of {block}×{block}")));
    };
    let depth = channels / area;
    let (split, order) = match site.text("mode", "DCR")? {
        "DCR" => ([batch, block, block, depth, height, width], [0, 3, 4, 1, 5, 2]),
        "CRD" => ([batch, depth, block, block, height, width], [0, 1, 4, 2, 5, 3]),
        other => return Err(Refusal(format!("mode '{other}' is neither DCR nor CRD"))),
    };
    let grown = height.checked_mul(block).zip(width.checked_mul(block));
    let (high, wide) = grown.ok_or_else(|| Refusal(format!("blocks of {block} are too large")))?;
    moved(site, vec![batch, depth, high, wide], &split, &order)
}

/// SpaceToDepth: every b×b cells become b² channels (y, x, c).
pub(super) fn build_back(site: &Site<'_>) -> Result<Built, Refusal> {
    let (shape, block) = picture(site)?;
    let [batch, channels, height, width] = shape;
    if height % block != 0 || width % block != 0 {
        return Err(Refusal(format!("{height}×{width} cells do not fall into blocks of {block}×{block}")));
    }
    let (high, wide) = (height / block, width / block);
    let deep = block.checked_mul(block).and_then(|area| channels.checked_mul(area));
    let deep = deep.ok_or_else(|| Refusal(format!("blocks of {block} are too large")))?;
    moved(
        site,
        vec![batch, deep, high, wide],
        &[batch, channels, high, block, wide, block],
        &[0, 3, 5, 1, 2, 4],
    )
}

fn picture(site: &Site<'_>) -> Result<([usize; 4], usize), Refusal> {
    let shape = site.required(0)?.shape;
    let shape =
        shape.try_into().map_err(|_| Refusal(format!("needs rank 4; the input has shape {shape:?}")))?;
    let block = usize::try_from(site.int("blocksize", 0)?).ok().filter(|&block| block > 0);
    Ok((shape, block.ok_or_else(|| Refusal("blocksize must be a positive number".into()))?))
}

fn moved(site: &Site<'_>, shape: Vec<usize>, split: &[usize], order: &[usize]) -> Result<Built, Refusal> {
    let element = site.required(0)?.element;
    let operator = Box::new(Transpose::new(split, order));
    Ok(Built::Kernel { outputs: vec![Type { element, shape }], operator })
}

#[cfg(test)]
mod tests {
    use crate::operators::check::Check;

    #[test]
    fn cells_go_where_the_mode_says() {
        let by_depth = |c: usize, y: usize, x: usize| (y * 2 + x) * 3 + c;
        let by_column = |c: usize, y: usize, x: usize| (c * 2 + y) * 2 + x;
        let modes: [(&str, &dyn Fn(usize, usize, usize) -> usize); 2] =
            [("DCR", &by_depth), ("CRD", &by_column)];
        for (mode, channel) in modes {
            Check::new("DepthToSpace", 13)
                .int("blocksize", 2)
                .text("mode", mode)
                .noisy(&[2, 12, 3, 2])
                .agrees_with(|input| {
                    let cell = |i: usize| {
                        let (n, c, y, x) = (i / 72, i / 24 % 3, i / 4 % 6, i % 4);
                        input[0][((n * 12 + channel(c, y % 2, x % 2)) * 3 + y / 2) * 2 + x / 2]
                    };
                    (0..144).map(cell).collect()
                });
        }
    }

    #[test]
    fn space_to_depth_undoes_dcr() {
        let there = Check::new("SpaceToDepth", 13).int("blocksize", 3).noisy(&[1, 2, 6, 9]).run_both();
        let back = Check::new("DepthToSpace", 13)
            .int("blocksize", 3)
            .floats(&there.shape(), there.output().to_vec())
            .run_both();
        assert_eq!(back.output(), inscape_testkit::noise(1, 108));
        Check::new("SpaceToDepth", 13).int("blocksize", 2).noisy(&[1, 1, 2, 2]).agrees_with(|x| x[0].clone());
    }

    #[test]
    fn blocks_that_do_not_fit_are_refused() {
        let refusal =
            |name, block| Check::new(name, 13).int("blocksize", block).noisy(&[1, 4, 3, 3]).refusal();
        assert!(
            refusal("DepthToSpace", 0).contains("positive")
                && refusal("DepthToSpace", 3).contains("4 channels")
        );
        assert!(refusal("DepthToSpace", i64::MAX).contains("4 channels"));
        assert!(
            refusal("SpaceToDepth", 2).contains("3×3") && refusal("SpaceToDepth", -1).contains("positive")
        );
    }
}
