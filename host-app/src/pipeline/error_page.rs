//! What a visitor sees when there is nothing to show. It never says why in the server's words: those are in the log.

use http::StatusCode;
use keyway_cms_sdk::View;
use keyway_cms_sdk::answer::escape;

/// A page for a status without an answer of its own. `reason` is a sentence as text that stands in place of the usual one.
pub(super) fn view(status: StatusCode, path: &str, reason: Option<&str>) -> View {
    let (title, sentence) = match status {
        StatusCode::BAD_REQUEST => ("Bad request", "The address or the request is malformed."),
        StatusCode::SEE_OTHER => ("Elsewhere", "What you want is at another address."),
        StatusCode::UNAUTHORIZED => ("Sign in first", "This is for visitors who are signed in."),
        StatusCode::FORBIDDEN => ("Not for you", "You may not see or do this."),
        StatusCode::NOT_FOUND => {
            ("Page not found", "There is no page at this address. It may have moved, or the link has a typing mistake.")
        }
        StatusCode::METHOD_NOT_ALLOWED => ("Method not allowed", "This page can be read, but not with this kind of request."),
        StatusCode::REQUEST_TIMEOUT => ("Request timeout", "The request did not arrive in time."),
        StatusCode::PAYLOAD_TOO_LARGE => ("Request too large", "The request is larger than this server accepts."),
        StatusCode::UNPROCESSABLE_ENTITY => ("This was not done", "What you sent cannot be done."),
        StatusCode::UPGRADE_REQUIRED => ("A websocket", "Programs talk at this address; there is no page here."),
        StatusCode::SERVICE_UNAVAILABLE => ("Not just now", "This part of the site is busy or resting. Try again in a moment."),
        StatusCode::GATEWAY_TIMEOUT => ("This took too long", "The page could not be made in time. Try again in a moment."),
        _ => ("Something went wrong", "The page could not be made. The server's log says why."),
    };
    let sentence = reason.map_or_else(|| sentence.to_owned(), escape);
    let mut view =
        View::new(path, title, format!("<h1>{title}</h1>\n<p>{sentence}</p>\n<p><a href=\"/\">To the start page</a></p>\n"));
    view.status = status;
    view
}
