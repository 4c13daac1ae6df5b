//! The extension point `cms.site`: who wants to know the finished site.

use std::sync::Arc;

use keyway::extension_point;

use crate::Site;

/// Is shown the site when it has been built, for example to make an index of it.
#[extension_point(id = "cms.site", version = "1.0.0", on_failure = "open", deadline = "60s", uncounted)]
pub trait SiteListener {
    /// The site was built and will be served when all listeners have returned.
    async fn site_built(&self, site: Arc<Site>);
}
