//! The extension point `cms.theme`: how a page looks.

use keyway::extension_point;

use crate::{CmsError, Site, View};

/// Draws pages. The first theme in start order draws all of them.
#[extension_point(id = "cms.theme", version = "1.0.0", on_failure = "closed", uncounted)]
pub trait Theme {
    /// A whole HTML document that shows the view, with each of `view.slots` as it stands at its place: see [`Place`](crate::Place).
    fn render(&self, site: &Site, view: &View) -> Result<String, CmsError>;
}
