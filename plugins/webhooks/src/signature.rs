//! The signature of a request, as the specification of Standard Webhooks has it (<https://www.standardwebhooks.com>).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Signs a message: the value of `webhook-signature`. `secrets` is one or, while an old one is being replaced, several of them with
/// blanks between; each makes a signature, and a receiver takes whichever it knows.
///
/// # Errors
/// When there is no secret, or one is malformed; the message holds nothing of it.
pub(crate) fn sign(secrets: &str, id: &str, timestamp: u64, body: &str) -> Result<String, String> {
    let signatures: Vec<String> =
        secrets.split_whitespace().map(|secret| sign_with(secret, id, timestamp, body)).collect::<Result<_, _>>()?;
    if signatures.is_empty() { Err("the secret is empty".to_owned()) } else { Ok(signatures.join(" ")) }
}

fn sign_with(secret: &str, id: &str, timestamp: u64, body: &str) -> Result<String, String> {
    let key =
        secret.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok()).filter(|key| (24..=64).contains(&key.len()));
    let key =
        key.ok_or_else(|| "the secret is none of Standard Webhooks: write `whsec_` and 24 to 64 bytes in base64".to_owned())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| error.to_string())?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::sign;

    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &str = "{\"test\": 2432232314}";
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    /// Of the specification's own libraries.
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_signature_is_that_of_the_specification() {
        assert_eq!(sign(SECRET, ID, 1_614_265_330, BODY).as_deref(), Ok(SIGNATURE));
    }

    #[test]
    fn each_secret_signs() {
        let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let both = sign(&format!("{SECRET} {other}\n"), ID, 1_614_265_330, BODY).unwrap();
        assert_eq!(both, format!("{SIGNATURE} {}", sign(other, ID, 1_614_265_330, BODY).unwrap()));
    }

    #[test]
    fn a_malformed_secret_is_told_and_not_shown() {
        for secret in ["", "hunter2", "whsec_short", "whsec_!!!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            let error = sign(secret, ID, 1, BODY).unwrap_err();
            assert!(!error.contains("hunter2") && error.starts_with("the secret is"), "{error}");
        }
    }
}
