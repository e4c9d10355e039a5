use crate::lanes::Lane;

/// Toom and Cook's way to `M` neighboring sums of N − M + 1 terms by N multiplications:
/// y = Aᵀ[(G·g) ⊙ (Bᵀ·d)]; over two axes, each matrix is applied to rows and columns (Lavin and Gray 2016).
///
/// Functions of lanes may only be called where the processor has the instructions behind them.
pub(super) trait Scheme<const N: usize, const M: usize> {
    /// G·g of N − M + 1 weights.
    fn kernel(g: &[f64]) -> [f64; N];
    /// Bᵀ·d.
    unsafe fn input<L: Lane>(d: [L; N]) -> [L; N];
    /// Aᵀ·m.
    unsafe fn output<L: Lane>(m: [L; N]) -> [L; M];
    /// The columns of a lane of tiles that begin M floats apart, from M lanes of a line and N − M floats more.
    unsafe fn columns<L: Lane>(line: *const f32) -> [L; N];
    /// The reverse for sums: a line of a lane of tiles from its columns.
    unsafe fn line<L: Lane>(columns: [L; M]) -> [L; M];
}

/// lane·factor + addend.
#[inline(always)]
unsafe fn scaled<L: Lane>(lane: L, factor: f32, addend: L) -> L {
    // SAFETY: the caller's.
    unsafe { lane.mul_add(L::splat(factor), addend) }
}

/// Two sums of three terms at once, from the points 0, 1, −1 and ∞.
pub(super) struct Two;

#[allow(unsafe_op_in_unsafe_fn, reason = "lanes, under the trait's single condition")]
impl Scheme<4, 2> for Two {
    #[inline(always)]
    fn kernel(g: &[f64]) -> [f64; 4] {
        [g[0], at(g, 1.0) / 2.0, at(g, -1.0) / 2.0, g[2]]
    }

    #[inline(always)]
    unsafe fn input<L: Lane>(d: [L; 4]) -> [L; 4] {
        [d[0].sub(d[2]), d[1].add(d[2]), d[2].sub(d[1]), d[3].sub(d[1])]
    }

    #[inline(always)]
    unsafe fn output<L: Lane>(m: [L; 4]) -> [L; 2] {
        [m[0].add(m[1].add(m[2])), m[1].sub(m[2]).add(m[3])]
    }

    #[inline(always)]
    unsafe fn columns<L: Lane>(line: *const f32) -> [L; 4] {
        let [first, second] = L::load(line).unzip(L::load(line.add(L::WIDTH)));
        let next = line.add(2 * L::WIDTH);
        [first, second, first.followed_by(L::splat(*next)), second.followed_by(L::splat(*next.add(1)))]
    }

    #[inline(always)]
    unsafe fn line<L: Lane>([first, second]: [L; 2]) -> [L; 2] {
        first.zip(second)
    }
}

/// The polynomial with these coefficients at a point.
#[inline(always)]
fn at(g: &[f64], point: f64) -> f64 {
    g.iter().rev().fold(0.0, |sum, coefficient| sum * point + coefficient)
}

/// G·g for six multiplications, from the points 0, ±3/4, ±3/2 and ∞: of the points with few digits, those that round
/// least, about half as much as the usual 0, ±1, ±2.
#[inline(always)]
fn six(g: &[f64]) -> [f64; 6] {
    let (near, far) = (-128.0 / 243.0, 32.0 / 243.0);
    [
        g[0] * 64.0 / 81.0,
        at(g, 0.75) * near,
        at(g, -0.75) * near,
        at(g, 1.5) * far,
        at(g, -1.5) * far,
        g[g.len() - 1],
    ]
}

/// Bᵀ·d for the same points.
#[inline(always)]
unsafe fn six_of<L: Lane>(d: [L; 6]) -> [L; 6] {
    // SAFETY: the caller's.
    unsafe {
        let (even, odd) = (scaled(d[2], -2.25, d[4]), scaled(d[1], -2.25, d[3]));
        let (even_far, odd_far) = (scaled(d[2], -0.5625, d[4]), scaled(d[1], -0.5625, d[3]));
        [
            scaled(d[0], 1.265_625, scaled(d[2], -2.8125, d[4])),
            scaled(odd, 0.75, even),
            scaled(odd, -0.75, even),
            scaled(odd_far, 1.5, even_far),
            scaled(odd_far, -1.5, even_far),
            scaled(d[1], 1.265_625, scaled(d[3], -2.8125, d[5])),
        ]
    }
}

/// Four sums of three terms at once.
pub(super) struct Four;

#[allow(unsafe_op_in_unsafe_fn, reason = "lanes, under the trait's single condition")]
impl Scheme<6, 4> for Four {
    #[inline(always)]
    fn kernel(g: &[f64]) -> [f64; 6] {
        six(g)
    }

    #[inline(always)]
    unsafe fn input<L: Lane>(d: [L; 6]) -> [L; 6] {
        six_of(d)
    }

    #[inline(always)]
    unsafe fn output<L: Lane>(m: [L; 6]) -> [L; 4] {
        let (near, far) = (m[1].add(m[2]), m[3].add(m[4]));
        let (near_odd, far_odd) = (m[1].sub(m[2]), m[3].sub(m[4]));
        [
            m[0].add(near.add(far)),
            scaled(far_odd, 1.5, near_odd.mul(L::splat(0.75))),
            scaled(far, 2.25, near.mul(L::splat(0.5625))),
            scaled(far_odd, 3.375, scaled(near_odd, 0.421_875, m[5])),
        ]
    }

    #[inline(always)]
    unsafe fn columns<L: Lane>(line: *const f32) -> [L; 6] {
        let [[even, odd], [even_far, odd_far]] = [
            L::load(line).unzip(L::load(line.add(L::WIDTH))),
            L::load(line.add(2 * L::WIDTH)).unzip(L::load(line.add(3 * L::WIDTH))),
        ];
        let ([first, third], [second, fourth]) = (even.unzip(even_far), odd.unzip(odd_far));
        let next = line.add(4 * L::WIDTH);
        [
            first,
            second,
            third,
            fourth,
            first.followed_by(L::splat(*next)),
            second.followed_by(L::splat(*next.add(1))),
        ]
    }

    #[inline(always)]
    unsafe fn line<L: Lane>([first, second, third, fourth]: [L; 4]) -> [L; 4] {
        let ([even, even_far], [odd, odd_far]) = (first.zip(third), second.zip(fourth));
        let ([a, b], [c, d]) = (even.zip(odd), even_far.zip(odd_far));
        [a, b, c, d]
    }
}

/// Two sums of five terms at once.
pub(super) struct TwoOfFive;

#[allow(unsafe_op_in_unsafe_fn, reason = "lanes, under the trait's single condition")]
impl Scheme<6, 2> for TwoOfFive {
    #[inline(always)]
    fn kernel(g: &[f64]) -> [f64; 6] {
        six(g)
    }

    #[inline(always)]
    unsafe fn input<L: Lane>(d: [L; 6]) -> [L; 6] {
        six_of(d)
    }

    #[inline(always)]
    unsafe fn output<L: Lane>(m: [L; 6]) -> [L; 2] {
        let (near_odd, far_odd) = (m[1].sub(m[2]), m[3].sub(m[4]));
        [m[0].add(m[1].add(m[2]).add(m[3].add(m[4]))), scaled(far_odd, 1.5, scaled(near_odd, 0.75, m[5]))]
    }

    #[inline(always)]
    unsafe fn columns<L: Lane>(line: *const f32) -> [L; 6] {
        let [first, second] = L::load(line).unzip(L::load(line.add(L::WIDTH)));
        let next = line.add(2 * L::WIDTH);
        let (third, fourth) =
            (first.followed_by(L::splat(*next)), second.followed_by(L::splat(*next.add(1))));
        [
            first,
            second,
            third,
            fourth,
            third.followed_by(L::splat(*next.add(2))),
            fourth.followed_by(L::splat(*next.add(3))),
        ]
    }

    #[inline(always)]
    unsafe fn line<L: Lane>([first, second]: [L; 2]) -> [L; 2] {
        first.zip(second)
    }
}
