//! The query builder against a list in memory that is filtered and sorted by hand.

use std::cmp::Ordering;

use keyway::capability::database::{Operator, Order, Schema, Table, Value};
use keyway::testing::TestHost;
use proptest::prelude::*;

use crate::Keeper;

const COLUMNS: [&str; 5] = ["word", "number", "part", "yes", "seen"];

type Cells = [Value; 5];

fn cells() -> impl Strategy<Value = Cells> {
    let word = prop_oneof![Just(Value::Null), "[aäB%_' ]{0,3}".prop_map(Value::Text)];
    let number = prop_oneof![Just(Value::Null), (-2_i64..3).prop_map(Value::Integer)];
    let part =
        prop_oneof![Just(Value::Null), prop::sample::select(vec![-1.5, -0.0, 0.0, 0.5, f64::INFINITY]).prop_map(Value::Real)];
    let yes = prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::Boolean)];
    let seen = prop_oneof![Just(Value::Null), (-1_i64..2).prop_map(Value::Timestamp)];
    (word, number, part, yes, seen).prop_map(|(word, number, part, yes, seen)| [word, number, part, yes, seen])
}

const OPERATORS: [Operator; 8] = [
    Operator::Eq,
    Operator::NotEq,
    Operator::Less,
    Operator::LessEq,
    Operator::Greater,
    Operator::GreaterEq,
    Operator::StartsWith,
    Operator::Contains,
];

/// A column, an operator that it has, and a value of its kind.
fn condition() -> impl Strategy<Value = (usize, Operator, Value)> {
    (0..COLUMNS.len(), 0..OPERATORS.len(), cells()).prop_map(|(column, operator, cells)| {
        let of_column = if column == 0 { operator } else { operator % 6 };
        (column, OPERATORS[of_column], cells[column].clone())
    })
}

/// Nothing is the least; all else is compared within its kind.
fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Text(left), Value::Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Value::Integer(left), Value::Integer(right)) | (Value::Timestamp(left), Value::Timestamp(right)) => left.cmp(right),
        (Value::Real(left), Value::Real(right)) => left.partial_cmp(right).unwrap(),
        (Value::Boolean(left), Value::Boolean(right)) => left.cmp(right),
        other => panic!("{other:?}"),
    }
}

fn holds(cell: &Value, operator: Operator, value: &Value) -> bool {
    let order = compare(cell, value);
    match operator {
        Operator::Eq => return order.is_eq(),
        Operator::NotEq => return order.is_ne(),
        _ => {}
    }
    if cell.is_null() || value.is_null() {
        return false;
    }
    match operator {
        Operator::Less => order.is_lt(),
        Operator::LessEq => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterEq => order.is_ge(),
        Operator::StartsWith => cell.as_text().unwrap().starts_with(value.as_text().unwrap()),
        Operator::Contains => cell.as_text().unwrap().contains(value.as_text().unwrap()),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn queries_find_what_a_list_would(
        rows in prop::collection::vec(cells(), 0..20),
        conditions in prop::collection::vec(condition(), 0..3),
        order in prop::collection::vec((0..COLUMNS.len(), any::<bool>()), 0..3),
        limit in 0_u32..8,
        offset in 0_u32..4,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let host = TestHost::new().plugin::<Keeper>().start().await.unwrap();
            let keeper = host.concrete::<Keeper>().unwrap();
            let table = Table::new("t").text("word").indexed().integer("number").real("part").boolean("yes").timestamp("seen").indexed();
            keeper.database_mut.define(Schema::new().table(table)).await.unwrap();
            let mut list: Vec<(String, Cells)> = Vec::new();
            let transaction = keeper.database_mut.begin().await.unwrap();
            for cells in rows {
                let mut insert = transaction.insert("t");
                for (column, value) in COLUMNS.iter().zip(&cells) {
                    insert = insert.set(*column, value.clone());
                }
                list.push((insert.run().await.unwrap(), cells));
            }
            transaction.commit().await.unwrap();

            list.retain(|(_, cells)| conditions.iter().all(|(column, operator, value)| holds(&cells[*column], *operator, value)));
            list.sort_by(|(left_id, left), (right_id, right)| {
                let by_columns = order.iter().map(|&(column, is_up)| {
                    let order = compare(&left[column], &right[column]);
                    if is_up { order } else { order.reverse() }
                });
                by_columns.fold(Ordering::Equal, Ordering::then).then_with(|| left_id.cmp(right_id))
            });

            let select = || conditions.iter().fold(keeper.database.select("t"), |select, (column, operator, value)| {
                select.where_(COLUMNS[*column], *operator, value.clone())
            });
            assert_eq!(select().count().await.unwrap(), list.len() as u64);
            let mut query = select().limit(limit).offset(offset);
            for &(column, is_up) in &order {
                query = query.order(COLUMNS[column], if is_up { Order::Asc } else { Order::Desc });
            }
            let found = query.rows().await.unwrap();
            let page: Vec<_> = list.iter().skip(offset as usize).take(limit as usize).collect();
            assert_eq!(found.has_more(), list.len() > offset as usize + page.len() && page.len() == limit as usize);
            assert_eq!(found.len(), page.len());
            for (row, (id, cells)) in found.iter().zip(page) {
                assert_eq!(row.id(), id);
                for (column, value) in COLUMNS.iter().zip(cells) {
                    assert_eq!(row.get(column), Some(value));
                }
            }
            let changed = conditions.iter().fold(keeper.database_mut.delete("t").all_rows(), |delete, (column, operator, value)| {
                delete.where_(COLUMNS[*column], *operator, value.clone())
            });
            assert_eq!(changed.run().await.unwrap(), list.len() as u64);
            assert_eq!(select().count().await.unwrap(), 0);
            host.stop().await;
        });
    }
}
