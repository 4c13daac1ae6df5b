//! What a column takes: the kind of the value first, then the rules that the plugin has set.

use rusqlite::types::Value as Stored;

use crate::capability::DataError;
use crate::capability::database::{Column, Kind, Value};

/// A value as SQLite keeps it; `None` when the column holds another kind.
pub(super) fn stored(kind: &Kind, value: &Value) -> Option<Stored> {
    Some(match (kind, value) {
        (_, Value::Null) => Stored::Null,
        (Kind::Text | Kind::Json | Kind::Reference { .. }, Value::Text(text)) => Stored::Text(text.clone()),
        (Kind::Integer | Kind::Timestamp, Value::Integer(number)) | (Kind::Timestamp, Value::Timestamp(number)) => {
            Stored::Integer(*number)
        }
        (Kind::Real, Value::Real(number)) => Stored::Real(*number),
        #[expect(clippy::cast_precision_loss, reason = "a column of reals holds whole numbers as the nearest real")]
        (Kind::Real, Value::Integer(number)) => Stored::Real(*number as f64),
        (Kind::Boolean, Value::Boolean(yes)) => Stored::Integer(i64::from(*yes)),
        (Kind::Blob, Value::Blob(bytes)) => Stored::Blob(bytes.clone()),
        _ => return None,
    })
}

/// A value of a column as the plugin sees it.
pub(super) fn shown(kind: &Kind, value: Stored) -> Value {
    match (kind, value) {
        (_, Stored::Null) => Value::Null,
        (Kind::Boolean, Stored::Integer(number)) => Value::Boolean(number != 0),
        (Kind::Timestamp, Stored::Integer(number)) => Value::Timestamp(number),
        (_, Stored::Integer(number)) => Value::Integer(number),
        (_, Stored::Real(number)) => Value::Real(number),
        (_, Stored::Text(text)) => Value::Text(text),
        (_, Stored::Blob(bytes)) => Value::Blob(bytes),
    }
}

/// The kind of a column, as messages say it.
pub(super) const fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Integer => "an integer",
        Kind::Real => "a real number",
        Kind::Boolean => "a boolean",
        Kind::Blob => "bytes",
        Kind::Timestamp => "a timestamp",
        Kind::Json => "JSON as text",
        Kind::Reference { .. } => "the id of a row",
    }
}

/// Refuses what the column does not take; answers what is to be kept.
pub(super) fn check(table: &str, column: &Column, value: &Value) -> Result<Stored, DataError> {
    let refuse = |rule: String| Err(DataError::Rule { table: table.to_owned(), column: column.name.clone(), rule });
    let Some(kept) = stored(&column.kind, value) else {
        return refuse(format!("takes {}, not {}", kind_name(&column.kind), value.kind_name()));
    };
    let length = match &kept {
        Stored::Null if column.is_required => return refuse("must have a value".to_owned()),
        Stored::Null => return Ok(kept),
        Stored::Real(number) if number.is_nan() => return refuse("takes no NaN".to_owned()),
        Stored::Text(text) if text.contains('\0') => return refuse("takes no text with a NUL character".to_owned()),
        Stored::Text(text) => text.chars().count(),
        Stored::Blob(bytes) => bytes.len(),
        Stored::Integer(_) | Stored::Real(_) => 0,
    };
    let unit = if column.kind == Kind::Blob { "bytes" } else { "characters" };
    if let Some(shortest) = column.shortest
        && length < shortest
    {
        let is_empty = length == 0 && shortest == 1;
        return refuse(if is_empty {
            "must not be empty".to_owned()
        } else {
            format!("must be at least {shortest} {unit} long, not {length}")
        });
    }
    if let Some(longest) = column.longest
        && length > longest
    {
        return refuse(format!("must be at most {longest} {unit} long, not {length}"));
    }
    if let (false, Stored::Text(text)) = (column.choices.is_empty(), &kept)
        && !column.choices.contains(text)
    {
        let choices = super::definition::list(column.choices.iter().map(String::as_str));
        return refuse(format!("must be one of {choices}"));
    }
    if let Some((least, greatest)) = &column.range {
        let ends = (stored(&column.kind, least), stored(&column.kind, greatest));
        let (Some(low), Some(high)) = ends else {
            return refuse(format!("has a range of another kind than {}", kind_name(&column.kind)));
        };
        if !(is_at_most(&low, &kept) && is_at_most(&kept, &high)) {
            return refuse(format!("must be between {} and {}", show(&low), show(&high)));
        }
    }
    Ok(kept)
}

/// Whether one number is not greater than another of the same kind.
fn is_at_most(left: &Stored, right: &Stored) -> bool {
    match (left, right) {
        (Stored::Integer(left), Stored::Integer(right)) => left <= right,
        (Stored::Real(left), Stored::Real(right)) => left <= right,
        _ => false,
    }
}

fn show(number: &Stored) -> String {
    match number {
        Stored::Integer(number) => number.to_string(),
        Stored::Real(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::database::Table;

    #[test]
    fn every_rule_names_table_column_and_itself() {
        let table = Table::new("t")
            .text("word")
            .required()
            .max(3)
            .text("state")
            .one_of(&["on", "off"])
            .integer("stars")
            .between(1, 5)
            .real("part")
            .between(0.0, 1.0)
            .blob("bytes")
            .max(2)
            .boolean("yes")
            .timestamp("when")
            .reference("other", "t")
            .text("title")
            .min(1)
            .text("password")
            .min(8);
        let say = |index: usize, value: Value| check("t", &table.columns[index], &value).map_err(|error| error.to_string());
        for (index, value, expected) in [
            (0, Value::Null, "`word` of table `t` must have a value"),
            (0, Value::from("äöüß"), "`word` of table `t` must be at most 3 characters long, not 4"),
            (0, Value::from("a\0"), "`word` of table `t` takes no text with a NUL character"),
            (0, Value::from(1), "`word` of table `t` takes text, not an integer"),
            (1, Value::from("up"), "`state` of table `t` must be one of `on`, `off`"),
            (2, Value::from(0), "`stars` of table `t` must be between 1 and 5"),
            (2, Value::from(6), "`stars` of table `t` must be between 1 and 5"),
            (3, Value::from(1.5), "`part` of table `t` must be between 0 and 1"),
            (3, Value::from(f64::NAN), "`part` of table `t` takes no NaN"),
            (4, Value::from(vec![1, 2, 3]), "`bytes` of table `t` must be at most 2 bytes long, not 3"),
            (5, Value::from("yes"), "`yes` of table `t` takes a boolean, not text"),
            (6, Value::from("now"), "`when` of table `t` takes a timestamp, not text"),
            (7, Value::from(7), "`other` of table `t` takes the id of a row, not an integer"),
            (8, Value::from(""), "`title` of table `t` must not be empty"),
            (9, Value::from("äöü"), "`password` of table `t` must be at least 8 characters long, not 3"),
        ] {
            assert_eq!(say(index, value), Err(format!("KW0686 the column {expected}")));
        }
        for (index, value, expected) in [
            (0, Value::from("äöü"), Stored::Text("äöü".to_owned())),
            (2, Value::from(5), Stored::Integer(5)),
            (8, Value::from("ä"), Stored::Text("ä".to_owned())),
            (9, Value::Null, Stored::Null),
            (3, Value::from(1), Stored::Real(1.0)),
            (5, Value::from(true), Stored::Integer(1)),
            (6, Value::Timestamp(-7), Stored::Integer(-7)),
            (7, Value::Null, Stored::Null),
        ] {
            assert_eq!(say(index, value), Ok(expected));
        }
    }
}
