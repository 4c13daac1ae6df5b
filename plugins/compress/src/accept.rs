//! Which coding a client prefers.

use keyway_cms_sdk::{HeaderMap, header};

/// A coding that this plugin can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// The name in `Content-Encoding`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// The coding with the highest weight in `Accept-Encoding`; of equals the first of Brotli and gzip. `None` when the client accepts
/// neither, or would rather have the answer as it is.
pub(crate) fn preferred(request: &HeaderMap) -> Option<Coding> {
    let weights = Weights::read(request);
    let as_is = weights.of(&["identity"]).unwrap_or(0);
    [(Coding::Brotli, ["br", "br"]), (Coding::Gzip, ["gzip", "x-gzip"])]
        .into_iter()
        .filter_map(|(coding, names)| Some((coding, weights.of(&names).or(weights.any)?)))
        .filter(|(_, weight)| *weight > 0 && *weight >= as_is)
        // `max_by_key` takes the last of equals, and the first is wanted.
        .rev()
        .max_by_key(|(_, weight)| *weight)
        .map(|(coding, _)| coding)
}

/// Codings with their weights in thousandths.
struct Weights {
    named: Vec<(String, u16)>,
    /// The weight of `*`, which stands for all that are not named.
    any: Option<u16>,
}

impl Weights {
    fn read(request: &HeaderMap) -> Self {
        let mut weights = Self { named: Vec::new(), any: None };
        let values = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        for item in values.flat_map(|value| value.split(',')) {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next().unwrap_or("").to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let weight = weight.map_or(Some(1000), thousandths).unwrap_or(0);
            match name.as_str() {
                "" => {}
                "*" => weights.any = Some(weight),
                _ => weights.named.push((name, weight)),
            }
        }
        weights
    }

    fn of(&self, names: &[&str]) -> Option<u16> {
        self.named.iter().find(|(named, _)| names.contains(&named.as_str())).map(|(_, weight)| *weight)
    }
}

/// A weight such as `0.5`: at most 1, with at most three decimals. `None` when malformed.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::HeaderValue;

    use super::*;

    #[test]
    fn the_highest_weight_wins() {
        use Coding::{Brotli, Gzip};
        for (accepted, coding) in [
            ("gzip, deflate, br", Some(Brotli)),
            ("gzip", Some(Gzip)),
            ("x-gzip", Some(Gzip)),
            ("GZIP;Q=0.5", Some(Gzip)),
            ("br;q=0.4, gzip;q=0.8", Some(Gzip)),
            ("br ; q=1.000 , gzip;q=0.999", Some(Brotli)),
            ("br;q=0, gzip", Some(Gzip)),
            ("*", Some(Brotli)),
            ("br;q=0, *", Some(Gzip)),
            ("*;q=0", None),
            ("gzip;q=0.5, identity", None),
            ("gzip, identity", Some(Gzip)),
            ("identity;q=0, gzip;q=0.1", Some(Gzip)),
            ("identity", None),
            ("deflate, zstd", None),
            ("", None),
            ("gzip;q=2", None),
            ("gzip;q=0.1234", None),
            ("gzip;q=x", None),
            ("gzip;q=-1", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(preferred(&headers), coding, "{accepted}");
        }
        assert_eq!(preferred(&HeaderMap::new()), None);
    }

    #[test]
    fn several_headers_are_one_list() {
        let mut headers = HeaderMap::new();
        headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static("br;q=0.1"));
        headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(preferred(&headers), Some(Coding::Gzip));
    }
}
