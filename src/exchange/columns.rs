//! Lines of comma-separated fields.

use super::bad_line::{BadLineReason, Fault};

/// The most columns that a line is split into; more are only counted.
const MAX_COLUMNS: usize = 8;

/// Splits a line into exactly `N` fields. A field in quotation marks may hold commas; a line break
/// inside a field, which no row of these logs has, is not known here, so that a quotation mark that
/// is never closed costs one line and not the rest of the file.
pub(super) fn columns<const N: usize>(line: &[u8]) -> Result<[&str; N], Fault> {
    const { assert!(N <= MAX_COLUMNS) };
    let line = std::str::from_utf8(line).map_err(|_| Fault::new(BadLineReason::NotUtf8, line))?;
    let mut fields = [""; N];
    let mut found = 0;
    let mut rest = Some(line);
    while let Some(text) = rest {
        let (field, after) = next_field(text)
            .ok_or_else(|| Fault::new(BadLineReason::Quotation, text.as_bytes()))?;
        if let Some(slot) = fields.get_mut(found) {
            *slot = field;
        }
        found += 1;
        rest = after;
    }
    if found == N {
        return Ok(fields);
    }
    let reason = BadLineReason::ColumnCount { found, expected: N };
    Err(Fault::new(reason, line.as_bytes()))
}

/// The first field of `text` and what follows its comma; `None` when quotation marks do not match.
/// Doubled marks inside a field are left as they are: no field of these logs can hold one.
fn next_field(text: &str) -> Option<(&str, Option<&str>)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (field, rest) = match text.split_once(',') {
            Some((field, rest)) => (field, Some(rest)),
            None => (text, None),
        };
        return (!field.contains('"')).then_some((field, rest));
    };
    let (field, rest) = quoted.split_once('"')?;
    match rest.strip_prefix(',') {
        Some(rest) => Some((field, Some(rest))),
        None => rest.is_empty().then_some((field, None)),
    }
}

/// A name, which may not be empty.
pub(super) fn name(field: &str) -> Result<&str, Fault> {
    if field.is_empty() {
        return Err(Fault::new(BadLineReason::User, field.as_bytes()));
    }
    Ok(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &[u8]) -> Result<[&str; 3], BadLineReason> {
        columns(line).map_err(|fault| fault.reason)
    }

    #[test]
    fn quoted_fields_hold_commas() {
        assert_eq!(split(b"a,b,c"), Ok(["a", "b", "c"]));
        assert_eq!(split(b"a,,\"1,2\""), Ok(["a", "", "1,2"]));
        assert_eq!(split(b"\"a,\",b,\"\""), Ok(["a,", "b", ""]));
    }

    #[test]
    fn lines_that_are_not_three_fields_say_why() {
        let count = |found| Err(BadLineReason::ColumnCount { found, expected: 3 });
        assert_eq!(split(b"a,b"), count(2));
        assert_eq!(split(b"a,b,c,d,e,f,g,h,i,j"), count(10));
        assert_eq!(split(b"a,b,\"c"), Err(BadLineReason::Quotation));
        assert_eq!(split(b"a,b\"b\",c"), Err(BadLineReason::Quotation));
        assert_eq!(split(b"a,\"b\"b,c"), Err(BadLineReason::Quotation));
        assert_eq!(split(b"a,\xff,c"), Err(BadLineReason::NotUtf8));
    }
}
