use super::lanes::{Lanes, Plain, fetch};
#[cfg(target_arch = "x86_64")]
use super::x86::{Half, Wide};
use crate::{Isa, Pool};

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
pub fn matrix_vector(pool: &Pool, w: &[f32], x: &[f32], y: &mut [f32]) {
    assert!(w.len() >= x.len() * y.len(), "a matrix of rows as long as x");
    let rows = (TASK / x.len().max(1)).max(1).next_multiple_of(TOGETHER);
    pool.chunks(y, rows, |i, y| run(&Products { w: &w[i * rows * x.len()..], x }, y));
}

/// y = Wᵀ·g for a row-major W of `g.len()` rows, read once and in place; rows whose factor is 0 are not read at all.
///
/// # Panics
/// If W is shorter than that.
pub fn transposed_matrix_vector(pool: &Pool, w: &[f32], g: &[f32], y: &mut [f32]) {
    let columns = y.len();
    assert!(w.len() >= columns * g.len(), "a matrix of rows as long as y");
    let rows: Vec<(usize, f32)> = g
        .iter()
        .copied()
        .enumerate()
        .filter(|&(_, factor)| factor != 0.0)
        .map(|(i, g)| (i * columns, g))
        .collect();
    pool.chunks(y, WIDTH, |i, y| run(&Sums { w: &w[i * WIDTH..], rows: &rows }, y));
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
    w: &'a [f32],
    x: &'a [f32],
}

impl Work for Products<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(&self, y: &mut [f32]) {
        let n = self.x.len();
        let (groups, rest) = y.as_chunks_mut::<TOGETHER>();
        let whole = groups.len() * TOGETHER;
        let row = |r: usize| &self.w[r * n..][..n];
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

/// The products of some rows with a vector of their length: each is summed alike, however many there are.
#[inline(always)]
unsafe fn products<L: Lanes, const N: usize>(rows: [&[f32]; N], x: &[f32]) -> [f32; N] {
    let step = REGISTERS * L::WIDTH;
    let whole = x.len() / step * step;
    let starts = rows.map(<[f32]>::as_ptr);
    // SAFETY: the caller's; all reads are below `whole`, which no row is shorter than.
    let sums = unsafe {
        let mut sums = [[L::splat(0.0); REGISTERS]; N];
        for k in (0..whole).step_by(step) {
            for r in 0..N {
                fetch(starts[r].wrapping_add(k + AHEAD));
                for v in 0..REGISTERS {
                    let at = k + v * L::WIDTH;
                    let x = L::load(x.as_ptr().add(at));
                    sums[r][v] = L::load(starts[r].add(at)).mul_add(x, sums[r][v]);
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
            for (i, (w, x)) in rows[r][whole..].iter().zip(&x[whole..]).enumerate() {
                floats[i % L::WIDTH] += w * x;
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
    w: &'a [f32],
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
        let lines = rows.map(|(start, _)| &self.w[start..][..y.len()]);
        let coming = next.map(|(start, _)| self.w.as_ptr().wrapping_add(start));
        // SAFETY: the caller's; all reads are below `whole`, which no line is shorter than.
        unsafe {
            let factors = rows.map(|(_, factor)| L::splat(factor));
            for k in (0..whole).step_by(L::WIDTH) {
                let to = y.as_mut_ptr().add(k);
                let mut sum = L::load(to);
                for r in 0..N {
                    fetch(coming[r].wrapping_add(k));
                    sum = L::load(lines[r].as_ptr().add(k)).mul_add(factors[r], sum);
                }
                sum.store(to);
            }
        }
        for k in whole..y.len() {
            for (line, (_, factor)) in lines.iter().zip(rows) {
                y[k] += line[k] * factor;
            }
        }
    }
}
