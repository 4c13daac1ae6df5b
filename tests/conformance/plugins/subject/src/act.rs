//! What a test has the plugin do.

use std::fmt::Display;
use std::sync::PoisonError;
use std::time::Duration;

use keyway::Error;
use keyway::capability::database::Operator::Eq;
use keyway::task::yield_now;
use keyway_conformance::{Act, Kept, Removed, Saved, Told};

use crate::Subject;

fn text(told: impl Display) -> Told {
    Told::Text(told.to_string())
}

fn own(error: impl Display) -> Error {
    Error::message(error.to_string())
}

impl Act for Subject {
    fn now(&self, act: &str) -> Result<Told, Error> {
        let (act, name) = act.split_once(' ').unwrap_or((act, ""));
        match act {
            "fail" => Err(Error::message("as it was told")),
            "counts" => Ok(Told::Counts { counts: vec![("one".to_owned(), 1), ("two".to_owned(), 2)], sum: Some(3) }),
            "read" => Ok(text(self.files.read_to_string(name)?)),
            "list" => {
                let mut names: Vec<String> = self.files.list(name)?.into_iter().map(|entry| entry.path).collect();
                names.sort();
                Ok(text(names.join(", ")))
            }
            "write" => self.files_mut.write(name, "written").map(|()| Told::Done).map_err(Error::new),
            "environment" => Ok(text(self.environment.get(name)?)),
            "secret" => {
                let secret = self.secrets.get(name)?;
                Ok(text(format_args!("{secret:?} of {} bytes", secret.expose().len())))
            }
            "log" => {
                self.log.warn(format_args!("it says {name}"));
                Ok(Told::Done)
            }
            "random" => Ok(text(self.random.bytes::<16>() != self.random.bytes::<16>())),
            "say" => self.words.get()?.say(name),
            "title" => Ok(text(self.title.fold_now(name.to_owned(), |plugin, title| plugin.title(title)).map_err(own)?)),
            "publish" => self.removed.try_publish(Removed { name: name.to_owned() }).map(|()| Told::Done).map_err(Error::new),
            "hold" => {
                let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
                *memory = vec![1; name.parse::<usize>()? << 20];
                Ok(Told::Done)
            }
            other => Err(Error::message(format!("`{other}` is nothing that it can do now"))),
        }
    }

    async fn later(&self, act: &str) -> Result<Told, Error> {
        let (act, name) = act.split_once(' ').unwrap_or((act, ""));
        match act {
            "fail" => {
                self.tasks.sleep(Duration::from_millis(1)).await;
                Err(Error::message("as it was told"))
            }
            "sleep" => {
                let begun = self.clock.elapsed();
                self.tasks.sleep(Duration::from_millis(20)).await;
                Ok(text(self.clock.elapsed() - begun >= Duration::from_millis(20)))
            }
            "wait" => std::future::pending().await,
            "hurry" => {
                let work = self.tasks.sleep(Duration::from_millis(name.parse()?));
                self.tasks.timeout(Duration::from_millis(100), work).await.map(|()| Told::Done).map_err(Error::new)
            }
            "keys" => {
                self.kv.set(name, "kept").await?;
                let kept = self.kv.get(name).await?.unwrap_or_default();
                Ok(text(format_args!("{} of {:?}", String::from_utf8_lossy(&kept), self.kv.list("visits/", 9).await?)))
            }
            "rows" => {
                self.database_mut.insert("visits").set("name", name).set("number", 7).run().await?;
                let row = self.database.select("visits").where_("name", Eq, name).first().await?;
                Ok(text(format_args!("{:?}", row.and_then(|row| row.get("number").cloned()))))
            }
            "table" => Ok(text(self.database.select(name).first().await?.is_some())),
            "get" => {
                let answer = self.http.get(name).send().await?;
                Ok(text(format_args!("{} {:?} {:?}", answer.status, answer.header("x-from"), answer.text())))
            }
            "save" => {
                self.saved.publish(Saved { name: name.to_owned(), times: 1 }).await;
                Ok(Told::Done)
            }
            "keep" => self.kept.publish(Kept { name: name.to_owned() }).await.map(|()| Told::Done).map_err(Error::new),
            "remove" => {
                self.may_remove.veto(|plugin| async move { plugin.may_remove(name).await }).await.map_err(own)?;
                self.removed.try_publish(Removed { name: name.to_owned() })?;
                Ok(Told::Done)
            }
            "task" => self.task(name).await,
            "block" => {
                let (name, here) = (name.to_owned(), std::thread::current().id());
                let work = move || {
                    assert_ne!(name, "panic", "on a thread");
                    format!("{name}, on the same thread: {}", std::thread::current().id() == here)
                };
                let work = self.tasks.spawn_blocking(work)?;
                yield_now().await;
                Ok(text(work.join().await?))
            }
            "tasks" => {
                // The limit of the manifest is two.
                let (one, _two) = (self.tasks.spawn(std::future::pending::<()>())?, self.tasks.spawn(async {})?);
                let third = self.tasks.spawn(async {}).map(drop);
                one.stop();
                third.map(|()| Told::Done).map_err(Error::new)
            }
            other => Err(Error::message(format!("`{other}` is nothing that it can do later"))),
        }
    }
}

impl Subject {
    /// Runs work beside the call and waits for it.
    async fn task(&self, name: &str) -> Result<Told, Error> {
        let (name, tasks) = (name.to_owned(), self.tasks.clone());
        let work = async move {
            assert_ne!(name, "panic", "in a task");
            let goes_on = tasks.pause(Duration::from_millis(5)).await;
            format!("{name}, {goes_on}")
        };
        Ok(text(self.tasks.spawn(work)?.join().await?))
    }
}
