//! What keeps a plugin's response from being sent at all, whoever it is from.

use std::panic::AssertUnwindSafe;

use http::{HeaderMap, StatusCode};
use keyway::guard::catch;
use keyway_cms_sdk::Response;

/// Headers that a response may have; the host and the steps around requests add some of their own.
const MOST_HEADERS: usize = 256;

/// Bytes that the names and values of a response's headers may have together. Clients and proxies take less than this.
const LARGEST_HEAD: usize = 64 * 1024;

/// Why a response of this status with these headers cannot be sent.
pub(super) fn objection(status: StatusCode, headers: &HeaderMap) -> Option<&'static str> {
    // After one of these a client waits for another answer, or takes what follows for another protocol.
    if status.is_informational() {
        return Some("a status below 200 is not an answer");
    }
    if headers.len() > MOST_HEADERS {
        return Some("it has more than 256 headers");
    }
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    (bytes > LARGEST_HEAD).then_some("its headers have more than 64 KiB")
}

/// Takes off the extensions of a response: some of them would tell the server below what to do with the connection, and whatever a
/// plugin has put there is to be dropped here, where a panic harms nobody.
pub(super) fn strip(plugin: &str, response: &mut Response) {
    if response.extensions().is_empty() {
        return;
    }
    let extensions = std::mem::take(response.extensions_mut());
    if let Err(panic) = catch(AssertUnwindSafe(|| drop(extensions))) {
        tracing::error!(plugin, "an extension of a response panicked when it was dropped: {panic}");
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

    use super::{LARGEST_HEAD, MOST_HEADERS, objection};

    #[test]
    fn only_final_answers_of_a_sane_size_are_sent() {
        let mut headers = HeaderMap::new();
        for (status, is_sent) in [(100, false), (101, false), (103, false), (199, false), (200, true), (304, true), (999, true)] {
            let status = StatusCode::from_u16(status).expect("three digits");
            assert_eq!(objection(status, &headers).is_none(), is_sent, "{status}");
        }
        headers.insert("x", HeaderValue::try_from("y".repeat(LARGEST_HEAD - 1)).expect("a value"));
        assert_eq!(objection(StatusCode::OK, &headers), None);
        headers.append("x", HeaderValue::from_static(""));
        assert_eq!(objection(StatusCode::OK, &headers), Some("its headers have more than 64 KiB"));
        headers.clear();
        for number in 0..=MOST_HEADERS {
            assert_eq!(objection(StatusCode::OK, &headers), None);
            headers.insert(HeaderName::try_from(format!("x-{number}")).expect("a name"), HeaderValue::from_static(""));
        }
        assert_eq!(objection(StatusCode::OK, &headers), Some("it has more than 256 headers"));
    }
}
