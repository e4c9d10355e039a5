#[cfg(target_arch = "x86_64")]
use crate::lanes::x86::{Half, Wide};
use crate::lanes::{Lanes, Plain, fetch};
use crate::{Floats, Isa, Pool};

/// Floats of a matrix that are worth a task of their own.
const TASK: usize = 1 << 15;
/// Rows that are read together, so that more of memory is under way at once.
const TOGETHER: usize = 4;
/// Sums that run side by side for each row of a product, in registers.
const REGISTERS: usize = 2;
/// Floats ahead of those at hand that are asked for: a page.
const AHEAD: usize = 1024;
/// Columns of the transpose's result that a task computes: so much of a row is read at a time.
const WIDTH: usize = 1024;

/// y = W·x for a row-major W of `y.len()` rows, read once and in place.
///
/// # Panics
/// If W is shorter than that.
pub fn matrix_vector(pool: &Pool, w: Floats<'_>, x: &[f32], y: &mut [f32]) {
    assert!(w.len() >= x.len() * y.len(), "a matrix of rows as long as x");
    let rows = (TASK / x.len().max(1)).max(1).next_multiple_of(TOGETHER);
    pool.chunks(y, rows, |i, y| run(&Products { w, first: i * rows, x }, y));
}

/// y = Wᵀ·g for a row-major W of `g.len()` rows, read once and in place; rows whose factor is 0 are not read at all.
///
/// # Panics
/// If W is shorter than that.
pub fn transposed_matrix_vector(pool: &Pool, w: Floats<'_>, g: &[f32], y: &mut [f32]) {
    let columns = y.len();
    assert!(w.len() >= columns * g.len(), "a matrix of rows as long as y");
    let rows: Vec<(usize, f32)> = g
        .iter()
        .copied()
        .enumerate()
        .filter(|&(_, factor)| factor != 0.0)
        .map(|(i, g)| (i * columns, g))
        .collect();
    pool.chunks(y, WIDTH, |i, y| run(&Sums { w, column: i * WIDTH, rows: &rows }, y));
}

/// What is done in registers of one kind.
trait Work {
    /// # Safety
    /// The processor has the registers.
    unsafe fn run<L: Lanes>(&self, y: &mut [f32]);
}

fn run(work: &impl Work, y: &mut [f32]) {
    // SAFETY: the processor has what the set needs.
    unsafe {
        match Isa::current() {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512(work, y),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2(work, y),
            _ => work.run::<Plain>(y),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
unsafe fn avx512(work: &impl Work, y: &mut [f32]) {
    // SAFETY: the caller's.
    unsafe { work.run::<Wide>(y) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2(work: &impl Work, y: &mut [f32]) {
    // SAFETY: the caller's.
    unsafe { work.run::<Half>(y) }
}

/// The products of rows that follow each other with a vector.
struct Products<'a> {
    w: Floats<'a>,
    /// The number of the first.
    first: usize,
    x: &'a [f32],
}

impl Work for Products<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(&self, y: &mut [f32]) {
        let n = self.x.len();
        let (groups, rest) = y.as_chunks_mut::<TOGETHER>();
        let whole = groups.len() * TOGETHER;
        let row = |r: usize| self.w.run((self.first + r) * n, n);
        // SAFETY: the caller's.
        unsafe {
            for (g, y) in groups.iter_mut().enumerate() {
                *y = products::<L, TOGETHER>(std::array::from_fn(|r| row(g * TOGETHER + r)), self.x);
            }
            for (r, y) in rest.iter_mut().enumerate() {
                [*y] = products::<L, 1>([row(whole + r)], self.x);
            }
        }
    }
}

/// The products of some rows with a vector: each is summed alike, however many there are.
///
/// # Safety
/// The processor has the registers, and the rows are as long as the vector.
#[inline(always)]
unsafe fn products<L: Lanes, const N: usize>(rows: [*const f32; N], x: &[f32]) -> [f32; N] {
    let step = REGISTERS * L::WIDTH;
    let whole = x.len() / step * step;
    // SAFETY: the caller's.
    let sums = unsafe {
        let mut sums = [[L::splat(0.0); REGISTERS]; N];
        for k in (0..whole).step_by(step) {
            for r in 0..N {
                fetch(rows[r].wrapping_add(k + AHEAD));
                for v in 0..REGISTERS {
                    let at = k + v * L::WIDTH;
                    let x = L::load(x.as_ptr().add(at));
                    sums[r][v] = L::load(rows[r].add(at)).mul_add(x, sums[r][v]);
                }
            }
        }
        sums
    };
    std::array::from_fn(
        #[inline(always)]
        |r| {
            let mut floats = [0.0f32; 16];
            // SAFETY: no register holds more than sixteen floats.
            unsafe { sums[r][0].add(sums[r][1]).store(floats.as_mut_ptr()) };
            for (i, x) in x[whole..].iter().enumerate() {
                // SAFETY: the caller's.
                floats[i % L::WIDTH] += unsafe { rows[r].add(whole + i).read_unaligned() } * x;
            }
            let mut half = L::WIDTH / 2;
            while half > 0 {
                for i in 0..half {
                    floats[i] += floats[i + half];
                }
                half /= 2;
            }
            floats[0]
        },
    )
}

/// Sums of rows, each times its factor.
struct Sums<'a> {
    w: Floats<'a>,
    /// The column of the first sum.
    column: usize,
    /// Where each row begins, and its factor.
    rows: &'a [(usize, f32)],
}

impl Work for Sums<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(&self, y: &mut [f32]) {
        y.fill(0.0);
        let (groups, rest) = self.rows.as_chunks::<TOGETHER>();
        // SAFETY: the caller's.
        unsafe {
            for (g, group) in groups.iter().enumerate() {
                let next = groups.get(g + 1).unwrap_or(group);
                self.add::<L, TOGETHER>(group, next, y);
            }
            for row in rest {
                self.add::<L, 1>(&[*row], &[*row], y);
            }
        }
    }
}

impl Sums<'_> {
    /// Adds some rows; those that are next are asked for meanwhile.
    #[inline(always)]
    unsafe fn add<L: Lanes, const N: usize>(
        &self,
        rows: &[(usize, f32); N],
        next: &[(usize, f32); N],
        y: &mut [f32],
    ) {
        let whole = y.len() / L::WIDTH * L::WIDTH;
        let lines = rows.map(|(start, _)| self.w.run(start + self.column, y.len()));
        let coming = next.map(|(start, _)| self.w.run(start + self.column, y.len()));
        // SAFETY: the caller's; all reads are below `whole`, and lines are as long as y.
        unsafe {
            let factors = rows.map(|(_, factor)| L::splat(factor));
            for k in (0..whole).step_by(L::WIDTH) {
                let to = y.as_mut_ptr().add(k);
                let mut sum = L::load(to);
                for r in 0..N {
                    fetch(coming[r].wrapping_add(k));
                    sum = L::load(lines[r].add(k)).mul_add(factors[r], sum);
                }
                sum.store(to);
            }
        }
        for k in whole..y.len() {
            for (line, (_, factor)) in lines.iter().zip(rows) {
                // SAFETY: the line is as long as y.
                y[k] += unsafe { line.add(k).read_unaligned() } * factor;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both products against sums in f64, with a matrix that begins at any byte.
    #[test]
    fn weights_may_begin_at_any_byte() {
        let pool = Pool::new(2).unwrap();
        for [rows, columns] in [[1, 1], [3, 33], [9, 1030], [70, 129], [5, 0], [0, 5]] {
            let number = |i: usize| (i * 7919 % 1009) as f32 / 500.0 - 1.0;
            let w: Vec<f32> = (0..rows * columns).map(number).collect();
            let (x, g): (Vec<f32>, Vec<f32>) =
                ((0..columns).map(number).collect(), (0..rows).map(|r| number(r) * (r % 3) as f32).collect());
            for shift in 0..4 {
                let mut bytes = vec![0u8; shift];
                bytes.extend(w.iter().flat_map(|w| w.to_le_bytes()));
                let held = Floats::from_le_bytes(&bytes[shift..]).unwrap();
                let (mut y, mut dx) = (vec![0.0; rows], vec![0.0; columns]);
                matrix_vector(&pool, held, &x, &mut y);
                transposed_matrix_vector(&pool, held, &g, &mut dx);
                let at = |r: usize, c: usize| f64::from(w[r * columns + c]);
                for (r, &y) in y.iter().enumerate() {
                    let exact: f64 = (0..columns).map(|c| at(r, c) * f64::from(x[c])).sum();
                    assert!((f64::from(y) - exact).abs() < 1e-4, "{y} for {exact}");
                }
                for (c, &dx) in dx.iter().enumerate() {
                    let exact: f64 = (0..rows).map(|r| at(r, c) * f64::from(g[r])).sum();
                    assert!((f64::from(dx) - exact).abs() < 1e-4, "{dx} for {exact}");
                }
            }
        }
        assert!(Floats::from_le_bytes(&[0; 7]).is_none());
    }
}
