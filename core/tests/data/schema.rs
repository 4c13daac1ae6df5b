//! Tables follow the version of the plugin's state.

use keyway::capability::DataError;
use keyway::capability::database::Operator::Eq;
use keyway::capability::database::{Schema, Step, Table, Value};
use keyway::prelude::*;
use keyway::testing::{RunningTestHost, TestHost};

use crate::{TestFolder, keeper, keeper_on};

/// The keeper in its third version.
#[derive(Plugin)]
#[plugin(manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.keeper"
    version = "3.0.0"
    host = "*"
    [permissions]
    "database.read" = { scope = ["*"], reason = "reads what the test says" }
    "database.write" = { scope = ["*"], reason = "keeps what the test says" }
    [state]
    version = 3
"#)]
pub struct Third {
    database: Database,
    database_mut: DatabaseMut,
}

impl Lifecycle for Third {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self { database: ctx.database()?, database_mut: ctx.database_mut()? })
    }
}

async fn third_on(folder: &TestFolder) -> (RunningTestHost, std::sync::Arc<Third>) {
    let host = TestHost::new().plugin::<Third>().data_folder(&folder.0).start().await.unwrap();
    let third = host.concrete::<Third>().unwrap();
    (host, third)
}

fn old() -> Schema {
    Schema::new()
        .table(Table::new("authors").text("name").required().unique())
        .table(Table::new("notes").text("text").required().text("mark").indexed().integer("old").reference("author", "authors"))
        .table(Table::new("junk").blob("b"))
}

fn new() -> Schema {
    let notes = Table::new("remarks")
        .text("text")
        .required()
        .text("label")
        .unique()
        .boolean("shown")
        .required()
        .default(false)
        .reference("author", "people");
    Schema::new()
        .table(Table::new("people").text("name").required().unique())
        .table(notes)
        .table(Table::new("fresh").integer("n"))
}

fn steps() -> [Step; 2] {
    let first = Step::new()
        .add_columns(Table::new("notes").boolean("shown").required().default(false).text("label").unique())
        .copy("notes", "mark", "label")
        .drop_column("notes", "mark")
        .drop_column("notes", "old");
    let second = Step::new()
        .rename_table("notes", "remarks")
        .rename_table("authors", "people")
        .drop_table("junk")
        .fill("remarks", "shown", true);
    [first, second]
}

async fn leave_old_tables(folder: &TestFolder) -> String {
    let (host, keeper) = keeper_on(&folder.0).await;
    let write = &keeper.database_mut;
    write.define(old()).await.unwrap();
    let author = write.insert("authors").set("name", "ada").run().await.unwrap();
    write.insert("notes").set("text", "hi").set("mark", "m").set("author", &author).run().await.unwrap();
    host.stop().await;
    author
}

#[tokio::test]
async fn steps_lead_from_an_old_version_to_the_present_one() {
    let folder = TestFolder::new();
    let author = leave_old_tables(&folder).await;
    let (host, third) = third_on(&folder).await;
    let [first, second] = steps();
    third.database_mut.define(new().step(1, first.clone()).step(2, second.clone())).await.unwrap();
    let row = third.database.select("remarks").where_("label", Eq, "m").first().await.unwrap().unwrap();
    assert_eq!((row.get("shown"), row.get("author")), (Some(&Value::from(true)), Some(&Value::from(&author))));
    let again = third.database_mut.insert("remarks").set("text", "two").set("label", "m").run().await.unwrap_err();
    assert_eq!(again, DataError::Conflict { table: "remarks".to_owned(), columns: "label".to_owned() });
    assert!(third.database_mut.delete("people").all_rows().run().await.is_err(), "the reference followed the new name");
    third.database_mut.define(new().step(1, first).step(2, second)).await.unwrap();
    assert!(host.stop().await.is_clean());
    drop((host, third));

    let (host, keeper) = keeper_on(&folder.0).await;
    assert_eq!(
        keeper.database_mut.define(old()).await.unwrap_err().to_string(),
        "KW0685 the tables of plugin `test.keeper` are of state version 3, but this plugin knows up to version 1"
    );
    host.stop().await;
}

#[tokio::test]
async fn a_step_that_is_missing_or_fails_changes_nothing() {
    let folder = TestFolder::new();
    leave_old_tables(&folder).await;
    let (host, third) = third_on(&folder).await;
    let [first, second] = steps();
    let bad = |step: Step| new().step(1, first.clone()).step(2, step);
    for (schema, expected) in [
        (
            new().step(2, second.clone()),
            "KW0685 the tables of plugin `test.keeper` are of state version 1, and its schema has no step from version 1",
        ),
        (
            bad(second.clone().drop_column("remarks", "nothing")),
            "KW0685 the step of plugin `test.keeper` from version 2 cannot be gone: no such column: \"\"nothing\"\"",
        ),
        (
            bad(second.clone().fill("remarks", "shown", 7)),
            "KW0686 the column `shown` of table `remarks` takes a boolean, not an integer",
        ),
        (
            bad(second.clone().drop_column("remarks", "label")),
            "KW0685 the table `remarks` of plugin `test.keeper` has no column `label`: raise `[state] version`, now 3, and add a step from there",
        ),
    ] {
        assert_eq!(third.database_mut.define(schema).await.unwrap_err().to_string(), expected);
    }
    host.stop().await;
    drop((host, third));
    let (host, keeper) = keeper_on(&folder.0).await;
    keeper.database_mut.define(old()).await.unwrap();
    assert_eq!(keeper.database.select("notes").where_("mark", Eq, "m").count().await.unwrap(), 1);
    host.stop().await;
}

#[tokio::test]
async fn without_a_new_version_tables_may_only_be_added_and_rules_changed() {
    let (host, keeper) = keeper().await;
    let define = |schema: Schema| keeper.database_mut.define(schema);
    define(Schema::new().table(Table::new("a").text("x"))).await.unwrap();
    define(Schema::new().table(Table::new("a").text("x").max(3)).table(Table::new("b"))).await.unwrap();
    for (table, expected) in [
        (Table::new("a").text("x").required(), "has the column `x text`, and the schema wants `x text required`"),
        (Table::new("a").text("x").text("y"), "has no column `y`"),
        (Table::new("a"), "has the column `x`, and the schema has "),
        (Table::new("a").integer("x"), "has the column `x text`, and the schema wants `x integer`"),
    ] {
        let error = define(Schema::new().table(table)).await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "KW0685 the table `a` of plugin `test.keeper` {expected}: raise `[state] version`, now 1, and add a step from there"
            )
        );
    }
    for schema in [
        Schema::new().table(Table::new("a").text("x")).table(Table::new("a").text("x")),
        Schema::new().table(Table::new("c").reference("r", "nowhere")),
        Schema::new().step(1, Step::new()).step(1, Step::new()),
        Schema::new().step(1, Step::new().add_columns(Table::new("a").text("y").required())),
        Schema::new().step(1, Step::new().drop_table("a\"; --")),
        Schema::new().step(1, Step::new().drop_column("a", "id")),
    ] {
        assert!(matches!(define(schema.clone()).await, Err(DataError::Schema(_))), "{schema:?}");
    }
    host.stop().await;
}
