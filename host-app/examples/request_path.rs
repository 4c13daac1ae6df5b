//! What a request costs inside keyway-cms, and what of it is the way through the middleware, in both forms: the snapshot that
//! requests use, and the concrete type that `host!` can make.
//!
//! `cargo run --release -p keyway-cms --example request_path`

use std::hint::black_box;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use keyway::manifest::Descriptor;
use keyway_cms::{Program, Settings, middleware_chain, plugins};
use keyway_cms_sdk::{Bytes, Middleware, MiddlewareChain, MiddlewareVisitor, Request, Response};

/// Shows every step the request.
struct Before<'r>(&'r Request);

impl MiddlewareVisitor for Before<'_> {
    fn visit<E: Middleware>(&mut self, step: &E, _: &'static Descriptor) -> ControlFlow<()> {
        if black_box(step.before(self.0)).is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
    let program = Program::start(plugins(), &Settings::for_folder(guide)?).await?;
    let request = || {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = http::Uri::from_static("/write-a-host");
        request
    };

    let whole = {
        let (begun, times) = (Instant::now(), 2_000);
        for _ in 0..times {
            let response: Response = program.answer(request()).await;
            assert!(response.status().is_success() || cfg!(not(feature = "content")), "{}", response.status());
        }
        begun.elapsed() / times
    };
    let (shown, point, chain) = (request(), program.host().point::<dyn Middleware>(), middleware_chain(program.host()));
    let snapshot = each(|| {
        let steps = point.extensions();
        let _ = steps.iter().find_map(|step| black_box(step.before(&shown)));
    });
    let concrete = each(|| {
        let _ = chain.visit(&mut Before(&shown));
    });

    let share = 100.0 * snapshot.saturating_sub(concrete).as_secs_f64() / whole.as_secs_f64();
    let steps = point.extensions().len();
    writeln!(
        io::stdout(),
        "a whole request:                         {whole:?}\n\
         `before` of {steps} steps through the snapshot: {snapshot:?}\n\
         `before` of {steps} steps as a concrete type:   {concrete:?}\n\
         the concrete form would save {share:.3} % of a request"
    )?;
    program.run(async {}).await;
    Ok(())
}

/// The best of several runs, each long enough for the clock.
fn each(mut work: impl FnMut()) -> Duration {
    const TIMES: u32 = 200_000;
    let run = |_| {
        let begun = Instant::now();
        (0..TIMES).for_each(|_| work());
        begun.elapsed()
    };
    (0..5).map(run).min().unwrap_or_default() / TIMES
}
