use crate::error::{Error, ErrorKind};

/// A row of a table of comma-separated values: the number of its first line, and its fields.
pub(crate) type Row = (usize, Vec<String>);

/// Comma-separated values as RFC 4180 has them: fields may stand in double quotes, where commas and line breaks belong to them
/// and a double quote is written twice. Empty lines are passed over.
///
/// # Errors
/// [`ErrorKind::File`] where a quote is not closed or something follows it, with the line.
pub(crate) fn rows(text: &str) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    let mut fields = Vec::new();
    let mut line = 1;
    let mut first = 1;
    let mut rest = text;
    while !rest.is_empty() {
        let (field, after) = field(rest, line)?;
        line += rest[..rest.len() - after.len()].matches('\n').count();
        fields.push(field);
        rest = after.strip_prefix(',').unwrap_or(after);
        let ended = rest.len() == after.len();
        if ended {
            rest = rest.strip_prefix('\r').unwrap_or(rest);
            rest = rest.strip_prefix('\n').unwrap_or(rest);
            line += 1;
        }
        if ended || rest.is_empty() {
            if !ended {
                fields.push(String::new());
            }
            let row = std::mem::take(&mut fields);
            if row.iter().any(|field| !field.is_empty()) {
                rows.push((first, row));
            }
            first = line;
        }
    }
    Ok(rows)
}

/// A field as it is written into a table.
pub fn csv_field(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) || text.trim() != text {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

/// The first field of a text and what follows it.
fn field(text: &str, line: usize) -> Result<(String, &str), Error> {
    let wrong = |what: &str| Err(Error::new(ErrorKind::File, format!("line {line}: {what}")));
    let spaces = text.len() - text.trim_start_matches([' ', '\t']).len();
    let Some(quoted) = text[spaces..].strip_prefix('"') else {
        let end = text.find([',', '\n', '\r']).unwrap_or(text.len());
        return Ok((text[..end].trim().to_owned(), &text[end..]));
    };
    let mut field = String::new();
    let mut rest = quoted;
    loop {
        let Some(end) = rest.find('"') else { return wrong("a double quote is not closed") };
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => break,
        }
    }
    rest = rest.trim_start_matches([' ', '\t']);
    if !rest.is_empty() && !rest.starts_with([',', '\n', '\r']) {
        return wrong("something follows a closing double quote");
    }
    Ok((field, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::{csv_field, rows};

    fn fields(text: &str) -> Vec<Vec<String>> {
        rows(text).unwrap().into_iter().map(|(_, fields)| fields).collect()
    }

    #[test]
    fn quotes_commas_and_line_breaks() {
        assert_eq!(fields("a, b ,c\r\n1,,3\n"), [["a", "b", "c"], ["1", "", "3"]]);
        assert_eq!(
            fields("\"x, y\",\"say \"\"a\"\"\"\n\"two\nlines\" ,"),
            [["x, y", "say \"a\""], ["two\nlines", ""]]
        );
        assert_eq!(fields("\n\na\n"), [["a"]]);
        let lines: Vec<usize> = rows("\"a\nb\",1\nc,2\n\n\nd").unwrap().iter().map(|row| row.0).collect();
        assert_eq!(lines, [1, 3, 6]);
    }

    #[test]
    fn a_quote_that_is_left_open_is_told_with_its_line() {
        assert_eq!(rows("a\n\"b").unwrap_err().to_string(), "line 2: a double quote is not closed");
        assert!(rows("\"a\"b").unwrap_err().to_string().contains("line 1"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(table in proptest::collection::vec(("[ ,\"\na-z]{0,5}x", ".{0,6}y"), 1..5)) {
            let text: String = table.iter().map(|(a, b)| format!("{},{}\n", csv_field(a), csv_field(b))).collect();
            let expected: Vec<Vec<String>> = table.iter().map(|(a, b)| vec![a.clone(), b.clone()]).collect();
            // A lone carriage return outside quotes would end a row; it is quoted when written.
            prop_assert_eq!(fields(&text), expected);
        }

        #[test]
        fn no_text_panics(text in "[ ,\"\r\na]{0,40}") {
            let _ = rows(&text);
        }
    }
}
