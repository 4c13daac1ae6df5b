//! What a visitor sees when there is nothing to show. It never says why in the server's words: those are in the log.

use http::StatusCode;
use keyway_cms_sdk::View;

/// A page for a status without an answer of its own.
pub(super) fn view(status: StatusCode, path: &str) -> View {
    let (title, sentence) = match status {
        StatusCode::BAD_REQUEST => ("Bad request", "The address or the request is malformed."),
        StatusCode::NOT_FOUND => {
            ("Page not found", "There is no page at this address. It may have moved, or the link has a typing mistake.")
        }
        StatusCode::METHOD_NOT_ALLOWED => ("Method not allowed", "This page can be read, but not with this kind of request."),
        StatusCode::REQUEST_TIMEOUT => ("Request timeout", "The request did not arrive in time."),
        StatusCode::PAYLOAD_TOO_LARGE => ("Request too large", "The request is larger than this server accepts."),
        StatusCode::GATEWAY_TIMEOUT => ("This took too long", "The page could not be made in time. Try again in a moment."),
        _ => ("Something went wrong", "The page could not be made. The server's log says why."),
    };
    let mut view =
        View::new(path, title, format!("<h1>{title}</h1>\n<p>{sentence}</p>\n<p><a href=\"/\">To the start page</a></p>\n"));
    view.status = status;
    view
}
