/// What one position of an operator's outputs sees of its inputs. Positions are rows and columns: axes 2 and 3 of four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reach {
    /// All positions, or some that make no window.
    Anywhere,
    /// The same position of every input that has the output's rows and columns.
    Position,
    /// A window of the first input: position (y, x) sees the rows from y·stride − pad on, as many as the extent, and
    /// columns alike.
    Window {
        /// Rows and columns of the input from the window's first to its last, both included.
        extent: [usize; 2],
        /// Rows and columns of the input from one position to the next.
        stride: [usize; 2],
        /// Rows and columns that the first window lies before the input; negative where it lies within.
        pad: [isize; 2],
    },
}
