//! Points, and types of their methods, that are called as generated code might call its parameters.

#![deny(warnings)]

use keyway::{Host, extension_point};

/// A type of a method.
#[derive(Clone, Default)]
pub struct S;

/// Another.
#[derive(Clone, Default)]
pub struct P;

macro_rules! points {
    ($($point:ident $id:literal)*) => {$(
        #[extension_point(id = $id, version = "1.0.0", on_failure = "open")]
        pub trait $point {
            fn now(&self, argument: &P) -> Option<S>;
            async fn later(&self, argument: &P) -> Option<S>;
        }

        impl $point for named::Named {
            fn now(&self, _: &P) -> Option<S> {
                Some(S)
            }

            async fn later(&self, _: &P) -> Option<S> {
                Some(S)
            }
        }
    )*};
}

points! {
    A "test.a"
    E "test.e"
    L "test.l"
    N "test.n"
    O "test.o"
    R "test.r"
    T "test.t"
    V "test.v"
    Order "test.order"
    Ordered "test.ordered"
    Select "test.select"
    StartOrder "test.start-order"
}

mod named {
    use keyway::prelude::*;

    use super::{A, E, L, N, O, Order, Ordered, R, Select, StartOrder, T, V};

    #[derive(Plugin)]
    #[plugin(
        provides(A, E, L, N, O, R, T, V, Order, Ordered, Select, StartOrder),
        manifest_text = r#"
manifest-version = 1
[plugin]
id = "test.named"
host = "*"
"#
    )]
    pub struct Named;

    impl Lifecycle for Named {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

keyway::host! {
    policy = grant_requested,
    plugins = [named],
    concrete = [A, E, L, N, O, R, T, V, Order, Ordered, Select, StartOrder],
}

fn main() {
    let _: fn(&Host) = |host| drop((e_chain(host), t_chain(host), order_chain(host)));
    assert_eq!(plugins().registrations.len(), 1);
}
