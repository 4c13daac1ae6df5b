//! Rows become types of the plugin.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use keyway::capability::database::{Row, Rows, Value};
use serde::Deserialize;
use serde::de::{Deserializer, EnumAccess, VariantAccess, Visitor};

/// As the derive of serde reads an enum without fields; the workspace does without it.
#[derive(Debug, PartialEq)]
enum State {
    Waiting,
    Shown,
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfState;
        impl<'de> Visitor<'de> for OfState {
            type Value = State;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a state")
            }

            fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<State, A::Error> {
                let (name, variant): (String, _) = access.variant()?;
                variant.unit_variant()?;
                match name.as_str() {
                    "waiting" => Ok(State::Waiting),
                    "shown" => Ok(State::Shown),
                    _ => Err(serde::de::Error::unknown_variant(&name, &["waiting", "shown"])),
                }
            }
        }
        deserializer.deserialize_enum("State", &["waiting", "shown"], OfState)
    }
}

fn row(values: &[(&str, Value)]) -> Row {
    let columns: Vec<String> = values.iter().map(|(name, _)| (*name).to_owned()).collect();
    Row::new(columns.into(), values.iter().map(|(_, value)| value.clone()).collect())
}

#[test]
fn every_kind_of_value_is_read_as_its_type() {
    let one = |value: Value| Rows::new(vec![row(&[("id", Value::from("7")), ("x", value)])], false);
    fn read<T: serde::de::DeserializeOwned>(rows: Rows) -> Result<T, String> {
        let maps: Vec<BTreeMap<String, serde::de::IgnoredAny>> = rows.clone().deserialize().map_err(|error| error.to_string())?;
        assert_eq!(maps[0].len(), 2);
        let row = rows.into_iter().next().unwrap();
        let only_x = Row::new(["x".to_owned()].into(), vec![row.get("x").unwrap().clone()]);
        let mut map: BTreeMap<String, T> = only_x.deserialize().map_err(|error| error.to_string())?;
        Ok(map.remove("x").unwrap())
    }
    assert_eq!(read::<i64>(one(Value::Integer(-3))), Ok(-3));
    assert_eq!(read::<u8>(one(Value::Integer(200))), Ok(200));
    assert_eq!(read::<f64>(one(Value::Real(0.5))), Ok(0.5));
    assert_eq!(read::<bool>(one(Value::Boolean(true))), Ok(true));
    assert_eq!(read::<String>(one(Value::from("é"))), Ok("é".to_owned()));
    assert_eq!(read::<Vec<u8>>(one(Value::Blob(vec![1, 2]))), Ok(vec![1, 2]));
    assert_eq!(read::<Option<i64>>(one(Value::Null)), Ok(None));
    assert_eq!(read::<Option<i64>>(one(Value::Integer(1))), Ok(Some(1)));
    let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
    assert_eq!(read::<i64>(one(Value::from(moment))), Ok(1_500));
    assert_eq!(read::<State>(one(Value::from("shown"))), Ok(State::Shown));
    for wrong in [read::<u8>(one(Value::Integer(300))), read::<u8>(one(Value::Null)), read::<u8>(one(Value::from("3")))] {
        assert!(wrong.unwrap_err().contains("does not fit"));
    }
    assert!(read::<State>(one(Value::from("lost"))).unwrap_err().contains("unknown variant `lost`"));
}
