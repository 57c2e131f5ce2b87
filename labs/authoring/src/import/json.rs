//! JSON as people leave it: with a byte order mark, a comma too much, or a value of another type than expected.

use serde_json::Value;

use super::Json;

/// The table that a text is, and whether it had to be mended first.
pub(super) fn table(text: &str) -> Result<(Json, bool), String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(table)) => Ok((table, false)),
        Ok(_) => Err("it is JSON and no table".into()),
        Err(error) => match serde_json::from_str(&without_stray_commas(text)) {
            Ok(Value::Object(table)) => Ok((table, true)),
            _ => Err(format!("it is not JSON: {error}")),
        },
    }
}

/// The text without commas that a bracket follows.
fn without_stray_commas(text: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::with_capacity(text.len()), false, false);
    for (at, c) in text.char_indices() {
        if c == ',' && !quoted && text[at + 1..].trim_start().starts_with([']', '}']) {
            continue;
        }
        match c {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = quoted && c == '\\' && !escaped;
        out.push(c);
    }
    out
}

/// A text, or a number that stands where a text should.
pub(super) fn text(table: &Json, key: &str) -> Option<String> {
    match table.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The table under a key.
pub(super) fn inner<'j>(table: &'j Json, key: &str) -> Option<&'j Json> {
    table.get(key)?.as_object()
}

/// The tables of the list under a key; one that stands alone is a list of one.
pub(super) fn list<'j>(table: &'j Json, key: &str) -> Vec<&'j Json> {
    match table.get(key) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_object).collect(),
        Some(Value::Object(one)) => vec![one],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_too_much_is_forgiven_and_one_in_a_text_kept() {
        let (table, mended) = table("{\"a\": [1, 2, ], \"b\": \"x, ] \\\", }\",\n}").unwrap();
        assert!(mended);
        assert_eq!(text(&table, "b").unwrap(), "x, ] \", }");
        assert_eq!(table["a"], serde_json::json!([1, 2]));
    }

    #[test]
    fn what_is_no_json_is_said() {
        assert!(super::table("{").unwrap_err().contains("not JSON"));
        assert!(super::table("[]").unwrap_err().contains("no table"));
        assert!(!super::table("{}").unwrap().1);
    }
}
