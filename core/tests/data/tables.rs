//! Rows are kept, changed and found, and columns take what their rules say.

use keyway::capability::DataError;
use keyway::capability::database::Operator::{Contains, Eq, Greater, NotEq, StartsWith};
use keyway::capability::database::Order::{Asc, Desc};
use keyway::capability::database::{Schema, Table, Value};

use crate::{comments, keeper};

#[tokio::test]
async fn rows_are_added_found_changed_and_deleted() {
    let (host, keeper) = keeper().await;
    let (read, write) = (&keeper.database, &keeper.database_mut);
    write.define(comments()).await.unwrap();
    let mut ids = Vec::new();
    for (page, stars) in [("/a", Some(3)), ("/a", None), ("/b", Some(5))] {
        ids.push(write.insert("comments").set("page", page).set("stars", stars).run().await.unwrap());
    }
    assert!(ids.is_sorted() && ids.iter().all(|id| id.len() == 26), "{ids:?}");
    let found = read.select("comments").where_("page", Eq, "/a").order("stars", Desc).rows().await.unwrap();
    assert_eq!(found.iter().map(keyway::capability::database::Row::id).collect::<Vec<_>>(), [&ids[0], &ids[1]]);
    let row = found.into_iter().next().unwrap();
    assert_eq!((row.get("state"), row.get("stars")), (Some(&Value::from("waiting")), Some(&Value::Integer(3))));
    assert_eq!(row.get("no such"), None);
    assert_eq!(row.get("created_at"), row.get("updated_at"));
    assert_eq!(read.select("comments").where_("stars", Eq, Value::Null).count().await.unwrap(), 1);
    assert_eq!(read.select("comments").where_("stars", NotEq, 3).count().await.unwrap(), 2);
    assert_eq!(read.select("comments").where_in("page", ["/b", "/c"]).count().await.unwrap(), 1);
    assert_eq!(read.select("comments").where_in("page", [""; 0]).count().await.unwrap(), 0);
    assert_eq!(write.update("comments").set("state", "shown").where_("id", Eq, &ids[1]).run().await.unwrap(), 1);
    assert_eq!(write.update("comments").set("stars", 1).all_rows().run().await.unwrap(), 3);
    assert_eq!(read.select("comments").where_("state", StartsWith, "sho").first().await.unwrap().unwrap().id(), ids[1]);
    assert_eq!(read.select("comments").where_("state", Contains, "%").count().await.unwrap(), 0, "no letter is special");
    assert_eq!(write.delete("comments").where_("page", Eq, "/a").run().await.unwrap(), 2);
    assert_eq!(write.delete("comments").all_rows().run().await.unwrap(), 1);
    assert_eq!(read.select("comments").first().await.unwrap(), None);
    host.stop().await;
}

#[tokio::test]
async fn long_answers_come_in_pages_and_say_so() {
    let (host, keeper) = keeper().await;
    keeper.database_mut.define(Schema::new().table(Table::new("numbers").integer("n").blob("much"))).await.unwrap();
    let transaction = keeper.database_mut.begin().await.unwrap();
    for n in 0..1_005 {
        transaction.insert("numbers").set("n", n).run().await.unwrap();
    }
    transaction.commit().await.unwrap();
    let numbers = || keeper.database.select("numbers").order("id", Asc);
    let first = numbers().rows().await.unwrap();
    assert_eq!((first.len(), first.has_more()), (1_000, true), "the default limit");
    let last = first.iter().last().unwrap().id().to_owned();
    let rest = numbers().where_("id", Greater, last).rows().await.unwrap();
    assert_eq!((rest.len(), rest.has_more()), (5, false));
    let page = numbers().limit(5).offset(1_000).rows().await.unwrap();
    assert_eq!((page == rest, page.has_more()), (true, false));
    keeper.database_mut.update("numbers").set("much", vec![0; 20_000]).all_rows().run().await.unwrap();
    let error = numbers().rows().await.unwrap_err().to_string();
    assert!(error.starts_with("KW0688 the answer of a query of table `numbers` is larger than 16777216 bytes after "), "{error}");
    host.stop().await;
}

#[tokio::test]
async fn values_that_break_a_rule_are_refused_and_nothing_is_written() {
    let (host, keeper) = keeper().await;
    let write = &keeper.database_mut;
    write.define(comments()).await.unwrap();
    let post = write.insert("posts").set("slug", "one").run().await.unwrap();
    let insert = |column: &'static str, value: Value| {
        let row = write.insert("comments").set(column, value);
        if column == "page" { row } else { row.set("page", "/a") }
    };
    let cases = [
        (
            "page",
            Value::from("x".repeat(21)),
            "KW0686 the column `page` of table `comments` must be at most 20 characters long, not 21",
        ),
        ("page", Value::Null, "KW0686 the column `page` of table `comments` must have a value"),
        ("state", Value::from("lost"), "KW0686 the column `state` of table `comments` must be one of `waiting`, `shown`"),
        ("stars", Value::from(6), "KW0686 the column `stars` of table `comments` must be between 1 and 5"),
        ("approved", Value::from(1), "KW0686 the column `approved` of table `comments` takes a boolean, not an integer"),
        ("extra", Value::from("{"), "KW0686 the column `extra` of table `comments` takes well-formed JSON"),
        ("post", Value::from("nobody"), "KW0686 a change of table `comments` would leave a reference to a row that is not there"),
        ("id", Value::from("mine"), "KW0688 the column `id` of table `comments` is kept by the host"),
        (
            "pagee",
            Value::Null,
            "KW0688 the table `comments` has no column `pagee`: it has `id`, `created_at`, `updated_at`, `post`, `page`, `state`, `stars`, `approved`, `score`, `picture`, `seen`, `extra`",
        ),
    ];
    for (column, value, expected) in cases {
        assert_eq!(insert(column, value).run().await.unwrap_err().to_string(), expected);
    }
    assert_eq!(
        write.insert("posts").set("slug", "one").run().await.unwrap_err().to_string(),
        "KW0686 another row of table `posts` has the same `slug`"
    );
    assert_eq!(keeper.database.select("comments").count().await.unwrap(), 0);
    insert("post", Value::from(&post)).run().await.unwrap();
    let error = write.delete("posts").where_("id", Eq, &post).run().await.unwrap_err();
    assert_eq!(error, DataError::Reference { table: "posts".to_owned() });
    let twice = write.update("comments").set("stars", 1).set("stars", 2).all_rows().run().await.unwrap_err();
    assert_eq!(twice.to_string(), "KW0688 the column `stars` of table `comments` is given two values");
    host.stop().await;
}

#[tokio::test]
async fn hostile_names_and_values_stay_names_and_values() {
    let (host, keeper) = keeper().await;
    keeper.database_mut.define(comments()).await.unwrap();
    let hostile = [
        "\"; DROP TABLE own_comments; --",
        "page\" = '' OR \"page",
        "sqlite_master",
        "keyway_values",
        "own_comments",
        "a\0b",
        "",
    ];
    for name in hostile {
        let read = &keeper.database;
        assert!(matches!(read.select(name).count().await, Err(DataError::Statement(_))), "{name:?}");
        assert!(matches!(read.select("comments").where_(name, Eq, 1).count().await, Err(DataError::Statement(_))), "{name:?}");
        assert!(matches!(read.select("comments").order(name, Asc).rows().await, Err(DataError::Statement(_))), "{name:?}");
        let define = keeper.database_mut.define(Schema::new().table(Table::new(name).text("a"))).await;
        assert_eq!(define.is_ok(), is_plain(name), "{name:?}");
        keeper.database_mut.define(comments()).await.unwrap();
        if !name.contains('\0') {
            let id = keeper.database_mut.insert("posts").set("slug", name).run().await.unwrap();
            let found = read.select("posts").where_("slug", Eq, name).first().await.unwrap().unwrap();
            assert_eq!(found.id(), id);
        }
    }
    assert_eq!(keeper.database.select("posts").count().await.unwrap(), 6);
    host.stop().await;
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
