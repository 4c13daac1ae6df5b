//! What the plugin is told of; it says so in the log.

use keyway::prelude::*;
use keyway_conformance::{Kept, Removed, Saved};

use crate::Subject;

impl Subscriber<Saved> for Subject {
    async fn on(&self, event: &Saved) -> Result<(), Error> {
        assert_ne!(event.name, "panic", "in a subscriber");
        self.log.info(format_args!("told of saved {} {}", event.name, event.times));
        Ok(())
    }
}

impl ImmediateSubscriber<Removed> for Subject {
    fn on_now(&self, event: &Removed) -> Result<(), Error> {
        assert_ne!(event.name, "panic", "in a subscriber that is told at once");
        self.log.info(format_args!("told of removed {}", event.name));
        Ok(())
    }
}

impl Subscriber<Kept> for Subject {
    async fn on(&self, event: &Kept) -> Result<(), Error> {
        self.log.info(format_args!("told of kept {}", event.name));
        Ok(())
    }
}

impl Observer for Subject {
    async fn observe(&self, event: &Envelope<'_>) -> Result<(), Error> {
        let what = if let Some(saved) = event.downcast_ref::<Saved>() {
            &saved.name
        } else if let Some(kept) = event.downcast_ref::<Kept>() {
            &kept.name
        } else if let Some(removed) = event.downcast_ref::<Removed>() {
            &removed.name
        } else {
            "something else"
        };
        self.log.info(format_args!("observes {what} under {} from {}", event.topic(), event.publisher()));
        Ok(())
    }
}
