//! What the resolver finds when all is well: the order in which plugins start and which of them may start together.

/// The start order of `N` plugins, made inside rustc. Plugins are named by their index in [`Graph::plugins`](crate::Graph).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolution<const N: usize> {
    order: [u16; N],
    level: [u16; N],
}

impl<const N: usize> Resolution<N> {
    pub(super) const fn new(order: [u16; N], level: [u16; N]) -> Self {
        Self { order, level }
    }

    /// The indices of the plugins in start order: by level, and by id inside a level.
    #[must_use]
    pub const fn order(&self) -> &[u16; N] {
        &self.order
    }

    /// For each plugin, by its index, the level at which it starts. Level 0 depends on nothing; plugins of one level may start in parallel.
    #[must_use]
    pub const fn level(&self) -> &[u16; N] {
        &self.level
    }

    /// How many levels there are; 0 for an empty graph.
    #[must_use]
    pub const fn level_count(&self) -> usize {
        if N == 0 { 0 } else { self.level[self.order[N - 1] as usize] as usize + 1 }
    }

    /// The same as growable lists, as the runtime keeps it.
    #[must_use]
    pub fn to_order(&self) -> Order {
        let mut levels = vec![Vec::new(); self.level_count()];
        for &plugin in &self.order {
            levels[usize::from(self.level[usize::from(plugin)])].push(usize::from(plugin));
        }
        Order { order: self.order.iter().map(|&plugin| usize::from(plugin)).collect(), levels }
    }
}

/// The start order of any number of plugins, made at run time. Plugins are named by their index in [`Graph::plugins`](crate::Graph).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// The indices of the plugins in start order.
    pub order: Vec<usize>,
    /// The same, cut into levels: the plugins of one level depend only on those of levels before it.
    pub levels: Vec<Vec<usize>>,
}
