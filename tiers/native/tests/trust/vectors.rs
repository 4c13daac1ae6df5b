//! Files that the program minisign 0.11 wrote, kept as they were.

/// `minisign -G -W`.
pub(crate) const PUBLIC_KEY: &str = "untrusted comment: minisign public key 939EAB780C57C3B3
RWSzw1cMeKuek0IqjSB9lqkjCr0PklppWUNPKCT7i5rRP16SgQQ2MXGB
";

/// The other half, for tests alone.
pub(crate) const SECRET_KEY: &str = "untrusted comment: minisign encrypted secret key
RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAs8NXDHirnpN1yJHHfKmToRD3XqbzY/SexwQN5X1XYnwx91iD0A7fFUIqjSB9lqkjCr0PklppWUNPKCT7i5rRP16SgQQ2MXGBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
";

/// Another one, with a password.
pub(crate) const SECRET_KEY_WITH_PASSWORD: &str = "untrusted comment: minisign encrypted secret key
RWRTY0IyUoZrpeJfXsQIsutSTNbe0n6aQ6RrDDm2wLASCHrmG10AAAACAAAAAAAAAEAAAAAAstAb6o4G6GgrFSKwOJFSxa/5OLujroAay5/2Y3b7jFxWCMfzfVATimxjFuMKCBtGmDrLZILdX+GSdRedc950RKepVuaMJPm/rpCBQhpZWPpv0HG7i7X2h23XjP5utCEX45L+WmHRf9U=
";

/// What was signed, as `libsite_sitemap.so`.
pub(crate) const LIBRARY: &[u8] = b"the bytes of a library\n";
pub(crate) const ID: &str = "site.sitemap";
pub(crate) const VERSION: &str = "1.2.0";
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";

/// `minisign -S -t 'keyway …'`.
pub(crate) const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUSzw1cMeKuek5+9Cf8z5uOliuwTAwB3p/oTtvF5DMs/UAhHOj268A2Od6vTlLemvYV1Io7R/3NSOCNy0GC9vi8XkzO1AiJfMAI=
trusted comment: keyway id=site.sitemap version=1.2.0 target=x86_64-unknown-linux-gnu sha256=728879b6719c4bf76a76bf855fae908e1da5e074d9b8b52a32dd573916f2e3d5
ugXWmSISJ3TzWM5skocFt9WVW8aL1pjt93qce8wS3hmjq+4gwTwtS5tTg0h8tsXmYgcdn3yXhozUfzWrfq9hBA==
";

/// The same with `-l`.
pub(crate) const LEGACY_SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RWSzw1cMeKuek9AfP2qaLsF58RbD9QTae0BE6RbBo4NEmYhehYAsSctOsVXrt3ZQfXMQbfpmtxQAIZ31LpzlYFF4iho5SesPJQU=
trusted comment: keyway id=site.sitemap version=1.2.0 target=x86_64-unknown-linux-gnu sha256=728879b6719c4bf76a76bf855fae908e1da5e074d9b8b52a32dd573916f2e3d5
5ThWrx/r7Ki8uaEyG9tOb6q2maqgkPKZY/gsxeNMl1GaF/AKCfts2TgzGd3JwJKq7CBLhYDxUTinkvMOWplDBA==
";
