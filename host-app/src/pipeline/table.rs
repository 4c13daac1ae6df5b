//! Which plugin answers at which path: routes, assets and websockets, made anew when plugins come and go.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use keyway::Host;
use keyway::host::{Extension, Extensions, Point};
use keyway_cms_sdk::{AssetSource, Route, WebSocket};

use super::asset::ServedAsset;
use super::route_table::RouteTable;
use super::turn::Turns;

/// The permission under which all three are served.
const PERMISSION: &str = "http.routes";

/// The table of this moment.
#[derive(Debug)]
pub(crate) struct Tables {
    host: Host,
    routes: Point<dyn Route>,
    assets: Point<dyn AssetSource>,
    sockets: Point<dyn WebSocket>,
    current: ArcSwap<Table>,
    /// Whose turn it is to make a table, so that plugins are asked once.
    turns: Turns,
}

/// What is served where, as of some moment.
#[derive(Debug)]
pub(super) struct Table {
    seen_routes: Extensions<dyn Route>,
    seen_assets: Extensions<dyn AssetSource>,
    seen_sockets: Extensions<dyn WebSocket>,
    pub(super) routes: RouteTable<Extension<dyn Route>>,
    assets: BTreeMap<String, ServedAsset>,
    sockets: BTreeMap<String, Extension<dyn WebSocket>>,
}

impl Tables {
    /// Asks the plugins of a host.
    pub(crate) fn of(host: &Host) -> Self {
        let (routes, assets, sockets) = (host.point(), host.point(), host.point());
        let current = ArcSwap::from_pointee(Table::make(host, &routes, &assets, &sockets));
        Self { host: host.clone(), routes, assets, sockets, current, turns: Turns::default() }
    }

    /// The table for the plugins that run now.
    pub(super) fn current(&self) -> Arc<Table> {
        let current = self.current.load_full();
        if self.is_fresh(&current) {
            return current;
        }
        // Others go on with what there is: the plugin that is being asked may never answer.
        let Some(_turn) = self.turns.take(Instant::now()) else { return current };
        let current = self.current.load_full();
        if self.is_fresh(&current) {
            return current;
        }
        let table = Arc::new(Table::make(&self.host, &self.routes, &self.assets, &self.sockets));
        self.current.store(Arc::clone(&table));
        table
    }

    fn is_fresh(&self, table: &Table) -> bool {
        !self.routes.has_changed(&table.seen_routes)
            && !self.assets.has_changed(&table.seen_assets)
            && !self.sockets.has_changed(&table.seen_sockets)
    }

    /// The paths that are answered by name, such as `/search`.
    pub(crate) fn served(&self) -> Vec<String> {
        let table = self.current();
        let assets = table.assets.keys().map(String::as_str);
        table.routes.exact_paths().chain(assets).map(str::to_owned).collect()
    }

    /// Whether nothing but what the host itself knows is answered.
    pub(crate) fn is_empty(&self) -> bool {
        let table = self.current();
        table.routes.is_empty() && table.assets.is_empty() && table.sockets.is_empty()
    }
}

impl Table {
    fn make(host: &Host, routes: &Point<dyn Route>, assets: &Point<dyn AssetSource>, sockets: &Point<dyn WebSocket>) -> Self {
        let (seen_routes, seen_assets, seen_sockets) = (routes.extensions(), assets.extensions(), sockets.extensions());
        let granted = |route: &Extension<dyn Route>| -> Vec<&'static str> {
            let grants = host.plugin(route.id()).map(|info| info.grants).unwrap_or_default();
            grants.into_iter().filter(|grant| grant.name == PERMISSION).flat_map(|grant| grant.scopes).collect()
        };
        Self {
            routes: RouteTable::new(seen_routes.iter().map(|route| (route.clone(), granted(route)))),
            assets: served_assets(host, &seen_assets),
            sockets: open_sockets(host, &seen_sockets),
            seen_routes,
            seen_assets,
            seen_sockets,
        }
    }

    /// The file at a path.
    pub(super) fn asset(&self, path: &str) -> Option<&ServedAsset> {
        self.assets.get(path)
    }

    /// The plugin that opens websockets at a path.
    pub(super) fn socket(&self, path: &str) -> Option<&Extension<dyn WebSocket>> {
        self.sockets.get(path)
    }
}

fn served_assets(host: &Host, sources: &Extensions<dyn AssetSource>) -> BTreeMap<String, ServedAsset> {
    let mut served = BTreeMap::new();
    for source in sources {
        for asset in source.assets() {
            if host.check(source.plugin(), PERMISSION, &asset.path).is_err() {
                continue;
            }
            let plugin = source.id();
            let path = asset.path.clone();
            match ServedAsset::new(plugin, asset) {
                None => tracing::error!(plugin, path, "a file is not served: its media type can stand in no header"),
                Some(_) if served.contains_key(&path) => {
                    tracing::error!(plugin, path, "a file is not served: there is one at this path already");
                }
                Some(asset) => {
                    served.insert(path, asset);
                }
            }
        }
    }
    served
}

fn open_sockets(host: &Host, sockets: &Extensions<dyn WebSocket>) -> BTreeMap<String, Extension<dyn WebSocket>> {
    let mut open = BTreeMap::new();
    for socket in sockets {
        let plugin = socket.id();
        match socket.path() {
            Err(error) => tracing::error!(plugin, %error, "a plugin did not say where its websocket is"),
            Ok(path) if host.check(socket.plugin(), PERMISSION, &path).is_err() => {}
            Ok(path) if open.contains_key(&path) => {
                tracing::error!(plugin, path, "a websocket is not opened: there is one at this path already");
            }
            Ok(path) => {
                open.insert(path, socket.clone());
            }
        }
    }
    open
}
