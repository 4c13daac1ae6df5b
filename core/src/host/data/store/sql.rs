//! Statements in SQL. Names are those of a definition, quoted; every value is bound.

use rusqlite::types::Value as Stored;

use super::definition::{BUILT_IN, list, quoted, quoted_table};
use super::rule;
use crate::capability::DataError;
use crate::capability::database::{Column, Condition, Kind, Operator, Order, Selection, Table, Value};

/// The most values that one `where_in` takes.
const MOST_CHOICES: usize = 1_000;

/// SQL with the values for its places.
#[derive(Debug, Default)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Stored>,
}

impl Sql {
    fn bind(&mut self, value: Stored) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }
}

/// The kind of any column of a table, those that the host keeps included.
pub(super) fn kind_of<'t>(table: &'t Table, column: &str) -> Result<&'t Kind, DataError> {
    match column {
        "id" => Ok(&Kind::Text),
        "created_at" | "updated_at" => Ok(&Kind::Timestamp),
        _ => own_column(table, column).map(|column| &column.kind),
    }
}

fn own_column<'t>(table: &'t Table, name: &str) -> Result<&'t Column, DataError> {
    table.columns.iter().find(|column| column.name == name).ok_or_else(|| {
        let (table, known) = (&table.name, list(columns(table)));
        DataError::Statement(format!("the table `{table}` has no column `{name}`: it has {known}"))
    })
}

/// The names of all columns, in order.
pub(super) fn columns(table: &Table) -> impl Iterator<Item = &str> {
    BUILT_IN.into_iter().chain(table.columns.iter().map(|column| column.name.as_str()))
}

/// Reads one row more than the limit, which tells whether there are more.
pub(super) fn select(table: &Table, selection: &Selection) -> Result<Sql, DataError> {
    let mut sql = Sql::default();
    let names: Vec<_> = columns(table).map(quoted).collect();
    sql.text = format!("SELECT {} FROM {}", names.join(", "), quoted_table(&table.name));
    conditions(&mut sql, table, &selection.conditions)?;
    sql.text += " ORDER BY ";
    for (column, order) in &selection.order {
        kind_of(table, column)?;
        let direction = if *order == Order::Desc { " DESC" } else { "" };
        sql.text += &format!("{}{direction}, ", quoted(column));
    }
    sql.text += "\"id\"";
    let limit = sql.bind(Stored::Integer(i64::from(selection.limit) + 1));
    let offset = sql.bind(Stored::Integer(selection.offset.into()));
    sql.text += &format!(" LIMIT {limit} OFFSET {offset}");
    Ok(sql)
}

pub(super) fn count(table: &Table, selection: &Selection) -> Result<Sql, DataError> {
    let mut sql = Sql { text: format!("SELECT count(*) FROM {}", quoted_table(&table.name)), values: Vec::new() };
    conditions(&mut sql, table, &selection.conditions)?;
    Ok(sql)
}

pub(super) fn insert(table: &Table, values: &[(String, Value)], id: String, now: i64) -> Result<Sql, DataError> {
    given(table, values)?;
    let mut sql = Sql::default();
    let mut places = vec![sql.bind(Stored::Text(id)), sql.bind(Stored::Integer(now)), sql.bind(Stored::Integer(now))];
    for column in &table.columns {
        let given = values.iter().find(|(name, _)| *name == column.name).map(|(_, value)| value);
        let value = given.or(column.default.as_ref()).unwrap_or(&Value::Null);
        places.push(sql.bind(rule::check(&table.name, column, value)?));
    }
    let names: Vec<_> = columns(table).map(quoted).collect();
    let (name, names, places) = (quoted_table(&table.name), names.join(", "), places.join(", "));
    sql.text = format!("INSERT INTO {name} ({names}) VALUES ({places})");
    Ok(sql)
}

pub(super) fn update(table: &Table, values: &[(String, Value)], which: &[Condition], now: i64) -> Result<Sql, DataError> {
    given(table, values)?;
    if values.is_empty() {
        return Err(DataError::Statement(format!("an update of table `{}` sets no column", table.name)));
    }
    let mut sql = Sql::default();
    let mut changes = vec![format!("\"updated_at\" = {}", sql.bind(Stored::Integer(now)))];
    for (name, value) in values {
        let kept = rule::check(&table.name, own_column(table, name)?, value)?;
        changes.push(format!("{} = {}", quoted(name), sql.bind(kept)));
    }
    sql.text = format!("UPDATE {} SET {}", quoted_table(&table.name), changes.join(", "));
    conditions(&mut sql, table, which)?;
    Ok(sql)
}

pub(super) fn delete(table: &Table, which: &[Condition]) -> Result<Sql, DataError> {
    let mut sql = Sql { text: format!("DELETE FROM {}", quoted_table(&table.name)), values: Vec::new() };
    conditions(&mut sql, table, which)?;
    Ok(sql)
}

/// Checks the names of the columns that a plugin gives values.
fn given(table: &Table, values: &[(String, Value)]) -> Result<(), DataError> {
    for (index, (name, _)) in values.iter().enumerate() {
        let problem = if BUILT_IN.contains(&name.as_str()) {
            "is kept by the host"
        } else if values[..index].iter().any(|(other, _)| other == name) {
            "is given two values"
        } else {
            own_column(table, name)?;
            continue;
        };
        return Err(DataError::Statement(format!("the column `{name}` of table `{}` {problem}", table.name)));
    }
    Ok(())
}

fn conditions(sql: &mut Sql, table: &Table, conditions: &[Condition]) -> Result<(), DataError> {
    for (index, condition) in conditions.iter().enumerate() {
        sql.text += if index == 0 { " WHERE " } else { " AND " };
        let text = self::condition(sql, table, condition)?;
        sql.text += &text;
    }
    Ok(())
}

fn condition(sql: &mut Sql, table: &Table, condition: &Condition) -> Result<String, DataError> {
    let kind = kind_of(table, &condition.column)?;
    let refuse =
        |problem: String| DataError::Statement(format!("the column `{}` of table `{}` {problem}", condition.column, table.name));
    let operand = |value: &Value| {
        let (expected, found) = (rule::kind_name(kind), value.kind_name());
        rule::stored(kind, value)
            .filter(|value| !matches!(value, Stored::Real(number) if number.is_nan()))
            .ok_or_else(|| refuse(format!("holds {expected} and cannot be compared with {found}")))
    };
    let column = quoted(&condition.column);
    if condition.operator == Operator::In {
        if condition.values.len() > MOST_CHOICES {
            let count = condition.values.len();
            return Err(refuse(format!("is compared with {count} values; at most {MOST_CHOICES} are taken at once")));
        }
        let mut places = Vec::with_capacity(condition.values.len());
        for value in condition.values.iter().filter(|value| !value.is_null()) {
            places.push(sql.bind(operand(value)?));
        }
        return Ok(format!("{column} IN ({})", places.join(", ")));
    }
    let [value] = &*condition.values else {
        return Err(refuse(format!("is compared with {} values in place of one", condition.values.len())));
    };
    let is_text = matches!(kind, Kind::Text | Kind::Json | Kind::Reference { .. });
    if matches!(condition.operator, Operator::StartsWith | Operator::Contains) && !is_text {
        return Err(refuse(format!("holds {}, in which no text is looked for", rule::kind_name(kind))));
    }
    let place = sql.bind(operand(value)?);
    Ok(match condition.operator {
        Operator::Eq => format!("{column} IS {place}"),
        Operator::NotEq => format!("{column} IS NOT {place}"),
        Operator::Less => format!("{column} < {place}"),
        Operator::LessEq => format!("{column} <= {place}"),
        Operator::Greater => format!("{column} > {place}"),
        Operator::GreaterEq => format!("{column} >= {place}"),
        // The first half can use an index.
        Operator::StartsWith => format!("({column} >= {place} AND substr({column}, 1, length({place})) = {place})"),
        Operator::Contains | Operator::In => format!("instr({column}, {place}) > 0"),
    })
}
