//! The concrete form of `host!`: one type that holds all plugins of a point, walked in start order.

#![expect(unreachable_pub, reason = "a plugin and its point are public wherever they stand")]

use std::ops::ControlFlow;

use keyway::Host;
use keyway::host::Dependents;
use keyway::manifest::Descriptor;
use keyway::prelude::*;

/// Says a word.
#[keyway::extension_point(id = "test.word", version = "1.0.0", on_failure = "open")]
pub trait Word {
    /// The word.
    fn word(&self) -> Option<String>;
    /// The word, later.
    async fn later(&self) -> Option<String>;
}

macro_rules! speaker {
    ($module:ident, $word:literal, $manifest:literal) => {
        mod $module {
            use super::*;

            #[derive(Plugin)]
            #[plugin(provides(Word), manifest_text = $manifest)]
            pub struct Speaker;

            impl Lifecycle for Speaker {
                type Config = ();

                async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
                    Ok(Self)
                }
            }

            impl Word for Speaker {
                fn word(&self) -> Option<String> {
                    Some($word.to_owned())
                }

                async fn later(&self) -> Option<String> {
                    tokio::task::yield_now().await;
                    self.word()
                }
            }
        }
    };
}

speaker!(last, "world", "manifest-version = 1\n[plugin]\nid = \"test.last\"\nhost = \"*\"\n[requires]\n\"test.middle\" = \"*\"");
speaker!(first, "hello", "manifest-version = 1\n[plugin]\nid = \"test.first\"\nhost = \"*\"");
speaker!(middle, "wide", "manifest-version = 1\n[plugin]\nid = \"test.middle\"\nhost = \"*\"\n[order]\nafter = [\"test.first\"]");

mod silent {
    use super::*;

    /// Extends nothing.
    #[derive(Plugin)]
    #[plugin(manifest_text = "manifest-version = 1\n[plugin]\nid = \"test.silent\"\nhost = \"*\"")]
    pub struct Silent;

    impl Lifecycle for Silent {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

keyway::host! {
    policy = grant_requested,
    plugins = [last, silent, #[cfg(any())] left_out, first, middle],
    concrete = [Word],
    census_test = off,
}

/// Collects words until it has enough.
struct Words {
    said: Vec<String>,
    enough: usize,
}

impl WordVisitor for Words {
    fn visit<E: Word>(&mut self, extension: &E, plugin: &'static Descriptor) -> ControlFlow<()> {
        self.said.extend(extension.word().map(|word| format!("{}: {word}", plugin.id)));
        if self.said.len() == self.enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl WordAsyncVisitor for Words {
    async fn visit<E: Word>(&mut self, extension: &E, plugin: &'static Descriptor) -> ControlFlow<()> {
        self.said.extend(extension.later().await.map(|word| format!("{}: {word}", plugin.id)));
        if self.said.len() == self.enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn said(chain: &impl WordChain, enough: usize) -> Vec<String> {
    let mut words = Words { said: Vec::new(), enough };
    let _ = chain.visit(&mut words);
    words.said
}

#[tokio::test]
async fn a_chain_shows_its_plugins_in_start_order() {
    let host = Host::builder(plugins()).start().await.expect("all plugins start");
    let chain = word_chain(&host);
    assert_eq!(said(&chain, 9), ["test.first: hello", "test.middle: wide", "test.last: world"]);
    assert_eq!(said(&chain, 2), ["test.first: hello", "test.middle: wide"]);
    host.stop().await;
}

#[tokio::test]
async fn a_chain_does_not_call_a_plugin_that_was_switched_off() {
    let host = Host::builder(plugins()).start().await.expect("all plugins start");
    let before = word_chain(&host);
    host.disable("test.last", Dependents::Refuse).await.expect("nothing requires it");
    let expected = ["test.first: hello", "test.middle: wide"];
    assert_eq!(said(&before, 9), expected, "a chain made before");
    assert_eq!(said(&word_chain(&host), 9), expected, "a chain made after");
    host.stop().await;
}

#[tokio::test]
async fn a_visitor_may_wait_for_each_plugin() {
    let host = Host::builder(plugins()).start().await.expect("all plugins start");
    for (enough, expected) in [(9, 3), (2, 2)] {
        let chain = word_chain(&host);
        // Another task, so that the future has to be `Send`.
        let said = tokio::spawn(async move {
            let mut words = Words { said: Vec::new(), enough };
            let _ = chain.visit_async(&mut words).await;
            words.said
        });
        let all = ["test.first: hello", "test.middle: wide", "test.last: world"];
        assert_eq!(said.await.expect("no panic"), all[..expected]);
    }
    host.stop().await;
}
