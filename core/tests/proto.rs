#![allow(missing_docs, unused, unreachable_pub)]
use keyway::__private as k;
use std::future::Future;
use std::sync::Arc;

#[derive(Debug)]
pub struct RouteError(String);
impl From<keyway::CallError> for RouteError { fn from(e: keyway::CallError) -> Self { RouteError(e.to_string()) } }

// as written: pub trait Route { async fn handle(&self, request: &str) -> Result<String, RouteError>; fn name(&self) -> Result<String, RouteError> { Ok("x".into()) } }
pub trait Route: Send + Sync + 'static {
    fn handle(&self, request: &str) -> impl Future<Output = Result<String, RouteError>> + Send where Self: Sized;
    fn name(&self) -> Result<String, RouteError> { Ok("x".into()) }
}
const _: () = {
    pub trait Shielded: Send + Sync + 'static {
        fn handle<'keyway>(&'keyway self, request: &'keyway str) -> k::Caught<'keyway, Result<String, RouteError>>;
        fn name(&self) -> Result<Result<String, RouteError>, k::Panicked>;
    }
    impl<T: Route> Shielded for k::Shield<T> {
        fn handle<'keyway>(&'keyway self, request: &'keyway str) -> k::Caught<'keyway, Result<String, RouteError>> {
            k::Caught::make(move || Box::pin(<T as Route>::handle(self.plugin(), request)))
        }
        fn name(&self) -> Result<Result<String, RouteError>, k::Panicked> {
            k::catch(std::panic::AssertUnwindSafe(move || <T as Route>::name(self.plugin())))
        }
    }
    pub struct Guard<S: ?Sized = dyn Shielded> { slot: Arc<k::Slot>, shielded: Arc<S> }
    impl<S: ?Sized> Clone for Guard<S> { fn clone(&self) -> Self { Self { slot: self.slot.clone(), shielded: self.shielded.clone() } } }
    impl<S: Shielded + ?Sized> Guard<S> {
        pub async fn handle(&self, request: &str) -> Result<String, RouteError> {
            self.slot.call_async::<k::OutcomeClosed<Result<String, RouteError>>>(0, move || self.shielded.handle(request)).await
        }
        pub fn name(&self) -> Result<String, RouteError> {
            self.slot.call::<k::OutcomeClosed<Result<String, RouteError>>>(1, move || self.shielded.name())
        }
    }
    impl<S: Shielded + ?Sized> Route for Guard<S> {
        async fn handle(&self, request: &str) -> Result<String, RouteError> { Guard::handle(self, request).await }
        fn name(&self) -> Result<String, RouteError> { Guard::name(self) }
    }
    impl keyway::ExtensionPoint for dyn Route {
        const INFO: &'static keyway::manifest::PointInfo = &keyway::manifest::PointInfo { id: keyway::manifest::PluginId::new("cms.route"), version: keyway::manifest::Version { major: 1, minor: 0, patch: 0, pre: "", build: "" }, on_failure: keyway::manifest::FailurePolicy::Closed, deadline_millis: None, methods: &[("handle", 0), ("name", 1)] };
        type Shielded = dyn Shielded;
        type Guard = Guard;
        fn guard(slot: Arc<k::Slot>, shielded: Arc<Self::Shielded>) -> Self::Guard { Guard { slot, shielded } }
    }
    impl<T: Route> k::Carries<T> for dyn Route {
        fn shield(plugin: &Arc<T>) -> Arc<dyn Shielded> { Arc::new(k::Shield::new(plugin)) }
    }
};
struct P;
impl Route for P { async fn handle(&self, request: &str) -> Result<String, RouteError> { if request == "boom" { panic!("boom") } Ok(request.to_uppercase()) } }

struct NoTimer; impl keyway::guard::Timer for NoTimer { fn sleep(&self, d: std::time::Duration) -> k::BoxFuture<'static, ()> { Box::pin(std::future::pending()) } }
impl keyway::guard::CallObserver for NoTimer { fn failed(&self, e: &keyway::CallError) { println!("{e}") } }

fn needs<T: Route>(_: &T) {}
#[test]
fn it() {
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let plugin = Arc::new(P);
    let sh = <dyn Route as k::Carries<P>>::shield(&plugin);
    let ext = k::Extension::new::<dyn Route>(sh);
    let sh = ext.shielded::<dyn Route>().unwrap();
    use keyway::ExtensionPoint;
    static D: keyway::manifest::Descriptor = keyway::manifest::Descriptor { ..keyway::manifest::Descriptor::EMPTY };
    let slot = Arc::new(k::Slot::new(&D, <dyn Route>::INFO, keyway::guard::SlotOptions { deadline: None, timer: Arc::new(NoTimer), observer: Arc::new(NoTimer) }));
    let g = <dyn Route as ExtensionPoint>::guard(slot, sh);
    needs(&g);
    rt.block_on(async {
        let t = String::from("abc");
        assert_eq!(g.handle(&t).await.unwrap(), "ABC");
        println!("{:?}", g.handle("boom").await);
        let g2 = g.clone();
        tokio::spawn(async move { g2.handle("x").await.unwrap() }).await.unwrap();
    });
    assert_eq!(g.name().unwrap(), "x");
}
