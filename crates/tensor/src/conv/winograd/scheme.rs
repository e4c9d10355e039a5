use super::lane::Lane;

/// Toom and Cook's way to `M` neighboring sums of three terms by N = M + 2 multiplications:
/// y = Aᵀ[(G·g) ⊙ (Bᵀ·d)]; over two axes, each matrix is applied to rows and columns (Lavin and Gray 2016).
pub(super) trait Scheme<const N: usize, const M: usize> {
    /// G·g.
    fn kernel(g: [f64; 3]) -> [f64; N];
    /// Bᵀ·d.
    fn input(d: [Lane; N]) -> [Lane; N];
    /// Aᵀ·m.
    fn output(m: [Lane; N]) -> [Lane; M];
    /// The columns of sixteen tiles that begin M floats apart.
    fn columns(line: &[f32]) -> [Lane; N];
    /// The reverse for sums: a line of sixteen tiles from its columns.
    fn line(columns: [Lane; M]) -> [Lane; M];
}

/// Two sums at once, from the points 0, 1, −1 and ∞.
pub(super) struct Two;

impl Scheme<4, 2> for Two {
    fn kernel([a, b, c]: [f64; 3]) -> [f64; 4] {
        [a, (a + b + c) / 2.0, (a - b + c) / 2.0, c]
    }

    #[inline(always)]
    fn input(d: [Lane; 4]) -> [Lane; 4] {
        [d[0] - d[2], d[1] + d[2], d[2] - d[1], d[3] - d[1]]
    }

    #[inline(always)]
    fn output(m: [Lane; 4]) -> [Lane; 2] {
        [m[0] + (m[1] + m[2]), (m[1] - m[2]) + m[3]]
    }

    #[inline(always)]
    fn columns(line: &[f32]) -> [Lane; 4] {
        let [first, second] = Lane::load(&line[0..]).unzip(Lane::load(&line[16..]));
        [first, second, first.followed_by(line[32]), second.followed_by(line[33])]
    }

    #[inline(always)]
    fn line([first, second]: [Lane; 2]) -> [Lane; 2] {
        first.zip(second)
    }
}

/// Four sums at once, from the points 0, ±3/4, ±3/2 and ∞: of the points with few digits, those that round least, about
/// half as much as the usual 0, ±1, ±2.
pub(super) struct Four;

impl Scheme<6, 4> for Four {
    fn kernel([a, b, c]: [f64; 3]) -> [f64; 6] {
        let at = |p: f64, scale: f64| (a + p * (b + p * c)) * scale;
        let (near, far) = (-128.0 / 243.0, 32.0 / 243.0);
        [a * 64.0 / 81.0, at(0.75, near), at(-0.75, near), at(1.5, far), at(-1.5, far), c]
    }

    #[inline(always)]
    fn input(d: [Lane; 6]) -> [Lane; 6] {
        let (even, odd) = (d[4] - d[2] * 2.25, (d[3] - d[1] * 2.25) * 0.75);
        let (even_far, odd_far) = (d[4] - d[2] * 0.5625, (d[3] - d[1] * 0.5625) * 1.5);
        [
            d[0] * 1.265_625 - d[2] * 2.8125 + d[4],
            even + odd,
            even - odd,
            even_far + odd_far,
            even_far - odd_far,
            d[1] * 1.265_625 - d[3] * 2.8125 + d[5],
        ]
    }

    #[inline(always)]
    fn output(m: [Lane; 6]) -> [Lane; 4] {
        let (near, far) = (m[1] + m[2], m[3] + m[4]);
        let (near_odd, far_odd) = (m[1] - m[2], m[3] - m[4]);
        [
            m[0] + (near + far),
            near_odd * 0.75 + far_odd * 1.5,
            near * 0.5625 + far * 2.25,
            near_odd * 0.421_875 + far_odd * 3.375 + m[5],
        ]
    }

    #[inline(always)]
    fn columns(line: &[f32]) -> [Lane; 6] {
        let [[even, odd], [even_far, odd_far]] = [
            Lane::load(&line[0..]).unzip(Lane::load(&line[16..])),
            Lane::load(&line[32..]).unzip(Lane::load(&line[48..])),
        ];
        let ([first, third], [second, fourth]) = (even.unzip(even_far), odd.unzip(odd_far));
        [first, second, third, fourth, first.followed_by(line[64]), second.followed_by(line[65])]
    }

    #[inline(always)]
    fn line([first, second, third, fourth]: [Lane; 4]) -> [Lane; 4] {
        let ([even, even_far], [odd, odd_far]) = (first.zip(third), second.zip(fourth));
        let ([a, b], [c, d]) = (even.zip(odd), even_far.zip(odd_far));
        [a, b, c, d]
    }
}
