//! Secrets: where they are found, who gets them, and that none of them shows.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use keyway::capability::{SecretError, Secrets};
use keyway::manifest::{Descriptor, PermissionRequest, PluginId, ScopeKind};
use keyway::testing::{RunningTestHost, TestHost};
use keyway::{Context, Error, Lifecycle, Plugin, permission};

use crate::fixture::request;

struct Reader;

static TAKEN: Mutex<Vec<(u64, Secrets)>> = Mutex::new(Vec::new());

impl Lifecycle for Reader {
    type Config = std::collections::BTreeMap<String, u64>;

    async fn init(ctx: &Context<Self>, config: Self::Config) -> Result<Self, Error> {
        TAKEN.lock().unwrap().push((config["test"], ctx.secrets()?));
        Ok(Self)
    }
}

const READS: &[PermissionRequest] = &[request("secrets.read", ScopeKind::Name, &["mail-*", "..*"])];

impl Plugin for Reader {
    const DESCRIPTOR: &'static Descriptor =
        &Descriptor { id: PluginId::new("site.reader"), permissions: READS, ..Descriptor::EMPTY };

    fn __extensions(_: &Arc<Self>) -> Vec<keyway::__private::Extension> {
        Vec::new()
    }
}

impl permission::SecretsRead for Reader {
    type DeclaredInTheManifest = keyway::__private::Declared<Self>;
}

/// Starts a host for one test; answers what its plugin has taken.
async fn reader(test: u64, host: TestHost) -> (RunningTestHost, Secrets) {
    let host = host.plugin::<Reader>().config(&format!("test = {test}")).start().await.unwrap();
    let mut taken = TAKEN.lock().unwrap();
    let (_, secrets) = taken.extract_if(.., |(of, _)| *of == test).next().unwrap();
    (host, secrets)
}

#[tokio::test]
async fn a_secret_is_read_by_its_granted_name_and_does_not_show() {
    let (host, secrets) = reader(1, TestHost::new().secret("mail-password", "hunter2").secret("other", "x")).await;
    let secret = secrets.get("mail-password").unwrap();
    assert_eq!(secret.expose(), "hunter2");
    assert_eq!(format!("{secret} {secret:?} {secrets:?} {:#?}", secret.clone()), "[secret] [secret] Secrets [secret]");
    let error = secrets.get("other").unwrap_err();
    assert_eq!(
        error.to_string(),
        "KW0610 plugin `site.reader` was denied `secrets.read` for `other`: its grant covers `mail-*`, `..*`"
    );
    assert_eq!(host.plugin("site.reader").unwrap().denials.count, 1);
    assert!(host.start_report().to_string().find("hunter2").is_none());
    host.stop().await;
}

#[tokio::test]
async fn a_variable_of_the_environment_stands_in() {
    let (host, secrets) = reader(2, TestHost::new().env("KEYWAY_SECRET_MAIL_KEY", "from the environment")).await;
    assert_eq!(secrets.get("mail-key").unwrap().expose(), "from the environment");
    assert_eq!(
        secrets.get("mail-none").unwrap_err().to_string(),
        "KW0673 the host has no secret `mail-none`: `KEYWAY_SECRET_MAIL_NONE` is not set"
    );
    host.stop().await;
    let off = |builder: keyway::HostBuilder| builder.config("[host.secrets]\nenvironment = false".parse().unwrap());
    let (host, secrets) = reader(3, TestHost::new().env("KEYWAY_SECRET_MAIL_KEY", "x").adjust(off)).await;
    assert_eq!(
        secrets.get("mail-key").unwrap_err().to_string(),
        "KW0673 the host has no secret `mail-key`: name a folder with `folder` in `[host.secrets]` of the configuration"
    );
    host.stop().await;
}

fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("keyway-secrets-{}", std::process::id()))
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_read_anew_and_must_be_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder();
    std::fs::create_dir_all(&folder).unwrap();
    let put = |name: &str, content: &[u8], mode| {
        std::fs::write(folder.join(name), content).unwrap();
        std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    put("mail-password", b"first\r\n", 0o600);
    put("mail-open", b"topsecret", 0o640);
    put("mail-large", &vec![b'x'; (64 << 10) + 1], 0o400);
    put("mail-full", &vec![b'x'; 64 << 10], 0o400);
    put("mail-binary", b"\xff\xfe", 0o600);
    std::fs::create_dir(folder.join("mail-folder")).unwrap();
    std::os::unix::fs::symlink("mail-password", folder.join("mail-link")).unwrap();

    let settings = |builder: keyway::HostBuilder| {
        builder.config(format!("[host.secrets]\nfolder = '{}'", self::folder().display()).parse().unwrap())
    };
    let (host, secrets) = reader(4, TestHost::new().env("KEYWAY_SECRET_MAIL_PASSWORD", "no").adjust(settings)).await;
    let old = secrets.get("mail-password").unwrap();
    assert_eq!(secrets.get("mail-link").unwrap().expose(), "first");
    put("mail-password", b"second\n\n", 0o600);
    assert_eq!((old.expose(), secrets.get("mail-password").unwrap().expose()), ("first", "second\n"));
    assert_eq!(secrets.get("mail-full").unwrap().expose().len(), 64 << 10);

    let path = folder.join("mail-open").display().to_string();
    assert_eq!(
        secrets.get("mail-open").unwrap_err().to_string(),
        format!(
            "KW0672 the secret `mail-open` is not used: the file `{path}` is open to other users (mode 640); run `chmod 600 '{path}'`"
        )
    );
    for (name, part) in [
        ("mail-large", "is larger than 64 KiB"),
        ("mail-binary", "is no UTF-8 text"),
        ("mail-folder", "is no file"),
        ("..", "a name holds letters"),
        ("../mail-password", "a name holds letters"),
    ] {
        let error = secrets.get(name).unwrap_err();
        assert!(matches!(error, SecretError::Unusable { .. }), "{name}: {error}");
        assert!(error.to_string().contains(part), "{error}");
    }
    let missing = secrets.get("mail-none").unwrap_err().to_string();
    assert!(missing.ends_with("mail-none` does not exist, and `KEYWAY_SECRET_MAIL_NONE` is not set"), "{missing}");
    host.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}
