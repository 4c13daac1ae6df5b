//! An event as `CloudEvents` 1.0 writes it, in the structured form.

use keyway::event::Envelope;
use serde::Serialize;

/// The media type.
pub(crate) const MEDIA_TYPE: &str = "application/cloudevents+json";

#[derive(Serialize)]
struct CloudEvent<'a, D> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    r#type: &'a str,
    time: String,
    /// Id of the plugin that published it; an extension, as the next one.
    publisher: &'a str,
    /// The version of the event's type.
    schemaversion: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    datacontenttype: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<D>,
}

/// The event as JSON. `source` is the site's address. An event whose type is not declared with `serialize` has no `data`.
///
/// # Errors
/// When the event cannot be written as JSON.
pub(crate) fn json(event: &Envelope<'_>, id: &str, source: &str, time: jiff::Timestamp) -> Result<String, serde_json::Error> {
    let data = event.serialize();
    serde_json::to_string(&CloudEvent {
        specversion: "1.0",
        id,
        source,
        r#type: event.topic(),
        time: time.to_string(),
        publisher: event.publisher().as_str(),
        schemaversion: event.info().version.to_string(),
        datacontenttype: data.map(|_| "application/json"),
        data,
    })
}
