use inscape_tensor::gemm::{Matrix, Order, products};
use inscape_tensor::{Pool, Walk, count};

use super::einsum_equation::{Equation, Label};
use crate::error::Refusal;
use crate::operator::{Backward, Built, Forward, Keeps, Operator, Role, Site, Work};

/// Einstein's summation over one or two arrays, as products of matrices.
///
/// Every label is one of: batch (in both arrays and the result), row (in the first and the result), column (in the
/// second and the result), or summed. A single array is multiplied by ones. Operands whose axes already stand as
/// matrices are read in place, others are rearranged first.
struct Einsum {
    /// Pairs of matrices.
    items: usize,
    /// Rows, summed terms, columns.
    sizes: [usize; 3],
    a: Operand,
    b: Operand,
    /// Whether there is a second array.
    paired: bool,
    /// Where the result's cells lie in the matrices' product; `None`: in the same order.
    output: Option<Walk>,
}

/// How an array becomes matrices.
struct Operand {
    /// The order in which its cells must be taken; `None`: as they are.
    walk: Option<Walk>,
    /// How the matrices then lie.
    order: Order,
}

pub(super) fn build(site: &Site<'_>) -> Result<Built, Refusal> {
    let shapes: Vec<&[usize]> = (0..site.inputs.len()).map(|i| site.shape(i)).collect::<Result<_, _>>()?;
    if shapes.is_empty() || shapes.len() > 2 {
        return Err(Refusal(format!("sums over {} arrays; one or two are supported", shapes.len())));
    }
    let equation = Equation::parse(site.text("equation", "")?, &shapes)?;
    let none: &[Label] = &[];
    let (first, second) = (&equation.terms[0][..], equation.terms.get(1).map_or(none, Vec::as_slice));
    let of = |kind: &dyn Fn(bool, bool) -> bool| -> Vec<Label> {
        let matches = |label: &&Label| kind(first.contains(label), second.contains(label));
        equation.output.iter().filter(matches).copied().collect()
    };
    let (batch, rows, columns) = (of(&|a, b| a && b), of(&|a, b| a && !b), of(&|a, b| !a && b));
    let mut summed: Vec<Label> = vec![];
    for &label in first.iter().chain(second) {
        if !equation.output.contains(&label) && !summed.contains(&label) {
            summed.push(label);
        }
    }
    let size = |labels: &[Label]| {
        let sizes: Vec<usize> = labels.iter().map(|&label| equation.size(label)).collect();
        count(&sizes).ok_or_else(|| Refusal("the sum is larger than memory can address".into()))
    };
    let sizes = [size(&rows)?, size(&summed)?, size(&columns)?];
    let items = size(&batch)?;
    for matrices in [[sizes[0], sizes[1]], [sizes[1], sizes[2]], [sizes[0], sizes[2]]] {
        count(&[items, matrices[0], matrices[1]])
            .ok_or_else(|| Refusal("the sum is larger than memory can address".into()))?;
    }
    let a = Operand::of(&equation, first, shapes[0], &batch, &rows, &summed);
    let b = Operand::of(&equation, second, shapes.get(1).copied().unwrap_or(&[]), &batch, &summed, &columns);
    let computed = [&batch[..], &rows, &columns].concat();
    let output = (computed != equation.output).then(|| {
        let extents: Vec<usize> = computed.iter().map(|&label| equation.size(label)).collect();
        let place = |label| computed.iter().position(|other| other == label);
        let order: Vec<usize> = equation.output.iter().filter_map(place).collect();
        Walk::permuted(&extents, &order)
    });
    let shape: Vec<usize> = equation.output.iter().map(|&label| equation.size(label)).collect();
    Ok(Built::one(shape, Einsum { items, sizes, a, b, paired: shapes.len() == 2, output }))
}

impl Operand {
    fn of(
        equation: &Equation,
        term: &[Label],
        shape: &[usize],
        batch: &[Label],
        down: &[Label],
        across: &[Label],
    ) -> Operand {
        let whole = term.iter().zip(shape).all(|(&label, &size)| equation.size(label) == size);
        if whole && term == [batch, down, across].concat() {
            return Operand { walk: None, order: Order::Rows };
        }
        if whole && term == [batch, across, down].concat() {
            return Operand { walk: None, order: Order::Columns };
        }
        let steps = inscape_tensor::strides(shape);
        let labels = [batch, down, across].concat();
        let extents: Vec<usize> = labels.iter().map(|&label| equation.size(label)).collect();
        // A label that stands twice walks the diagonal; one that is missing or of size 1 repeats.
        let stride = |label: &Label| {
            let axes = term.iter().zip(shape).zip(&steps);
            axes.filter(|&((other, &size), _)| other == label && size != 1)
                .map(|(_, &step)| step as isize)
                .sum()
        };
        let strides: Vec<isize> = labels.iter().map(stride).collect();
        Operand { walk: Some(Walk::new(0, &extents, &strides)), order: Order::Rows }
    }

    /// The matrices' cells, where they must be rearranged.
    fn rearranged(&self, values: &[f32], cells: usize, pool: &Pool) -> Option<Vec<f32>> {
        self.walk.as_ref().map(|walk| {
            let mut taken = vec![0.0; cells];
            walk.gather(values, &mut taken, pool);
            taken
        })
    }

    /// Matrix `item` of `down` × `across`.
    fn matrix<'a>(&self, values: &'a [f32], item: usize, down: usize, across: usize) -> Matrix<'a> {
        let stride = if self.order == Order::Rows { across } else { down };
        Matrix { values: &values[item * down * across..][..down * across], stride, order: self.order }
    }

    /// Gives the matrices' gradient, which `compute` writes, back to the array's cells.
    fn give_back(&self, gradient: &mut [f32], cells: usize, compute: impl FnOnce(&mut [f32])) {
        match &self.walk {
            None => compute(gradient),
            Some(walk) => {
                let mut taken = vec![0.0; cells];
                compute(&mut taken);
                gradient.fill(0.0);
                walk.scatter_add(&taken, gradient);
            }
        }
    }
}

impl Einsum {
    fn second<'a>(&self, inputs: &[Option<inscape_tensor::View<'a>>]) -> &'a [f32] {
        if self.paired { inputs[1].map_or(&[], |view| view.f32s()) } else { &[1.0] }
    }
}

impl Operator for Einsum {
    fn role(&self) -> Role {
        if self.paired { Role::Product } else { Role::Linear }
    }

    fn keeps(&self) -> Keeps {
        Keeps { inputs: if self.paired { 0b11 } else { 0 }, ..Keeps::default() }
    }

    fn work(&self) -> Work {
        let [m, k, n] = self.sizes;
        Work::of_two_sides((self.items * m * k * n) as u64)
    }

    fn forward(&self, pass: &mut Forward<'_>) {
        let (pool, [m, k, n]) = (pass.pool, self.sizes);
        let (a, b) = (pass.input(0), self.second(&pass.inputs));
        let (a_taken, b_taken) =
            (self.a.rearranged(a, self.items * m * k, pool), self.b.rearranged(b, self.items * k * n, pool));
        let (a, b) = (a_taken.as_deref().unwrap_or(a), b_taken.as_deref().unwrap_or(b));
        let compute = |y: &mut [f32]| {
            let (left, right) = (|item| self.a.matrix(a, item, m, k), |item| self.b.matrix(b, item, k, n));
            products(pool, self.items, self.sizes, left, right, y);
        };
        match &self.output {
            None => compute(pass.output(0)),
            Some(walk) => {
                let mut product = vec![0.0; self.items * m * n];
                compute(&mut product);
                walk.gather(&product, pass.output(0), pool);
            }
        }
    }

    fn backward(&self, pass: &mut Backward<'_>) {
        let (pool, [m, k, n]) = (pass.pool, self.sizes);
        let Some(relevance) = pass.relevance[0].as_deref() else { return };
        let unwound = self.output.as_ref().map(|walk| {
            let mut product = vec![0.0; self.items * m * n];
            walk.scatter_add(relevance, &mut product);
            product
        });
        let dy = unwound.as_deref().unwrap_or(relevance);
        let dy = |item: usize| Matrix { values: &dy[item * m * n..][..m * n], stride: n, order: Order::Rows };
        if let Some(gradient) = pass.gradients[0].as_deref_mut() {
            let b = self.second(&pass.inputs);
            let taken = self.b.rearranged(b, self.items * k * n, pool);
            let b = taken.as_deref().unwrap_or(b);
            let b = |item| self.b.matrix(b, item, k, n);
            self.a.give_back(gradient, self.items * m * k, |to| match self.a.order {
                Order::Rows => products(pool, self.items, [m, n, k], dy, |item| turned(b(item)), to),
                Order::Columns => products(pool, self.items, [k, n, m], b, |item| turned(dy(item)), to),
            });
        }
        if let Some(gradient) = pass.gradients.get_mut(1).and_then(Option::as_deref_mut) {
            let a = pass.inputs[0].map_or(&[][..], |view| view.f32s());
            let taken = self.a.rearranged(a, self.items * m * k, pool);
            let a = taken.as_deref().unwrap_or(a);
            let a = |item| self.a.matrix(a, item, m, k);
            self.b.give_back(gradient, self.items * k * n, |to| match self.b.order {
                Order::Rows => products(pool, self.items, [k, m, n], |item| turned(a(item)), dy, to),
                Order::Columns => products(pool, self.items, [n, m, k], |item| turned(dy(item)), a, to),
            });
        }
    }
}

fn turned(matrix: Matrix<'_>) -> Matrix<'_> {
    Matrix { order: matrix.order.turned(), ..matrix }
}

#[cfg(test)]
mod tests {
    use crate::operators::check::Check;

    type Sizes<'a> = &'a [(char, usize)];

    /// The sum over all labels of the product of the operands' cells, one index at a time.
    fn slow(x: &[Vec<f64>], terms: &[&str], output: &str, sizes: Sizes<'_>) -> Vec<f64> {
        let used = sizes.iter().filter(|(label, _)| terms.iter().any(|term| term.contains(*label)));
        let sizes: &Vec<(char, usize)> = &used.copied().collect();
        let size = |label: char| sizes.iter().find(|(other, _)| *other == label).unwrap().1;
        let cells = |term: &str| term.chars().map(size).product::<usize>();
        let mut y = vec![0.0; cells(output)];
        for index in 0..sizes.iter().map(|(_, n)| n).product() {
            let digit = |label: char| {
                let mut rest: usize = index;
                for &(other, n) in sizes {
                    if other == label {
                        return rest % n;
                    }
                    rest /= n;
                }
                unreachable!()
            };
            let place = |term: &str| term.chars().fold(0, |at, label| at * size(label) + digit(label));
            y[place(output)] += x.iter().zip(terms).map(|(x, term)| x[place(term)]).product::<f64>();
        }
        y
    }

    fn check(equation: &str, terms: &[&str], output: &str, sizes: Sizes<'_>) {
        let shape = |term: &str| -> Vec<usize> {
            term.chars().map(|label| sizes.iter().find(|(other, _)| *other == label).unwrap().1).collect()
        };
        let check = Check::new("Einsum", 12).text("equation", equation);
        let check = terms.iter().fold(check, |check, term| check.noisy(&shape(term)));
        assert_eq!(check.run_both().shape(), shape(output), "{equation}");
        check.agrees_with(|x| slow(x, terms, output, sizes));
    }

    #[test]
    fn is_the_sum_over_all_labels() {
        let sizes: Sizes<'_> = &[('b', 2), ('h', 3), ('i', 4), ('j', 5), ('d', 6)];
        for (terms, output) in [
            (&["bhid", "bhjd"][..], "bhij"),
            (&["bhij", "bhjd"], "bhid"),
            (&["bihd", "bjhd"], "bhij"),
            (&["bhij", "bjhd"], "bihd"),
            (&["di", "bdj"], "jib"),
            (&["ijd", "bh"], "hbj"),
            (&["id", "di"], ""),
            (&["bij"], "jb"),
            (&["bij"], ""),
            (&["bij"], "ijb"),
            (&["bii"], "bi"),
            (&["bii"], "b"),
            (&["iid", "d"], "id"),
        ] {
            check(&format!("{} -> {output}", terms.join(",")), terms, output, sizes);
        }
    }

    #[test]
    fn the_result_may_be_implied() {
        check("ib,bh", &["ib", "bh"], "hi", &[('b', 2), ('h', 3), ('i', 4)]);
        check("ba", &["ba"], "ab", &[('a', 2), ('b', 3)]);
        check("ii", &["ii"], "", &[('i', 3)]);
    }

    #[test]
    fn dots_stand_for_any_axes() {
        check(
            "...id,...jd->...ij",
            &["bhid", "bhjd"],
            "bhij",
            &[('b', 2), ('h', 3), ('i', 2), ('j', 5), ('d', 3)],
        );
        check("...i,i...", &["bhi", "ih"], "bh", &[('b', 2), ('h', 3), ('i', 2)]);
        let ran = Check::new("Einsum", 12)
            .text("equation", "...i,...i->...")
            .noisy(&[2, 1, 3])
            .noisy(&[4, 3])
            .run_both();
        assert_eq!(ran.shape(), [2, 4]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refusal = |equation: &str| {
            Check::new("Einsum", 12).text("equation", equation).noisy(&[2, 3]).noisy(&[3, 4]).refusal()
        };
        assert!(refusal("ij->ij").contains("1 term"));
        assert!(refusal("ijk,jk->i").contains("rank"));
        assert!(refusal("ij,ik->jk").contains("'i'"));
        assert!(refusal("ij,jk->il").contains("'l'"));
        assert!(refusal("ij,jk->ii").contains("twice"));
        assert!(refusal("i1,jk->i").contains("'1'"));
        assert!(refusal("..i,jk->i").contains("rank"));
        assert!(refusal("...ij...,jk->i").contains("dots"));
        let many = Check::new("Einsum", 12).text("equation", "i,i,i").noisy(&[2]).noisy(&[2]).noisy(&[2]);
        assert!(many.refusal().contains("3 arrays"));
    }
}
